"""Keys to candidate pairs: in a group of texts that share a key, three links for each of them.

To all pairs of a group, of which a story with 50,000 copies has a billion, links are a fixed number
a text. No key is left out for being frequent: that would hide the most syndicated stories.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup import defaults
from dedup.kernels import link as kernels
from dedup.passages import Keys

SHIFT, LOW = np.uint64(32), np.uint64(0xFFFFFFFF)


class Groups(NamedTuple):
    """All keys of n texts, m in all, equal ones side by side.

    ``keys`` : uint64[m], sorted; ``ranks`` : int32[m], the texts that have them, sorted in a group;
    ``places`` : int64[m], where each stood before
    """

    keys: NDArray[np.uint64]
    ranks: NDArray[np.int32]
    places: NDArray[np.int64]


def group(keys: Keys) -> Groups:
    """Return the keys of texts, which are given in the order of preference, in groups."""
    ranks = np.repeat(np.arange(len(keys.offsets) - 1, dtype=np.int32), np.diff(keys.offsets))
    return regroup(keys.keys, ranks)


def regroup(keys: NDArray[np.uint64], ranks: NDArray[np.int32]) -> Groups:
    """Return keys, and the texts that have them in the order of preference, in groups."""
    places = np.argsort(keys, kind="stable")
    return Groups(keys[places], ranks[places], places)


def without(keys: Keys, groups: Groups, common: NDArray[np.bool_]) -> tuple[Keys, Groups]:
    """Return keys and groups without the common ones, bool[m] in groups.

    Texts that have no others keep them.
    """
    n_texts = len(keys.offsets) - 1
    n_own = np.bincount(groups.ranks[~common], minlength=n_texts)
    chosen = ~common | (n_own == 0)[groups.ranks]
    before = np.empty_like(chosen)
    before[groups.places] = chosen
    sizes = np.bincount(groups.ranks[chosen], minlength=n_texts)
    offsets = np.concatenate((np.zeros(1, np.int64), np.cumsum(sizes)))
    return Keys(keys.keys[before], offsets), Groups(*(column[chosen] for column in groups))


def find_links(
    groups: Groups,
    keys: Keys,
    weights: NDArray[np.int64],
    labels: NDArray[np.int32] | None = None,
    *,
    one_is_enough: bool = False,
) -> NDArray[np.int64]:
    """Return pairs that may be related, int64[p, 2]: the less preferred text, then the other.

    Texts are named by their place in the order of preference, ``weights`` : int64[n] are their
    lengths. In each group a text is linked to the most preferred one, to its predecessor and to the
    shortest one; where ``labels`` : int32[n] are given, to those of another label. Of all its links
    of one kind, those that most groups gave; of these pairs, those that share two keys, or half of
    the smaller text's, or where ``one_is_enough`` all. Sorted by the second text.
    """
    across = labels is not None
    marks = labels if labels is not None else np.zeros(len(weights), np.int32)
    found = kernels.link(groups.keys, groups.ranks, marks, weights, across)
    counts = (defaults.LINKS, defaults.LINKS, defaults.LINKS_TO_SHORTEST)
    links = np.concatenate(list(map(_most_frequent, found, counts)))
    left, right = links >> SHIFT, links & LOW
    links = np.unique(np.maximum(left, right) << SHIFT | np.minimum(left, right))
    pairs = np.stack([links >> SHIFT, links & LOW], axis=1).astype(np.int64)
    if not one_is_enough:
        pairs = pairs[kernels.share_enough(*keys, pairs)]
    return np.ascontiguousarray(pairs[np.lexsort((pairs[:, 0], pairs[:, 1]))])


def _most_frequent(links: NDArray[np.uint64], n: int) -> NDArray[np.uint64]:
    """Return of the links of each text the ``n`` that most groups gave.

    Copies that are edited at random meet other texts in each group.
    """
    distinct, counts = np.unique(links, return_counts=True)
    member = distinct >> SHIFT
    order = np.lexsort((distinct, -counts, member))
    return distinct[order[np.arange(len(order)) - np.searchsorted(member, member) < n]]
