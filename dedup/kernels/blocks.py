"""Pairs dealt to blocks of texts that are compared together. tests/naive_pass.py is the twin."""

import numpy as np

from dedup.kernels import inline, kernel


@inline
def find(roots, text):
    """Return the least text that a text is joined with, and shorten the way to it."""
    while roots[text] != text:
        roots[text] = roots[roots[text]]
        text = roots[text]
    return text


@kernel("int32[::1](int64[:, ::1], int64)")
def families(pairs, n):
    """Return of each of n texts the least one that pairs join it with, int32[n]."""
    roots = np.arange(n).astype(np.int32)
    for p in range(pairs.shape[0]):
        one, other = find(roots, pairs[p, 0]), find(roots, pairs[p, 1])
        if one != other:
            roots[max(one, other)] = min(one, other)
    for text in range(n):
        roots[text] = find(roots, text)
    return roots


@kernel("int32[::1](int64[:, ::1], int64[::1], int64)")
def part(pairs, sizes, most):
    """Return of each pair its block, int32[p], from 0 on.

    A block is pairs side by side. Its distinct texts, sizes int64[n], have ``most`` together, or as
    much as the largest of them, and that one besides: so a text of any size is in few blocks, and
    is read anew for others that are as much together. O(p + n).
    """
    blocks = np.empty(pairs.shape[0], np.int32)
    stamps = np.full(sizes.size, -1, np.int32)
    block, total, largest = 0, 0, 0
    for p in range(pairs.shape[0]):
        one, other = pairs[p, 0], pairs[p, 1]
        for _ in range(2):
            more, greatest = 0, largest
            for text in (one, other):
                if stamps[text] != block:
                    more += sizes[text]
                    greatest = max(greatest, sizes[text])
            if total == 0 or total + more - greatest <= max(most, greatest):
                break
            block, total, largest = block + 1, 0, 0
        total, largest = total + more, greatest
        stamps[one] = block
        stamps[other] = block
        blocks[p] = block
    return blocks
