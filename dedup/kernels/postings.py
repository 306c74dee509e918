"""Postings: which texts of an index have which keys, and which of them a new text is compared with.

tests/naive_index.py is the readable twin. A key is known by a code of 32 bits, a text by its row.
Older postings stand in runs (``dedup.kernels.runs``); the newest ones in chains, newest first.
"""

import numpy as np

from dedup.kernels import inline, kernel
from dedup.kernels.mix import MIX_1, MIX_2, finish
from dedup.kernels.runs import GONE, MEMBER, MOST, doubled
from dedup.kernels.sources import of_source, sieve_bit

COLD = 4
"""If fewer than one in so many of a text's keys are rare, the frequent ones nominate as well."""


@kernel("void(uint32[::1], int32[::1], int64, int64, int32[::1], int32[::1])")
def chain(codes, rows, first, last, heads, following):
    """Put postings ``first:last`` of codes and rows into chains by their codes, the newest first.

    heads int32[2**k], the newest posting of each chain or -1; following int32[n], the next older
    one of the same chain, which may have another code. O(last - first) if their rows are in order;
    else each passes those of newer rows in its chain.
    """
    mask = np.uint64(heads.size - 1)
    for i in range(first, last):
        head = np.int64(finish(np.uint64(codes[i]) * MIX_1) & mask)
        newer, entry = np.int32(-1), heads[head]
        while entry >= 0 and rows[entry] > rows[i]:
            newer, entry = entry, following[entry]
        following[i] = entry
        if newer < 0:
            heads[head] = i
        else:
            following[newer] = i


@inline
def is_kept(kept, row):
    """Tell whether a text can be found by its keys."""
    return kept[row] != GONE and kept[row] != MEMBER


@inline
def head_of(code, heads):
    """Return the newest posting of the chain of a code, -1 for none."""
    return heads[np.int64(finish(np.uint64(code) * MIX_1) & np.uint64(heads.size - 1))]


@kernel(
    "Tuple((int64[::1], int32[::1]))(uint32[::1], uint32[::1], int32[::1], int32[::1], int32[::1],"
    " uint8[::1])"
)
def walk(codes, new_codes, new_rows, heads, following, kept):
    """Return which texts that are there have each code by the chains, as ``gather`` does."""
    offsets = np.zeros(codes.size + 1, np.int64)
    rows = np.empty(64, np.int32)
    n = 0
    for i in range(codes.size):
        begin, entry = n, head_of(codes[i], heads)
        while entry >= 0 and n - begin < MOST:
            row = new_rows[entry]
            if new_codes[entry] == codes[i] and kept[row] != GONE:
                if n == rows.size:
                    rows = doubled(rows)
                rows[n] = row
                n += 1
            entry = following[entry]
        offsets[i + 1] = n
    return offsets, rows[:n].copy()


@inline
def is_boilerplate(key, label, slots, sieve):
    """Tell whether a key is boilerplate of a source; see ``kernels.sources.table``."""
    mixed = of_source(key, label)
    bit = sieve_bit(mixed, sieve)
    if not (sieve[bit >> 3] >> (bit & 7)) & 1:
        return False
    last = slots.size - 1
    slot = np.int64(mixed >> np.uint64(20)) & last
    while slots[slot] != np.uint64(0) and slots[slot] != mixed:
        slot = (slot + 1) & last
    return slots[slot] == mixed


@kernel(
    "Tuple((boolean[::1], boolean[::1]))(uint64[::1], int64[::1], int32[::1], uint64[::1],"
    " uint8[::1])"
)
def screen(keys, offsets, labels, slots, sieve):
    """Tell which keys of n texts are their own, and which must be looked up in runs. O(m).

    keys uint64[m], offsets int64[n + 1]; labels int32[n], the source of each text, -1 for none;
    slots and sieve of the keys known to be boilerplate.

    A key is a text's own if it is no boilerplate of its source. Others are not looked up, unless
    all of the text is such. Returns is_own and is_sought bool[m].
    """
    is_own = np.empty(keys.size, np.bool_)
    is_sought = np.empty(keys.size, np.bool_)
    for k in range(labels.size):
        begin, end = offsets[k], offsets[k + 1]
        n_own = 0
        for i in range(begin, end):
            is_own[i] = labels[k] < 0 or not is_boilerplate(keys[i], labels[k], slots, sieve)
            n_own += np.int64(is_own[i])
        for i in range(begin, end):
            is_sought[i] = is_own[i] or n_own == 0
    return is_own, is_sought


