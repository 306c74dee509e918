"""Pairs measured on their words: coverage both ways, own runs, facts that changed."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.facts import find_facts
from dedup.kernels import match as kernels
from dedup.kernels.grams import SALT
from dedup.kernels.sources import half_words
from dedup.kernels.words import shingles
from dedup.shingle import Encoded, Shingles, hash_words, join_offsets, places_of
from dedup.sources import Boilerplate, mark_boilerplate


class Material(NamedTuple):
    """What is compared of n texts, m words in all.

    ``tokens`` : uint64[m], ``token_offsets`` : int64[n + 1], the words; ``flags`` : uint8[m] and
    ``values`` : uint64[m], which of them are facts, which are boilerplate; ``weights`` :
    int64[n, 2], half words of each text, all and without boilerplate; ``spans`` : int32[m, 2], the
    bytes of each word in its text, none if they are not asked for
    """

    tokens: NDArray[np.uint64]
    token_offsets: NDArray[np.int64]
    flags: NDArray[np.uint8]
    values: NDArray[np.uint64]
    weights: NDArray[np.int64]
    spans: NDArray[np.int32]

    @property
    def compared(self) -> tuple[NDArray[Any], ...]:
        """What ``kernels.match`` takes: all but the spans."""
        return self[:-1]


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
        places, offsets = places_of(self.run_offsets, pairs)
        return Matches(self.measures[pairs], self.facts[pairs], self.runs[places], offsets)

    @staticmethod
    def empty(n_pairs: int) -> "Matches":
        """Return what is measured of pairs that are not compared: nothing."""
        return Matches(
            np.zeros((n_pairs, kernels.MEASURES), np.int64),
            np.zeros((n_pairs, kernels.N_FACTS, 2), np.int32),
            np.zeros((0, 4), np.int32),
            np.zeros(n_pairs + 1, np.int64),
        )


def prepare(
    texts: Encoded, labels: NDArray[np.int32], boilerplate: Boilerplate, *, with_spans: bool = False
) -> Material:
    """Read what is compared of the texts; ``labels`` : int32[n], their sources, -1 for none."""
    parts = [
        _prepare(texts.part(first, last), labels[first:last], boilerplate, with_spans)
        for first, last in texts.batches()
    ]
    if len(parts) == 1:
        return parts[0]
    return Material(
        np.concatenate([part.tokens for part in parts]),
        join_offsets([part.token_offsets for part in parts]),
        np.concatenate([part.flags for part in parts]),
        np.concatenate([part.values for part in parts]),
        np.concatenate([part.weights for part in parts]),
        np.concatenate([part.spans for part in parts]),
    )


def _prepare(
    encoded: Encoded, labels: NDArray[np.int32], boilerplate: Boilerplate, with_spans: bool
) -> Material:
    words = hash_words(encoded)
    flags, values = find_facts(encoded, words)
    found = Shingles(*shingles(words.tokens, words.token_offsets))
    marked = mark_boilerplate(boilerplate, words, found, labels)
    flags |= marked.view(np.uint8) * kernels.BOILERPLATE
    weights = half_words(words.tokens, words.token_offsets, marked)
    spans = words.spans if with_spans else words.spans[:0].copy()
    return Material(words.tokens, words.token_offsets, flags, values, weights, spans)


def match_pairs(
    material: Material, pairs: NDArray[np.int64], *, floor: float, with_runs: bool = False
) -> Matches:
    """Measure pairs of texts, int64[p, 2], sorted by the second.

    Pairs whose first text stands in the second to less than ``floor`` are measured no further,
    unless their runs are asked for.
    """
    return Matches(*kernels.match(*material.compared, pairs, floor, with_runs, SALT))
