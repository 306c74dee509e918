"""How the texts of a collection relate: sketched, linked, compared, related."""

from concurrent.futures import Executor
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup import defaults
from dedup.candidates import Limits, find_candidates, label
from dedup.documents import Collection
from dedup.kernels import match as columns
from dedup.kernels.grams import GRAM_WORDS
from dedup.passages import Recipe
from dedup.relations import IDENTICAL, NONE, Evidence, mark_forms, relate
from dedup.sketches import Sketches, by_preference, sketch
from dedup.verify import Matches, Material, match_pairs, prepare


class Related(NamedTuple):
    """How the texts of a collection relate. Texts are named by their place in the collection.

    ``order`` : int64[n], from the most to the least preferred; ``sketches`` of all texts;
    ``pairs`` : int64[p, 2], the less
    preferred text first; ``relations`` : int8[p]; ``evidence``, ``matches`` : of those pairs;
    ``material`` of the texts that were compared, ``rows`` : int64[n], where each stands in it, -1
    for the others; ``is_bare`` : bool[n], all its keys are boilerplate of its source;
    ``read`` : int64[r], the text that each row of the material was read of; ``limits`` as given
    """

    order: NDArray[np.int64]
    sketches: Sketches
    pairs: NDArray[np.int64]
    relations: NDArray[np.int8]
    evidence: Evidence
    matches: Matches
    material: Material
    rows: NDArray[np.int64]
    is_bare: NDArray[np.bool_]
    read: NDArray[np.int64]
    limits: Limits

    def take(self, chosen: NDArray[np.int64]) -> "Related":
        """Return it with some of the pairs only."""
        return self._replace(
            pairs=self.pairs[chosen],
            relations=self.relations[chosen],
            evidence=self.evidence.take(chosen),
            matches=self.matches.take(chosen),
        )


def relate_collection(
    collection: Collection,
    recipe: Recipe,
    limits: Limits,
    executor: Executor,
    *,
    threshold: float,
    overlap: bool = False,
    with_runs: bool = False,
) -> Related:
    """Return the linked pairs of a collection that are related at all."""
    if not recipe.window:  # then nobody can see what is boilerplate of a source
        collection = collection._replace(sources=[""] * len(collection.sources))
    sketches = sketch(collection.texts, recipe, executor)
    sources = label(collection.sources)
    links = find_candidates(collection, sketches, sources, recipe, limits)
    compared = np.union1d(links.pairs, links.bare)
    material = prepare(
        [collection.texts[text] for text in compared.tolist()],
        sources[compared],
        links.boilerplate,
        executor,
    )
    rows = np.full(len(sources), -1, np.int64)
    rows[compared] = np.arange(len(compared))
    rows[links.twins[:, 0]] = rows[links.twins[:, 1]]
    order = by_preference(collection, _own_weights(sketches.weights, material.weights, rows))
    pairs = _oriented(links.pairs, order)
    matches = match_pairs(
        material,
        rows[pairs],
        executor,
        floor=0.0 if overlap else defaults.RELATED,
        with_runs=with_runs,
    )
    weights = material.weights[rows[pairs]]
    evidence = evidence_of(collection, sketches.identities, weights, pairs, matches)
    relations = relate(evidence, threshold, overlap=overlap)
    relations = mark_forms(relations, pairs, evidence.left[:, 0] / 2, len(order))
    bare = np.zeros(len(order), np.bool_)
    bare[links.bare] = True
    found = Related(
        order, sketches, pairs, relations, evidence, matches, material, rows, bare, compared, limits
    )
    return _with_twins(found, links.twins, collection)


def _own_weights(
    weights: NDArray[np.int64], compared: NDArray[np.int64], rows: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return the weights of all texts without the boilerplate of those that were compared."""
    known = np.flatnonzero(rows >= 0)
    own = weights.copy()
    own[known] -= (compared[rows[known], 0] - compared[rows[known], 1])[:, None]
    return np.maximum(own, 0)


def _oriented(pairs: NDArray[np.int64], order: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return pairs with the less preferred text first, those of one preferred text together."""
    ranks = np.empty(len(order), np.int64)
    ranks[order] = np.arange(len(order))
    swapped = ranks[pairs[:, 0]] < ranks[pairs[:, 1]]
    oriented = np.where(swapped[:, None], pairs[:, ::-1], pairs)
    return np.ascontiguousarray(oriented[np.lexsort(ranks[oriented].T)])


def evidence_of(
    collection: Collection,
    identities: NDArray[np.uint64],
    weights: NDArray[np.int64],
    pairs: NDArray[np.int64],
    matches: Matches,
) -> Evidence:
    """Return what is known of pairs; ``weights`` : int64[p, 2, 2], of left and right text."""
    known = np.array([source != "" for source in collection.sources], np.bool_)
    left, right = weights[:, 0], weights[:, 1]
    identical = np.all(identities[pairs[:, 0]] == identities[pairs[:, 1]], axis=1)
    # Texts of under four words have no runs, and twins are not compared.
    held = weights.reshape(-1, 4)
    measures = matches.measures.copy()
    measures[:, : columns.OWN_RUN] = np.where(
        identical[:, None], held, measures[:, : columns.OWN_RUN]
    )
    return Evidence(
        measures,
        left,
        right,
        identical,
        np.abs(collection.hours[pairs[:, 0]] - collection.hours[pairs[:, 1]]),
        known[pairs[:, 0]] & (left[:, 1] >= 2 * GRAM_WORDS),
        known[pairs[:, 1]] & (right[:, 1] >= 2 * GRAM_WORDS),
    )


def _with_twins(found: Related, twins: NDArray[np.int64], collection: Collection) -> Related:
    """Leave out the unrelated pairs, and add those of texts of the same words."""
    kept = np.flatnonzero(found.relations != NONE)
    weights = np.repeat(found.sketches.weights[twins[:, 0], 0], 4).reshape(-1, 2, 2)
    matches = found.matches.take(kept)
    nothing = Matches(
        np.zeros((len(twins), columns.MEASURES), np.int64),
        np.zeros((len(twins), *matches.facts.shape[1:]), np.int32),
        matches.runs[:0],
        np.zeros(len(twins) + 1, np.int64),
    )
    more = evidence_of(collection, found.sketches.identities, weights, twins, nothing)
    return found._replace(
        pairs=np.concatenate([found.pairs[kept], twins]),
        relations=np.concatenate([found.relations[kept], np.full(len(twins), IDENTICAL, np.int8)]),
        evidence=found.evidence.take(kept).joined(more),
        matches=matches.joined(nothing),
    )
