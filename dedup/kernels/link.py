"""Texts that share keys: which pairs of them are looked at, and what a source says everywhere.

tests/naive.py and tests/naive_pass.py are the readable twins. A link is one number: the rank of a
text in the highest 31 bits, then what kind of link it is, then the rank of the partner.
"""

import numpy as np

from dedup.kernels import inline, kernel
from dedup.kernels.sort import sort_few, sort_numbers, sort_pairs

DEALT = np.uint64(10)
"""Bits by which keys are dealt to buckets: in a bucket they are the same for all."""

FIRST, NEIGHBOR, LIGHTEST, KINDS = range(4)
MEMBER, KIND, PARTNER = np.uint64(33), np.uint64(31), np.uint64(0x7FFFFFFF)


@inline
def link_of(member, kind, partner):
    """Return a link as one number."""
    return np.uint64(member) << MEMBER | np.uint64(kind) << KIND | np.uint64(partner)


@kernel("Tuple((uint64[::1], int32[::1]))(uint64[::1], int32[::1], int32[::1])")
def collect(keys, texts, ranks):
    """Return the keys that two texts or more have, sorted, with the ranks of those texts, sorted.

    keys uint64[m], texts int32[m], which text has each; ranks int32[n], of each text, below 0 where
    it takes no part. Returns keys uint64[g] and ranks int32[g]. O(m), but for groups of thousands.
    """
    # Most keys stand in one text alone. A sieve of bits, some of which are set by several keys,
    # holds back nearly all of those before the sort.
    last = 8
    while last < 8 * keys.size:
        last *= 2
    once, twice = np.zeros(last // 8, np.uint8), np.zeros(last // 8, np.uint8)
    mask = np.uint64(last - 1)
    for i in range(keys.size):
        bit = np.int64((keys[i] >> DEALT) & mask)
        place, flag = bit >> 3, np.uint8(1 << (bit & 7))
        twice[place] |= once[place] & flag
        once[place] |= flag
    chosen, members, n = np.empty(keys.size, np.uint64), np.empty(keys.size, np.int32), 0
    for i in range(keys.size):
        bit = np.int64((keys[i] >> DEALT) & mask)
        rank = ranks[texts[i]]
        chosen[n] = keys[i]
        members[n] = rank
        n += np.int64((twice[bit >> 3] >> (bit & 7)) & 1) & np.int64(rank >= 0)
    chosen, members = sort_pairs(chosen, members, n)
    n_kept, begin = 0, 0
    while begin < n:
        end = begin + 1
        while end < n and chosen[end] == chosen[begin]:
            end += 1
        if end - begin > 1:
            sort_few(members, begin, end)
            for i in range(begin, end):
                chosen[n_kept] = chosen[i]
                members[n_kept] = members[i]
                n_kept += 1
        begin = end
    return chosen[:n_kept].copy(), members[:n_kept].copy()


@kernel("uint64[::1](uint64[::1], int32[::1], int32[::1], int64[::1], boolean)")
def link(keys, ranks, labels, weights, across):
    """Return the links of all groups of equal keys.

    keys uint64[m], sorted, and ranks int32[m], which texts have them, sorted within a group; for
    each rank its label int32[n] and weight int64[n]. In a group each text is linked to the most
    preferred one (of the lowest rank), to its predecessor and to the lightest one; with ``across``
    to those among the texts of other labels. At most one link of each kind a member and group, in
    no order. O(m).
    """
    links = np.empty(KINDS * keys.size, np.uint64)
    n_links, begin = 0, 0
    while begin < keys.size:
        end = begin + 1
        while end < keys.size and keys[end] == keys[begin]:
            end += 1
        # Of each kind of partner the one of any label, and the one of another label than that.
        first = ranks[begin]
        other_first, lightest, other_lightest = -1, first, -1
        for i in range(begin, end):
            if across and other_first < 0 and labels[ranks[i]] != labels[first]:
                other_first = ranks[i]
            if weights[ranks[i]] <= weights[lightest]:
                lightest = ranks[i]
        for i in range(begin, end if across else begin):
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
                links[n_links] = link_of(rank, FIRST, one)
                n_links += 1
            if two >= 0 and two != rank:
                links[n_links] = link_of(rank, NEIGHBOR, two)
                n_links += 1
            if three >= 0 and three != rank:
                links[n_links] = link_of(rank, LIGHTEST, three)
                n_links += 1
            if across and before >= 0 and labels[before] != labels[rank]:
                other_before = before
            before = rank
        begin = end
    return links[:n_links].copy()


@kernel("uint64[::1](uint64[::1], int64[::1], uint8[::1])")
def most_frequent(links, most, needed):
    """Return of the links of each text, of each kind, the ``most[kind]`` that most groups gave.

    links uint64[m], of all groups; they are written over. needed uint8[n], how many keys each text
    must share with one that has as many or more. Of equally frequent links the most preferred
    partner counts. Copies that are edited at random meet other texts in each group.
    Returns pairs, uint64[p]: the less preferred text in the highest 31 bits, then the other, then
    one bit: as many groups as are needed gave it. O(m).
    """
    links = sort_numbers(links)
    pairs = np.empty(links.size, np.uint64)
    partners, counts = np.zeros(most.max(), np.uint64), np.zeros(most.max(), np.int64)
    n_pairs, begin = 0, 0
    while begin < links.size:
        member, kind = links[begin] >> MEMBER, (links[begin] >> KIND) & np.uint64(3)
        n, room = 0, most[np.int64(kind)]
        while begin < links.size and links[begin] >> KIND == (member << np.uint64(2) | kind):
            end = begin + 1
            while end < links.size and links[end] == links[begin]:
                end += 1
            # Partners come in the order of preference: a later one must be more frequent.
            place = n
            while place > 0 and counts[place - 1] < end - begin:
                place -= 1
            if place < room:
                n = min(n + 1, room)
                for k in range(n - 1, place, -1):
                    partners[k], counts[k] = partners[k - 1], counts[k - 1]
                partners[place], counts[place] = links[begin] & PARTNER, end - begin
            begin = end
        for k in range(n):
            high, low = max(member, partners[k]), min(member, partners[k])
            least = min(needed[np.int64(high)], needed[np.int64(low)])
            pairs[n_pairs] = high << MEMBER | low << np.uint64(1) | np.uint64(counts[k] >= least)
            n_pairs += 1
    return pairs[:n_pairs].copy()


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


@kernel("void(uint64[::1], int32[::1], int64[::1], int32[::1], uint8[::1], uint8[::1])")
def count_shared(keys, ranks, pair_offsets, partners, least, counts):
    """Add to the counts of pairs, uint8[p], how many groups both texts stand in.

    keys, ranks: groups as ``collect`` returns them; the pairs of a text of rank r are those with
    ``partners[pair_offsets[r]:pair_offsets[r + 1]]``, of lower rank. Counted is up to ``least``
    uint8[p]. O(m + p) and a search a pair and group.
    """
    begin = 0
    while begin < keys.size:
        end = begin + 1
        while end < keys.size and keys[end] == keys[begin]:
            end += 1
        for i in range(begin + 1, end):
            for q in range(pair_offsets[ranks[i]], pair_offsets[ranks[i] + 1]):
                if counts[q] >= least[q]:
                    continue
                low, high = begin, i
                while low < high:
                    middle = (low + high) // 2
                    if ranks[middle] < partners[q]:
                        low = middle + 1
                    else:
                        high = middle
                if low < i and ranks[low] == partners[q]:
                    counts[q] += 1
        begin = end


@kernel("void(int32[::1], boolean[::1], int64[::1])")
def tally(ranks, chosen, counts):
    """Add to the counts int64[n] how often each rank is among the chosen ranks int32[m]."""
    for i in range(ranks.size):
        if chosen[i]:
            counts[ranks[i]] += 1
