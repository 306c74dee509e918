"""Which words of a text are facts: numbers, names, weekdays and months.

tests/naive.py is the readable twin; ``dedup.facts`` says what the rules are and why.
"""

import numpy as np

from dedup.kernels import inline, kernel, load64
from dedup.kernels.fold import EXPANDS, HIGH, PAYLOAD_SHIFT, SKIP, at_least, decode
from dedup.kernels.mix import ALL, MIX_1, ZERO, finish

# What a word is. A number that is written as several words is held by its first.
NONE, NUMBER, NAME, CALENDAR, REST = range(5)
# What a listed word is: a weekday or a month; the same, if it has a capital; a German article,
# preposition or the like; a number.
ALWAYS, WITH_CAPITAL, GERMAN, SPELLED_OUT = 1, 2, 3, 4

# How the characters of a word look: all of them digits, or some; the first one a capital; more
# than one of them, more than three. Apostrophes and all else that folding skips are not counted.
ALL_DIGITS, SOME_DIGITS, CAPITAL, SEVERAL, LONG = 1, 2, 4, 8, 16

# What stands between two words.
NOTHING, SPACE, POINT, COMMA, APOSTROPHE, WIDE_SPACE, OTHER = range(7)

SHORT_LETTERS = 3
TEN = np.uint64(10)
NOUGHT = np.uint64(1)  # the value of 0, before it is spread
DECIMAL = np.uint64(0x9E3779B97F4A7C15)
NEGATIVE = np.uint64(0xD6E8FEB86659FD93)


@inline
def digit_of(point, pages, entries):
    """Return the value of a decimal digit of any script, -1 for another character."""
    if point < 0x80:
        return point - 0x30 if 0x30 <= point <= 0x39 else -1
    entry = np.int64(entries[np.int64(pages[point >> 7]) * 128 + (point & 127)])
    folded = entry >> PAYLOAD_SHIFT
    return folded - 0x30 if not entry & EXPANDS and 0x30 <= folded <= 0x39 else -1


@inline
def is_skipped(point, pages, entries):
    """Tell whether a character of a word, but for ``&``, is one that folding skips."""
    if point < 0x80:
        return point < 0x30 or point == 0x7F
    return entries[np.int64(pages[point >> 7]) * 128 + (point & 127)] & 7 == SKIP


@inline
def is_capital(point, capitals):
    """Tell whether a code point is a capital letter."""
    if point < 0x80:
        return 0x41 <= point <= 0x5A
    return point >> 3 < capitals.size and (capitals[point >> 3] >> (point & 7)) & 1 == 1


@inline
def is_plain(data, start, width):
    """Tell whether a word is of ASCII letters alone, sixteen at most; they can be read."""
    # Without a branch: one word in eight has more than eight letters, which none can foresee.
    low = ALL >> np.uint64(64 - 8 * min(width, 8))
    high = (ALL >> np.uint64(128 - 8 * max(width, 9))) if width > 8 else ZERO
    one, two = load64(data, start) & low, load64(data, start + 8) & high
    # Digits, apostrophes and entities are lower than A.
    odd = one | two | (~at_least(one, 0x41) & low) | (~at_least(two, 0x41) & high)
    return odd & HIGH == ZERO


@inline
def look_of(data, start, end, pages, entries, capitals):
    """Return how the characters of a word look, as bits."""
    first, width = decode(data, start)
    look = CAPITAL if is_capital(first, capitals) else 0
    if digit_of(first, pages, entries) >= 0:
        look |= ALL_DIGITS | SOME_DIGITS
    i, letters = start + width, 1
    while i < end:
        point, width = decode(data, i)
        i += width
        if point == 0x26:  # an entity is a letter: &#233; has no digits
            while data[i - 1] != 0x3B:
                i += 1
        elif is_skipped(point, pages, entries):
            continue
        if point != 0x26 and digit_of(point, pages, entries) >= 0:
            look |= SOME_DIGITS
        else:
            look &= ~ALL_DIGITS
        letters += 1
    if letters > 1:
        look |= SEVERAL
    return look | LONG if letters > SHORT_LETTERS else look


