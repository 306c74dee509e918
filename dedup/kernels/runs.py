"""Runs of postings on the disk: their filters and parts, and what is found in them.

tests/naive_index.py is the readable twin. A key is known by a code of 32 bits, a text by its row. A
run is numbers sorted by code and then by row, in parts that are read alone, with a filter in front.
Of a key that very many texts have, the newest ``MOST`` are looked at: it is boilerplate, or a form.
"""

import numpy as np

from dedup.kernels import inline, kernel
from dedup.kernels.mix import HALF, MIX_2, finish

MOST = 64
"""Postings of a key that are looked at."""

WORDS = 8
"""Of a block of a filter, a line of the cache: a code sets one bit in each."""

HEAD, ENTRY = 5, 5
"""Bytes before the entries of a part, and of each."""

GONE, MEMBER, MOST_KEYS = 0, 255, 253
"""What ``kept`` says of a text that is not there, and of one that is but cannot be found by its
keys; else it says how many keys the text has, at least 1 and at most so many."""


@inline
def block_of(code, bits):
    """Return the first word of the block of a code in a filter."""
    n_blocks = np.uint64(bits.size // WORDS)
    return np.int64((np.uint64(code) * n_blocks) >> HALF) * WORDS


@inline
def bits_of(code):
    """Return a number that says which bit of each word of its block a code sets, six for each."""
    return finish((np.uint64(code) + np.uint64(1)) * MIX_2)


@kernel("void(uint32[::1], uint64[::1])")
def fill(codes, bits):
    """Put codes uint32[n] into a filter, uint64[8 * k]. O(n).

    All bits of a code are in one block (Putze, Sanders, Singler, 2007, section 3), and one in each
    word of it, so that all are tested without a branch.
    """
    for i in range(codes.size):
        first, rest = block_of(codes[i], bits), bits_of(codes[i])
        for word in range(WORDS):
            bits[first + word] |= np.uint64(1) << (rest & np.uint64(63))
            rest >>= np.uint64(6)


@inline
def may_hold(code, bits):
    """Tell whether a code may be in a filter."""
    first, rest = block_of(code, bits), bits_of(code)
    common = np.uint64(1)
    for word in range(WORDS):
        common &= bits[first + word] >> ((rest >> np.uint64(6 * word)) & np.uint64(63))
    return common != np.uint64(0)


PLACE, SLOT, BEFORE, BASE = range(4)
"""Columns of hits: the place of a code; the part of a run with its newest postings, and the part
before it, -1 if no posting can be there; the row of the first text of the run."""


@kernel(
    "int64(uint32[::1], boolean[::1], Array(uint64, 1, 'C', readonly=True),"
    " Array(uint32, 1, 'C', readonly=True), int64, int64, int64[:, ::1], int64)"
)
def probe(codes, is_sought, bits, firsts, start, base, hits, n):
    """Put down where a run may hold codes, as its filter says; return how many hits there are then.

    codes uint32[m] and is_sought bool[m], the others are left out; bits, a filter; firsts
    uint32[parts], the first code of each part of the run, whose number is its place and ``start``;
    base, the row of its first text; hits int64[h, 4], of which ``n`` are there. O(m).
    """
    for i in range(codes.size):
        if not is_sought[i] or not may_hold(codes[i], bits):
            continue
        low, high = 0, firsts.size
        while low < high:
            middle = (low + high) // 2
            if firsts[middle] <= codes[i]:
                low = middle + 1
            else:
                high = middle
        if low == 0:
            continue
        part = low - 1
        hits[n, PLACE], hits[n, SLOT], hits[n, BASE] = i, start + part, base
        hits[n, BEFORE] = start + part - 1 if part > 0 and firsts[part] == codes[i] else -1
        n += 1
    return n


@kernel("Tuple((int64[:, ::1], int64[::1]))(int64[:, ::1], int64)")
def arrange(hits, n_codes):
    """Return hits by the places of their codes, and the how manyth of its code each is. O(h).

    hits int64[h, 4]; those of one code stay as they stand. Returns the like, and int64[h].
    """
    first = np.zeros(n_codes + 1, np.int64)
    for h in range(hits.shape[0]):
        first[hits[h, PLACE] + 1] += 1
    for i in range(n_codes):
        first[i + 1] += first[i]
    following = first.copy()
    arranged, ranks = np.empty_like(hits), np.empty(hits.shape[0], np.int64)
    for h in range(hits.shape[0]):
        place = hits[h, PLACE]
        at = following[place]
        following[place] += 1
        ranks[at] = at - first[place]
        for column in range(4):
            arranged[at, column] = hits[h, column]
    return arranged, ranks


@kernel("int64[:, ::1](int64[:, ::1], int64[::1], int64, int64, int64[::1])")
def of_turn(hits, ranks, first, last, offsets):
    """Return the hits of ranks ``first:last`` of codes with under ``MOST`` texts so far. O(h).

    hits int64[h, 4] and ranks int64[h], as ``arrange`` returns them; offsets int64[m + 1], of what
    is found.
    """
    chosen, n = np.empty_like(hits), 0
    for h in range(hits.shape[0]):
        place = hits[h, PLACE]
        if first <= ranks[h] < last and offsets[place + 1] - offsets[place] < MOST:
            for column in range(4):
                chosen[n, column] = hits[h, column]
            n += 1
    return chosen[:n].copy()


@kernel("Tuple((int64[::1], int64[:, ::1]))(int64[:, ::1], int64)")
def parts_of(hits, first):
    """Return the parts that some hits are in, and the hits with the places of their parts.

    hits int64[h, 4], of codes from the place ``first`` on. Returns distinct numbers int64[p],
    sorted, and int64[h, 4], with the places of codes counted from there. O(h log h).
    """
    numbers, n = np.empty(2 * hits.shape[0], np.int64), 0
    for h in range(hits.shape[0]):
        for part in (hits[h, SLOT], hits[h, BEFORE]):
            if part >= 0:
                numbers[n] = part
                n += 1
    ordered = np.sort(numbers[:n])
    p = 0
    for i in range(n):
        if p == 0 or ordered[i] != ordered[p - 1]:
            ordered[p] = ordered[i]
            p += 1
    chosen = hits.copy()
    for h in range(hits.shape[0]):
        chosen[h, PLACE] -= first
        for column in (SLOT, BEFORE):
            if chosen[h, column] >= 0:
                chosen[h, column] = np.searchsorted(ordered[:p], chosen[h, column])
    return ordered[:p].copy(), chosen


@inline
def doubled(rows):
    """Return rows with room for as many again."""
    larger = np.empty(2 * rows.size, np.int32)
    larger[: rows.size] = rows
    return larger


@inline
def put(data, at, value, size):
    """Write a number in some bytes, the lowest first."""
    for k in range(size):
        data[at + k] = np.uint8((value >> np.uint64(8 * k)) & np.uint64(0xFF))


@inline
def number_at(data, at, size):
    """Return the number that stands in some bytes, the lowest first."""
    value = np.uint64(0)
    for k in range(size):
        value |= np.uint64(data[at + k]) << np.uint64(8 * k)
    return value


@inline
def head_at(data, part):
    """Return how many bits of the entries of a part say the row, and its first code."""
    return number_at(data, part, 1), number_at(data, part + 1, 4)


@kernel("Tuple((uint8[::1], int64[::1]))(uint64[::1], int64, int64)")
def pack(entries, row_bits, most):
    """Return postings as parts, uint8, and where each starts and the last one ends, int64[p + 1].

    entries uint64[n], sorted: the code in the upper half, the row in the lower one, which is below
    2**row_bits. A part has ``most`` entries of ``ENTRY`` bytes at most, the difference to its first
    code before the row, and says ``row_bits`` and that code before them, in ``HEAD`` bytes. O(n).
    """
    data = np.empty(entries.size * (HEAD + ENTRY), np.uint8)
    bounds = np.zeros(entries.size + 1, np.int64)
    bits, widest = np.uint64(row_bits), np.uint64(8 * ENTRY - row_bits)
    n, at, n_own, first = 0, 0, 0, np.uint64(0)
    for i in range(entries.size):
        code, row = entries[i] >> HALF, entries[i] & np.uint64(0xFFFFFFFF)
        if i == 0 or n_own == most or (code - first) >> widest:
            bounds[n] = at
            put(data, at, bits, 1)
            put(data, at + 1, code, 4)
            n, at, n_own, first = n + 1, at + HEAD, 0, code
        put(data, at, (code - first) << bits | row, ENTRY)
        at, n_own = at + ENTRY, n_own + 1
    bounds[n] = at
    return data[:at].copy(), bounds[: n + 1].copy()


@kernel("uint64[::1](uint64[::1], int64)")
def newest_of_each(entries, most):
    """Return sorted entries, of each code the last ``most`` of them only. O(n).

    entries uint64[n], as ``pack`` takes them. Of older ones nobody asks.
    """
    left, n, n_own = np.empty_like(entries), entries.size, 0
    for i in range(entries.size - 1, -1, -1):
        is_first = i == entries.size - 1 or entries[i] >> HALF != entries[i + 1] >> HALF
        n_own = 1 if is_first else n_own + 1
        if n_own <= most:
            n -= 1
            left[n] = entries[i]
    return left[n:].copy()


@kernel("uint64[::1](Array(uint8, 1, 'C', readonly=True), int64[::1])")
def unpack(data, bounds):
    """Return the postings of parts as ``pack`` was given them. O(n)."""
    entries = np.empty(data.size // ENTRY, np.uint64)
    n = 0
    for part in range(bounds.size - 1):
        bits, first = head_at(data, bounds[part])
        mask = (np.uint64(1) << bits) - np.uint64(1)
        for at in range(bounds[part] + HEAD, bounds[part + 1], ENTRY):
            entry = number_at(data, at, ENTRY)
            entries[n] = ((first + (entry >> bits)) << HALF) | (entry & mask)
            n += 1
    return entries[:n].copy()


@kernel(
    "Tuple((int64[::1], int32[::1]))(uint32[::1], int64[:, ::1],"
    " Array(uint8, 1, 'C', readonly=True), int64[::1], uint8[::1])"
)
def gather(codes, hits, data, bounds, kept):
    """Return which texts that are there have each code, the newest ones first.

    codes uint32[m]; hits int64[h, 4], as ``arrange`` leaves them, of one code the newest run first,
    and with places of parts, as ``parts_of`` tells them. Parts as ``pack`` returns them. kept
    uint8[rows], 0 for texts that cannot be found. Returns offsets int64[m + 1] and rows int32[r].
    """
    offsets = np.zeros(codes.size + 1, np.int64)
    rows = np.empty(1024, np.int32)
    n, h = 0, 0
    for i in range(codes.size):
        begin, code = n, np.uint64(codes[i])
        while h < hits.shape[0] and hits[h, PLACE] == i:
            for part in (hits[h, SLOT], hits[h, BEFORE]):
                if part < 0:
                    continue
                bits, first = head_at(data, bounds[part])
                mask = (np.uint64(1) << bits) - np.uint64(1)
                start = bounds[part] + HEAD
                low, high = 0, (bounds[part + 1] - start) // ENTRY
                while low < high:
                    middle = (low + high) // 2
                    if first + (number_at(data, start + ENTRY * middle, ENTRY) >> bits) <= code:
                        low = middle + 1
                    else:
                        high = middle
                while low > 0 and n - begin < MOST:
                    low -= 1
                    entry = number_at(data, start + ENTRY * low, ENTRY)
                    if first + (entry >> bits) != code:
                        break
                    row = hits[h, BASE] + np.int64(entry & mask)
                    # A damaged file may name a row that is not there.
                    if row < kept.size and kept[row] != GONE:
                        if n == rows.size:
                            rows = doubled(rows)
                        rows[n] = row
                        n += 1
            h += 1
        offsets[i + 1] = n
    return offsets, rows[:n].copy()


@kernel("Tuple((int64[::1], int32[::1]))(int64[::1], int32[::1], int64[::1], int32[::1])")
def join(offsets, rows, more_offsets, more_rows):
    """Return what was found of codes and then what else was, ``MOST`` rows of each at most. O(r).

    offsets int64[m + 1] and rows int32[r], twice; the like is returned.
    """
    joined = np.zeros(offsets.size, np.int64)
    found, n = np.empty(rows.size + more_rows.size, np.int32), 0
    for i in range(offsets.size - 1):
        begin = n
        for at in range(offsets[i], offsets[i + 1]):
            found[n] = rows[at]
            n += 1
        for at in range(more_offsets[i], more_offsets[i + 1]):
            if n - begin == MOST:
                break
            found[n] = more_rows[at]
            n += 1
        joined[i + 1] = n
    return joined, found[:n].copy()


@kernel("Tuple((int64[::1], int32[::1]))(int64[::1], int32[::1], int64[::1])")
def put_back(offsets, rows, order):
    """Return what was found of sorted codes by the places that these had. O(m + r).

    offsets int64[m + 1] and rows int32[r]; order int64[m], the place of each sorted code. The like
    is returned.
    """
    moved, found = np.zeros(offsets.size, np.int64), np.empty_like(rows)
    for i in range(order.size):
        moved[order[i] + 1] = offsets[i + 1] - offsets[i]
    for i in range(order.size):
        moved[i + 1] += moved[i]
    for i in range(order.size):
        at = moved[order[i]]
        for k in range(offsets[i], offsets[i + 1]):
            found[at] = rows[k]
            at += 1
    return moved, found
