"""Fold the UTF-8 of a text: the first pass of ``dedup.kernels.words``.

Eight bytes of plain ASCII at a time go through without branches; only other characters pay for a
table look-up. Where a character's folded form has another length, the distance of buffer and text
changes and is noted.
"""

import numpy as np

from dedup.kernels import count_trailing_zeros, inline, load64, store64
from dedup.kernels.mix import ZERO, hash_bytes

SEPARATOR, SKIP, LETTER, SINGLE, MARK = range(5)
EXPANDS, UNCANONICAL, CLASS_SHIFT, CLASS_MASK, PAYLOAD_SHIFT = 8, 16, 5, 31, 10

# In the folded buffer: what follows a word, and what follows a single. No word holds a byte
# below 0x30.
SPACE, AFTER_SINGLE = 0x20, 0x1F

EACH = np.uint64(0x0101010101010101)
HIGH = np.uint64(0x8080808080808080)
ONE, SEVEN, LOW = np.uint64(1), np.uint64(7), np.uint64(0xFF)

# Combining sequences are put in order up to this length (the stream-safe format of UAX #15).
LONGEST_SEQUENCE = 30
LONGEST_ENTITY = 33
# What browsers take &#128; to &#159; for (HTML, 13.2.5.80).
WINDOWS_1252 = np.array(
    [ord(bytes([k]).decode("cp1252", "ignore") or chr(k)) for k in range(0x80, 0xA0)], np.uint32
)


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
