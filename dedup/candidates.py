"""Which texts of a collection may be related: they share keys that are their own."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.documents import Collection
from dedup.kernels.sort import order_by
from dedup.links import MIX, Linking, find_links, group, needed_keys
from dedup.passages import Recipe
from dedup.resources import Resources
from dedup.sketches import Sketches, by_preference
from dedup.sources import Boilerplate, find_boilerplate


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
    of which all keys are ``boilerplate`` of their source; ``ranks`` : int32[n], the place of each
    text in the order of preference, -1 for twins and those that take no part
    """

    pairs: NDArray[np.int64]
    twins: NDArray[np.int64]
    bare: NDArray[np.int64]
    boilerplate: Boilerplate
    ranks: NDArray[np.int32]


def find_candidates(
    collection: Collection,
    sketches: Sketches,
    recipe: Recipe,
    limits: Limits,
    resources: Resources,
    *,
    least: float,
) -> Candidates:
    """Return the pairs of texts that are to be compared.

    least : share [0..1] of the keys of one text that another must have too
    """
    order = by_preference(collection, sketches.weights)
    ranked = order[_takes_part(collection, sketches, limits)[order]].astype(np.int64)
    firsts = _twins(sketches.identities[ranked], limits, ranked)
    is_first = firsts == np.arange(len(firsts))
    texts = ranked[is_first]
    ranks = np.full(len(order), -1, np.int32)
    ranks[texts] = np.arange(len(texts))
    groups = group(sketches, ranks, resources)
    # Who is no passage cannot be seen to be boilerplate.
    labels = collection.labels[texts] if recipe.window else np.full(len(texts), -1, np.int32)
    commons, boilerplate = find_boilerplate(groups, labels, recipe.window)
    sizes = np.where(commons.n_own, commons.n_own, groups.n_keys)
    linking = Linking(
        sketches.weights[texts, 0] * sizes // np.maximum(groups.n_keys, 1),
        # Of keys that are no passages one is enough.
        needed_keys(sizes if recipe.window else np.ones(len(sizes), np.int64), least),
        limits.labels[texts] if limits.across else None,
        _salts(collection.hours[texts], limits._replace(labels=limits.labels[texts])),
    )
    pairs = texts[find_links(groups.where(commons.own), linking, resources)]
    groups.close()
    if limits.hours is not None:
        hours = collection.hours[pairs]
        pairs = pairs[np.abs(hours[:, 0] - hours[:, 1]) <= limits.hours]
    return Candidates(
        pairs,
        np.stack([ranked[~is_first], ranked[firsts[~is_first]]], axis=1),
        texts[commons.is_bare],
        boilerplate,
        ranks,
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
    traits = [identities[:, 1].copy(), identities[:, 0].copy()]
    if limits.across is False:
        traits.append(limits.labels[texts].astype(np.uint64))
    order = np.arange(len(texts), dtype=np.int32)
    for trait in traits:  # stable: the most preferred one of a class stays first
        order = order_by(trait, order)
    starts = np.ones(len(order), np.bool_)
    starts[1:] = np.any([t[order[1:]] != t[order[:-1]] for t in traits], axis=0)
    twins = np.empty(len(order), np.int64)
    twins[order] = order[starts][np.cumsum(starts) - 1]
    return twins


def _salts(hours: NDArray[np.float64], limits: Limits) -> tuple[NDArray[np.uint64], ...]:
    """Return what texts must have one of in common to be linked, each uint64[n]; none: nothing."""
    salt = limits.labels.astype(np.uint64) if limits.across is False else np.uint64(0)
    if limits.hours is not None:
        # Two texts at most so far apart stand in one window of twice that length.
        windows = np.floor(hours / limits.hours).astype(np.int64).astype(np.uint64)
        return tuple(salt * MIX + windows + np.uint64(k) for k in range(2))
    return (limits.labels.astype(np.uint64),) if limits.across is False else ()
