"""Shingle hashes to keys: the minima of sliding windows. tests/naive.py is the readable twin."""

import numpy as np

from dedup.kernels import inline, kernel
from dedup.kernels.mix import ALL, ZERO
from dedup.kernels.sort import sort_few

FEW = 128
"""Keys for which counting is faster than sorting."""


@inline
def rank_distinct(keys, first, last, ranked):
    """Sort ``keys[first:last]``, few of them, and drop what stands twice; return the end.

    How many are less is counted for each, without a branch: for some fifty keys, as most texts
    have, in a tenth of the time of a sort.
    """
    own = keys[first:last]
    for i in range(own.size):
        ranked[i] = ALL
    for i in range(own.size):
        rank = 0
        for j in range(own.size):
            rank += np.int64(own[j] < own[i])
        ranked[rank] = own[i]
    # Equal ones have one rank, and leave places free; only the greatest key could look like that.
    greatest, end = ZERO, first
    for i in range(own.size):
        greatest = max(greatest, own[i])
    for i in range(own.size):
        keys[end] = ranked[i]
        end += np.int64(ranked[i] != ALL or (greatest == ALL and i + 1 == own.size))
    return end


@inline
def sort_distinct(keys, first, last):
    """Sort ``keys[first:last]`` and drop what stands twice; return the place after the last."""
    sort_few(keys, first, last)
    end = first
    for i in range(first, last):
        if i == first or keys[i] != keys[i - 1]:
            keys[end] = keys[i]
            end += 1
    return end


@inline
def least_of_two(values, distance, n, target):
    """Write the lesser of each of the first ``n`` values and the one so far after it."""
    # Into another array: in the same one the loop would not run several at a time.
    ones, others, lesser = values[:n], values[distance : distance + n], target[:n]
    for i in range(n):
        lesser[i] = min(ones[i], others[i])


@inline
def find_minima(least, spare, size, window, keys, end):
    """Write the least of each window of ``least[:size]``, runs of equal ones once; return the end.

    First the least of two in a row, then of four, and so on; two of those, which may overlap, are a
    window. Loops without branches, which run several at a time; ``spare`` has room for as many.
    """
    width = 1
    while 2 * width <= window:
        least_of_two(least, width, size - 2 * width + 1, spare)
        least, spare = spare, least
        width *= 2
    n_windows = size - window + 1
    least_of_two(least, window - width, n_windows, spare)
    for i in range(n_windows - 1):
        keys[end] = spare[i]
        end += np.int64(spare[i] != spare[i + 1])
    keys[end] = spare[n_windows - 1]
    return end + 1


@kernel("Tuple((uint64[::1], int64[::1]))(uint64[::1], int64[::1], int64[::1])")
def winnow(hashes, shingle_offsets, windows):
    """Return the keys of a batch of texts: the least shingle of every window, each one once.

    hashes uint64[s] and shingle_offsets int64[n + 1] as ``words.shingles`` returns them; windows
    int64[n], how many shingles a window of each text has. A text with fewer is one window. Returns
    keys uint64[m], sorted within each text, and key_offsets int64[n + 1]. O(s) but for the sort.
    """
    n = shingle_offsets.size - 1
    most = 0
    for k in range(n):
        most = max(most, shingle_offsets[k + 1] - shingle_offsets[k])
    least, spare = np.empty(most, np.uint64), np.empty(most, np.uint64)
    ranked = np.empty(FEW, np.uint64)
    keys = np.empty(hashes.size + 1, np.uint64)
    key_offsets = np.zeros(n + 1, np.int64)
    end = 0
    for k in range(n):
        size = shingle_offsets[k + 1] - shingle_offsets[k]
        window, begin = min(windows[k], size), end
        if size:
            least[:size] = hashes[shingle_offsets[k] : shingle_offsets[k + 1]]
            end = find_minima(least, spare, size, window, keys, end)
            if end - begin <= FEW:
                end = rank_distinct(keys, begin, end, ranked)
            else:
                end = sort_distinct(keys, begin, end)
        key_offsets[k + 1] = end
    return keys[:end].copy(), key_offsets
