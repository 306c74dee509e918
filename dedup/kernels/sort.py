"""Orders of many numbers, and rows dealt to buckets. tests/naive_pass.py is the readable twin."""

import numpy as np

from dedup.kernels import inline, kernel

DIGIT, DIGITS, VALUES = np.uint64(0xFF), 8, 256
N_BUCKETS = 1024
BUCKET = np.uint64(N_BUCKETS - 1)


@inline
def sort_few(values, first, last):
    """Sort ``values[first:last]``, by Shell: mostly a few dozen, and many are no trap."""
    gap = 1
    while gap < (last - first) // 3:
        gap = 3 * gap + 1
    while gap > 0:
        for i in range(first + gap, last):
            value, j = values[i], i
            while j >= first + gap and values[j - gap] > value:
                values[j] = values[j - gap]
                j -= gap
            values[j] = value
        gap //= 3


@inline
def count_digits(numbers, n):
    """Return how often each digit has each value in the first ``n`` numbers, int64[8, 256]."""
    counts = np.zeros((DIGITS, VALUES), np.int64)
    for i in range(n):
        number = numbers[i]
        for d in range(DIGITS):
            counts[d, number & DIGIT] += 1
            number >>= np.uint64(8)
    return counts


@inline
def to_places(counts, n):
    """Make places of the counts of a digit, where each value goes first; tell if there is one."""
    total, is_constant = 0, False
    for v in range(VALUES):
        count = counts[v]
        is_constant |= count == n
        counts[v] = total
        total += count
    return is_constant


@inline
def sort_pairs(keys, values, n):
    """Return the first ``n`` keys in order and their values, equal keys as they stood: by radix."""
    counts = count_digits(keys, n)
    other_keys, other_values = np.empty(n, np.uint64), np.empty(n, np.int32)
    for d in range(DIGITS):
        places, shift = counts[d], np.uint64(8 * d)
        if to_places(places, n):
            continue
        for i in range(n):
            digit = (keys[i] >> shift) & DIGIT
            place = places[digit]
            other_keys[place] = keys[i]
            other_values[place] = values[i]
            places[digit] = place + 1
        keys, other_keys = other_keys, keys
        values, other_values = other_values, values
    return keys[:n], values[:n]


@inline
def sort_numbers(numbers):
    """Return the numbers in order: by radix, as ``sort_pairs``."""
    n = numbers.size
    counts = count_digits(numbers, n)
    others = np.empty(n, np.uint64)
    for d in range(DIGITS):
        places, shift = counts[d], np.uint64(8 * d)
        if to_places(places, n):
            continue
        for i in range(n):
            digit = (numbers[i] >> shift) & DIGIT
            others[places[digit]] = numbers[i]
            places[digit] += 1
        numbers, others = others, numbers
    return numbers


@kernel("int32[::1](uint64[::1], int32[::1])")
def order_by(keys, order):
    """Return the order int32[k] of rows sorted by the keys uint64[n] of the rows; stable. O(k)."""
    chosen = np.empty(order.size, np.uint64)
    for i in range(order.size):
        chosen[i] = keys[order[i]]
    return sort_pairs(chosen, order.copy(), order.size)[1].copy()


@kernel("Tuple((int32[::1], int64[::1]))(int32[::1], int64)")
def deal(buckets, n_buckets):
    """Return the order int32[m] of rows by their buckets, stable, and bounds int64[n_buckets + 1].

    The rows of bucket b are ``order[bounds[b]:bounds[b + 1]]``. O(m + n_buckets).
    """
    bounds = np.zeros(n_buckets + 1, np.int64)
    for i in range(buckets.size):
        bounds[buckets[i] + 1] += 1
    for b in range(n_buckets):
        bounds[b + 1] += bounds[b]
    filled = bounds.copy()
    order = np.empty(buckets.size, np.int32)
    for i in range(buckets.size):
        order[filled[buckets[i]]] = i
        filled[buckets[i]] += 1
    return order, bounds


@kernel("Tuple((uint64[::1], int32[::1], int64[::1]))(uint64[::1], int64[::1])")
def deal_keys(keys, offsets):
    """Return the keys of n texts in 1,024 buckets, with the texts they are of.

    By their lowest bits: the highest of keys that are the least of a window are mostly zeros. keys
    uint64[m], offsets int64[n + 1]. Returns keys uint64[m], texts int32[m] and the bounds of the
    buckets int64[1025]. O(m).
    """
    bounds = np.zeros(N_BUCKETS + 1, np.int64)
    for i in range(keys.size):
        bounds[np.int64(keys[i] & BUCKET) + 1] += 1
    for b in range(N_BUCKETS):
        bounds[b + 1] += bounds[b]
    filled = bounds.copy()
    dealt, texts = np.empty(keys.size, np.uint64), np.empty(keys.size, np.int32)
    for k in range(offsets.size - 1):
        for i in range(offsets[k], offsets[k + 1]):
            bucket = np.int64(keys[i] & BUCKET)
            dealt[filled[bucket]] = keys[i]
            texts[filled[bucket]] = k
            filled[bucket] += 1
    return dealt, texts, bounds


@kernel("void(Array(uint8, 1, 'C', readonly=True), int64[::1], int64, uint8[::1], int64[::1])")
def append(content, bounds, size, merged, places):
    """Copy rows of ``size`` bytes, dealt to buckets by their bounds, to the places of the buckets.

    places int64[n_buckets], where the next row of each goes in ``merged``; they move on. O(bytes).
    """
    for b in range(places.size):
        n_bytes = (bounds[b + 1] - bounds[b]) * size
        source, target = content[bounds[b] * size :], merged[places[b] :]
        for i in range(n_bytes):
            target[i] = source[i]
        places[b] += n_bytes


@kernel("uint64[::1](Array(uint8, 1, 'C', readonly=True), int64[::1], int32[::1], int64)")
def prefixes(data, offsets, rows, at):
    """Return eight bytes of some strings from byte ``at`` on, zeros after the end, the first one
    highest: uint64[k]."""
    found = np.zeros(rows.size, np.uint64)
    for i in range(rows.size):
        first, last = offsets[rows[i]] + at, offsets[rows[i] + 1]
        for k in range(8):
            found[i] <<= np.uint64(8)
            if first + k < last:
                found[i] |= np.uint64(data[first + k])
    return found