@inline
def gap_of(data, start, end):
    """Return what stands between two words, for numbers."""
    if start == end:
        return NOTHING
    if end - start == 1:
        if data[start] == 0x20:
            return SPACE
        if data[start] == 0x2E:
            return POINT
        if data[start] == 0x2C:
            return COMMA
        return APOSTROPHE if data[start] == 0x27 else OTHER
    lead, second = data[start], data[start + 1]
    if end - start == 2 and lead == 0xC2 and second == 0xA0:  # no-break space
        return WIDE_SPACE
    if end - start == 3 and lead == 0xE2 and second == 0x80:
        third = data[start + 2]
        if third == 0xAF or third == 0x89:  # narrow no-break space, thin space
            return WIDE_SPACE
        if third == 0x99:
            return APOSTROPHE
    return OTHER


@inline
def ends_sentence(data, start, end):
    """Tell whether what stands between two words ends a sentence or opens a quotation."""
    newlines = 0
    for i in range(start, end):
        byte = data[i]
        if byte == 0x2E or byte == 0x21 or byte == 0x3F or byte == 0x3A:  # . ! ? :
            return True
        if byte == 0x22 or byte == 0x28 or byte == 0x5B or byte == 0x2A:  # " ( [ *
            return True
        if byte == 0x0A:
            newlines += 1
        if byte == 0xE2 and i + 2 < end and data[i + 1] == 0x80:
            third = data[i + 2]
            if 0x98 <= third <= 0x9F or third == 0xA2 or third == 0xA6:  # quotes, bullet, ellipsis
                return True
        if byte == 0xC2 and i + 1 < end and data[i + 1] == 0xAB:  # guillemet
            return True
    return newlines > 1


@inline
def is_point_after_short(data, start, end):
    """Tell whether a full stop and a space stand between two words, as after an abbreviation."""
    return end > start and data[start] == 0x2E and (end == start + 1 or data[start + 1] == 0x20)


@inline
def add_digits(value, data, start, end, pages, entries):
    """Return a number with the digits of a word appended, as the words of a hash."""
    i = start
    while i < end:
        point, width = decode(data, i)
        digit = digit_of(point, pages, entries)
        if digit >= 0:
            # A multiplication that cannot be undone by overflow: odd, and more than ten.
            value = value * MIX_1 + np.uint64(digit + 1)
        i += width
    return value


@inline
def integer_value(data, start, end, pages, entries):
    """Return a value for a whole number, without the zeros before it."""
    i, first = start, start
    while i < end:
        point, width = decode(data, i)
        digit = digit_of(point, pages, entries)
        if digit >= 0:
            first = i
        if digit > 0:
            break
        i += width
    return add_digits(ZERO, data, first, end, pages, entries)


@inline
def add_fraction(value, data, start, end, pages, entries):
    """Return a number with the digits after its decimal point, without the zeros at the end."""
    i, stop = start, start
    while i < end:
        point, width = decode(data, i)
        if digit_of(point, pages, entries) > 0:
            stop = i + width
        i += width
    if stop == start:
        return value
    return add_digits(value * MIX_1 + DECIMAL, data, start, stop, pages, entries)


@inline
def count_digits(data, start, end, pages, entries):
    """Return how many digits a word has."""
    i, count = start, 0
    while i < end:
        point, width = decode(data, i)
        count += digit_of(point, pages, entries) >= 0
        i += width
    return count


@inline
def read_number(data, base, spans, looks, t, last, pages, entries):
    """Return a value for the number that starts at a word of digits, and the word after it."""
    start, end = base + spans[t, 0], base + spans[t, 1]
    value = integer_value(data, start, end, pages, entries)
    lead, mark = count_digits(data, start, end, pages, entries), OTHER
    u = t + 1
    while u < last and looks[u] & ALL_DIGITS:
        gap = gap_of(data, base + spans[u - 1, 1], base + spans[u, 0])
        if gap in (NOTHING, OTHER):
            break
        first, after = base + spans[u, 0], base + spans[u, 1]
        n_digits = count_digits(data, first, after, pages, entries)
        groups = n_digits == 3 and lead <= 3 and value != NOUGHT
        if groups and mark in (OTHER, gap):  # thousands
            value = add_digits(value, data, first, after, pages, entries)
            mark = gap
            u += 1
            continue
        if gap in (POINT, COMMA) and gap != mark:  # a decimal point, then no more
            value = add_fraction(value, data, first, after, pages, entries)
            u += 1
        break
    if start > base:
        sign = data[start - 1] == 0x2D and (start - 1 == base or data[start - 2] <= 0x28)
        if start - base >= 3 and data[start - 3] == 0xE2 and data[start - 2] == 0x88:
            sign |= data[start - 1] == 0x92
        if sign:
            value = value * MIX_1 + NEGATIVE
    return finish(value), u


