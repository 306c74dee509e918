"""Text to words: fold bytes of UTF-8, hash each word, hash each shingle of words.

docs/keys.md specifies every step; tests/naive.py is the readable twin. Two passes over each text,
while it is in the cache: ``dedup.kernels.fold`` folds it into a buffer, and here the ends of words
are found sixty-four bytes at a time and the words between them hashed.
"""

import numpy as np

from dedup.kernels import count_ones, count_trailing_zeros, inline, kernel, load64
from dedup.kernels.fold import AFTER_SINGLE, EACH, HIGH, ONE, SEVEN, fold_text
from dedup.kernels.mix import HALF, ZERO, finish, hash_word

GATHER, TOP = np.uint64(0x0102040810204080), np.uint64(56)
ROLL = np.uint64(0xD6E8FEB86659FD93)


@inline
def word_bytes(block):
    """Return eight bits, one for each byte of a folded block that belongs to a word."""
    high = (((block | HIGH) - EACH * np.uint64(0x30)) | block) & HIGH
    return ((high >> SEVEN) * GATHER) >> TOP


@inline
def find_words(folded, length, spans, t):
    """Write where the words of a folded text start and end, from row ``t`` on; return the next.

    Sixty-four bytes become the bits of one number; where a bit differs from the one before it, a
    word starts or ends.
    """
    edge, inside = 2 * t, ZERO
    for base in range(0, length + 1, 64):
        bits = ZERO
        for k in range(8):
            bits |= word_bytes(load64(folded, base + 8 * k)) << np.uint64(8 * k)
        edges = bits ^ ((bits << ONE) | inside)
        inside = bits >> np.uint64(63)
        # Most blocks have fewer than 24 edges: writing that many, some of them void, costs less
        # than foreseeing how many there are.
        n_edges = count_ones(edges)
        for k in range(24):
            spans[edge + k] = base + count_trailing_zeros(edges)
            edges &= edges - ONE
        for k in range(24, n_edges):
            spans[edge + k] = base + count_trailing_zeros(edges)
            edges &= edges - ONE
        edge += n_edges
    return edge // 2


@inline
def hash_words(folded, spans, first, last, tokens):
    """Hash the words of rows ``first:last``."""
    edges, hashes = spans[2 * first : 2 * last], tokens[first:last]
    for t in range(hashes.size):
        end = edges[2 * t + 1]
        single = np.uint64(folded[end] == AFTER_SINGLE)
        hashes[t] = (hash_word(folded, edges[2 * t], end) & ~ONE) | single


@inline
def shift_spans(spans, first, last, shift_at, shifts, n_shifts):
    """Turn places in the folded buffer into places in the text."""
    edge, stop, shift = 2 * first, 2 * last, 0
    for q in range(n_shifts + 1):
        bound = shift_at[q] if q < n_shifts else np.iinfo(np.int32).max
        while edge + 8 <= stop and spans[edge + 7] < bound:
            for k in range(8):
                spans[edge + k] += shift
            edge += 8
        while edge < stop and spans[edge] < bound:
            spans[edge] += shift
            edge += 1
        if q < n_shifts:
            shift = shifts[q]


def shingle_hasher(n_words):
    """Return the function that hashes the shingles of ``n_words`` words.

    A constant, not an argument: so the loop over texts without singles is unrolled and vectorizes
    (0.3 ns a shingle in place of 3.6).
    """
    width = 2 * n_words
    powers = np.array([pow(int(ROLL), k, 1 << 64) for k in range(width)], np.uint64)

    @inline
    def hash_shingles(tokens, first, last, hashes, at):
        """Hash the shingles of tokens ``first:last`` from ``at`` on; return the place after.

        A shingle is the shortest run from a token on whose words, counted two each and singles
        one, reach the width. A text shorter than that has one shingle, all its words.
        """
        singles = ZERO
        for i in range(first, last):
            singles |= tokens[i] & ONE
        if singles == ZERO and last - first >= n_words:
            n = last - first - n_words + 1
            source, target = tokens[first:last], hashes[at : at + n]
            for i in range(n):
                rolled = source[i]
                for k in range(1, n_words):
                    rolled = rolled * ROLL + source[i + k]
                target[i] = finish(rolled ^ (rolled >> HALF))
            return at + n
        rolled, weight, j = ZERO, 0, first
        for i in range(first, last):
            while j < last and weight < width:
                rolled = rolled * ROLL + tokens[j]
                weight += 2 - np.int64(tokens[j] & ONE)
                j += 1
            if weight < width and i > first:
                break
            hashes[at] = finish(rolled ^ (rolled >> HALF))
            at += 1
            rolled -= tokens[i] * powers[j - i - 1]
            weight -= 2 - np.int64(tokens[i] & ONE)
        return at

    return hash_shingles


