"""Text to words: fold bytes of UTF-8, hash each word, hash each shingle of words.

docs/keys.md specifies every step; tests/naive.py is the readable twin.

Two passes over each text, while it is in the cache. The first folds it into a buffer, eight bytes
of plain ASCII at a time without branches; only other characters pay for a table look-up. Where a
character's folded form has another length, the distance of buffer and text changes and is noted.
The second finds the ends of words eight bytes at a time and mixes them in as it goes.
"""

import numpy as np

from dedup.kernels import count_ones, count_trailing_zeros, inline, kernel, load64, store64

SEPARATOR, SKIP, LETTER, SINGLE, MARK = range(5)
EXPANDS, UNCANONICAL, CLASS_SHIFT, CLASS_MASK, PAYLOAD_SHIFT = 8, 16, 5, 31, 10

# In the folded buffer: what follows a word, and what follows a single. No word holds a byte
# below 0x30.
SPACE, AFTER_SINGLE = 0x20, 0x1F

EACH = np.uint64(0x0101010101010101)
HIGH = np.uint64(0x8080808080808080)
ZERO, ONE, SEVEN, LOW = np.uint64(0), np.uint64(1), np.uint64(7), np.uint64(0xFF)
ALL = np.uint64(0xFFFFFFFFFFFFFFFF)
GATHER, TOP = np.uint64(0x0102040810204080), np.uint64(56)

SEED = np.uint64(0x9E3779B97F4A7C15)
MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
MIX_2 = np.uint64(0x94D049BB133111EB)
ROLL = np.uint64(0xD6E8FEB86659FD93)
HALF = np.uint64(32)

# Combining sequences are put in order up to this length (the stream-safe format of UAX #15).
LONGEST_SEQUENCE = 30
LONGEST_ENTITY = 33
# What browsers take &#128; to &#159; for (HTML, 13.2.5.80).
WINDOWS_1252 = np.array(
    [ord(bytes([k]).decode("cp1252", "ignore") or chr(k)) for k in range(0x80, 0xA0)], np.uint32
)


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


@inline
def at_least(block, byte):
    """Set the high bit of each ASCII byte that is at least ``byte``."""
    return (block + EACH * np.uint64(0x80 - byte)) & HIGH


@inline
def specials(block):
    """Set the high bit of the first byte that is not plain ASCII (bits above it may be set too).

    Plain is all but ``&``, ``'``, control characters and bytes from 0x7F on.
    """
    ampersand = (block & (EACH * np.uint64(0xFE))) ^ (EACH * np.uint64(0x26))
    delete = block ^ (EACH * np.uint64(0x7F))
    return (
        block
        | ((ampersand - EACH) & ~ampersand)
        | ((delete - EACH) & ~delete)
        | (block - EACH * np.uint64(0x20))
    ) & HIGH


@inline
def fold_ascii(block):
    """Return eight bytes of plain ASCII with capitals made small and the rest made spaces."""
    block |= EACH * np.uint64(0x20)  # a digit has the bit already, and no other byte becomes one
    letter = at_least(block, 0x61) & ~at_least(block, 0x7B)
    digit = at_least(block, 0x30) & ~at_least(block, 0x3A)
    return block & (((letter | digit) >> SEVEN) * LOW | EACH * np.uint64(SPACE))


@inline
def word_bytes(block):
    """Return eight bits, one for each byte of a folded block that belongs to a word."""
    high = (((block | HIGH) - EACH * np.uint64(0x30)) | block) & HIGH
    return ((high >> SEVEN) * GATHER) >> TOP


@inline
def decode(data, i):
    """Return the code point at a place of valid UTF-8 (surrogates allowed), and its width."""
    lead = np.int64(data[i])
    if lead < 0x80:
        return lead, 1
    second = np.int64(data[i + 1]) & 0x3F
    if lead < 0xE0:
        return (lead & 0x1F) << 6 | second, 2
    third = np.int64(data[i + 2]) & 0x3F
    if lead < 0xF0:
        return (lead & 0x0F) << 12 | second << 6 | third, 3
    return (lead & 0x07) << 18 | second << 12 | third << 6 | np.int64(data[i + 3]) & 0x3F, 4


@inline
def encode(point, out, o):
    """Write a code point as UTF-8 and return the place after it."""
    if point < 0x80:
        out[o] = point
        return o + 1
    if point < 0x800:
        out[o] = 0xC0 | point >> 6
        out[o + 1] = 0x80 | point & 0x3F
        return o + 2
    if point < 0x10000:
        out[o] = 0xE0 | point >> 12
        out[o + 1] = 0x80 | point >> 6 & 0x3F
        out[o + 2] = 0x80 | point & 0x3F
        return o + 3
    out[o] = 0xF0 | point >> 18
    out[o + 1] = 0x80 | point >> 12 & 0x3F
    out[o + 2] = 0x80 | point >> 6 & 0x3F
    out[o + 3] = 0x80 | point & 0x3F
    return o + 4


