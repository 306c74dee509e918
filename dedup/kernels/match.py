"""Pairs of texts: how much of each stands in the other, and in which facts they differ.

``dedup.verify`` says what the figures mean; tests/naive.py is the readable twin. The grams of the
right text are indexed once for all pairs that share it, and each left text is looked up in that
index, so a pair costs as much as its left text, however long the right one is.
"""

import numpy as np

from dedup.kernels import inline, kernel
from dedup.kernels.facts import CALENDAR, NAME, NONE, REST
from dedup.kernels.grams import (
    GRAM_WORDS,
    end_grams,
    first_from,
    first_slot,
    hash_grams,
    index_grams,
    weigh,
)

KIND, BOILERPLATE = np.uint8(7), np.uint8(8)
"""Bits of a word's flags: what fact it is, and whether it is boilerplate of its source."""

SLOT = 60
"""Half words between two runs, on either side, up to which one replaces the other."""

ANCHOR = 30
"""Half words of a run that aligns the texts wherever it stands; a shorter one does where it is
about as far from the last run in both texts."""

N_FACTS = 10

PLACES = 64
"""Of a gram that stands in the right text over and over so many count, else a page that tells one
paragraph ten thousand times costs each text that has it as much as itself."""

# Columns of the measures of a pair.
(
    LEFT_COVERED, LEFT_OWN_COVERED, RIGHT_COVERED, RIGHT_OWN_COVERED, OWN_RUN, LONGEST_RUN, START,
    CHANGED_NUMBERS, AGREEING_NUMBERS, CHANGED_NAMES, AGREEING_NAMES, FACTS_SHOWN, MEASURES,
) = range(13)  # fmt: skip


@inline
def look_up(grams, n_grams, right_grams, right_ids, slots, salt, found):
    """Write which gram of the right text each gram of the left one is, -1 for none."""
    last, following = slots.size - 1, right_grams.size
    for i in range(n_grams):
        # In a run the next gram of the left text is the next one of the right text.
        if following < right_grams.size and right_grams[following] == grams[i]:
            found[i] = right_ids[following]
            following += 1
            continue
        slot = first_slot(grams[i], salt, last)
        while slots[slot] >= 0 and right_grams[slots[slot]] != grams[i]:
            slot = (slot + 1) & last
        found[i], following = -1, right_grams.size
        if slots[slot] >= 0:
            found[i] = right_ids[slots[slot]]
            following = slots[slot] + 1


