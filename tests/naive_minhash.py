"""Readable twins of MinHash: signatures, keys, and the choice of bands, in plain Python."""

from fractions import Fraction

import numpy as np

MASK_32, MASK_64 = (1 << 32) - 1, (1 << 64) - 1
SEED, MIX_1, MIX_2 = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB


def murmur_end(value):
    """The finalizer of MurmurHash3, of 32 bits."""
    value = (value ^ value >> 16) * 0x85EBCA6B & MASK_32
    value = (value ^ value >> 13) * 0xC2B2AE35 & MASK_32
    return value ^ value >> 16


def permutations(num_perm, seed):
    """Return the factor and the summand of each permutation."""
    generator = np.random.RandomState(seed)
    halves = generator.randint(0, 1 << 31, num_perm, dtype=np.uint32).tolist()
    summands = generator.randint(0, 1 << 32, num_perm, dtype=np.uint32).tolist()
    return [(2 * half + 1, summand) for half, summand in zip(halves, summands, strict=True)]


def signature(hashes, num_perm, seed):
    """Return the least value that each permutation gives one of the hashes."""
    mixed = [murmur_end(value & MASK_32) for value in hashes]
    return [
        min((value * factor + summand & MASK_32 for value in mixed), default=MASK_32)
        for factor, summand in permutations(num_perm, seed)
    ]


def mix(state, low, high):
    """Mix sixteen bytes into a state, as for the hash of a word: docs/keys.md."""
    state = (state ^ low) * MIX_1 & MASK_64 ^ high
    state = (state ^ state >> 32) * MIX_2 & MASK_64
    return state ^ state >> 32


def band_keys(row, bands, rows):
    """Return the keys of a text with this signature: the hash of each band, with its number."""
    keys = set()
    for band in range(bands):
        state = mix(SEED, band, 0)
        values = row[band * rows : (band + 1) * rows]
        values += [0] * (-len(values) % 4)
        for a, b, c, d in zip(*[iter(values)] * 4, strict=True):
            state = mix(state, a | b << 32, c | d << 32)
        state = state * MIX_1 & MASK_64
        keys.add(state ^ state >> 32)
    return sorted(keys)


def probability(bands, rows, jaccard):
    """Return how likely one of the bands is equal, exactly."""
    return 1 - (1 - Fraction(jaccard) ** rows) ** bands


def choose_banding(num_perm, threshold, recall):
    """Return bands and rows, of all that find enough: the most rows, then the fewest bands."""
    enough = [
        (rows, -bands)
        for rows in range(1, num_perm + 1)
        for bands in range(1, num_perm // rows + 1)
        if probability(bands, rows, threshold) >= recall
    ]
    if not enough:
        return None
    rows, bands = max(enough)
    return -bands, rows
