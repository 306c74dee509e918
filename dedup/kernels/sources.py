"""Which words of a text are boilerplate of its source. tests/naive.py is the readable twin."""

import numpy as np

from dedup.kernels import inline, kernel
from dedup.kernels.grams import table_size, weigh
from dedup.kernels.mix import MIX_2, ZERO, finish

SHINGLE_WEIGHT = 10


@inline
def of_source(key, label):
    """Return a key mixed with its source, never zero."""
    return finish(key ^ (np.uint64(label + 1) * MIX_2)) | np.uint64(1)


@inline
def sieve_bit(mixed, sieve):
    """Return the place of a mixed key among the bits of a sieve."""
    return np.int64(mixed >> np.uint64(30)) & (8 * sieve.size - 1)


@kernel("Tuple((uint64[::1], uint8[::1]))(uint64[::1], int32[::1])")
def table(keys, labels):
    """Return a table, uint64[2**k], of keys mixed with their sources, zero where it is empty.

    Besides a sieve uint8[2**j], of which eight bits or more a slot are set for what is in the
    table: it is small enough for the nearest cache, and holds back most of what is not.
    """
    slots = np.zeros(table_size(keys.size), np.uint64)
    sieve = np.zeros(slots.size, np.uint8)
    last = slots.size - 1
    for i in range(keys.size):
        mixed = of_source(keys[i], labels[i])
        bit = sieve_bit(mixed, sieve)
        sieve[bit >> 3] |= np.uint8(1 << (bit & 7))
        slot = np.int64(mixed >> np.uint64(20)) & last
        while slots[slot] != ZERO and slots[slot] != mixed:
            slot = (slot + 1) & last
        slots[slot] = mixed
    return slots, sieve


@kernel(
    "boolean[::1](uint64[::1], int64[::1], uint64[::1], int64[::1], int32[::1], uint64[::1],"
    " uint8[::1], int64)"
)
def mark(hashes, shingle_offsets, tokens, token_offsets, labels, slots, sieve, window):
    """Return bool[m], which tokens are boilerplate of the source of their text.

    hashes uint64[s] and shingle_offsets int64[n + 1], the shingles of the texts; tokens uint64[m]
    and token_offsets int64[n + 1]; labels int32[n], their sources, -1 for none; slots and sieve
    as ``table`` returns them. Tokens of shingles that stand in the table are marked, and those
    between two such shingles at most ``window`` apart. O(m).
    """
    marked = np.zeros(tokens.size, np.bool_)
    last = slots.size - 1
    for k in range(labels.size):
        if labels[k] < 0:
            continue
        first, stop = token_offsets[k], token_offsets[k + 1]
        at, end = -window - 1, first
        for i in range(shingle_offsets[k + 1] - shingle_offsets[k]):
            mixed = of_source(hashes[shingle_offsets[k] + i], labels[k])
            bit = sieve_bit(mixed, sieve)
            if not (sieve[bit >> 3] >> (bit & 7)) & 1:
                continue
            slot = np.int64(mixed >> np.uint64(20)) & last
            while slots[slot] != ZERO and slots[slot] != mixed:
                slot = (slot + 1) & last
            if slots[slot] == ZERO:
                continue
            begin = end if i - at <= window else first + i
            at = i
            t, weight = first + i, 0
            while t < stop and weight < SHINGLE_WEIGHT:
                weight += weigh(tokens[t])
                t += 1
            end = max(end, t)
            for u in range(begin, end):
                marked[u] = True
    return marked


@kernel("int64[:, ::1](uint64[::1], int64[::1], boolean[::1])")
def half_words(tokens, token_offsets, marked):
    """Return int64[n, 2]: half words of each text, and those that are not marked."""
    weights = np.zeros((token_offsets.size - 1, 2), np.int64)
    for k in range(token_offsets.size - 1):
        total, own = 0, 0
        for t in range(token_offsets[k], token_offsets[k + 1]):
            weight = weigh(tokens[t])
            total += weight
            own += weight * (1 - np.int64(marked[t]))
        weights[k, 0] = total
        weights[k, 1] = own
    return weights
