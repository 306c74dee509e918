"""Keys to candidate pairs: in a group of texts that share a key, three links for each of them.

To all pairs of a group, of which a story with 50,000 copies has a billion, links are a fixed number
a text. No key is left out for being frequent: that would hide the most syndicated stories.

Keys, and then links, are worked on in parts, so that no more of them need be in memory than a part.
Nothing that comes out depends on how many parts there are.
"""

from collections import deque
from collections.abc import Callable, Iterator
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from dedup import defaults
from dedup.kernels import link as kernels
from dedup.kernels.sort import deal
from dedup.resources import Resources
from dedup.sketches import Sketches
from dedup.spill import Spill

_Made = TypeVar("_Made")

GROUPS_SHARE, LINKS_SHARE, PART_SHARE = 0.3, 0.3, 0.1
"""Of the memory, for keys in groups, for links, and for the parts that are worked on."""

KEY_BYTES, LINK_BYTES = 50, 40
"""Memory for each key, or link, of a part while it is worked on."""

N_MEMBERS = 256
"""Links are dealt to so many buckets, by the texts that are linked."""


class Group(NamedTuple):
    """Keys of texts, equal ones side by side.

    ``keys`` : uint64[m], sorted; ``ranks`` : int32[m], the texts that have them, sorted in a group
    """

    keys: NDArray[np.uint64]
    ranks: NDArray[np.int32]

    def take(self, chosen: NDArray[np.bool_]) -> "Group":
        """Return some of it."""
        return Group(self.keys[chosen], self.ranks[chosen])


class Groups:
    """All keys that several texts have, in parts.

    ``n_keys`` : int64[n], how many keys each of the n texts has, those that it has alone too.
    Texts are named by their place in the order of preference.
    """

    def __init__(
        self,
        parts: Spill,
        n_keys: NDArray[np.int64],
        resources: Resources,
        choose: Callable[[int, Group], Group] | None = None,
    ) -> None:
        self.n_keys = n_keys
        self._parts = parts
        self._resources = resources
        self._choose = choose

    def where(self, choose: Callable[[int, Group], Group]) -> "Groups":
        """Return those keys that are chosen of each part, which comes with its number."""
        return Groups(self._parts, self.n_keys, self._resources, choose)

    def each(self, work: Callable[[Group], _Made]) -> Iterator[_Made]:
        """Yield what the work makes of each part, in their order; in threads."""
        numbers = range(len(self._parts.sizes))
        for _, made in self._resources.in_order(lambda at: work(self._part(at)), numbers):
            yield made

    def _part(self, at: int) -> Group:
        part = Group(*self._parts.take(at, at + 1))
        return part if self._choose is None else self._choose(at, part)

    def close(self) -> None:
        """Let go of all of them."""
        self._parts.close()


def group(sketches: Sketches, ranks: NDArray[np.int32], resources: Resources) -> Groups:
    """Return the keys of texts in groups, and let go of them as they were.

    ranks : int32[n], the place of each text in the order of preference, -1 if it takes no part
    """
    parts = _parts(sketches.keys.sizes, KEY_BYTES, resources)
    grouped = resources.spill(len(parts), np.uint64, np.int32, share=GROUPS_SHARE)

    def collect(part: tuple[int, int]) -> Group:
        return Group(*kernels.collect(*sketches.keys.take(*part), ranks))

    for number, (_, made) in enumerate(resources.in_order(collect, parts)):
        grouped.put(number, *made)
    sketches.keys.close()
    takes_part = np.flatnonzero(ranks >= 0)
    n_keys = np.zeros(len(takes_part), np.int64)
    n_keys[ranks[takes_part]] = sketches.n_keys[takes_part]
    return Groups(grouped, n_keys, resources)


def _parts(sizes: NDArray[np.int64], n_bytes: int, resources: Resources) -> list[tuple[int, int]]:
    """Return ranges of buckets that are small enough for memory, and enough for all threads."""
    fitting = resources.part(PART_SHARE) // (n_bytes * (resources.workers + 1))
    most = max(min(fitting, MOST), LEAST)
    parts, first, total = [], 0, 0
    for bucket, size in enumerate(sizes.tolist()):
        if total and total + size > most:
            parts.append((first, bucket))
            first, total = bucket, 0
        total += size
    return [*parts, (first, len(sizes))]


LEAST, MOST = 50_000, 250_000
"""Keys, or links, of a part: fewer cost some fixed time, more do not stay in the nearer caches."""


