"""What is known of pairs of texts, and how they relate. tests/naive_relations.py is the twin.

An index relates a few pairs at a time, and for those an array expression for each step takes longer
than to compare the texts.
"""

import numpy as np

from dedup.kernels import kernel
from dedup.kernels.grams import GRAM_WORDS
from dedup.kernels.match import (
    AGREEING_NAMES,
    AGREEING_NUMBERS,
    CHANGED_NAMES,
    CHANGED_NUMBERS,
    LEFT_COVERED,
    LEFT_OWN_COVERED,
    LONGEST_RUN,
    OWN_RUN,
    RIGHT_COVERED,
    RIGHT_OWN_COVERED,
)

NONE, IDENTICAL, COPY, EXCERPT, UPDATE, TEMPLATE, REVISION, OVERLAP = range(8)
"""Relations, as ``relate`` tells them."""

PLAIN, OWN, SHARES = 0, 2, 4
"""Where shares of all words of the left and right text stand, and of those that are its own."""


@kernel(
    "Tuple((float64[:, ::1], boolean[::1], float64[::1], boolean[::1], boolean[::1]))"
    "(int64[:, ::1], int64[:, ::1], int64[:, :, ::1], Array(uint64, 2, 'C', readonly=True),"
    " int32[::1], float64[::1])"
)
def weigh(measures, pairs, weights, identities, labels, hours):
    """Return what is known of p pairs, and write into the measures what texts of equal words have.

    measures int64[p, 12], as ``match`` returns them; pairs int64[p, 2], texts; weights
    int64[p, 2, 2], half words of both, all and without boilerplate; identities uint64[n, 2],
    labels int32[n] and hours float64[n] of the texts. Returned are shares float64[p, 4] of the
    words of the left and the right text that the other has, and of those that are no boilerplate
    of their source where that is known; bool[p], they have the same words; float64[p], hours
    between them; bool[p] and bool[p], the source of the left one and of the right one is known,
    and it has words of its own. O(p).
    """
    n = pairs.shape[0]
    shares = np.empty((n, SHARES))
    identical, apart = np.empty(n, np.bool_), np.empty(n)
    own_left, own_right = np.empty(n, np.bool_), np.empty(n, np.bool_)
    for p in range(n):
        left, right = pairs[p, 0], pairs[p, 1]
        identical[p] = (
            identities[left, 0] == identities[right, 0]
            and identities[left, 1] == identities[right, 1]
        )
        if identical[p]:
            # Texts of under four words have no runs, and twins are not compared.
            measures[p, LEFT_COVERED] = weights[p, 0, 0]
            measures[p, LEFT_OWN_COVERED] = weights[p, 0, 1]
            measures[p, RIGHT_COVERED] = weights[p, 1, 0]
            measures[p, RIGHT_OWN_COVERED] = weights[p, 1, 1]
        apart[p] = abs(hours[left] - hours[right])
        own_left[p] = labels[left] >= 0 and weights[p, 0, 1] >= 2 * GRAM_WORDS
        own_right[p] = labels[right] >= 0 and weights[p, 1, 1] >= 2 * GRAM_WORDS
        shares[p, PLAIN] = measures[p, LEFT_COVERED] / max(weights[p, 0, 0], 1)
        shares[p, PLAIN + 1] = measures[p, RIGHT_COVERED] / max(weights[p, 1, 0], 1)
        shares[p, OWN], shares[p, OWN + 1] = shares[p, PLAIN], shares[p, PLAIN + 1]
        if own_left[p]:
            shares[p, OWN] = measures[p, LEFT_OWN_COVERED] / max(weights[p, 0, 1], 1)
        if own_right[p]:
            shares[p, OWN + 1] = measures[p, RIGHT_OWN_COVERED] / max(weights[p, 1, 1], 1)
    return shares, identical, apart, own_left, own_right


@kernel(
    "int8[::1](int64[:, ::1], float64[:, ::1], int64[:, ::1], boolean[::1], float64[::1], float64,"
    " boolean, UniTuple(float64, 10))"
)
def relate(measures, shares, lefts, identical, apart, threshold, overlap, bounds):
    """Return the relation of each of p pairs, int8[p].

    measures int64[p, 12], shares float64[p, 4], identical bool[p] and apart float64[p] as ``weigh``
    leaves and returns them; lefts int64[p, 2], half words of the left texts; threshold, and overlap
    whether a shared passage is a relation; bounds as ``relations.bounds`` returns them. The steps
    and their reasons are told in docs/relations.md. O(p).
    """
    (
        related, overlap_words, own_run_words, template_names, series_hours, short_words,
        update_names, update_numbers, update_density, update_hours,
    ) = bounds  # fmt: skip
    decided = np.empty(lefts.shape[0], np.int8)
    for p in range(lefts.shape[0]):
        left, right, words = shares[p, OWN], shares[p, OWN + 1], lefts[p, 0] / 2
        if identical[p]:
            decided[p] = IDENTICAL
            continue
        if left < related:
            is_overlap = overlap and measures[p, LONGEST_RUN] >= 2 * overlap_words
            decided[p] = OVERLAP if is_overlap else NONE
            continue
        numbers, names = measures[p, CHANGED_NUMBERS], measures[p, CHANGED_NAMES]
        all_names = names + measures[p, AGREEING_NAMES]
        is_far = apart[p] > series_hours
        if names > template_names * all_names or (
            is_far and (numbers + names > 0 or words < short_words)
        ):
            decided[p] = TEMPLATE
        elif numbers > 0:
            all_numbers = numbers + measures[p, AGREEING_NUMBERS]
            is_live = names <= update_names * all_names and (
                numbers <= update_numbers * all_numbers
                or numbers + names <= update_density * words
                or apart[p] <= update_hours
            )
            decided[p] = UPDATE if is_live else TEMPLATE
        elif left >= threshold and measures[p, OWN_RUN] < 2 * own_run_words:
            decided[p] = COPY if right >= threshold else EXCERPT
        else:
            decided[p] = REVISION
    return decided


@kernel("boolean[::1](int64[:, ::1], int64[:, :, ::1], int64[:, :, ::1], float64[::1], int64[::1])")
def preferred(pairs, weights, words, moments, ranks):
    """Tell of p pairs whether the first text is preferred to the second, bool[p].

    pairs int64[p, 2], texts; weights int64[p, 2, 2], half words, all and told once, and words
    int64[p, 2, 2], all and without boilerplate; moments float64[n], when the texts were published,
    infinity where that is unknown; ranks int64[n], what decides in the end. Preferred is what tells
    more words of its own, then what does so in fewer, then the earlier one. O(p).
    """
    told = np.empty(pairs.shape[0], np.bool_)
    for p in range(pairs.shape[0]):
        left, right = pairs[p, 0], pairs[p, 1]
        bare_left, bare_right = words[p, 0, 0] - words[p, 0, 1], words[p, 1, 0] - words[p, 1, 1]
        once_left = max(weights[p, 0, 1] - bare_left, 0)
        once_right = max(weights[p, 1, 1] - bare_right, 0)
        all_left = max(weights[p, 0, 0] - bare_left, 0)
        all_right = max(weights[p, 1, 0] - bare_right, 0)
        if once_left != once_right:
            told[p] = once_left > once_right
        elif all_left != all_right:
            told[p] = all_left < all_right
        elif moments[left] != moments[right]:
            told[p] = moments[left] < moments[right]
        else:
            told[p] = ranks[left] < ranks[right]
    return told
