"""Signatures and keys a second: dedup, datasketch and rensa beside each other, on one core.

Time is that of the processor, not of the clock: so other programs count for little, and a library
that takes a second core pays for it.
"""

import re
import statistics
import time
from collections.abc import Callable
from typing import Any

import datasketch
import numpy as np
import xxhash

from benchmarks.data import sample_texts
from benchmarks.timing import interleaved, summary
from dedup import MinHashKeys, PassageKeys
from dedup.kernels.permute import sign
from dedup.shingle import shingle

N_TEXTS = 1000
SHINGLE = 5
BATCH = 200
WORD = re.compile(r"\w+")


def tokens(text: str) -> list[str]:
    """Return the runs of five words of a text, as most programs make them."""
    words = WORD.findall(text.lower())
    return [" ".join(words[k : k + SHINGLE]) for k in range(max(1, len(words) - SHINGLE + 1))]


def processor_seconds(call: Callable[[], Any]) -> float:
    """Return the seconds of all threads that a call takes."""
    start = time.process_time()
    call()
    return time.process_time() - start


def with_datasketch(shingles: list[list[str]], num_perm: int) -> list[datasketch.MinHash]:
    """Sign with the fastest of its ways: many at once, and a hash function that is not SHA-1."""
    return datasketch.MinHash.bulk(
        [[shingle.encode() for shingle in own] for own in shingles],
        num_perm=num_perm,
        hashfunc=xxhash.xxh32_intdigest,
    )


def with_rensa(shingles: list[list[str]], num_perm: int) -> Any:
    """Sign with its full MinHash, in one matrix; its faster sketch is another one."""
    import rensa

    return rensa.RMinHash.digest_matrix_from_token_sets(shingles, num_perm, 1)


def calls_of(texts: list[str]) -> dict[str, Callable[[], Any]]:
    """Return what is measured, by name: from texts, or from what was made of them before."""
    recipe, passages = MinHashKeys(), PassageKeys()
    k = recipe.num_perm
    hashes, offsets = shingle(texts)
    signatures = np.empty((len(texts), k), np.uint32)
    strings = [tokens(text) for text in texts]
    numbers = [recipe.shingles(text).tolist() for text in texts]
    batches = [texts[at : at + BATCH] for at in range(0, len(texts), BATCH)]
    return {
        "dedup": lambda: recipe.signatures(texts),
        "datasketch": lambda: with_datasketch([tokens(text) for text in texts], k),
        "rensa": lambda: with_rensa([tokens(text) for text in texts], k),
        "dedup from shingles": lambda: sign(hashes, offsets, *recipe._permutations, signatures),
        "datasketch from shingles": lambda: datasketch.MinHash.bulk(
            numbers, num_perm=k, hashfunc=int
        ),
        "rensa from shingles": lambda: with_rensa(strings, k),
        "words and shingles": lambda: [shingle(batch) for batch in batches],
        "keys": lambda: [recipe.keys(batch) for batch in batches],
        "passage keys": lambda: [passages.keys(batch) for batch in batches],
    }


def measure_speed(rounds: int) -> dict[str, Any]:
    """Return megabytes of UTF-8 a second of one core, and how often dedup's is another's."""
    texts = sample_texts("english", N_TEXTS)
    size = sum(len(text.encode()) for text in texts) / 1e6
    calls = calls_of(texts)
    for call in calls.values():
        call()
    timed = {name: lambda c=call: size / processor_seconds(c) for name, call in calls.items()}
    runs = interleaved(timed, rounds)
    medians = {name: statistics.median(values) for name, values in runs.items()}
    return {
        "articles": len(texts),
        "megabytes": round(size, 2),
        "mb_per_s": {name: summary(values, 1) for name, values in runs.items()},
        "times": {
            f"{name}{way}": round(medians[f"dedup{way}"] / medians[f"{name}{way}"], 1)
            for way in ("", " from shingles")
            for name in ("datasketch", "rensa")
        },
    }