@kernel(
    "Tuple((boolean[::1], int64[::1], boolean[::1]))(uint32[::1], boolean[::1], int64[::1],"
    " int32[::1], int64[::1], int32[::1], uint32[::1], int32[::1], int32[::1], int32[::1], int64,"
    " int64, uint8[::1], int32[::1], int64[::1], int64, float64, float64)"
)
def survey(
    codes, is_own, offsets, labels, hit_offsets, hit_rows, new_codes, new_rows, heads, following,
    origin, until, kept, row_labels, label_texts, least, share, most_common,
):  # fmt: skip
    """Tell which keys of n texts nominate candidates, and which prove to be boilerplate.

    codes uint32[m] and is_own bool[m], as ``screen`` tells, offsets int64[n + 1]; labels int32[n],
    the source of each text, -1 for none. Postings: hit_offsets int64[m + 1] and hit_rows as
    ``gather`` returns them, and chains as ``chain`` makes them. Only those of rows ``origin:until``
    count, so that the answer does not depend on how texts that are added are put together.
    row_labels int32[rows] and label_texts int64[l], how many texts each source has.

    A key nominates if it is the text's own and rare, under ``MOST`` texts; where few are, all of
    its own do; where none is its own, all do. It is boilerplate if ``least`` texts of the source
    have it, and a ``share`` of them as far as could be seen, but not if more than ``most_common``
    of the text is: then it is a version of a story with many.

    Returns nominates bool[m]; own int64[n], how many keys of each text are its own; is_learned
    bool[m].
    """
    n = labels.size
    nominates, is_learned = np.zeros(codes.size, np.bool_), np.zeros(codes.size, np.bool_)
    own = np.zeros(n, np.int64)
    for k in range(n):
        begin, end = offsets[k], offsets[k + 1]
        n_rare, n_common = 0, 0
        for i in range(begin, end):
            label = labels[k]
            if not is_own[i]:
                n_common += 1
                continue
            count, same, oldest = 0, 0, until
            entry = head_of(codes[i], heads)
            while entry >= 0 and count < MOST:
                row = new_rows[entry]
                if new_codes[entry] == codes[i] and row < until and is_kept(kept, row):
                    count += 1
                    same += np.int64(label >= 0 and row_labels[row] == label)
                    oldest = row
                entry = following[entry]
            for h in range(hit_offsets[i], hit_offsets[i + 1]):
                if count == MOST:
                    break
                row = hit_rows[h]
                if row < until and is_kept(kept, row):
                    count += 1
                    same += np.int64(label >= 0 and row_labels[row] == label)
                    oldest = row
            own[k] += 1
            nominates[i] = count < MOST
            n_rare += np.int64(count < MOST)
            if label >= 0 and same + 1 >= least:
                seen = 1.0 if count < MOST else (until - oldest) / max(until - origin, 1)
                if same + 1 >= share * label_texts[label] * seen:
                    is_learned[i] = True
                    n_common += 1
        if n_common > most_common * (end - begin):
            is_learned[begin:end] = False
        if own[k] == 0:
            own[k] = end - begin
            nominates[begin:end] = True
        elif COLD * n_rare < own[k]:
            for i in range(begin, end):
                nominates[i] = is_own[i]
    return nominates, own, is_learned


@kernel("int64[::1](uint32[::1], int64[::1], boolean[::1])")
def levels(codes, offsets, nominates):
    """Return the level of each text: those whose keys nominate a text before are above it.

    codes uint32[m], offsets int64[n + 1], nominates bool[m]. Texts of one level cannot nominate
    each other, so they can be looked at together once those of the levels below are decided. O(m).
    """
    size = 16
    while size < 2 * codes.size:
        size *= 2
    mask = size - 1
    slots, above = np.full(size, -1, np.int64), np.zeros(size, np.int64)
    found = np.zeros(offsets.size - 1, np.int64)
    for k in range(offsets.size - 1):
        level = 0
        for again in range(2):
            for i in range(offsets[k], offsets[k + 1]):
                if not (again or nominates[i]):
                    continue
                slot = np.int64(finish(np.uint64(codes[i]) * MIX_2)) & mask
                while slots[slot] >= 0 and codes[slots[slot]] != codes[i]:
                    slot = (slot + 1) & mask
                if again:
                    slots[slot] = i
                    above[slot] = max(above[slot], level + 1)
                elif slots[slot] >= 0:
                    level = max(level, above[slot])
        found[k] = level
    return found


@inline
def count_row(row, table, counts, used, n):
    """Count a row in a table of rows; ``used`` lists the slots that are taken; return how many."""
    mask = table.size - 1
    slot = np.int64(finish(np.uint64(row) * MIX_2)) & mask
    while table[slot] >= 0 and table[slot] != row:
        slot = (slot + 1) & mask
    if table[slot] < 0:
        table[slot] = row
        counts[slot] = 0
        used[n] = slot
        n += 1
    counts[slot] += 1
    return n


