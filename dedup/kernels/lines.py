"""Lines of JSON: where they stand, and the values of their fields. Twin: tests/naive_lines.py.

Each line is looked at once. Strings, which are nearly all of it, are passed eight bytes at a time;
all else is read byte by byte, as strictly as RFC 8259 (2017) has it, so that no line passes that a
parser of JSON refuses.
"""

import numpy as np

from dedup.kernels import count_trailing_zeros, inline, kernel, load64
from dedup.kernels.fold import EACH, HIGH
from dedup.kernels.mix import ZERO
from dedup.kernels.strings import BACKSLASH, QUOTE, SHORT_ESCAPES, unescape_one, unit_at

MISSING, NULL, STRING, WHOLE, OTHER = range(5)
"""What a field holds: nothing, null, a string, a whole number of 18 digits at most, or all else."""

NEWLINE, SPACE, TAB, RETURN = 0x0A, 0x20, 0x09, 0x0D
COMMA, COLON, MINUS, PLUS, POINT = 0x2C, 0x3A, 0x2D, 0x2B, 0x2E
ZERO_DIGIT, NINE_DIGIT, EXPONENT, LOWER = 0x30, 0x39, 0x65, 0x20
OBJECT, OBJECT_END, ARRAY, ARRAY_END = 0x7B, 0x7D, 0x5B, 0x5D
TRUE, FALSE, NOTHING = (np.frombuffer(name, np.uint8) for name in (b"true", b"false", b"null"))
DIGITS, DEEPEST = 18, 64


@inline
def newlines(block):
    """Set the high bit of each byte that is a newline."""
    differs = block ^ (EACH * np.uint64(NEWLINE))
    # Exact, for no byte borrows from the next.
    return ~(((differs & ~HIGH) + ~HIGH) | differs) & HIGH


@kernel("int64(Array(uint8, 1, 'C', readonly=True))")
def count_newlines(data):
    """Return how many newlines there are. O(bytes)."""
    count = 0
    for i in range(data.size):
        count += np.int64(data[i] == NEWLINE)
    return count


@kernel("int64[::1](Array(uint8, 1, 'C', readonly=True), int64)")
def find_lines(data, n_lines):
    """Return where lines start and the last one ends, int64[n_lines + 1]. O(bytes)."""
    bounds = np.zeros(n_lines + 1, np.int64)
    n, i = 0, 0
    while i < data.size:
        if i + 64 <= data.size:
            some = ZERO
            for k in range(8):
                some |= newlines(load64(data, i + 8 * k))
            if some == ZERO:
                i += 64
                continue
        if i + 8 <= data.size:
            found = count_trailing_zeros(newlines(load64(data, i))) >> 3
            i += found
            if found == 8:
                continue
        elif data[i] != NEWLINE:
            i += 1
            continue
        i += 1
        n += 1
        bounds[n] = i
    bounds[n_lines] = data.size
    return bounds


@inline
def string_stops(block):
    """Set the high bit of the first quote, backslash or control character (bits above it may be).

    Bytes from 0x80 on are none of them.
    """
    # With its second bit turned, a quote stands just above the control characters.
    low = (block ^ (EACH * np.uint64(2))) - EACH * np.uint64(0x21)
    backslash = (block ^ (EACH * np.uint64(BACKSLASH))) - EACH
    return (low | backslash) & ~block & HIGH


@inline
def after_string(data, i, end):
    """Return the place after the string that starts at a place, or -1."""
    i += 1
    while i < end:
        if i + 32 <= end:
            some = ZERO
            for k in range(4):
                some |= string_stops(load64(data, i + 8 * k))
            if some == ZERO:
                i += 32
                continue
        if i + 8 <= end:
            found = count_trailing_zeros(string_stops(load64(data, i))) >> 3
            i += found
            if found == 8:
                continue
        byte = data[i]
        if byte == QUOTE:
            return i + 1
        if byte < SPACE:
            return -1
        if byte != BACKSLASH:
            i += 1
        elif i + 1 < end and SHORT_ESCAPES[data[i + 1]]:
            i += 2
        elif unit_at(data, i, end) >= 0:
            i += 6
        else:
            return -1
    return -1