@inline
def digit_value(byte):
    """Return the value of a hexadecimal digit, 16 for another byte."""
    if 0x30 <= byte <= 0x39:
        return byte - 0x30
    small = byte | 0x20
    if 0x61 <= small <= 0x66:
        return small - 0x57
    return 16


@inline
def entity(data, i, end, entity_slots, entity_points):
    """Return the code point that the entity at an ampersand stands for, and its width, or 0, 0."""
    stop = min(end, i + LONGEST_ENTITY)
    j = i + 1
    if j < stop and data[j] == 0x23:  # &#...;
        base = 10
        j += 1
        if j < stop and data[j] | 0x20 == 0x78:
            base = 16
            j += 1
        first, point = j, 0
        while j < stop and digit_value(data[j]) < base and point < 0x110000:
            point = point * base + digit_value(data[j])
            j += 1
        if 0x80 <= point <= 0x9F:
            point = np.int64(WINDOWS_1252[point - 0x80])
        valid = j > first and 0 < point < 0x110000 and j < stop and data[j] == 0x3B
        return (point, j + 1 - i) if valid else (0, 0)
    while j < stop and (0x30 <= data[j] <= 0x39 or 0x61 <= data[j] | 0x20 <= 0x7A):
        j += 1
    if j == i + 1 or j >= stop or data[j] != 0x3B:
        return 0, 0
    name = hash_bytes(data, i + 1, j) & ~ONE
    last = entity_slots.size - 1
    slot = np.int64(name >> np.uint64(40)) & last
    while entity_slots[slot] != ZERO:
        if entity_slots[slot] == name:
            return np.int64(entity_points[slot]), j + 1 - i
        slot = (slot + 1) & last
    return 0, 0


@inline
def class_before(out, o, floor, pages, entries):
    """Return the combining class of the character that ends at a place, and where it starts."""
    start = o - 1
    while start > floor and out[start] & 0xC0 == 0x80:
        start -= 1
    point, _ = decode(out, start)
    entry = entries[pages[point >> 7] * 128 + (point & 127)]
    return np.int64(entry) >> CLASS_SHIFT & CLASS_MASK, start


@inline
def order_mark(out, start, o, floor, combining, pages, entries):
    """Move the mark at ``start:o`` before marks of a higher class (UAX #15, canonical order)."""
    width = o - start
    for _ in range(LONGEST_SEQUENCE):
        if start <= floor or out[start - 1] < 0x80:
            return
        before, at = class_before(out, start, floor, pages, entries)
        if before <= combining:
            return
        for k in range(start - 1, at - 1, -1):  # swap the two, byte by byte
            for m in range(width):
                out[k + m], out[k + m + 1] = out[k + m + 1], out[k + m]
        start = at


@inline
def expand(expansions, payload, out, o, floor, pages, entries):
    """Write the characters that stand for one; marks among them in their order."""
    k, stop = payload + 1, payload + 1 + expansions[payload]
    while k < stop:
        point, width = decode(expansions, k)
        start, o = o, encode(point, out, o)
        combining = np.int64(entries[np.int64(pages[point >> 7]) * 128 + (point & 127)])
        combining = combining >> CLASS_SHIFT & CLASS_MASK
        if combining:
            order_mark(out, start, o, floor, combining, pages, entries)
        k += width
    return o


@inline
def compose_jamo(point, out, o, floor):
    """Write a Hangul vowel or final consonant, joined to the syllable before it if it can be."""
    if o - 3 >= floor and out[o - 1] >= 0x80:
        before, width = decode(out, o - 3)
        if out[o - 3] >= 0xE0 and width == 3:
            if 0x1161 <= point <= 0x1175 and 0x1100 <= before <= 0x1112:
                return encode(0xAC00 + ((before - 0x1100) * 21 + point - 0x1161) * 28, out, o - 3)
            is_open = 0xAC00 <= before <= 0xD7A3 and (before - 0xAC00) % 28 == 0
            if 0x11A8 <= point <= 0x11C2 and is_open:
                return encode(before + point - 0x11A7, out, o - 3)
    return encode(point, out, o)


