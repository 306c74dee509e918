"""The relation of two texts, decided from what was measured of them by plain comparisons."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup import defaults
from dedup.kernels import match as columns
from dedup.model import Relation

NONE, IDENTICAL, COPY, EXCERPT, UPDATE, TEMPLATE, REVISION, OVERLAP = range(8)
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
    and without boilerplate; ``identical`` : bool[p]; ``hours_apart`` : float64[p], NaN where
    unknown; ``own_left``, ``own_right`` : bool[p], the source is known, and the text has words of
    its own
    """

    measures: NDArray[np.int64]
    left: NDArray[np.int64]
    right: NDArray[np.int64]
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
        left = self.column(columns.LEFT_COVERED) / np.maximum(self.left[:, 0], 1)
        right = self.column(columns.RIGHT_COVERED) / np.maximum(self.right[:, 0], 1)
        if own:
            own_left = self.column(columns.LEFT_OWN_COVERED) / np.maximum(self.left[:, 1], 1)
            own_right = self.column(columns.RIGHT_OWN_COVERED) / np.maximum(self.right[:, 1], 1)
            left = np.where(self.own_left, own_left, left)
            right = np.where(self.own_right, own_right, right)
        return left, right


def relate(evidence: Evidence, threshold: float, *, overlap: bool) -> NDArray[np.int8]:
    """Return the relation of each pair, int8[p].

    The steps and their reasons are told in docs/relations.md.
    """
    left, right = evidence.coverage(own=True)
    words = evidence.left[:, 0] / 2
    numbers = evidence.column(columns.CHANGED_NUMBERS)
    names = evidence.column(columns.CHANGED_NAMES)
    apart = evidence.hours_apart
    all_numbers = numbers + evidence.column(columns.AGREEING_NUMBERS)
    all_names = names + evidence.column(columns.AGREEING_NAMES)
    is_short = words < defaults.SHORT_NEWS_WORDS
    far = apart > defaults.SERIES_HOURS
    live = (names <= defaults.UPDATE_NAMES * all_names) & (
        (numbers <= defaults.UPDATE_NUMBERS * all_numbers)
        | (numbers + names <= defaults.UPDATE_DENSITY * words)
        | (apart <= defaults.UPDATE_HOURS)
    )
    held = (left >= threshold) & (evidence.column(columns.OWN_RUN) < 2 * defaults.OWN_RUN_WORDS)
    shares_passage = evidence.column(columns.LONGEST_RUN) >= 2 * defaults.OVERLAP_WORDS
    steps = [
        (evidence.identical, IDENTICAL),
        ((left < defaults.RELATED) & shares_passage & overlap, OVERLAP),
        (left < defaults.RELATED, NONE),
        (names > defaults.TEMPLATE_NAMES * all_names, TEMPLATE),
        (far & ((numbers + names > 0) | is_short), TEMPLATE),
        ((numbers > 0) & live, UPDATE),
        (numbers > 0, TEMPLATE),
        (held & (right >= threshold), COPY),
        (held, EXCERPT),
    ]
    decided = np.full(len(words), REVISION, np.int8)
    for is_so, relation in reversed(steps):  # the first that holds is the last to be written
        decided[is_so] = relation
    return decided


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
