"""JSON strings as they stand in a file to UTF-8. tests/naive_strings.py is the readable twin.

Eight bytes at a time are copied, plain ASCII after one test; other characters are checked by a
table of states, a shift for each byte and no branch. Only what stops that is looked at: a quote,
a backslash, or what no valid string holds.
"""

import numpy as np

from dedup.kernels import count_trailing_zeros, inline, kernel, load64, store64
from dedup.kernels.fold import EACH, HIGH, LOW, encode
from dedup.kernels.mix import ZERO

QUOTE, BACKSLASH, LETTER_U = 0x22, 0x5C, 0x75

# Where in UTF-8 a place is, as the shift by which a row of STEPS gives the next state: nowhere,
# between characters, before so many more bytes, or after a byte that narrows down the next one.
STOPPED, WHOLE, ONE_MORE, TWO_MORE, THREE_MORE, AFTER_E0, AFTER_ED, AFTER_F0, AFTER_F4 = (
    np.uint64(6 * k) for k in range(9)
)
STATE, EIGHT = np.uint64(63), np.uint64(8)


def step_rows():
    """Return uint64[256], for each byte the states it leads to, six bits for each state before.

    The Unicode Standard, table 3-7, without quotes, backslashes and control characters; a state
    from which a byte leads nowhere, and every state after that, is STOPPED. The form is Per
    Vognsen's, "Shift-based DFAs" (2020).
    """
    rows = np.zeros(256, np.uint64)

    def lead(first, last, state, following):
        rows[first : last + 1] |= following << state

    lead(0x20, 0x7F, WHOLE, WHOLE)
    rows[[QUOTE, BACKSLASH]] = STOPPED
    lead(0xC2, 0xDF, WHOLE, ONE_MORE)
    lead(0xE0, 0xEF, WHOLE, TWO_MORE)
    lead(0xF1, 0xF3, WHOLE, THREE_MORE)
    for byte, state in ((0xE0, AFTER_E0), (0xED, AFTER_ED), (0xF0, AFTER_F0), (0xF4, AFTER_F4)):
        rows[byte] = state << WHOLE
    lead(0x80, 0xBF, ONE_MORE, WHOLE)
    lead(0x80, 0xBF, TWO_MORE, ONE_MORE)
    lead(0x80, 0xBF, THREE_MORE, TWO_MORE)
    lead(0xA0, 0xBF, AFTER_E0, ONE_MORE)
    lead(0x80, 0x9F, AFTER_ED, ONE_MORE)
    lead(0x90, 0xBF, AFTER_F0, TWO_MORE)
    lead(0x80, 0x8F, AFTER_F4, TWO_MORE)
    return rows


STEPS = step_rows()

# What the byte after a backslash stands for, 0 where it stands for nothing.
SHORT_ESCAPES = np.zeros(256, np.uint8)
SHORT_ESCAPES[list(b'"\\/bfnrt')] = list(b'"\\/\b\f\n\r\t')

# The value of a hexadecimal digit; -1 makes all four of an escape negative.
DIGITS = np.full(256, -1, np.int64)
DIGITS[list(b"0123456789abcdef")] = range(16)
DIGITS[list(b"ABCDEF")] = range(10, 16)


@inline
def specials(block):
    """Set the high bit of the first byte that is not plain ASCII (bits above it may be set too).

    Plain is all but quotes, backslashes, control characters under 0x20 and bytes from 0x80 on.
    """
    # With its second bit turned, a quote stands just above the control characters.
    low = (block ^ (EACH * np.uint64(2))) - EACH * np.uint64(0x21)
    backslash = (block ^ (EACH * np.uint64(BACKSLASH))) - EACH
    return (block | low | backslash) & HIGH


@inline
def step_block(block, state):
    """Return the state after eight bytes."""
    for _ in range(8):
        state = STEPS[block & LOW] >> (state & STATE)
        block >>= EIGHT
    return state & STATE


@inline
def copy_plain(data, i, out, o):
    """Copy from place ``i`` on up to a quote, backslash or what is not valid there.

    Returns that place, the one after the copy, and the state before it. A quote must follow: the
    blocks read may reach beyond it, but not beyond ``data``.
    """
    last, state = data.size - 8, WHOLE
    while i <= last:
        block = load64(data, i)
        store64(out, o, block)
        special = specials(block)
        if special | (state ^ WHOLE) != ZERO:
            following = step_block(block, state)
            if following == STOPPED:
                plain = count_trailing_zeros(special) >> 3 if state == WHOLE else 0
                i += plain
                o += plain
                break
            state = following
        i += 8
        o += 8
    while True:
        following = STEPS[data[i]] >> state & STATE
        if following == STOPPED:
            return i, o, state
        out[o] = data[i]
        state = following
        i += 1
        o += 1