@kernel(
    "Tuple((uint8[::1], uint64[::1]))(Array(uint8, 1, 'C', readonly=True), int64[::1],"
    " uint64[::1], int32[:, ::1], int64[::1], uint16[::1], uint32[::1], uint8[::1], uint64[::1],"
    " uint8[::1], uint64[::1], float64, float64)"
)
def facts(
    data, offsets, tokens, spans, token_offsets, pages, entries, capitals,
    listed, listed_kinds, listed_values, most_capitals, german_share,
):  # fmt: skip
    """Return what each word of a batch of texts is, uint8[m], and its value, uint64[m].

    data, offsets, tokens, spans, token_offsets, pages and entries as ``words.words`` has them;
    capitals uint8, a bit for each code point; listed uint64, a table of words probed from their
    highest bits on, with their kinds and values. Equal values are the same fact; the value of a
    word that is none is its hash.

    Where more than ``most_capitals`` of the words inside sentences have a capital, or more than
    ``german_share`` of all words are listed as German, a capital does not mean a name. O(bytes).
    """
    n = offsets.size - 1
    kinds = np.zeros(tokens.size, np.uint8)
    values = tokens.copy()
    looks = np.empty(tokens.size, np.uint8)
    last_slot = listed.size - 1
    for k in range(n):
        first, last, base = token_offsets[k], token_offsets[k + 1], offsets[k]
        for t in range(first, last):
            start, end = base + spans[t, 0], base + spans[t, 1]
            width = end - start
            # Not in ``look_of``: numba counts the references to arrays at each call, plain or not.
            if width <= 16 and start + 16 <= data.size and is_plain(data, start, width):
                looks[t] = (
                    CAPITAL * (data[start] <= 0x5A)
                    | SEVERAL * (width > 1)
                    | LONG * (width > SHORT_LETTERS)
                )
            else:
                looks[t] = look_of(data, start, end, pages, entries, capitals)
        n_inside, n_names, n_german, until = 0, 0, 0, first
        for t in range(first, last):
            if t < until:
                kinds[t] = REST
                continue
            look = looks[t]
            if look & ALL_DIGITS:
                values[t], until = read_number(data, base, spans, looks, t, last, pages, entries)
                kinds[t] = NUMBER
                continue
            if look & SOME_DIGITS:
                kinds[t] = NUMBER
                continue
            slot = np.int64(tokens[t] >> np.uint64(51)) & last_slot
            while listed[slot] != ZERO and listed[slot] != tokens[t]:
                slot = (slot + 1) & last_slot
            kind = listed_kinds[slot]
            if kind == GERMAN:
                n_german += 1
            if kind == ALWAYS or (kind == WITH_CAPITAL and look & CAPITAL):
                kinds[t] = CALENDAR
                values[t] = listed_values[slot]
                continue
            if kind == SPELLED_OUT:
                kinds[t] = NUMBER
                values[t] = listed_values[slot]
                continue
            starts = t == first
            if t > first:
                gap_start, gap_end = base + spans[t - 1, 1], base + spans[t, 0]
                starts = not (gap_end == gap_start + 1 and data[gap_start] == 0x20)
                if starts:
                    starts = ends_sentence(data, gap_start, gap_end)
                if starts and looks[t - 1] & (CAPITAL | LONG) == CAPITAL:
                    starts = not is_point_after_short(data, gap_start, gap_end)
            if not starts:
                n_inside += 1
                if look & CAPITAL and look & SEVERAL:
                    kinds[t] = NAME
                    n_names += 1
        if n_names > most_capitals * n_inside or n_german > german_share * (last - first):
            for t in range(first, last):
                if kinds[t] == NAME:
                    kinds[t] = NONE
    return kinds, values
