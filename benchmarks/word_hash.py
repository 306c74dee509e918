"""What hashing words costs: the multiply-mix of the kernel, and XXH64 in its place.

``python -m benchmarks.word_hash [--rounds N] [--json FILE]``
"""

import argparse
import statistics
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numba
import numpy as np
import xxhash

from benchmarks.data import sample_texts
from benchmarks.report import percent, print_table, write_result
from benchmarks.timing import interleaved, seconds
from dedup.fold import fold_table
from dedup.kernels import inline, load64
from dedup.kernels.fold import AFTER_SINGLE, ONE, fold_text
from dedup.kernels.mix import ZERO
from dedup.kernels.words import find_words, hash_words, shift_spans
from dedup.shingle import Encoded, encode
from dedup.shingle import hash_words as words_of

LARGEST_SHARE = 0.25
"""The rule: XXH64 if it costs no more than this share of the kernel's time."""
N_TEXTS = 100
"""So few that a call takes under a millisecond: hardly one is interrupted by other programs."""
LONGEST = 100
"""Bytes up to which XXH64 is held against the xxhash package, at each length."""

PRIME_1 = np.uint64(0x9E3779B185EBCA87)
PRIME_2 = np.uint64(0xC2B2AE3D27D4EB4F)
PRIME_3 = np.uint64(0x165667B19E3779F9)
PRIME_4 = np.uint64(0x85EBCA77C2B2AE63)
PRIME_5 = np.uint64(0x27D4EB2F165667C5)
LOW_HALF = np.uint64(0xFFFFFFFF)
WIDTH = np.uint64(64)


@inline
def rotate(value, places):
    """Rotate a uint64 to the left."""
    places = np.uint64(places)
    return (value << places) | (value >> (WIDTH - places))


@inline
def absorb(lane, block):
    """Mix eight bytes into a lane."""
    return rotate(lane + block * PRIME_2, 31) * PRIME_1


@inline
def merge(state, lane):
    """Mix a lane into the state."""
    return (state ^ absorb(ZERO, lane)) * PRIME_1 + PRIME_4


@inline
def xxh64_stripes(data, start, end):
    """Return the state after all whole stripes of 32 bytes; there must be one."""
    a, b, c, d = PRIME_1 + PRIME_2, PRIME_2, ZERO, ZERO - PRIME_1
    while end - start >= 32:
        a = absorb(a, load64(data, start))
        b = absorb(b, load64(data, start + 8))
        c = absorb(c, load64(data, start + 16))
        d = absorb(d, load64(data, start + 24))
        start += 32
    state = rotate(a, 1) + rotate(b, 7) + rotate(c, 12) + rotate(d, 18)
    return merge(merge(merge(merge(state, a), b), c), d)


@inline
def xxh64(data, start, end):
    """Return XXH64 of the bytes ``start:end``, seed 0; eight bytes after them can be read too."""
    length = end - start
    state = PRIME_5
    if length >= 32:
        state = xxh64_stripes(data, start, end)
        start += length & ~31
    state += np.uint64(length)
    while end - start >= 8:
        state = rotate(state ^ absorb(ZERO, load64(data, start)), 27) * PRIME_1 + PRIME_4
        start += 8
    if end - start >= 4:
        state ^= (load64(data, start) & LOW_HALF) * PRIME_1
        state = rotate(state, 23) * PRIME_2 + PRIME_3
        start += 4
    while start < end:
        state = rotate(state ^ (np.uint64(data[start]) * PRIME_5), 11) * PRIME_1
        start += 1
    state = (state ^ (state >> np.uint64(33))) * PRIME_2
    state = (state ^ (state >> np.uint64(29))) * PRIME_3
    return state ^ (state >> np.uint64(32))


@inline
def hash_words_xxh64(folded, spans, first, last, tokens):
    """Hash the words of rows ``first:last``, as ``hash_words`` does, with XXH64."""
    edges, hashes = spans[2 * first : 2 * last], tokens[first:last]
    for t in range(hashes.size):
        start, end = np.int64(edges[2 * t]), np.int64(edges[2 * t + 1])
        single = np.uint64(folded[end] == AFTER_SINGLE)
        hashes[t] = (xxh64(folded, start, end) & ~ONE) | single


@inline
def hash_no_words(folded, spans, first, last, tokens):
    """Leave the words of rows ``first:last`` without a hash."""


HASHES = {"none": hash_no_words, "mix": hash_words, "xxh64": hash_words_xxh64}


