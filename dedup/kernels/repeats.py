"""Repeats inside one text: which runs of four words (eight singles) stand in it twice, and where.

Such a run is a *gram* (``dedup.kernels.grams``). tests/naive.py is the readable twin.
"""

import numpy as np

from dedup.kernels import inline, kernel
from dedup.kernels.grams import (
    end_grams,
    first_from,
    hash_grams,
    number_grams,
    table_size,
    weigh,
)

NEWLINE = 0x0A
N_PARTNERS = 3


@inline
def has_newline(data, start, end):
    """Tell whether a newline stands between two places."""
    found = False
    for i in range(start, end):
        found |= data[i] == NEWLINE
    return found


@inline
def may_repeat(data, base, spans, tokens, gram_ends, ids, counts, limits):
    """Tell whether any part of a text could be a repeat; see ``suspects``."""
    threshold, least, longest = limits
    covered_all, weight_all = 0, 0
    covered_block, weight_block, covered_run, until = 0, 0, 0, 0
    for t in range(tokens.size):
        weight = weigh(tokens[t])
        if t < ids.size and counts[ids[t]] > 1:
            until = gram_ends[t]
        if t < until:
            covered_all += weight
            covered_block += weight
            covered_run += weight
            if covered_run >= longest:
                return True
        else:
            covered_run = 0
        weight_all += weight
        weight_block += weight
        if t + 1 == tokens.size or has_newline(data, base + spans[t, 1], base + spans[t + 1, 0]):
            if weight_block >= least and covered_block >= threshold * weight_block:
                return True
            covered_block, weight_block = 0, 0
    return weight_all > 0 and 3 * covered_all >= weight_all


@kernel(
    "uint8[::1](Array(uint8, 1, 'C', readonly=True), int64[::1], uint64[::1], int32[:, ::1],"
    " int64[::1], float64, int64, int64, uint64)"
)
def suspects(data, offsets, tokens, spans, token_offsets, threshold, least, longest, salt):
    """Return uint8[n], 1 for each text of a batch that may hold a repeat.

    It may if grams that stand in it twice cover a line of at least ``least`` half words to
    ``threshold``, or a run of ``longest`` half words, or a third of the text. Where they do not,
    no rule of ``dedup.repeats`` can find anything.
    """
    n = offsets.size - 1
    most = 0
    for k in range(n):
        most = max(most, token_offsets[k + 1] - token_offsets[k])
    grams = np.empty(most + 1, np.uint64)
    gram_ends = np.empty(most + 1, np.int32)
    ids = np.empty(most + 1, np.int32)
    counts = np.empty(most + 1, np.int32)
    slots = np.empty(table_size(most), np.int32)
    verdicts = np.zeros(n, np.uint8)
    for k in range(n):
        first, last = token_offsets[k], token_offsets[k + 1]
        own = tokens[first:last]
        n_grams = end_grams(own, gram_ends)
        hash_grams(tokens, first, last, grams, 0)
        n_ids = number_grams(grams[:n_grams], salt, slots[: table_size(n_grams)], ids)
        counts[:n_ids] = 0
        for i in range(n_grams):
            counts[ids[i]] += 1
        if n_ids < n_grams:
            verdicts[k] = may_repeat(
                data, offsets[k], spans[first:last], own, gram_ends, ids[:n_grams], counts,
                (threshold, least, longest),
            )  # fmt: skip
    return verdicts


@kernel(
    "Tuple((int64, int64, int64))"
    "(uint64[::1], int32[::1], int32[::1], int32[::1], int32[::1], int64, int64, int64, int64)"
)
def coverage(tokens, gram_ends, ids, bounds, places, start, end, of_start, of_end):
    """Measure how much of tokens ``start:end`` stands in ``of_start:of_end``, in grams.

    Returns the half words covered, and the first and the place after the last token that cover
    them (0, 0 if none). O(m log n) for m tokens of n.
    """
    covered, until, first, last, expected = 0, start, of_end, of_start, of_start
    for i in range(start, end):
        if i < ids.size and gram_ends[i] <= end:
            place = -1
            # Where the words go on as before, there; else the first place.
            if expected < ids.size and ids[expected] == ids[i] and gram_ends[expected] <= of_end:
                place = expected
            else:
                low, high = bounds[ids[i]], bounds[ids[i] + 1]
                at = first_from(places, low, high, of_start)
                if at < high and places[at] < of_end and gram_ends[places[at]] <= of_end:
                    place = places[at]
            if place >= 0:
                until = gram_ends[i]
                first = min(first, place)
                last = max(last, gram_ends[place])
                expected = place + 1
        if i < until:
            covered += weigh(tokens[i])
    return (covered, first, last) if covered else (0, 0, 0)


