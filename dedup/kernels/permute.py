"""Shingle hashes to MinHash signatures, and signatures to keys. tests/naive_minhash.py is the twin.

The numbers are those of datasketch's scheme "affine32": a shingle hash of 32 bits is mixed by the
end of MurmurHash3, then permuted by a multiplication and an addition modulo 2**32.
"""

import numpy as np

from dedup.kernels import inline, kernel
from dedup.kernels.mix import HALF, SEED, ZERO, finish, mix
from dedup.kernels.winnow import sort_distinct

MURMUR_1, MURMUR_2 = np.uint32(0x85EBCA6B), np.uint32(0xC2B2AE35)
SHIFT_1, SHIFT_2 = np.uint32(16), np.uint32(13)
LARGEST = np.uint32(0xFFFFFFFF)
BLOCK = 64
"""Hashes in the unrolled loop over four vectors of AVX-512; of shorter vectors there are more."""


@inline
def murmur_end(value):
    """Mix a uint32: the finalizer of MurmurHash3."""
    value ^= value >> SHIFT_1
    value = np.uint32(value * MURMUR_1)
    value ^= value >> SHIFT_2
    value = np.uint32(value * MURMUR_2)
    return np.uint32(value ^ (value >> SHIFT_1))


@kernel("void(uint64[::1], int64[::1], uint32[::1], uint32[::1], uint32[:, ::1])")
def sign(hashes, shingle_offsets, factors, summands, signatures):
    """Write the signature of each text of a batch: the least value of each permutation.

    hashes uint64[s], of which the low halves count, and shingle_offsets int64[n + 1] as
    ``words.shingles`` returns them; factors and summands uint32[k]; signatures uint32[n, k]. A text
    without shingles has the largest number everywhere. O(s * k).
    """
    longest = 0
    for t in range(shingle_offsets.size - 1):
        longest = max(longest, shingle_offsets[t + 1] - shingle_offsets[t])
    mixed = np.empty(longest + BLOCK, np.uint32)
    for t in range(shingle_offsets.size - 1):
        first, last = shingle_offsets[t], shingle_offsets[t + 1]
        n = last - first
        for i in range(n):
            mixed[i] = murmur_end(np.uint32(hashes[first + i]))
        # Whole blocks of hashes, some of them twice: that changes no minimum, and no rest of up to
        # 63 is left for a loop of one at a time (a quarter faster for news, twice for paragraphs).
        size = (n + BLOCK - 1) // BLOCK * BLOCK
        for i in range(n, size):
            mixed[i] = mixed[0]
        own = mixed[:size]
        for k in range(factors.size):
            factor, summand, least = factors[k], summands[k], LARGEST
            for i in range(own.size):
                least = min(least, np.uint32(own[i] * factor + summand))
            signatures[t, k] = least


@kernel("Tuple((uint64[::1], int64[::1]))(uint32[:, ::1], int64[::1], int64, int64)")
def hash_bands(signatures, shingle_offsets, bands, rows):
    """Return the keys of a batch of texts: the hash of each band of its signature.

    signatures uint32[n, at least bands * rows]; shingle_offsets int64[n + 1] tell which texts have
    shingles: the others have no keys. Returns keys uint64[m], sorted and distinct within each text,
    and key_offsets int64[n + 1]. O(n * bands * rows).
    """
    n = shingle_offsets.size - 1
    keys = np.empty(n * bands, np.uint64)
    key_offsets = np.zeros(n + 1, np.int64)
    end = 0
    for t in range(n):
        begin = end
        if shingle_offsets[t + 1] > shingle_offsets[t]:
            for band in range(bands):
                state = mix(SEED, np.uint64(band), ZERO)
                stop = rows * (band + 1)
                for column in range(rows * band, stop, 4):
                    low, high = np.uint64(signatures[t, column]), ZERO
                    if column + 1 < stop:
                        low |= np.uint64(signatures[t, column + 1]) << HALF
                    if column + 2 < stop:
                        high = np.uint64(signatures[t, column + 2])
                    if column + 3 < stop:
                        high |= np.uint64(signatures[t, column + 3]) << HALF
                    state = mix(state, low, high)
                keys[end] = finish(state)
                end += 1
            end = sort_distinct(keys, begin, end)
        key_offsets[t + 1] = end
    return keys[:end].copy(), key_offsets