def word_kernel(hash_rows: Callable[..., None]) -> Callable[..., Any]:
    """Return the kernel ``dedup.kernels.words.words`` with another function for the hashes.

    Its arrays are made beforehand: whether fresh memory costs a page fault is a matter of chance.
    """

    @numba.njit(nogil=True)
    def kernel(data, offsets, table, arrays):
        tokens, spans, folded, shift_at, shifts = arrays
        t = 0
        for k in range(offsets.size - 1):
            length, n_shifts, _ = fold_text(
                data, offsets[k], offsets[k + 1], table, folded, shift_at, shifts
            )
            first, t = t, find_words(folded, length, spans, t)
            hash_rows(folded, spans, first, t, tokens)
            if n_shifts:
                shift_spans(spans, first, t, shift_at, shifts, n_shifts)
        return t

    return kernel


def arrays_for(encoded: Encoded) -> tuple[np.ndarray, ...]:
    """Return what the kernel writes to: tokens, spans, the folded text, its shifts."""
    longest = int(np.diff(encoded.offsets).max())
    capacity = len(encoded.data)
    return (
        np.zeros(capacity, np.uint64),
        np.zeros(2 * capacity + 24, np.int32),
        np.zeros(3 * longest + 128, np.uint8),
        np.zeros(2 * longest + 2, np.int32),
        np.zeros(2 * longest + 2, np.int32),
    )


@numba.njit
def xxh64_of(data):
    """Return XXH64 of all but the last eight bytes."""
    return xxh64(data, 0, data.size - 8)


def check_xxh64() -> None:
    """Hold XXH64 against the xxhash package; raises AssertionError where they differ."""
    data = np.random.default_rng(1).integers(0, 256, LONGEST + 8).astype(np.uint8)
    for length in range(LONGEST + 1):
        expected = xxhash.xxh64_intdigest(data[:length].tobytes())
        if int(xxh64_of(data[: length + 8])) != expected:
            raise AssertionError(f"XXH64 of {length} bytes differs from the package's")


def check_kernels(kernels: dict[str, Callable[..., Any]], encoded: Encoded) -> int:
    """Hold the kernels against dedup's own; return the number of words."""
    own = words_of(encoded)
    n_words = len(own.tokens)
    for name, kernel in kernels.items():
        tokens, spans, *_ = arrays = arrays_for(encoded)
        found = kernel(*encoded, tuple(fold_table()), arrays)
        if found != n_words or not np.array_equal(spans[: 2 * found], own.spans.ravel()):
            raise AssertionError(f"the kernel with {name} finds other words than dedup's")
        if name == "mix" and not np.array_equal(tokens[:found], own.tokens):
            raise AssertionError("the kernel with the mix hashes otherwise than dedup's")
    return n_words


def measure(rounds: int) -> dict[str, Any]:
    """Return nanoseconds a word: of the kernel without a hash and with each, of each hash alone."""
    check_xxh64()
    encoded, table = encode(sample_texts("english", N_TEXTS)), tuple(fold_table())
    arrays = arrays_for(encoded)
    kernels = {name: word_kernel(hash_rows) for name, hash_rows in HASHES.items()}
    n_words = check_kernels(kernels, encoded)
    calls = {
        name: lambda kernel=kernel: 1e9 * seconds(lambda: kernel(*encoded, table, arrays)) / n_words
        for name, kernel in kernels.items()
    }
    runs = interleaved(calls, rounds)
    medians = {name: statistics.median(values) for name, values in runs.items()}
    alone = {name: medians[name] - medians["none"] for name in ("mix", "xxh64")}
    shares = {name: value / medians[name] for name, value in alone.items()}
    return {
        "words": n_words,
        **{f"{name}_ns": round(value, 2) for name, value in medians.items()},
        **{f"{name}_hash_ns": round(value, 2) for name, value in alone.items()},
        **{f"{name}_share": round(value, 3) for name, value in shares.items()},
        "largest_share": LARGEST_SHARE,
        "xxh64_fits": shares["xxh64"] <= LARGEST_SHARE,
        "runs_ns": {name: [round(run, 2) for run in values] for name, values in runs.items()},
    }


def print_figures(figures: dict[str, Any]) -> None:
    """Print the figures as a table, and what the rule says."""
    rows = [("none", figures["none_ns"], "-", "-")]
    for name in ("mix", "xxh64"):
        whole, alone, share = (figures[f"{name}_{key}"] for key in ("ns", "hash_ns", "share"))
        rows.append((name, whole, alone, percent(share, 1)))
    header = ("hash", "ns a word", "of which the hash", "share")
    print_table(f"word kernel, {figures['words']:,} English words", header, rows)
    verdict = "fits" if figures["xxh64_fits"] else "does not fit"
    print(f"\nXXH64 {verdict} into {percent(figures['largest_share'], 1)} of the kernel's time.")


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.word_hash", description=__doc__)
    add = parser.add_argument
    add("--rounds", type=int, default=201, help="times that everything is measured")
    add("--json", type=Path, default=Path(__file__).parent / "results" / "word_hash.json")
    options = parser.parse_args(arguments)
    figures = measure(options.rounds)
    print_figures(figures)
    write_result(options.json, figures)


if __name__ == "__main__":
    main()
