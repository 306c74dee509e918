"""What a source says everywhere: the boilerplate of its pages, which is no part of an article."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup import defaults
from dedup.kernels import link as link_kernels
from dedup.kernels import sources as kernels
from dedup.links import Group, Groups
from dedup.shingle import Shingles, Words


class Boilerplate(NamedTuple):
    """Which keys are boilerplate of the source of their text.

    ``slots`` : uint64, a table of them, mixed with their source; ``sieve`` : uint8, see
    ``kernels.table``; ``window`` : shingles of which one is a key
    """

    slots: NDArray[np.uint64]
    sieve: NDArray[np.uint8]
    window: int


class Commons(NamedTuple):
    """The keys that stand in many texts of a source.

    ``marks`` : of each part of the groups which keys are common, eight to a byte, none where no
    source is known; ``n_own`` : int64[n], how many other keys each text has; ``is_bare`` : bool[n],
    it has none
    """

    marks: list[NDArray[np.uint8]]
    n_own: NDArray[np.int64]
    is_bare: NDArray[np.bool_]

    def own(self, number: int, part: Group) -> Group:
        """Return a part of the groups without the common keys; texts with no others keep them."""
        if not self.marks:
            return part
        common = np.unpackbits(self.marks[number], count=len(part.keys)).view(np.bool_)
        return part.take(~common | self.is_bare[part.ranks])


def find_boilerplate(
    groups: Groups, labels: NDArray[np.int32], window: int
) -> tuple[Commons, Boilerplate]:
    """Return the keys that stand in at least max(5, 1 %) of the distinct texts of a source.

    Texts of which nearly all stands in so many are not counted: they are versions of one story.

    labels : int32[n], the source of each text, -1 where it is unknown; window : shingles of which
    one is a key.
    """
    n_texts = np.bincount(labels[labels >= 0])
    share = np.ceil(defaults.BOILERPLATE_SHARE * n_texts).astype(np.int64)
    least = np.maximum(defaults.BOILERPLATE_TEXTS, share)
    if not len(least):
        return Commons([], groups.n_keys, groups.n_keys == 0), NOTHING._replace(window=window)
    counted = np.ones(len(labels), np.bool_)
    n_common = _count_common(groups, labels, counted, least).n_common
    counted = n_common <= defaults.COMMON_SHARE * groups.n_keys
    found = _count_common(groups, labels, counted, least)
    n_own = groups.n_keys - found.n_common
    slots, sieve = kernels.table(found.keys, found.labels)
    return Commons(found.marks, n_own, n_own == 0), Boilerplate(slots, sieve, window)


class _Counted(NamedTuple):
    """How many common keys each text has, the common keys with their labels, marks of all keys."""

    n_common: NDArray[np.int64]
    keys: NDArray[np.uint64]
    labels: NDArray[np.int32]
    marks: list[NDArray[np.uint8]]


def _count_common(
    groups: Groups,
    labels: NDArray[np.int32],
    counted: NDArray[np.bool_],
    least: NDArray[np.int64],
) -> _Counted:
    n_common = np.zeros(len(labels), np.int64)
    keys, of_labels = [np.zeros(0, np.uint64)], [np.zeros(0, np.int32)]
    marks = []

    def find(part: Group) -> tuple[Group, tuple[NDArray[Any], ...]]:
        return part, link_kernels.common_keys(*part, labels, counted, least)

    for part, (common, own_keys, own_labels) in groups.each(find):
        link_kernels.tally(part.ranks, common, n_common)
        keys.append(own_keys)
        of_labels.append(own_labels)
        marks.append(np.packbits(common))
    return _Counted(n_common, np.concatenate(keys), np.concatenate(of_labels), marks)


NOTHING = Boilerplate(np.zeros(8, np.uint64), np.zeros(8, np.uint8), 0)
"""No boilerplate at all."""


def mark_boilerplate(
    boilerplate: Boilerplate, words: Words, shingles: Shingles, labels: NDArray[np.int32]
) -> NDArray[np.bool_]:
    """Return which words of a batch of texts are boilerplate of their source, bool[m].

    The words of a shingle that is a boilerplate key are; so are those between two such shingles
    that are less than a window apart.
    """
    return kernels.mark(  # type: ignore[no-any-return]
        *shingles, words.tokens, words.token_offsets, labels, *boilerplate
    )