@inline
def after_spaces(data, i, end):
    """Return the first place that is no space."""
    while i < end and (
        data[i] == SPACE or data[i] == NEWLINE or data[i] == TAB or data[i] == RETURN
    ):
        i += 1
    return i


@inline
def after_digits(data, i, end):
    """Return the first place that is no digit."""
    while i < end and ZERO_DIGIT <= data[i] <= NINE_DIGIT:
        i += 1
    return i


@inline
def after_number(data, i, end):
    """Return the place after the number that starts at a place, or -1."""
    i += data[i] == MINUS
    first = i
    i = after_digits(data, i, end)
    if i == first or (data[first] == ZERO_DIGIT and i > first + 1):
        return -1
    if i < end and data[i] == POINT:
        first = i + 1
        i = after_digits(data, first, end)
        if i == first:
            return -1
    if i < end and data[i] | LOWER == EXPONENT:
        i += 1
        i += i < end and (data[i] == PLUS or data[i] == MINUS)
        first = i
        i = after_digits(data, first, end)
        if i == first:
            return -1
    return i


@inline
def after_name(data, i, end):
    """Return the place after the name of a field and its colon, or -1."""
    if i == end or data[i] != QUOTE:
        return -1
    i = after_string(data, i, end)
    if i < 0:
        return -1
    i = after_spaces(data, i, end)
    return i + 1 if i < end and data[i] == COLON else -1


@inline
def same_bytes(data, i, others, j, length):
    """Tell whether as many bytes are the same from two places on."""
    k = 0
    while k < length and data[i + k] == others[j + k]:
        k += 1
    return k == length


@inline
def after_literal(data, i, end, literal):
    """Return the place after a literal that stands at a place, or -1."""
    if end - i < literal.size:
        return -1
    is_it = same_bytes(data, i, literal, 0, literal.size)
    return i + literal.size if is_it else -1


@inline
def after_scalar(data, i, end):
    """Return the place after a value that holds no others, or -1."""
    if data[i] == QUOTE:
        return after_string(data, i, end)
    if data[i] == MINUS or ZERO_DIGIT <= data[i] <= NINE_DIGIT:
        return after_number(data, i, end)
    if data[i] == TRUE[0]:
        return after_literal(data, i, end, TRUE)
    if data[i] == FALSE[0]:
        return after_literal(data, i, end, FALSE)
    return after_literal(data, i, end, NOTHING)


@kernel("int64(Array(uint8, 1, 'C', readonly=True), int64, int64)")
def after_value(data, i, end):
    """Return the place after the value that starts at a place, or -1; arrays in arrays, 64 deep."""
    # The kinds of what is open, the innermost lowest: 1 for an object.
    kinds, depth = ZERO, 0
    while i < end:
        if data[i] == OBJECT or data[i] == ARRAY:
            if depth == DEEPEST:
                return -1
            is_object = data[i] == OBJECT
            kinds = kinds << np.uint64(1) | np.uint64(is_object)
            depth += 1
            i = after_spaces(data, i + 1, end)
            if i == end:
                return -1
            is_empty = data[i] == (OBJECT_END if is_object else ARRAY_END)
            if not is_empty:
                if is_object:
                    i = after_name(data, i, end)
                    if i < 0:
                        return -1
                    i = after_spaces(data, i, end)
                continue
        else:
            i = after_scalar(data, i, end)
            if i < 0:
                return -1
        while depth:
            i = after_spaces(data, i, end)
            if i == end:
                return -1
            is_object = kinds & np.uint64(1) != ZERO
            if data[i] == COMMA:
                i = after_spaces(data, i + 1, end)
                if is_object:
                    i = after_name(data, i, end)
                    if i < 0:
                        return -1
                    i = after_spaces(data, i, end)
                break
            if data[i] != (OBJECT_END if is_object else ARRAY_END):
                return -1
            kinds >>= np.uint64(1)
            depth -= 1
            i += 1
        if depth == 0:
            return i
    return -1


