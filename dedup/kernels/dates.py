"""Dates and points in time as news has them, ISO 8601, to hours. Twin: tests/naive_lines.py."""

import numpy as np

from dedup.kernels import inline, kernel

DATE, MINUTES, SECONDS = len("2026-04-28"), len("2026-04-28T06:00"), len("2026-04-28T06:00:00")
ZONE = len("+02:00")

LETTER_T, LETTER_Z, SPACE = 0x54, 0x5A, 0x20
MINUS, PLUS, COLON, FIRST_DIGIT = 0x2D, 0x2B, 0x3A, 0x30

MONTHS = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
# Days before each month, in years that begin with March and so end with the day that may be there.
DAYS_BEFORE = np.array([306, 337, 0, 31, 61, 92, 122, 153, 184, 214, 245, 275])
EPOCH = 719_468
"""Days from the first of March of the year 0 to 1970."""


@inline
def number(data, i, digits):
    """Return the number that so many digits write, negative if they are none."""
    value = 0
    for k in range(digits):
        digit = np.int64(data[i + k]) - FIRST_DIGIT
        value = 10 * value + digit if 0 <= digit <= 9 and value >= 0 else -1
    return value


@inline
def days_of(data, i):
    """Return the days since 1970 of ``YYYY-MM-DD``, or less than any if there is no such day."""
    year, month, day = number(data, i, 4), number(data, i + 5, 2), number(data, i + 8, 2)
    if data[i + 4] != MINUS or data[i + 7] != MINUS or year < 1 or not 1 <= month <= 12:
        return -EPOCH
    is_leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    if not 1 <= day <= MONTHS[month - 1] + (is_leap and month == 2):
        return -EPOCH
    year -= month <= 2
    return (
        365 * year + year // 4 - year // 100 + year // 400 + DAYS_BEFORE[month - 1] + day - 1
    ) - EPOCH


@inline
def clock(data, i):
    """Return the minutes that ``HH:MM`` says, negative if it is none."""
    hours, minutes = number(data, i, 2), number(data, i + 3, 2)
    is_one = data[i + 2] == COLON and 0 <= hours < 24 and 0 <= minutes < 60
    return 60 * hours + minutes if is_one else -1


@inline
def hours_at(data, i, end):
    """Return the hours since 1970 of what stands at ``i:end``, NaN if it is not plain."""
    if end - i < DATE or days_of(data, i) == -EPOCH:
        return np.nan
    seconds = 86_400 * days_of(data, i)
    if end - i == DATE:
        return seconds / 3600
    zone = end
    if data[end - 1] == LETTER_Z:
        zone = end - 1
    elif end - i >= MINUTES + ZONE and (data[end - ZONE] == PLUS or data[end - ZONE] == MINUS):
        zone = end - ZONE
        offset = clock(data, zone + 1)
        if offset < 0:
            return np.nan
        seconds -= 60 * offset if data[zone] == PLUS else -60 * offset
    if zone - i != MINUTES and zone - i != SECONDS:
        return np.nan
    if data[i + DATE] != LETTER_T and data[i + DATE] != SPACE:
        return np.nan
    minutes = clock(data, i + DATE + 1)
    if minutes < 0:
        return np.nan
    seconds += 60 * minutes
    if zone - i == SECONDS:
        rest = number(data, i + MINUTES + 1, 2)
        if data[i + MINUTES] != COLON or not 0 <= rest < 60:
            return np.nan
        seconds += rest
    return seconds / 3600


@kernel("float64[::1](Array(uint8, 1, 'C', readonly=True), int64[::1])")
def hours_since_1970(data, offsets):
    """Return hours since 1970, float64[n], of strings that are plain; NaN for all others.

    data : uint8, the strings, one after another; offsets : int64[n + 1]

    Plain is ``YYYY-MM-DD``, which means midnight, or that with ``HH:MM`` or ``HH:MM:SS`` after a
    ``T`` or a space, and then ``Z`` or ``+HH:MM``; without either it is UTC. O(bytes).
    """
    found = np.empty(offsets.size - 1, np.float64)
    for k in range(found.size):
        found[k] = hours_at(data, offsets[k], offsets[k + 1])
    return found