@inline
def best_stretch(found, n_grams, size, bounds, places, at, votes):
    """Return the first of the 2 ``size`` tokens of the right text that hold most of the left one.

    The text is parted into bins of ``size`` tokens; two of them in a row are a stretch.
    """
    expected = 0
    for i in range(n_grams):
        at[i] = -1
        if found[i] >= 0:
            low, high = bounds[found[i]], bounds[found[i] + 1]
            index = first_from(places, low, high, expected)
            at[i] = places[index if index < high else low]
            expected = at[i] + 1
            votes[at[i] // size] += 1
    best, most = 0, 0
    for i in range(n_grams):
        for b in range(max(at[i] // size - 1, 0), at[i] // size + 1 if at[i] >= 0 else 0):
            count = votes[b] + votes[b + 1]
            if count > most or (count == most and b < best):
                best, most = b, count
    for i in range(n_grams):
        if at[i] >= 0:
            votes[at[i] // size] = 0
    return best * size


@inline
def start_of(words, own, at, n_grams, high):
    """Return where the right text starts to tell the left one, by their longest run.

    That is its own start, unless the left text stands too deep in it for short runs to tell.
    """
    start, longest, i = 0, 0, 0
    while i < n_grams:
        if at[i] < 0:
            i += 1
            continue
        j, u = i, at[i]
        while j < words.size and u < high and words[j] == own[u]:
            j += 1
            u += 1
        if j - i > longest:
            longest, start = j - i, at[i] - i
        i = j
    return start if start > SLOT else 0


@inline
def cover_left(tokens, flags, gram_ends, n_grams, at, row):
    """Measure how much of the left text stands in the right one, and its longest run that does not.

    Boilerplate is not counted in the run.
    """
    until, run = 0, 0
    for t in range(tokens.size):
        if t < n_grams and at[t] >= 0:
            until = gram_ends[t]
        weight = weigh(tokens[t])
        own = flags[t] & BOILERPLATE == 0
        if t < until:
            row[LEFT_COVERED] += weight
            run = 0
            if own:
                row[LEFT_OWN_COVERED] += weight
        elif own:
            run += weight
            row[OWN_RUN] = max(row[OWN_RUN], run)


@inline
def cover_right(tokens, flags, gram_ends, bounds, places, found, n_grams, seen, marks, stamp, row):
    """Measure how much of the right text stands in the left one, from the grams that were found."""
    begin, end = 0, 0  # of the last tokens that were marked
    for i in range(n_grams):
        if found[i] < 0 or seen[found[i]] == stamp:
            continue
        seen[found[i]] = stamp
        for q in range(bounds[found[i]], min(bounds[found[i] + 1], bounds[found[i]] + PLACES)):
            first = places[q]
            if not begin <= first <= end:
                begin, end = first, first
            for t in range(end, gram_ends[first]):
                if marks[t] != stamp:
                    marks[t] = stamp
                    row[RIGHT_COVERED] += weigh(tokens[t])
                    if flags[t] & BOILERPLATE == 0:
                        row[RIGHT_OWN_COVERED] += weigh(tokens[t])
            end = max(end, gram_ends[first])


@inline
def count_fact(kind, changed, row):
    """Count a fact that changed, or agrees; weekdays and months are counted as numbers."""
    if kind == NAME:
        row[CHANGED_NAMES if changed else AGREEING_NAMES] += 1
    else:
        row[CHANGED_NUMBERS if changed else AGREEING_NUMBERS] += 1


@inline
def show_fact(shown, row, t, u):
    """Keep a changed fact to be shown, if there is room."""
    if row[FACTS_SHOWN] < N_FACTS:
        shown[row[FACTS_SHOWN], 0] = t
        shown[row[FACTS_SHOWN], 1] = u
        row[FACTS_SHOWN] += 1


@inline
def is_short(tokens, start, end):
    """Tell whether some tokens are few enough to be a slot."""
    weight = 0
    for t in range(start, min(end, start + SLOT + 1)):
        weight += weigh(tokens[t])
    return weight <= SLOT


@inline
def compare_slot(
    flags, values, a, b, right_flags, right_values, c, d, left_used, right_used, stamp, row, shown
):
    """Count the facts of what stands between two runs: ``a:b`` of the left text, ``c:d`` right.

    What stands on both sides agrees; of what is left, the k-th number changed to the k-th number,
    and so for names, and for weekdays and months. Numbers of several words are taken whole.
    """
    while a > 0 and a < flags.size and flags[a] & KIND == REST:
        a -= 1
    while b < flags.size and flags[b] & KIND == REST:
        b += 1
    while c > 0 and c < right_flags.size and right_flags[c] & KIND == REST:
        c -= 1
    while d < right_flags.size and right_flags[d] & KIND == REST:
        d += 1
    for t in range(a, b):
        kind = flags[t] & KIND
        if kind in (NONE, REST):
            continue
        for u in range(c, d):
            is_free = right_used[u] != stamp and right_flags[u] & KIND != REST
            if is_free and right_values[u] == values[t]:
                left_used[t] = stamp
                right_used[u] = stamp
                count_fact(kind, False, row)
                break
    for kind in range(1, CALENDAR + 1):
        u = c
        for t in range(a, b):
            if flags[t] & KIND != kind or left_used[t] == stamp:
                continue
            while u < d and (right_flags[u] & KIND != kind or right_used[u] == stamp):
                u += 1
            if u == d:
                break
            count_fact(kind, True, row)
            show_fact(shown, row, t, u)
            u += 1


@inline
def compare_run(flags, values, a, b, right_values, c, row, shown):
    """Count the facts of a run ``a:b`` of the left text that stands from ``c`` on in the right."""
    for t in range(a, b):
        kind = flags[t] & KIND
        if kind in (NONE, REST):
            continue
        u = t + 1
        while u < flags.size and flags[u] & KIND == REST:
            u += 1
        if u <= b:
            # The same digits may be another number: -5 and 5.
            changed = values[t] != right_values[c + t - a]
            count_fact(kind, changed, row)
            if changed:
                show_fact(shown, row, t, c + t - a)


@inline
def compare_next(tokens, flags, values, a, own, right_flags, right_values, c, row, shown):
    """Count a fact that took another's place where a run breaks off: the same word follows both.

    For slots that are too long to be compared: the last number of an article may stand so shortly
    before what closes the pages of a source that no run aligns the two.
    """
    while a > 0 and flags[a] & KIND == REST:
        a -= 1
    while c > 0 and right_flags[c] & KIND == REST:
        c -= 1
    kind = flags[a] & KIND
    if kind == NONE or kind != right_flags[c] & KIND or values[a] == right_values[c]:
        return
    t, u = a + 1, c + 1
    while t < tokens.size and flags[t] & KIND == REST:
        t += 1
    while u < own.size and right_flags[u] & KIND == REST:
        u += 1
    if t < tokens.size and u < own.size and tokens[t] == own[u]:
        count_fact(kind, True, row)
        show_fact(shown, row, a, c)


@kernel(
    "Tuple((int64[:, ::1], int32[:, :, ::1], int32[:, ::1], int64[::1]))"
    "(uint64[::1], int64[::1], uint8[::1], uint64[::1], int64[:, ::1], int64[:, ::1], float64,"
    " boolean, uint64)"
)
def match(tokens, token_offsets, flags, values, weights, pairs, floor, with_runs, salt):
    """Compare pairs of texts.

    tokens uint64[m] and token_offsets int64[n + 1] as ``words.words`` returns them; flags uint8[m]
    and values uint64[m] of the facts; weights int64[n, 2], half words of each text, and those that
    are no boilerplate; pairs int64[p, 2], left and right text, those with one right text side by
    side; floor, the coverage of the left text (of its own words, if it has any) under which a pair
    is of no interest and the other columns stay 0, unless ``with_runs``.

    Returns measures int64[p, 12], half words and counts by the columns above, where LONGEST_RUN
    counts no boilerplate and START is the place of the right text at which the left one would start
    by that run; facts
    int32[p, 10, 2], tokens of changed facts; and, if asked for, the runs in the order of the left
    text, int32[r, 4] (left first, left last, right first, right last), run_offsets int64[p + 1].
    """
    n_pairs = pairs.shape[0]
    measures = np.zeros((n_pairs, MEASURES), np.int64)
    facts = np.zeros((n_pairs, N_FACTS, 2), np.int32)
    run_offsets = np.zeros(n_pairs + 1, np.int64)
    most, most_runs = 0, 0
    for p in range(n_pairs):
        size = token_offsets[pairs[p, 0] + 1] - token_offsets[pairs[p, 0]]
        most = max(most, size)
        most_runs += size // 4 + 1
    runs = np.empty((most_runs if with_runs else 0, 4), np.int32)
    grams = np.empty(most + 1, np.uint64)
    gram_ends = np.empty(most + 1, np.int32)
    found = np.empty(most + 1, np.int32)
    at = np.empty(most + 1, np.int32)
    left_used = np.zeros(most + 1, np.int32)
    begin, slot_stamp, n_runs = 0, 0, 0
    while begin < n_pairs:
        right = pairs[begin, 1]
        end = begin + 1
        while end < n_pairs and pairs[end, 1] == right:
            end += 1
        own = tokens[token_offsets[right] : token_offsets[right + 1]]
        own_flags = flags[token_offsets[right] : token_offsets[right + 1]]
        own_values = values[token_offsets[right] : token_offsets[right + 1]]
        own_ends, ids, bounds, places, own_grams, slots = index_grams(own, salt)
        seen = np.full(bounds.size, -1, np.int32)
        marks = np.full(own.size, -1, np.int32)
        right_used = np.zeros(own.size + 1, np.int32)
        votes = np.zeros(own.size + 2, np.int32)
        for p in range(begin, end):
            left = pairs[p, 0]
            first, last = token_offsets[left], token_offsets[left + 1]
            words, left_flags, left_values = (
                tokens[first:last],
                flags[first:last],
                values[first:last],
            )
            row, shown = measures[p], facts[p]
            n_grams = end_grams(words, gram_ends)
            hash_grams(tokens, first, last, grams, 0)
            look_up(grams, n_grams, own_grams, ids, slots, salt, found)
            low, high = 0, own.size
            if own.size > 2 * words.size:
                low = best_stretch(found, n_grams, words.size, bounds, places, at, votes)
                high = min(low + 2 * words.size, own.size)
            for i in range(n_grams):
                at[i] = -1
                if found[i] >= 0:
                    index = first_from(places, bounds[found[i]], bounds[found[i] + 1], low)
                    if index < bounds[found[i] + 1] and own_ends[places[index]] <= high:
                        at[i] = places[index]
            cover_left(words, left_flags, gram_ends, n_grams, at, row)
            covered = row[LEFT_COVERED] >= floor * weights[left, 0]
            if weights[left, 1] >= 2 * GRAM_WORDS:
                covered = row[LEFT_OWN_COVERED] >= floor * weights[left, 1]
            run_offsets[p + 1] = n_runs
            if n_grams == 0 or not (covered or with_runs):
                continue
            cover_right(
                own, own_flags, own_ends, bounds, places, found, n_grams, seen, marks, p, row
            )
            start = start_of(words, own, at, n_grams, high)
            i, left_end, right_end, started = 0, 0, start, False
            while True:
                while i < n_grams and at[i] < 0:
                    i += 1
                if i < n_grams:
                    index = first_from(places, bounds[found[i]], bounds[found[i] + 1], right_end)
                    place = at[i]
                    if index < bounds[found[i] + 1] and own_ends[places[index]] <= high:
                        place = places[index]
                else:
                    i, place = words.size, own.size
                j, u, weight, own_weight = i, place, 0, 0
                while j < words.size and u < high and words[j] == own[u]:
                    weight += weigh(words[j])
                    if left_flags[j] & BOILERPLATE == 0:
                        own_weight += weigh(words[j])
                    j += 1
                    u += 1
                if with_runs and j > i:
                    runs[n_runs, 0] = i
                    runs[n_runs, 1] = j
                    runs[n_runs, 2] = place
                    runs[n_runs, 3] = u
                    n_runs += 1
                if own_weight > row[LONGEST_RUN]:
                    row[LONGEST_RUN] = own_weight
                    row[START] = place - i
                if 0 < weight < ANCHOR and abs(place - right_end) > i - left_end + SLOT:
                    i = j
                    continue
                if place >= right_end and (started or j > i):
                    if is_short(words, left_end, i) and is_short(own, right_end, place):
                        slot_stamp += 1
                        compare_slot(
                            left_flags, left_values, left_end, i, own_flags, own_values, right_end,
                            place, left_used, right_used, slot_stamp, row, shown,
                        )  # fmt: skip
                    elif started and left_end < i and right_end < place:
                        compare_next(
                            words, left_flags, left_values, left_end, own, own_flags, own_values,
                            right_end, row, shown,
                        )  # fmt: skip
                if j == i:
                    break
                compare_run(left_flags, left_values, i, j, own_values, place, row, shown)
                i, left_end, right_end, started = j, j, u, True
            run_offsets[p + 1] = n_runs
        begin = end
    return measures, facts, runs[:n_runs].copy(), run_offsets