class Linking(NamedTuple):
    """How texts are linked.

    ``weights`` : int64[n], their lengths; ``needed`` : uint8[n], how many keys each must share with
    one that has as many or more, at least one; ``labels`` : int32[n], then texts are linked to
    those of another label; ``salts``: of each text, uint64[n]; texts meet only if they have one in
    common; none: all do
    """

    weights: NDArray[np.int64]
    needed: NDArray[np.uint8]
    labels: NDArray[np.int32] | None = None
    salts: tuple[NDArray[np.uint64], ...] = ()


def needed_keys(sizes: NDArray[np.int64], share: float) -> NDArray[np.uint8]:
    """Return how many keys texts must share with larger ones, uint8[n].

    That is this share of their own, ``sizes`` : int64[n], and two at least, or half of them; never
    more than 255.
    """
    least = np.minimum(np.maximum(np.ceil(share * sizes), 2), np.ceil(sizes / 2))
    needed: NDArray[np.uint8] = np.clip(least, 1, 255).astype(np.uint8)
    return needed


def find_links(groups: Groups, linking: Linking, resources: Resources) -> NDArray[np.int64]:
    """Return pairs that may be related, int64[p, 2]: the less preferred text, then the other.

    In each group a text is linked to the most preferred one, to its predecessor and to the shortest
    one. Of all its links of one kind, those that most groups gave; of these pairs, those that share
    as many keys as are needed. Sorted by the first text.
    """
    n = len(groups.n_keys)
    links = resources.spill(N_MEMBERS, np.uint64, share=LINKS_SHARE)
    for dealt, bounds in groups.each(lambda part: _deal_links(part, linking, n)):
        links.add(bounds, dealt)
    parts = _parts(links.sizes, LINK_BYTES, resources)
    # In the order of the kinds of links.
    most = np.array([defaults.LINKS, defaults.LINKS, defaults.LINKS_TO_SHORTEST], np.int64)
    made = resources.in_order(
        lambda part: kernels.most_frequent(*links.take(*part), most, linking.needed), parts
    )
    pairs = np.sort(np.concatenate([pairs for _, pairs in made]))
    links.close()
    pairs = pairs[np.append(pairs[1:] >> 1 != pairs[:-1] >> 1, True)[: len(pairs)]]
    left = (pairs >> kernels.MEMBER).astype(np.int64)
    right = (pairs >> np.uint64(1) & kernels.PARTNER).astype(np.int64)
    found: NDArray[np.int64] = np.stack([left, right], axis=1)
    # In two windows one group may have linked a pair twice.
    known: NDArray[np.bool_] = (pairs & np.uint64(1)).astype(np.bool_) & (len(linking.salts) < 2)
    known[~known] = share_enough(groups, linking.needed, found[~known])
    return found[known]


def _deal_links(
    part: Group, linking: Linking, n: int
) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Return the links of some groups in buckets by the text that is linked, and their bounds."""
    if linking.salts:
        part = _salted(part, linking.salts)
    is_across = linking.labels is not None
    labels = linking.labels if linking.labels is not None else np.zeros(n, np.int32)
    links = kernels.link(*part, labels, linking.weights, is_across)
    members = (links >> kernels.MEMBER).astype(np.int64)
    order, bounds = deal((members * N_MEMBERS // max(n, 1)).astype(np.int32), N_MEMBERS)
    return links[order], bounds


def _salted(part: Group, salts: tuple[NDArray[np.uint64], ...]) -> Group:
    """Return groups in which texts meet only if they have a salt in common."""
    ranks = np.concatenate([part.ranks] * len(salts))
    marks = np.concatenate([salt[part.ranks] for salt in salts])
    keys = np.concatenate([part.keys] * len(salts)) ^ (marks + np.uint64(1)) * MIX
    themselves = np.arange(len(salts[0]), dtype=np.int32)
    return Group(*kernels.collect(keys, ranks, themselves))


MIX = np.uint64(0xD6E8FEB86659FD93)


def share_enough(
    groups: Groups, needed: NDArray[np.uint8], pairs: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Tell of pairs, sorted by the first text, if they share as many keys as one of them must."""
    least = np.minimum(needed[pairs[:, 0]], needed[pairs[:, 1]])
    n_pairs = np.bincount(pairs[:, 0], minlength=len(needed))
    offsets = np.concatenate((np.zeros(1, np.int64), np.cumsum(n_pairs)))
    partners = pairs[:, 1].astype(np.int32)
    # As many as there are threads, for no two may count in one; which counts what makes no
    # difference to their sum.
    counted: list[NDArray[np.uint8]] = []

    def count(part: Group) -> None:
        try:
            counts = counted.pop()
        except IndexError:
            counts = np.zeros(len(pairs), np.uint8)
        kernels.count_shared(*part, offsets, partners, least, counts)
        counted.append(counts)

    deque(groups.each(count), 0)
    found = np.zeros(len(pairs), np.int32)
    for counts in counted:
        found += counts
    return found >= least
