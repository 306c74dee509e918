"""Shingle hashes to keys: the minima of sliding windows. tests/naive.py is the readable twin."""

import numpy as np

from dedup.kernels import inline, kernel


@inline
def sort_distinct(keys, first, last):
    """Sort ``keys[first:last]`` and drop what stands twice; return the place after the last."""
    gap = 1
    while gap < (last - first) // 3:
        gap = 3 * gap + 1
    while gap > 0:  # Shell's sort: most texts have some fifty keys, and a long page is no trap
        for i in range(first + gap, last):
            key, j = keys[i], i
            while j >= first + gap and keys[j - gap] > key:
                keys[j] = keys[j - gap]
                j -= gap
            keys[j] = key
        gap //= 3
    end = first
    for i in range(first, last):
        if i == first or keys[i] != keys[i - 1]:
            keys[end] = keys[i]
            end += 1
    return end


@kernel("Tuple((uint64[::1], int64[::1]))(uint64[::1], int64[::1], int64[::1])")
def winnow(hashes, shingle_offsets, windows):
    """Return the keys of a batch of texts: the least shingle of every window, each one once.

    hashes uint64[s] and shingle_offsets int64[n + 1] as ``words.shingles`` returns them; windows
    int64[n], how many shingles a window of each text has. A text with fewer is one window. Returns
    keys uint64[m], sorted within each text, and key_offsets int64[n + 1]. O(s) but for the sort.
    """
    n = shingle_offsets.size - 1
    keys = np.empty(hashes.size, np.uint64)
    key_offsets = np.zeros(n + 1, np.int64)
    end = 0
    for k in range(n):
        first, last = shingle_offsets[k], shingle_offsets[k + 1]
        window = min(windows[k], last - first)
        begin, least = end, -1
        for stop in range(first + window, last + 1 if window else first):
            start = stop - window
            if least >= start and hashes[stop - 1] > hashes[least]:
                continue
            if least >= start:
                least = stop - 1
            else:
                least = start
                for i in range(start + 1, stop):
                    if hashes[i] <= hashes[least]:
                        least = i
            if end == begin or keys[end - 1] != hashes[least]:
                keys[end] = hashes[least]
                end += 1
        end = sort_distinct(keys, begin, end)
        key_offsets[k + 1] = end
    return keys[:end].copy(), key_offsets
