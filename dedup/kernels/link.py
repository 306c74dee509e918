"""Texts that share keys: which pairs of them are looked at, and what a source says everywhere.

tests/naive.py is the readable twin.
"""

import numpy as np

from dedup.kernels import inline, kernel

SHIFT = np.uint64(32)


@inline
def pair_of(member, partner):
    """Return two ranks as one number, the first in the high half."""
    return np.uint64(member) << SHIFT | np.uint64(partner)


@kernel(
    "Tuple((uint64[::1], uint64[::1], uint64[::1]))"
    "(uint64[::1], int32[::1], int32[::1], int64[::1], boolean)"
)
def link(keys, ranks, labels, weights, across):
    """Return the links of all groups of equal keys: a rank in the high half, a partner in the low.

    keys uint64[m], sorted, and ranks int32[m], which texts have them, sorted within a group; for
    each rank its label int32[n] and weight int64[n]. In a group each text is linked to the most
    preferred one (of the lowest rank), to its predecessor and to the lightest one; with ``across``
    to those among the texts of other labels. Three arrays, each with at most one link a member and
    group. O(m).
    """
    firsts = np.empty(keys.size, np.uint64)
    neighbors = np.empty(keys.size, np.uint64)
    lights = np.empty(keys.size, np.uint64)
    n_firsts, n_neighbors, n_lights, begin = 0, 0, 0, 0
    while begin < keys.size:
        end = begin + 1
        while end < keys.size and keys[end] == keys[begin]:
            end += 1
        # Of each kind of partner the one of any label, and the one of another label than that.
        first = ranks[begin]
        other_first, lightest, other_lightest = -1, first, -1
        for i in range(begin, end):
            if other_first < 0 and labels[ranks[i]] != labels[first]:
                other_first = ranks[i]
            if weights[ranks[i]] <= weights[lightest]:
                lightest = ranks[i]
        for i in range(begin, end):
            if labels[ranks[i]] != labels[lightest] and (
                other_lightest < 0 or weights[ranks[i]] <= weights[other_lightest]
            ):
                other_lightest = ranks[i]
        before, other_before = -1, -1
        for i in range(begin, end):
            rank = ranks[i]
            one, two, three = first, before, lightest
            if across:
                if labels[first] == labels[rank]:
                    one = other_first
                if before >= 0 and labels[before] == labels[rank]:
                    two = other_before
                if labels[lightest] == labels[rank]:
                    three = other_lightest
            if one >= 0 and one != rank:
                firsts[n_firsts] = pair_of(rank, one)
                n_firsts += 1
            if two >= 0 and two != rank:
                neighbors[n_neighbors] = pair_of(rank, two)
                n_neighbors += 1
            if three >= 0 and three != rank:
                lights[n_lights] = pair_of(rank, three)
                n_lights += 1
            if before >= 0 and labels[before] != labels[rank]:
                other_before = before
            before = rank
        begin = end
    return firsts[:n_firsts].copy(), neighbors[:n_neighbors].copy(), lights[:n_lights].copy()


@kernel(
    "Tuple((boolean[::1], uint64[::1], int32[::1]))"
    "(uint64[::1], int32[::1], int32[::1], boolean[::1], int64[::1])"
)
def common_keys(keys, ranks, labels, counted, least):
    """Tell which keys stand in at least ``least[label]`` counted texts of the label of a text.

    keys, ranks and labels as for ``link``, a label below 0 is none; counted bool[n]. Returns
    bool[m], of each key of each text; and the keys with their labels, uint64[k] and int32[k]. O(m).
    """
    is_common = np.zeros(keys.size, np.bool_)
    counts = np.zeros(least.size, np.int64)
    found = np.empty(keys.size, np.uint64)
    found_labels = np.empty(keys.size, np.int32)
    n_found, begin = 0, 0
    while begin < keys.size:
        end = begin + 1
        while end < keys.size and keys[end] == keys[begin]:
            end += 1
        for i in range(begin, end):
            label = labels[ranks[i]]
            if label >= 0 and counted[ranks[i]]:
                counts[label] += 1
                if counts[label] == least[label]:
                    found[n_found] = keys[begin]
                    found_labels[n_found] = label
                    n_found += 1
        for i in range(begin, end):
            label = labels[ranks[i]]
            is_common[i] = label >= 0 and counts[label] >= least[label]
        for i in range(begin, end):
            if labels[ranks[i]] >= 0:
                counts[labels[ranks[i]]] = 0
        begin = end
    return is_common, found[:n_found].copy(), found_labels[:n_found].copy()


@kernel("boolean[::1](uint64[::1], int64[::1], int64[:, ::1])")
def share_enough(keys, offsets, pairs):
    """Tell of pairs of texts, bool[p], whether they share two keys, or half of the smaller's.

    keys uint64[m], sorted and distinct in each text, and offsets int64[n + 1]. O(k log l) a pair,
    for the keys of the smaller and the larger text.
    """
    enough = np.zeros(pairs.shape[0], np.bool_)
    for p in range(pairs.shape[0]):
        a, b = pairs[p, 0], pairs[p, 1]
        if offsets[a + 1] - offsets[a] > offsets[b + 1] - offsets[b]:
            a, b = b, a
        size, low, high = offsets[a + 1] - offsets[a], offsets[b], offsets[b + 1]
        shared = 0
        for i in range(offsets[a], offsets[a + 1]):
            # By leaps that double, then by halves: near where the last one was.
            leap = 1
            while low + leap < high and keys[low + leap] < keys[i]:
                leap *= 2
            stop = min(low + leap, high)
            while low < stop:
                middle = (low + stop) // 2
                if keys[middle] < keys[i]:
                    low = middle + 1
                else:
                    stop = middle
            if low == high:
                break
            if keys[low] == keys[i]:
                shared += 1
                if shared == 2:
                    break
        enough[p] = shared == 2 or 0 < size <= 2 * shared
    return enough
