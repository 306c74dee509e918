"""Pairs measured on their words: coverage both ways, own runs, facts that changed."""

from collections.abc import Sequence
from concurrent.futures import Executor
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.facts import find_facts
from dedup.kernels import match as kernels
from dedup.kernels.grams import SALT
from dedup.kernels.words import shingles
from dedup.shingle import Shingles, encode, hash_words, join_offsets
from dedup.sources import Boilerplate, mark_boilerplate

BATCH = 500
PAIRS = 4000


class Material(NamedTuple):
    """What is compared of n texts, m words in all.

    ``tokens`` : uint64[m], ``token_offsets`` : int64[n + 1], the words; ``flags`` : uint8[m] and
    ``values`` : uint64[m], which of them are facts, which are boilerplate; ``weights`` :
    int64[n, 2], half words of each text, all and without boilerplate
    """

    tokens: NDArray[np.uint64]
    token_offsets: NDArray[np.int64]
    flags: NDArray[np.uint8]
    values: NDArray[np.uint64]
    weights: NDArray[np.int64]


class Matches(NamedTuple):
    """What was measured of p pairs: see ``kernels.match``.

    ``measures`` : int64[p, 12]; ``facts`` : int32[p, 10, 2]; ``runs`` : int32[r, 4];
    ``run_offsets`` : int64[p + 1]
    """

    measures: NDArray[np.int64]
    facts: NDArray[np.int32]
    runs: NDArray[np.int32]
    run_offsets: NDArray[np.int64]

    def take(self, pairs: NDArray[np.int64]) -> "Matches":
        """Return those of some pairs."""
        sizes = np.diff(self.run_offsets)[pairs]
        offsets = np.concatenate((np.zeros(1, np.int64), np.cumsum(sizes)))
        places = np.arange(offsets[-1]) + np.repeat(self.run_offsets[pairs] - offsets[:-1], sizes)
        return Matches(self.measures[pairs], self.facts[pairs], self.runs[places], offsets)

    def joined(self, *others: "Matches") -> "Matches":
        """Return these and others after them."""
        parts = (self, *others)
        return Matches(
            np.concatenate([part.measures for part in parts]),
            np.concatenate([part.facts for part in parts]),
            np.concatenate([part.runs for part in parts]),
            join_offsets([part.run_offsets for part in parts]),
        )


def prepare(
    texts: Sequence[str],
    labels: NDArray[np.int32],
    boilerplate: Boilerplate,
    executor: Executor,
) -> Material:
    """Read what is compared of the texts; ``labels`` : int32[n], their sources, -1 for none."""
    starts = range(0, max(len(texts), 1), BATCH)
    parts = list(
        executor.map(
            lambda at: _prepare(texts[at : at + BATCH], labels[at : at + BATCH], boilerplate),
            starts,
        )
    )
    return Material(
        np.concatenate([part.tokens for part in parts]),
        join_offsets([part.token_offsets for part in parts]),
        np.concatenate([part.flags for part in parts]),
        np.concatenate([part.values for part in parts]),
        np.concatenate([part.weights for part in parts]),
    )


def _prepare(texts: Sequence[str], labels: NDArray[np.int32], boilerplate: Boilerplate) -> Material:
    encoded = encode(texts)
    words = hash_words(encoded)
    flags, values = find_facts(encoded, words)
    half_words = 2 - (words.tokens & np.uint64(1)).astype(np.int64)
    found = Shingles(*shingles(words.tokens, words.token_offsets))
    marked = mark_boilerplate(boilerplate, words, found, labels)
    flags |= marked * kernels.BOILERPLATE
    own = half_words * ~marked
    weights = np.stack(
        [_sums(half_words, words.token_offsets), _sums(own, words.token_offsets)], axis=1
    )
    return Material(words.tokens, words.token_offsets, flags, values, weights)


def _sums(amounts: NDArray[np.int64], offsets: NDArray[np.int64]) -> NDArray[np.int64]:
    sums = np.concatenate((np.zeros(1, np.int64), np.cumsum(amounts)))
    return sums[offsets[1:]] - sums[offsets[:-1]]


def match_pairs(
    material: Material,
    pairs: NDArray[np.int64],
    executor: Executor,
    *,
    floor: float,
    with_runs: bool = False,
) -> Matches:
    """Measure pairs of texts, int64[p, 2], sorted by the second.

    Pairs whose first text stands in the second to less than ``floor`` are measured no further,
    unless their runs are asked for.
    """
    # A right text's pairs may be parted: its index is then built once more.
    parts = list(
        executor.map(
            lambda at: Matches(
                *kernels.match(*material, pairs[at : at + PAIRS], floor, with_runs, SALT)
            ),
            range(0, max(len(pairs), 1), PAIRS),
        )
    )
    return parts[0].joined(*parts[1:])