hash_shingles = shingle_hasher(5)


@kernel(
    "Tuple((uint64[::1], int32[:, ::1], int64[::1], uint8[::1]))"
    "(Array(uint8, 1, 'C', readonly=True), int64[::1], uint16[::1], uint32[::1], uint8[::1],"
    " uint64[::1], uint32[::1], boolean)"
)
def words(data, offsets, pages, entries, expansions, entity_slots, entity_points, with_spans):
    """Hash the words of a batch of texts.

    data : uint8, the texts in UTF-8 (surrogates allowed), one after another
    offsets : int64[n + 1], where each text starts; the last one ends where ``data`` does
    then the fold table, see ``dedup.fold.FoldTable``; with_spans, whether they are asked for

    Returns tokens uint64[m], the hash of each word; spans int32[m, 2], its first byte and the one
    after its last, counted from the start of its text, or none; token_offsets int64[n + 1];
    uncanonical uint8[n], 1 where a character stands in the text that canonical text may not hold.
    """
    n = offsets.size - 1
    longest, capacity = 0, 0
    for k in range(n):
        length = offsets[k + 1] - offsets[k]
        longest = max(longest, length)
        capacity += (length + 1) // 2
    tokens = np.empty(capacity, np.uint64)
    spans = np.empty(2 * capacity + 24, np.int32)
    token_offsets = np.zeros(n + 1, np.int64)
    uncanonical = np.zeros(n, np.uint8)
    # A folded character takes at most 7 bytes for 3 (voiced kana).
    folded = np.empty(3 * longest + 128, np.uint8)
    shift_at = np.empty(2 * longest + 2, np.int32)
    shifts = np.empty(2 * longest + 2, np.int32)
    table = (pages, entries, expansions, entity_slots, entity_points)
    t = 0
    for k in range(n):
        length, n_shifts, odd = fold_text(
            data, offsets[k], offsets[k + 1], table, folded, shift_at, shifts
        )
        first, t = t, find_words(folded, length, spans, t)
        hash_words(folded, spans, first, t, tokens)
        if n_shifts and with_spans:
            shift_spans(spans, first, t, shift_at, shifts, n_shifts)
        token_offsets[k + 1] = t
        uncanonical[k] = odd
    n_spans = t if with_spans else 0
    return tokens[:t], spans[: 2 * n_spans].reshape(n_spans, 2), token_offsets, uncanonical


@kernel("Tuple((uint64[::1], int64[::1]))(uint64[::1], int64[::1])")
def shingles(tokens, token_offsets):
    """Hash the shingles of a batch of texts: five words each, or ten singles.

    tokens uint64[m] and token_offsets int64[n + 1] as ``words`` returns them. Returns shingles
    uint64[s] and shingle_offsets int64[n + 1]; the k-th shingle of a text starts at its k-th word.
    """
    n = token_offsets.size - 1
    hashes = np.empty(tokens.size, np.uint64)
    shingle_offsets = np.zeros(n + 1, np.int64)
    at = 0
    for k in range(n):
        at = hash_shingles(tokens, token_offsets[k], token_offsets[k + 1], hashes, at)
        shingle_offsets[k + 1] = at
    return hashes[:at], shingle_offsets


@kernel("void(Array(uint8, 1, 'C', readonly=True), int64[::1])")
def to_characters(data, places):
    """Turn places in bytes of one text, in order, into places in characters. O(n)."""
    at, continuing = 0, 0
    for k in range(places.size):
        for i in range(at, places[k]):
            continuing += data[i] & 0xC0 == 0x80
        at = max(at, places[k])
        places[k] -= continuing


@kernel("int64[::1](uint64[::1], int64[::1])")
def half_words(tokens, token_offsets):
    """Return how long texts are, int64[n]: two for a word, one for a single."""
    weights = np.zeros(token_offsets.size - 1, np.int64)
    for k in range(weights.size):
        singles = ZERO
        for t in range(token_offsets[k], token_offsets[k + 1]):
            singles += tokens[t] & ONE
        weights[k] = 2 * (token_offsets[k + 1] - token_offsets[k]) - np.int64(singles)
    return weights
