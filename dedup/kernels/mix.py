"""The hash of a word: lanes of eight bytes, mixed by multiplications and shifts (docs/keys.md)."""

import numpy as np

from dedup.kernels import inline, load64

ZERO = np.uint64(0)
ALL = np.uint64(0xFFFFFFFFFFFFFFFF)

SEED = np.uint64(0x9E3779B97F4A7C15)
MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
MIX_2 = np.uint64(0x94D049BB133111EB)
HALF = np.uint64(32)


@inline
def mix(state, low, high):
    """Mix sixteen bytes, as two lanes of eight, into the state of a word."""
    state = (state ^ low) * MIX_1
    state ^= high
    state = (state ^ (state >> HALF)) * MIX_2
    return state ^ (state >> HALF)


@inline
def finish(state):
    """Spread every bit of a state over the whole hash."""
    state *= MIX_1
    return state ^ (state >> HALF)


@inline
def hash_word(data, start, end):
    """Hash the bytes ``start:end``, at least one; sixteen bytes after them can be read too."""
    state = SEED
    while end - start > 16:
        state = mix(state, load64(data, start), load64(data, start + 8))
        start += 16
    # Without a branch: one word in eight has more than eight bytes, which none can foresee.
    width = end - start
    low = load64(data, start) & (ALL >> np.uint64(64 - 8 * min(width, 8)))
    beyond = np.uint64(128 - 8 * max(width, 9))
    high = load64(data, start + 8) & ((ALL >> beyond) if width > 8 else ZERO)
    return finish(mix(state, low, high))


@inline
def hash_bytes(data, start, end):
    """Hash the bytes ``start:end``, at least one, as ``hash_word`` does, reading no others."""
    state = SEED
    while True:
        low, high = ZERO, ZERO
        for k in range(min(end - start, 8)):
            low |= np.uint64(data[start + k]) << np.uint64(8 * k)
        for k in range(min(end - start - 8, 8)):
            high |= np.uint64(data[start + 8 + k]) << np.uint64(8 * k)
        state = mix(state, low, high)
        start += 16
        if start >= end:
            return finish(state)
