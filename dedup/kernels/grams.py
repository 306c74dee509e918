"""Grams: runs of four words, or eight singles, in which texts are compared.

Two words in a row that two texts share say little, four are rarely chance. tests/naive.py is the
readable twin.
"""

import secrets

import numpy as np

from dedup.kernels import inline, kernel
from dedup.kernels.words import shingle_hasher

ONE, HALF = np.uint64(1), np.uint64(32)
GRAM_WORDS = 4
SALT = np.uint64(secrets.randbits(63) | 1)
"""Of the tables of grams, so that no text can be written against them; results do not show it.

Kernels are given it: compiled code would keep the salt of the process that compiled it.
"""

hash_grams = shingle_hasher(GRAM_WORDS)


@inline
def weigh(token):
    """Return how much a token counts, in half words: one for a single, two for a word."""
    return 2 - np.int64(token & ONE)


@inline
def end_grams(tokens, gram_ends):
    """Write the place after the last token of each gram; return how many grams there are."""
    n, weight, j = tokens.size, 0, 0
    for i in range(n):
        while j < n and weight < 2 * GRAM_WORDS:
            weight += weigh(tokens[j])
            j += 1
        if weight < 2 * GRAM_WORDS:
            return i
        gram_ends[i] = j
        weight -= weigh(tokens[i])
    return n


@inline
def first_slot(gram, salt, last):
    """Return where in a table of ``last + 1`` slots the search for a gram starts."""
    return np.int64(((gram ^ salt) * salt) >> np.uint64(20)) & last


@inline
def number_grams(grams, salt, slots, ids):
    """Give equal grams the same number, counted from 0; return how many numbers there are.

    The salt keeps anyone from writing a text whose grams all meet in one slot; the numbers do not
    depend on it.
    """
    n_ids, last = 0, slots.size - 1
    for slot in range(slots.size):
        slots[slot] = -1
    for i in range(grams.size):
        slot = first_slot(grams[i], salt, last)
        while slots[slot] >= 0 and grams[slots[slot]] != grams[i]:
            slot = (slot + 1) & last
        if slots[slot] < 0:
            slots[slot] = i
            ids[i] = n_ids
            n_ids += 1
        else:
            ids[i] = ids[slots[slot]]
    return n_ids


@inline
def table_size(n):
    """Return a power of two that leaves half of the slots free."""
    size = 8
    while size < 2 * n:
        size *= 2
    return size


@inline
def first_from(places, low, high, least):
    """Return the index of the first of ``places[low:high]`` that is at least ``least``."""
    while low < high:
        middle = (low + high) // 2
        if places[middle] < least:
            low = middle + 1
        else:
            high = middle
    return low


@kernel(
    "Tuple((int32[::1], int32[::1], int32[::1], int32[::1], uint64[::1], int32[::1]))"
    "(uint64[::1], uint64)"
)
def index_grams(tokens, salt):
    """Return where the grams of one text stand.

    Returns gram_ends int32[g], the place after the last token of the gram that starts at each
    token; ids int32[g], equal for equal grams; for each id u the places where it stands, in
    order: ``places[bounds[u]:bounds[u + 1]]``, bounds int32[n_ids + 1], places int32[g]; and grams
    uint64[g] with the table slots int32, to look up the grams of other texts. O(n).
    """
    gram_ends = np.empty(tokens.size + 1, np.int32)
    n_grams = end_grams(tokens, gram_ends)
    grams = np.empty(tokens.size + 1, np.uint64)
    hash_grams(tokens, 0, tokens.size, grams, 0)
    ids = np.empty(n_grams, np.int32)
    slots = np.empty(table_size(n_grams), np.int32)
    n_ids = number_grams(grams[:n_grams], salt, slots, ids)
    bounds = np.zeros(n_ids + 1, np.int32)
    for i in range(n_grams):
        bounds[ids[i] + 1] += 1
    for u in range(n_ids):
        bounds[u + 1] += bounds[u]
    filled = bounds.copy()
    places = np.empty(n_grams, np.int32)
    for i in range(n_grams):
        places[filled[ids[i]]] = i
        filled[ids[i]] += 1
    return gram_ends[:n_grams].copy(), ids, bounds, places, grams[:n_grams].copy(), slots


@inline
def may_repeat(grams, salt, tags):
    """Tell whether two grams may be equal; if not, no two are.

    tags uint32[2**k], nearly all of them free, so that few searches take a second step: 32 bits of
    each gram stand for it.
    """
    last = tags.size - 1
    for slot in range(tags.size):
        tags[slot] = 0
    for i in range(grams.size):
        mixed = (grams[i] ^ salt) * salt
        slot, tag = np.int64(mixed >> np.uint64(20)) & last, np.uint32(mixed >> HALF) | np.uint32(1)
        while tags[slot] != 0 and tags[slot] != tag:
            slot = (slot + 1) & last
        if tags[slot] == tag:
            return True
        tags[slot] = tag
    return False


@kernel("int64[:, ::1](uint64[::1], int64[::1], uint64)")
def weigh_texts(tokens, token_offsets, salt):
    """Return int64[n, 2]: half words of each text, and those that it does not tell again.

    Told again is what stands in grams that stood in the same text before. O(m) for m tokens.
    """
    n = token_offsets.size - 1
    most = 0
    for k in range(n):
        most = max(most, token_offsets[k + 1] - token_offsets[k])
    grams = np.empty(most + 1, np.uint64)
    gram_ends = np.empty(most + 1, np.int32)
    ids = np.empty(most + 1, np.int32)
    slots = np.empty(table_size(most), np.int32)
    tags = np.empty(4 * slots.size, np.uint32)
    weights = np.zeros((n, 2), np.int64)
    for k in range(n):
        first, last = token_offsets[k], token_offsets[k + 1]
        own = tokens[first:last]
        n_grams = hash_grams(tokens, first, last, grams, 0)
        if not may_repeat(grams[:n_grams], salt, tags[: table_size(4 * n_grams)]):
            singles = np.uint64(0)
            for t in range(own.size):
                singles += own[t] & ONE
            weights[k, 0] = 2 * own.size - np.int64(singles)
            weights[k, 1] = weights[k, 0]
            continue
        n_grams = end_grams(own, gram_ends)
        number_grams(grams[:n_grams], salt, slots[: table_size(n_grams)], ids)
        n_ids, until, weight, again = 0, 0, 0, 0
        for t in range(own.size):
            if t < n_grams:
                if ids[t] < n_ids:
                    until = gram_ends[t]
                else:
                    n_ids += 1
            weight += weigh(own[t])
            if t < until:
                again += weigh(own[t])
        weights[k, 0] = weight
        weights[k, 1] = weight - again
    return weights