@inline
def kind_of(data, start, end):
    """Return what a value is; -0 is a number that no whole number is written as."""
    first = data[start]
    if first == QUOTE:
        return STRING
    if first == NOTHING[0]:
        return NULL
    digits = start + (first == MINUS)
    if (
        end - digits <= DIGITS
        and after_digits(data, digits, end) == end
        and (first != MINUS or data[digits] != ZERO_DIGIT)
    ):
        return WHOLE
    return OTHER


@kernel(
    "boolean(Array(uint8, 1, 'C', readonly=True), int64, int64,"
    " Array(uint8, 1, 'C', readonly=True), int64[::1], int64, int64[:, :, ::1], uint8[:, ::1],"
    " uint8[::1])"
)
def find_in_line(data, i, end, names, name_offsets, row, spans, kinds, written):
    """Note the fields of the line that ends at ``end``; tell whether it is an object."""
    i = after_spaces(data, i, end)
    if i == end or data[i] != OBJECT:
        return False
    i = after_spaces(data, i + 1, end)
    if i < end and data[i] == OBJECT_END:
        return after_spaces(data, i + 1, end) == end
    while True:
        start, i = i, after_name(data, i, end)
        if i < 0:
            return False
        value = after_spaces(data, i, end)
        i = after_value(data, value, end)
        if i < 0:
            return False
        first, last, is_escaped = start + 1, start + 1, False
        while data[last] != QUOTE:
            is_escaped |= data[last] == BACKSLASH
            last += 1 + (data[last] == BACKSLASH)
        # What is longer is none of the names, however it is escaped.
        is_escaped &= last - first + 10 <= written.size
        length = unescape_one(data, start, last + 1, written, 0) if is_escaped else last - first
        for field in range(name_offsets.size - 1):
            name, after = name_offsets[field], name_offsets[field + 1]
            if length == after - name and (
                same_bytes(written, 0, names, name, length)
                if is_escaped
                else same_bytes(data, first, names, name, length)
            ):
                spans[field, row, 0], spans[field, row, 1] = value, i
                kinds[field, row] = kind_of(data, value, i)
        i = after_spaces(data, i, end)
        if i < end and data[i] == COMMA:
            i = after_spaces(data, i + 1, end)
        elif i < end and data[i] == OBJECT_END:
            return after_spaces(data, i + 1, end) == end
        else:
            return False


@kernel(
    "Tuple((int64[:, :, ::1], uint8[:, ::1], boolean))(Array(uint8, 1, 'C', readonly=True),"
    " int64[:, ::1], Array(uint8, 1, 'C', readonly=True), int64[::1])"
)
def find_fields(data, bounds, names, name_offsets):
    r"""Return where the values of some fields stand in lines, and what they are.

    bounds : int64[n, 2], first byte and the one after the last of each line, its end too or not
    names : uint8, the names of f fields in UTF-8, one after another; name_offsets int64[f + 1]

    Returns spans int64[f, n, 2]; kinds uint8[f, n], MISSING where a line has no such field; and
    whether all lines are JSON objects: if not, the rest says nothing. Of two fields with one name
    in a line the last counts. What strings hold is UTF-8 or not, and no objects or arrays stand in
    each other more than 64 deep. O(bytes).
    """
    n_fields, n = name_offsets.size - 1, bounds.shape[0]
    spans = np.zeros((n_fields, n, 2), np.int64)
    kinds = np.full((n_fields, n), MISSING, np.uint8)
    longest = 0
    for field in range(n_fields):
        longest = max(longest, name_offsets[field + 1] - name_offsets[field])
    # Each byte of a name may be written as six, and blocks are written over its end.
    written = np.empty(6 * longest + 10, np.uint8)
    for row in range(n):
        if not find_in_line(
            data, bounds[row, 0], bounds[row, 1], names, name_offsets, row, spans, kinds, written
        ):
            return spans, kinds, False
    return spans, kinds, True