@inline
def unit_at(data, i, stop):
    r"""Return the UTF-16 unit that ``\uXXXX`` at a place stands for, negative if it does not."""
    if i + 6 > stop or data[i] != BACKSLASH or data[i + 1] != LETTER_U:
        return -1
    return (
        DIGITS[data[i + 2]] << 12
        | DIGITS[data[i + 3]] << 8
        | DIGITS[data[i + 4]] << 4
        | DIGITS[data[i + 5]]
    )


@inline
def unescape_one(data, start, end, out, o):
    """Write the string that stands in quotes at ``start:end``; return the place after it, or -1."""
    i, stop = start + 1, end - 1
    if stop < i or data[start] != QUOTE or data[stop] != QUOTE:
        return -1
    while True:
        i, o, state = copy_plain(data, i, out, o)
        if state == WHOLE and i == stop:
            return o
        if state != WHOLE or data[i] != BACKSLASH:
            return -1
        while data[i] == BACKSLASH:
            if i + 1 == stop:
                return -1
            short = SHORT_ESCAPES[data[i + 1]]
            if short:
                out[o] = short
                i += 2
                o += 1
                continue
            point = unit_at(data, i, stop)
            if point < 0:
                return -1
            i += 6
            if point & 0xFC00 == 0xD800:
                low = unit_at(data, i, stop)
                if low & 0xFC00 == 0xDC00:
                    point = 0x10000 + ((point & 0x3FF) << 10 | low & 0x3FF)
                    i += 6
            o = encode(point, out, o)


@kernel(
    "Tuple((uint8[::1], int64[::1], boolean))(Array(uint8, 1, 'C', readonly=True), int64[:, ::1])"
)
def unescape(data, spans):
    r"""Return the strings that stand as JSON values at some places.

    data : uint8, lines of JSON; spans : int64[n, 2], first byte and the one after the last of each
    value; what does not begin with a quote is taken as it is, nothing too

    Returns the strings in UTF-8, one after another; their offsets int64[n + 1]; and whether each
    was a whole, valid string: if not, the rest says nothing. A surrogate that stands alone, which
    only ``\uXXXX`` can write, is the three bytes UTF-8 would give it. O(bytes).
    """
    n, most = spans.shape[0], 0
    for k in range(n):
        most += spans[k, 1] - spans[k, 0]
    # No string is longer than its value; blocks are written over its end.
    out = np.empty(most + 8, np.uint8)
    offsets = np.zeros(n + 1, np.int64)
    o = 0
    for k in range(n):
        start, end = spans[k, 0], spans[k, 1]
        if start < end and data[start] == QUOTE:
            o = unescape_one(data, start, end, out, o)
            if o < 0:
                return out[:0], offsets, False
        else:
            for i in range(start, end):
                out[o] = data[i]
                o += 1
        offsets[k + 1] = o
    return out[:o], offsets, True  # a copy would take longer than all this


@kernel(
    "Tuple((uint8[::1], int64[::1]))(Array(uint8, 1, 'C', readonly=True), int64[::1], int64[::1])"
)
def take_strings(data, offsets, rows):
    """Return the strings of these rows, in their order, one after another, and their offsets.

    data uint8 and offsets int64[n + 1] as ``unescape`` returns them; rows int64[m], which may
    repeat. Returns uint8 and int64[m + 1].
    """
    taken_offsets = np.zeros(rows.size + 1, np.int64)
    for k in range(rows.size):
        length = offsets[rows[k] + 1] - offsets[rows[k]]
        taken_offsets[k + 1] = taken_offsets[k] + length
    taken = np.empty(taken_offsets[rows.size], np.uint8)
    for k in range(rows.size):
        i, o, end = offsets[rows[k]], taken_offsets[k], taken_offsets[k + 1]
        # Most strings are short: blocks that run over into the next one's place, which is written
        # later, cost less than a call to copy.
        while o < end and max(i + 8 - data.size, o + 8 - taken.size) <= 0:
            store64(taken, o, load64(data, i))
            i += 8
            o += 8
        while o < end:
            taken[o] = data[i]
            i += 1
            o += 1
    return taken, taken_offsets