@inline
def block_at(starts, token):
    """Return the block that holds a token."""
    low, high = 0, starts.size - 1
    while low + 1 < high:
        middle = (low + high) // 2
        if starts[middle] <= token:
            low = middle
        else:
            high = middle
    return low


@kernel(
    "Tuple((float64[::1], int32[:, ::1]))"
    "(uint64[::1], int32[::1], int32[::1], int32[::1], int32[::1], int32[::1], float64)"
)
def partners(tokens, gram_ends, ids, bounds, places, starts, threshold):
    """Find the blocks that each block may be a repeat of.

    starts : int32[n + 1], the first token of each block, and the number of tokens
    Returns shares float64[n], how much of a block stands elsewhere in the text; and int32[n, 3],
    for blocks with a share of at least ``threshold`` the three blocks that share most grams with
    them (-1: none). Of the places of a gram the first, the last and the nearest two are looked at.
    """
    n = starts.size - 1
    shares = np.zeros(n, np.float64)
    found = np.full((n, N_PARTNERS), -1, np.int32)
    votes = np.zeros(n, np.int32)
    touched = np.empty(n, np.int32)
    near = np.empty(4, np.int64)
    for b in range(n):
        start, end = starts[b], starts[b + 1]
        weight, covered, until, n_touched = 0, 0, start, 0
        for i in range(start, end):
            weight += weigh(tokens[i])
            if i < ids.size and gram_ends[i] <= end:
                low, high = bounds[ids[i]], bounds[ids[i] + 1]
                if places[low] < start or places[high - 1] >= end:
                    until = gram_ends[i]
            if i < until:
                covered += weigh(tokens[i])
        shares[b] = covered / weight if weight else 0.0
        if shares[b] < threshold:
            continue
        for i in range(start, min(end, ids.size)):
            if gram_ends[i] > end:
                break
            low, high = bounds[ids[i]], bounds[ids[i] + 1]
            before = first_from(places, low, high, start) - 1
            after = first_from(places, low, high, end)
            near[0], near[1], near[2], near[3] = low, high - 1, before, after
            for k in range(4):
                if not low <= near[k] < high or start <= places[near[k]] < end:
                    continue
                other = block_at(starts, places[near[k]])
                if gram_ends[places[near[k]]] > starts[other + 1]:
                    continue
                if votes[other] == 0:
                    touched[n_touched] = other
                    n_touched += 1
                votes[other] += 1
        for rank in range(N_PARTNERS):
            best = -1
            for k in range(n_touched):
                if votes[touched[k]] > 0 and (best < 0 or votes[touched[k]] > votes[best]):
                    best = touched[k]
            if best < 0:
                break
            found[b, rank] = best
            votes[best] = 0
        for k in range(n_touched):
            votes[touched[k]] = 0
    return shares, found


@inline
def shared_run(tokens, gone, place, i):
    """Return how many tokens from two places on are equal, up to one of the first that is gone."""
    length = 0
    while i + length < tokens.size and tokens[place + length] == tokens[i + length]:
        if gone[place + length]:
            break
        length += 1
    return length


@kernel("int32[:, ::1](uint64[::1], int32[::1], int32[::1], int32[::1], int64, int64, int64)")
def repeated_runs(tokens, ids, bounds, places, longest, adjacent, period):
    """Find runs of tokens that stand earlier in the text word for word.

    A run counts from ``longest`` half words on; where it follows what it repeats at once, from
    ``adjacent`` on, if what is told over and over has at least ``period``. Returns int32[n, 3]:
    start of what is repeated, start of the repeat, number of tokens; repeats in order, without
    overlap, and none of what they repeat is in a repeat before it. O(n) but for runs that do not
    count, which cost their length at each of their tokens.
    """
    runs = np.empty((tokens.size // 4 + 1, 3), np.int32)
    gone = np.zeros(tokens.size, np.uint8)
    n_runs, i = 0, 0
    while i < ids.size:
        low, high = bounds[ids[i]], bounds[ids[i] + 1]
        place, length = -1, 0
        if places[low] < i:
            before = first_from(places, low, high, i) - 1
            length, place = shared_run(tokens, gone, places[low], i), places[low]
            if places[before] != place:
                nearer = shared_run(tokens, gone, places[before], i)
                if nearer > length:
                    length, place = nearer, places[before]
        weight, distance = 0, 0
        for t in range(i, i + length):
            weight += weigh(tokens[t])
        follows = place + length >= i
        if follows:
            for t in range(place, i):
                distance += weigh(tokens[t])
        counts = weight >= longest
        if follows:
            counts = weight >= adjacent and distance >= period
        if counts:
            runs[n_runs, 0], runs[n_runs, 1], runs[n_runs, 2] = place, i, length
            n_runs += 1
            for t in range(i, i + length):
                gone[t] = 1
            i += length
        elif follows:  # one word over and over: not from each of them again
            i += max(length, 1)
        else:
            i += 1
    return runs[:n_runs]