@inline
def note_shift(shift_at, shifts, n_shifts, o, shift):
    """Note how far the text is ahead of place ``o`` of the buffer; return the number of notes."""
    if shift == (shifts[n_shifts - 1] if n_shifts else 0):
        return n_shifts
    if n_shifts == 0 or shift_at[n_shifts - 1] != o:
        n_shifts += 1
    shift_at[n_shifts - 1] = o
    shifts[n_shifts - 1] = shift
    return n_shifts


@inline
def fold_text(data, start, end, table, folded, shift_at, shifts):
    """Fold one text; return the length, the number of shifts and whether it may be uncanonical.

    A character of the buffer from ``shift_at[k]`` on stands ``shifts[k]`` further on in the text.
    """
    pages, entries, expansions, entity_slots, entity_points = table
    i, o, n_shifts, floor = start, 0, 0, 0
    uncanonical = False
    while i < end:
        if i + 8 <= end:
            block = load64(data, i)
            special = specials(block)
            store64(folded, o, fold_ascii(block))
            if special == ZERO:  # a branch, not a sum: the next block need not wait for this one
                i += 8
                o += 8
                continue
            plain = count_trailing_zeros(special) >> 3
            i += plain
            o += plain
        combining_before = 0
        while i < end:
            point, width = decode(data, i)
            if point == 0x26:
                named, length = entity(data, i, end, entity_slots, entity_points)
                if length:
                    point, width = named, length
            entry = np.int64(entries[np.int64(pages[point >> 7]) * 128 + (point & 127)])
            kind = entry & 7
            combining = entry >> CLASS_SHIFT & CLASS_MASK
            uncanonical |= (entry & UNCANONICAL) != 0 or (combining != 0 and combining_before != 0)
            combining_before = combining
            if kind == SEPARATOR:
                for _ in range(width):
                    folded[o] = SPACE
                    o += 1
            elif kind == SKIP:
                if combining == 0:  # marks are not put in order across it
                    floor = o - 1 if o > 0 and folded[o - 1] == AFTER_SINGLE else o
            else:
                after_single = o > 0 and folded[o - 1] == AFTER_SINGLE
                if kind == MARK and after_single:
                    o -= 1
                    while n_shifts > 0 and shift_at[n_shifts - 1] > o:
                        n_shifts -= 1
                    n_shifts = note_shift(shift_at, shifts, n_shifts, o, i - start - o)
                elif kind == SINGLE and o > 0 and folded[o - 1] > SPACE:
                    folded[o] = SPACE
                    o += 1
                    n_shifts = note_shift(shift_at, shifts, n_shifts, o, i - start - o)
                at = o
                payload = entry >> PAYLOAD_SHIFT
                if entry & EXPANDS:
                    o = expand(expansions, payload, folded, o, floor, pages, entries)
                else:
                    payload = payload if payload else point
                    if 0x1161 <= payload <= 0x11C2:
                        o = compose_jamo(payload, folded, o, 0)
                    else:
                        o = encode(payload, folded, o)
                if combining:
                    order_mark(folded, at, o, floor, combining, pages, entries)
                if kind == SINGLE or (kind == MARK and after_single):
                    if o - at != width:
                        n_shifts = note_shift(shift_at, shifts, n_shifts, o, i + width - start - o)
                    folded[o] = AFTER_SINGLE
                    o += 1
            i += width
            # note_shift once more, by hand: a call here halves the speed on Chinese.
            shift = shifts[n_shifts - 1] if n_shifts else 0
            if i - start - o != shift:
                if n_shifts == 0 or shift_at[n_shifts - 1] != o:
                    n_shifts += 1
                shift_at[n_shifts - 1] = o
                shifts[n_shifts - 1] = i - start - o
            if i < end and data[i] < 0x80:
                break
    for k in range(0, 64 + 8, 8):
        store64(folded, o + k, EACH * np.uint64(SPACE))
    return o, n_shifts, uncanonical


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
    " uint64[::1], uint32[::1])"
)
def words(data, offsets, pages, entries, expansions, entity_slots, entity_points):
    """Hash the words of a batch of texts.

    data : uint8, the texts in UTF-8 (surrogates allowed), one after another
    offsets : int64[n + 1], where each text starts; the last one ends where ``data`` does
    then the fold table, see ``dedup.fold.FoldTable``

    Returns tokens uint64[m], the hash of each word; spans int32[m, 2], its first byte and the one
    after its last, counted from the start of its text; token_offsets int64[n + 1]; uncanonical
    uint8[n], 1 where a character stands in the text that canonical text may not hold.
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
        if n_shifts:
            shift_spans(spans, first, t, shift_at, shifts, n_shifts)
        token_offsets[k + 1] = t
        uncanonical[k] = odd
    return tokens[:t], spans[: 2 * t].reshape(t, 2), token_offsets, uncanonical


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
