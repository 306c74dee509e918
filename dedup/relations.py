"""The relation of two texts, decided from what was measured of them by plain comparisons."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup import defaults
from dedup.kernels import relate as kernels
from dedup.kernels.relate import (
    COPY,
    EXCERPT,
    OWN,
    PLAIN,
    REVISION,
    TEMPLATE,
    UPDATE,
)
from dedup.model import Relation

NAMES: tuple[Relation | None, ...] = (
    None, "identical", "copy", "excerpt", "update", "template", "revision", "overlap",
)  # fmt: skip


FORMED = (COPY, EXCERPT, UPDATE, REVISION)
"""Relations of short texts of which each may be one of a form."""

DROPPABLE: tuple[Relation, ...] = (
    "identical", "copy", "excerpt", "update", "template", "revision",
)  # fmt: skip


def is_among(relations: NDArray[np.int8], chosen: Sequence[int]) -> NDArray[np.bool_]:
    """Tell which relations are one of some, bool[p]."""
    known = np.zeros(len(NAMES), np.bool_)  # a pair at a time, np.isin takes as long as a match
    known[list(chosen)] = True
    found: NDArray[np.bool_] = known[relations]
    return found


class Evidence(NamedTuple):
    """What is known of p pairs, the less preferred text of which is the left one.

    ``measures`` : int64[p, 12]; ``left``, ``right`` : int64[p, 2], half words of each text, all
    and without boilerplate; ``shares`` : float64[p, 4], see ``coverage``; ``identical`` : bool[p];
    ``hours_apart`` : float64[p], NaN where unknown; ``own_left``, ``own_right`` : bool[p], the
    source is known, and the text has words of its own
    """

    measures: NDArray[np.int64]
    left: NDArray[np.int64]
    right: NDArray[np.int64]
    shares: NDArray[np.float64]
    identical: NDArray[np.bool_]
    hours_apart: NDArray[np.float64]
    own_left: NDArray[np.bool_]
    own_right: NDArray[np.bool_]

    def take(self, pairs: NDArray[np.int64]) -> "Evidence":
        """Return that of some pairs."""
        columns: list[Any] = [column[pairs] for column in self]
        return Evidence(*columns)

    @staticmethod
    def joined(parts: "Sequence[Evidence]") -> "Evidence":
        """Return that of some pairs after that of others."""
        columns: list[Any] = [np.concatenate(column) for column in zip(*parts, strict=True)]
        return Evidence(*columns)

    def column(self, number: int) -> NDArray[np.int64]:
        """Return one of the measures."""
        return self.measures[:, number]

    def coverage(self, *, own: bool) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the shares of the left text's words and of the right one's that the other has.

        ``own``: of those that are no boilerplate of their source, where that is known.
        """
        first = OWN if own else PLAIN
        return self.shares[:, first], self.shares[:, first + 1]


def relate(evidence: Evidence, threshold: float, *, overlap: bool) -> NDArray[np.int8]:
    """Return the relation of each pair, int8[p].

    The steps and their reasons are told in docs/relations.md.
    """
    related: NDArray[np.int8] = kernels.relate(
        evidence.measures, evidence.shares, np.ascontiguousarray(evidence.left), evidence.identical,
        evidence.hours_apart, threshold, overlap, bounds(),
    )  # fmt: skip
    return related


def bounds() -> tuple[float, ...]:
    """Return what decides about a relation, as ``kernels.relate`` takes it."""
    return (
        defaults.RELATED, defaults.OVERLAP_WORDS, defaults.OWN_RUN_WORDS, defaults.TEMPLATE_NAMES,
        defaults.SERIES_HOURS, defaults.SHORT_NEWS_WORDS, defaults.UPDATE_NAMES,
        defaults.UPDATE_NUMBERS, defaults.UPDATE_DENSITY, defaults.UPDATE_HOURS,
    )  # fmt: skip


def mark_forms(
    relations: NDArray[np.int8], pairs: NDArray[np.int64], words: NDArray[np.float64], n_texts: int
) -> NDArray[np.int8]:
    """Make templates of related short pairs of which both texts are of a known form.

    Each stands in a template pair with some other text, not both with one and the same: that
    bulletins of a form agree in their few facts proves little. ``words`` : float64[p], of the left
    texts.
    """
    templates = pairs[relations == TEMPLATE]
    partners = np.bincount(templates.ravel(), minlength=n_texts)
    partner = np.full(n_texts, -1, np.int64)
    partner[templates[:, 0]] = templates[:, 1]
    partner[templates[:, 1]] = templates[:, 0]
    left, right = pairs.T
    formed = np.minimum(partners[left], partners[right]) > 0
    formed &= (np.maximum(partners[left], partners[right]) > 1) | (partner[left] != partner[right])
    told = is_among(relations, FORMED)
    told &= words < defaults.SHORT_NEWS_WORDS
    return np.where(formed & told, TEMPLATE, relations).astype(np.int8)
