"""What a source says everywhere: the boilerplate of its pages, which is no part of an article."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup import defaults
from dedup.kernels import link as link_kernels
from dedup.kernels import sources as kernels
from dedup.links import Groups
from dedup.shingle import Shingles, Words


class Boilerplate(NamedTuple):
    """Which keys are boilerplate of the source of their text.

    ``slots`` : uint64, a table of them, mixed with their source; ``common`` : bool[m], which keys
    of the groups that they were looked for in are; ``window`` : shingles of which one is a key
    """

    slots: NDArray[np.uint64]
    common: NDArray[np.bool_]
    window: int


def find_boilerplate(groups: Groups, labels: NDArray[np.int32], window: int) -> Boilerplate:
    """Return the keys that stand in at least max(5, 1 %) of the distinct texts of a source.

    Texts of which nearly all stands in so many are not counted: they are versions of one story.

    labels : int32[n], the source of each text, -1 where it is unknown; window : shingles of which
    one is a key.
    """
    n_texts = np.bincount(labels[labels >= 0])
    share = np.ceil(defaults.BOILERPLATE_SHARE * n_texts).astype(np.int64)
    least = np.maximum(defaults.BOILERPLATE_TEXTS, share)
    counted = np.ones(len(labels), np.bool_)
    keys, ranks = groups.keys, groups.ranks
    common, _, _ = link_kernels.common_keys(keys, ranks, labels, counted, least)
    n_common = np.bincount(ranks[common], minlength=len(labels))
    n_keys = np.bincount(ranks, minlength=len(labels))
    counted = n_common <= defaults.COMMON_SHARE * n_keys
    common, *found = link_kernels.common_keys(keys, ranks, labels, counted, least)
    return Boilerplate(kernels.table(*found), common, window)


NOTHING = Boilerplate(np.zeros(8, np.uint64), np.zeros(0, np.bool_), 0)
"""No boilerplate at all."""


def mark_boilerplate(
    boilerplate: Boilerplate, words: Words, shingles: Shingles, labels: NDArray[np.int32]
) -> NDArray[np.bool_]:
    """Return which words of a batch of texts are boilerplate of their source, bool[m].

    The words of a shingle that is a boilerplate key are; so are those between two such shingles
    that are less than a window apart.
    """
    return kernels.mark(  # type: ignore[no-any-return]
        *shingles, words.tokens, words.token_offsets, labels, boilerplate.slots, boilerplate.window
    )