ROW, SHARED, SMALLER = range(3)
"""Columns of candidates: their row, the keys that they share, the keys of the smaller text."""


@inline
def is_better(one, other):
    """Tell whether a candidate shares more of the smaller text, or more keys, or is older."""
    mine, its = one[SHARED] * other[SMALLER], other[SHARED] * one[SMALLER]
    if mine != its:
        return mine > its
    if one[SHARED] != other[SHARED]:
        return one[SHARED] > other[SHARED]
    return one[ROW] < other[ROW]


@inline
def insert(ranked, n, one):
    """Put a candidate among ``n`` others, the best first; return how many there are then."""
    if n == ranked.shape[0]:
        if not is_better(one, ranked[n - 1]):
            return n
        n -= 1
    place = n
    while place > 0 and is_better(one, ranked[place - 1]):
        ranked[place] = ranked[place - 1]
        place -= 1
    ranked[place] = one
    return n + 1


@kernel(
    "Tuple((int32[:, ::1], int64[::1]))(int64[::1], uint32[::1], int64[::1], int32[::1],"
    " boolean[::1], int64[::1], int64[::1], int64[::1], int32[::1], uint32[::1], int32[::1],"
    " int32[::1], int32[::1], uint8[::1], int32[::1], int64, float64, int64, int64)"
)
def nominate(
    texts, codes, offsets, labels, nominates, own, rows, hit_offsets, hit_rows, new_codes, new_rows,
    heads, following, kept, row_labels, least, share, most, most_alike,
):  # fmt: skip
    """Return the candidates of some texts, int64[d]: kept ones before them that share most keys.

    codes, offsets, labels, nominates and own as for ``survey``; rows int64[n], those of the texts;
    kept uint8[rows] and row_labels int32[rows]. A candidate shares ``least`` keys, and this share
    of the smaller text's, or half of those. The ``most`` are taken that share the largest share of
    the smaller one, then the most keys, then the oldest; only ``most_alike`` of the text's own
    source as long as there are others. Returns int32[d, most] and how many there are of each,
    int64[d].
    """
    found = np.full((texts.size, most), -1, np.int32)
    n_found = np.zeros(texts.size, np.int64)
    table, counts, used = (
        np.full(1 << 12, -1, np.int64), np.empty(1 << 12, np.int64), np.empty(1 << 12, np.int64),
    )  # fmt: skip
    alike, others = np.empty((most, 3), np.int64), np.empty((most, 3), np.int64)
    one = np.empty(3, np.int64)
    for d in range(texts.size):
        k = texts[d]
        n_keys = 0
        for i in range(offsets[k], offsets[k + 1]):
            n_keys += np.int64(nominates[i])
        if table.size < 2 * MOST * n_keys:
            size = table.size
            while size < 2 * MOST * n_keys:
                size *= 2
            table, counts, used = (
                np.full(size, -1, np.int64), np.empty(size, np.int64), np.empty(size, np.int64),
            )  # fmt: skip
        n = 0
        for i in range(offsets[k], offsets[k + 1]):
            if not nominates[i]:
                continue
            count, entry = 0, head_of(codes[i], heads)
            while entry >= 0 and count < MOST:
                row = new_rows[entry]
                if new_codes[entry] == codes[i] and row < rows[k] and is_kept(kept, row):
                    n = count_row(np.int64(row), table, counts, used, n)
                    count += 1
                entry = following[entry]
            for h in range(hit_offsets[i], min(hit_offsets[i + 1], hit_offsets[i] + MOST - count)):
                if hit_rows[h] < rows[k] and is_kept(kept, hit_rows[h]):
                    n = count_row(np.int64(hit_rows[h]), table, counts, used, n)
        n_alike, n_others = 0, 0
        for u in range(n):
            one[ROW], one[SHARED] = table[used[u]], counts[used[u]]
            table[used[u]] = -1
            one[SMALLER] = max(min(own[k], np.int64(kept[one[ROW]])), 1)
            is_least = one[SHARED] >= least or 2 * one[SHARED] >= one[SMALLER]
            if not is_least or one[SHARED] < share * one[SMALLER]:
                continue
            if labels[k] >= 0 and row_labels[one[ROW]] == labels[k]:
                n_alike = insert(alike, n_alike, one)
            else:
                n_others = insert(others, n_others, one)
        a, o = 0, 0
        while a + o < min(most, n_alike + n_others):
            takes_alike = a < n_alike and (
                o == n_others or (a < most_alike and is_better(alike[a], others[o]))
            )
            found[d, a + o] = alike[a, ROW] if takes_alike else others[o, ROW]
            a, o = a + np.int64(takes_alike), o + np.int64(not takes_alike)
        n_found[d] = a + o
    return found, n_found
