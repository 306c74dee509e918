"""Which texts of a collection may be related: they share keys that are their own."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.documents import Collection
from dedup.links import Groups, find_links, group, regroup, without
from dedup.passages import Keys, Recipe
from dedup.sketches import Sketches, by_preference, take
from dedup.sources import Boilerplate, find_boilerplate

MIX = np.uint64(0xD6E8FEB86659FD93)


class Limits(NamedTuple):
    """Which pairs are asked for.

    ``labels`` : int32[n], the source or side of each text, -1 where unknown; ``across``: pairs of
    two labels, or of one (False), or whatever the labels (None); ``hours``: apart at most
    """

    labels: NDArray[np.int32]
    across: bool | None = None
    hours: float | None = None

    def allow(self, hours: NDArray[np.float64], text: int, other: int) -> bool:
        """Tell whether a pair of texts is asked for; ``hours`` : float64[n], when they came."""
        apart = self.labels[text] != self.labels[other]
        if self.across is not None and bool(apart) != self.across:
            return False
        return self.hours is None or bool(abs(hours[text] - hours[other]) <= self.hours)


class Candidates(NamedTuple):
    """What a collection's keys say. Texts are named by their place in the collection.

    ``pairs`` : int64[p, 2], texts that may be related; ``twins`` : int64[t, 2], texts and the most
    preferred one of the same words, which stands for them in ``pairs``; ``bare`` : int64[b], texts
    of which all keys are ``boilerplate`` of their source
    """

    pairs: NDArray[np.int64]
    twins: NDArray[np.int64]
    bare: NDArray[np.int64]
    boilerplate: Boilerplate


def label(names: list[str]) -> NDArray[np.int32]:
    """Return a number from 0 on for each name, -1 for ""."""
    numbers: dict[str, int] = {"": -1}
    for name in names:
        numbers.setdefault(name, len(numbers) - 1)
    return np.array([numbers[name] for name in names], np.int32)


def find_candidates(
    collection: Collection,
    sketches: Sketches,
    sources: NDArray[np.int32],
    recipe: Recipe,
    limits: Limits,
) -> Candidates:
    """Return the pairs of texts that are to be compared; ``sources`` : int32[n], -1 if unknown."""
    order = by_preference(collection, sketches.weights)
    ranked = order[_takes_part(collection, sketches, limits)[order]]
    firsts = _twins(sketches.identities[ranked], limits, ranked)
    is_first = firsts == np.arange(len(firsts))
    texts = ranked[is_first]
    keys = take(sketches.keys, texts)
    groups = group(keys)
    boilerplate = find_boilerplate(groups, sources[texts], recipe.window)
    own_keys, own_groups = without(keys, groups, boilerplate.common)
    n_keys, n_own = np.diff(keys.offsets), np.diff(own_keys.offsets)
    lengths = sketches.weights[texts, 0] * n_own // np.maximum(n_keys, 1)
    hours, labels = collection.hours[texts], limits.labels[texts]
    enough = recipe.window == 0
    pairs = _link(own_groups, own_keys, lengths, hours, limits, labels, one_is_enough=enough)
    is_bare = np.bincount(groups.ranks[~boilerplate.common], minlength=len(texts)) == 0
    return Candidates(
        texts[pairs],
        np.stack([ranked[~is_first], ranked[firsts[~is_first]]], axis=1),
        texts[is_bare],
        boilerplate,
    )


def _takes_part(collection: Collection, sketches: Sketches, limits: Limits) -> NDArray[np.bool_]:
    """Tell which texts can be in a pair: those with words, and with what the limits ask for."""
    part = sketches.weights[:, 0] > 0
    if limits.across is not None:
        part &= limits.labels >= 0
    if limits.hours is not None:
        part &= ~np.isnan(collection.hours)
    return part


def _twins(
    identities: NDArray[np.uint64], limits: Limits, texts: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return of each text, in the order of preference, the first one of the same words.

    With ``across`` False only those of one label are joined. Where pairs far apart or of one label
    are not asked for, none are: the first one may be too far, or be of that label.
    """
    if limits.hours is not None or limits.across:
        return np.arange(len(texts))
    labels = np.zeros(len(texts), np.int32) if limits.across is None else limits.labels[texts]
    traits = (labels, identities[:, 1], identities[:, 0])
    order = np.lexsort(traits)  # stable: the most preferred one of a class stays first
    starts = np.ones(len(order), np.bool_)
    starts[1:] = np.any([t[order][1:] != t[order][:-1] for t in traits], axis=0)
    twins = np.empty(len(order), np.int64)
    twins[order] = order[starts][np.cumsum(starts) - 1]
    return twins


def _link(
    groups: Groups,
    keys: Keys,
    weights: NDArray[np.int64],
    hours: NDArray[np.float64],
    limits: Limits,
    labels: NDArray[np.int32],
    *,
    one_is_enough: bool,
) -> NDArray[np.int64]:
    """Return the pairs of texts, in the order of preference, that may be related."""
    across = labels if limits.across else None
    salts = [np.zeros(len(labels), np.uint64)]
    if limits.across is False:
        salts = [labels.astype(np.uint64)]
    if limits.hours is None:
        salted = groups if limits.across is not False else _salted(keys, salts)
        return find_links(salted, keys, weights, across, one_is_enough=one_is_enough)
    # Two texts at most so far apart stand in one window of twice that length.
    windows = np.floor(hours / limits.hours).astype(np.int64).astype(np.uint64)
    salts = [salts[0] * MIX + windows + np.uint64(k) for k in range(2)]
    salted = _salted(keys, salts)
    pairs = find_links(salted, keys, weights, across, one_is_enough=one_is_enough)
    return pairs[np.abs(hours[pairs[:, 0]] - hours[pairs[:, 1]]) <= limits.hours]


def _salted(keys: Keys, salts: list[NDArray[np.uint64]]) -> Groups:
    """Return groups in which texts meet only if they have a salt in common."""
    sizes = np.diff(keys.offsets)
    ranks = np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)
    parts = [keys.keys ^ np.repeat((salt + np.uint64(1)) * MIX, sizes) for salt in salts]
    # All keys of a text in one place, so that texts stay in the order of preference in a group.
    order = np.argsort(np.concatenate([ranks] * len(parts)), kind="stable")
    return regroup(np.concatenate(parts)[order], np.concatenate([ranks] * len(parts))[order])
