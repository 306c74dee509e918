"""How the texts of a collection relate: linked, read again, compared, related."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from dedup import defaults
from dedup.blocks import HALF_WORD_BYTES, Block, Near, block_size, read_blocks
from dedup.candidates import Candidates, Limits, find_candidates
from dedup.documents import Collection, Corpus
from dedup.kernels import blocks as block_kernels
from dedup.kernels import relate as kernels
from dedup.kernels.relate import IDENTICAL, NONE
from dedup.kernels.sort import order_by
from dedup.passages import Recipe
from dedup.relations import Evidence, mark_forms, relate
from dedup.resources import Resources
from dedup.sketches import Sketches, by_preference, moments_of
from dedup.sources import Boilerplate
from dedup.verify import Matches, Material, match_pairs, prepare
from dedup.wording import Passage, differing_facts, shared_passages, wording

FAMILY_SHARE = 0.5
"""Of the room for texts near each other: a block is several families, one after the other."""


class Asked(NamedTuple):
    """What is asked of pairs.

    ``threshold`` : share (0..1] of a text's words that another must hold; ``overlap``: also pairs
    that share a passage; ``facts``: say which differ; ``passages``: with those, where they stand
    """

    threshold: float
    overlap: bool = False
    facts: bool = False
    passages: bool = False


class Told(NamedTuple):
    """What is told of a pair besides numbers: facts that differ, shared passages."""

    facts: tuple[tuple[str, str], ...] = ()
    passages: tuple[Passage, ...] = ()


class Found(Protocol):
    """Related pairs: ``Related`` or ``Compared``."""

    @property
    def pairs(self) -> NDArray[np.int64]:
        """The texts, int64[p, 2], the less preferred one first."""

    @property
    def relations(self) -> NDArray[np.int8]:
        """Their relations, int8[p]."""

    @property
    def evidence(self) -> Evidence:
        """What is known of each pair."""

    @property
    def told(self) -> Sequence[Told]:
        """What is told of each besides, if it was asked for."""


class Related(NamedTuple):
    """How the texts of a collection relate. Texts are named by their place in the collection.

    ``order`` : int32[n], from the most to the least preferred; ``weights`` : int64[n, 2] and
    ``identities`` : uint64[n, 2] as in ``Sketches``; ``words`` : int64[n, 2], half words, all and
    without boilerplate, of the texts that were compared; ``readers`` : int64[n], the text of the
    same words as which each was compared, -1 for those that were not; ``is_bare`` : bool[n], all
    its keys are boilerplate of its source; ``pairs`` : int64[p, 2], the less preferred text first;
    ``relations`` : int8[p]; ``evidence``, ``told`` : of those pairs, told empty where nothing is
    asked; ``candidates``, ``limits`` as given
    """

    order: NDArray[np.int32]
    weights: NDArray[np.int64]
    identities: NDArray[np.uint64]
    words: NDArray[np.int64]
    readers: NDArray[np.int64]
    is_bare: NDArray[np.bool_]
    pairs: NDArray[np.int64]
    relations: NDArray[np.int8]
    evidence: Evidence
    told: Sequence[Told]
    candidates: Candidates
    limits: Limits

    def take(self, chosen: NDArray[np.int64]) -> "Related":
        """Return it with some of the pairs only."""
        return self._replace(
            pairs=self.pairs[chosen],
            relations=self.relations[chosen],
            evidence=self.evidence.take(chosen),
            told=[self.told[p] for p in chosen.tolist()] if self.told else [],
        )


class Known(NamedTuple):
    """What is known of texts before they are compared: see ``Collection`` and ``Sketches``.

    ``moments`` : float64[n] and ``ranks`` : int64[n], what decides who is preferred where words do
    not
    """

    collection: Collection
    weights: NDArray[np.int64]
    identities: NDArray[np.uint64]
    moments: NDArray[np.float64]
    ranks: NDArray[np.int64]

    @staticmethod
    def of(
        collection: Collection, weights: NDArray[np.int64], identities: NDArray[np.uint64]
    ) -> "Known":
        """Return what is known of the texts of a collection."""
        moments, ranks = moments_of(collection), collection.order()
        return Known(collection, weights, identities, moments, ranks)


class Compared(NamedTuple):
    """What was found of a block: texts and their words, related pairs with what is known.

    ``places`` : int64[k], the texts; ``words`` : int64[k, 2], half words, all and without
    boilerplate; the others as in ``Related``
    """

    places: NDArray[np.int64]
    words: NDArray[np.int64]
    pairs: NDArray[np.int64]
    relations: NDArray[np.int8]
    evidence: Evidence
    told: list[Told]


def relate_collection(
    corpora: Sequence[Corpus],
    collection: Collection,
    sketches: Sketches,
    recipe: Recipe,
    limits: Limits,
    resources: Resources,
    asked: Asked,
) -> Related:
    """Return the linked pairs of a collection that are related at all."""
    if not recipe.window:  # then nobody can see what is boilerplate of a source
        collection = replace(collection, labels=np.full(len(collection), -1, np.int32))
    resources.progress.stage("linking", 0, "keys")
    # Who shares a passage may share nothing else.
    least = 0.0 if asked.overlap else defaults.LEAST_SHARED
    links = find_candidates(collection, sketches, recipe, limits, resources, least=least)
    resources.progress.advance(int(sketches.n_keys.sum()))
    half_words = sketches.weights[:, 0]
    bare = np.setdiff1d(links.bare, links.pairs)
    near = Near.of(np.append(links.pairs, bare), half_words, resources)
    pairs, blocks, members = _dealt(links, bare, half_words, near, resources)
    starts = np.searchsorted(blocks, np.arange(members[:, 1].max(initial=0) + 2))
    known = Known.of(collection, sketches.weights, sketches.identities)

    def compare(number: int, block: Block) -> Compared:
        own = pairs[starts[number] : starts[number + 1]]
        return compare_block(block, own, known, links.boilerplate, asked)

    stages = ("comparing", "comparing others")
    compared = read_blocks(corpora, collection, members, near, resources, compare, stages=stages)
    return _joined(compared, collection, sketches, links, limits, asked)


def _dealt(
    links: Candidates,
    bare: NDArray[np.int64],
    half_words: NDArray[np.int64],
    near: Near,
    resources: Resources,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return pairs by the block in which they are compared; the block of each; texts and blocks.

    ``bare`` : int64[b], texts in no pair that are read too, in blocks of their own
    """
    texts, places = np.unique(links.pairs, return_inverse=True)
    pairs = places.reshape(-1, 2)
    sizes = HALF_WORD_BYTES * half_words[texts]
    # Texts of one story are read for one block. Where it is too large for that, the pairs of a text
    # stand together, and texts that are alike in length, as those are that are linked; a text that
    # very many are linked to has no place of its own.
    n_pairs = np.bincount(pairs.ravel(), minlength=len(texts))
    left, right = pairs.T
    own = np.where(n_pairs[left] <= n_pairs[right], left, right)
    ranks = links.ranks[texts[own]].astype(np.uint64)
    families = _families(pairs, texts, near).astype(np.uint64)
    order = order_by(families, order_by(ranks, np.arange(len(pairs), dtype=np.int32)))
    most = block_size(int(sizes.sum()), resources)
    blocks = block_kernels.part(np.ascontiguousarray(pairs[order]), sizes, most).astype(np.int64)
    pairs = links.pairs[order]
    others = np.unique(np.cumsum(HALF_WORD_BYTES * half_words[bare]) // most, return_inverse=True)[
        1
    ]
    of_bare = np.stack([bare, others + blocks.max(initial=-1) + 1], axis=1)
    members = np.concatenate([np.stack([side, blocks], axis=1) for side in pairs.T] + [of_bare])
    return pairs, blocks, members


def _families(pairs: NDArray[np.int64], texts: NDArray[np.int64], near: Near) -> NDArray[np.int64]:
    """Return of each pair a number of those that it is joined with, those near each other first.

    Texts that stand far apart join stories that have nothing else in common; those come last.
    """
    n = len(texts)
    is_near = near.hold(texts[pairs.min(axis=1)], texts[pairs.max(axis=1)], FAMILY_SHARE)
    found = block_kernels.families(np.ascontiguousarray(pairs[is_near]), n)
    last = np.zeros(n, np.int64)
    np.maximum.at(last, found, np.arange(n))
    is_near &= near.hold(texts[found], texts[last[found]], FAMILY_SHARE)[pairs[:, 0]]
    families: NDArray[np.int64] = found[pairs[:, 0]].astype(np.int64)
    others = np.ascontiguousarray(pairs[~is_near])
    families[~is_near] = n + block_kernels.families(others, n)[others[:, 0]]
    return families


def compare_block(
    block: Block,
    pairs: NDArray[np.int64],
    known: Known,
    boilerplate: Boilerplate,
    asked: Asked,
) -> Compared:
    """Compare pairs of the texts of a block, int64[p, 2]; return those that are related."""
    labels = known.collection.labels[block.places]
    material = prepare(block.texts, labels, boilerplate, with_spans=asked.facts)
    return compare_prepared(block, material, pairs, known, asked)


def compare_prepared(
    block: Block, material: Material, pairs: NDArray[np.int64], known: Known, asked: Asked
) -> Compared:
    """Compare pairs of the texts of a block, of which the material is read already."""
    rows = block.rows(pairs)
    swapped = kernels.preferred(
        pairs, known.weights[pairs], material.weights[rows], known.moments, known.ranks
    )
    pairs = np.where(swapped[:, None], pairs[:, ::-1], pairs)
    pairs = np.ascontiguousarray(pairs[np.lexsort((pairs[:, 0], pairs[:, 1]))])
    rows = block.rows(pairs)
    floor = 0.0 if asked.overlap else defaults.RELATED
    matches = match_pairs(material, rows, floor=floor, with_runs=asked.passages)
    weights = material.weights[rows]
    evidence = evidence_of(known.collection, known.identities, weights, pairs, matches)
    relations = relate(evidence, asked.threshold, overlap=asked.overlap)
    found = np.flatnonzero(relations != NONE)
    told: list[Told] = []
    if asked.facts:
        for p in found.tolist():
            left, right = (wording(block.texts, material, row) for row in rows[p])
            facts = differing_facts(matches, p, left, right)
            passages = shared_passages(matches, p, left, right) if asked.passages else ()
            told.append(Told(facts, passages))
    return Compared(
        block.places,
        material.weights,
        pairs[found],
        relations[found],
        evidence.take(found),
        told,
    )


def _own_weights(weights: NDArray[np.int64], words: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return weights without the boilerplate that words, of the same texts, tell of."""
    return np.maximum(weights - (words[..., 0] - words[..., 1])[..., None], 0)


def evidence_of(
    collection: Collection,
    identities: NDArray[np.uint64],
    weights: NDArray[np.int64],
    pairs: NDArray[np.int64],
    matches: Matches,
) -> Evidence:
    """Return what is known of pairs; ``weights`` : int64[p, 2, 2], of left and right text."""
    measures = matches.measures.copy()
    known = kernels.weigh(measures, pairs, weights, identities, collection.labels, collection.hours)
    return Evidence(measures, weights[:, 0], weights[:, 1], *known)


def _joined(
    compared: Sequence[Compared],
    collection: Collection,
    sketches: Sketches,
    links: Candidates,
    limits: Limits,
    asked: Asked,
) -> Related:
    """Put what was found in blocks together, and add the pairs of texts of the same words."""
    n, twins = len(collection), links.twins
    words, readers = np.zeros((n, 2), np.int64), np.full(n, -1, np.int64)
    for part in compared:
        words[part.places] = part.words
        readers[part.places] = part.places
    readers[twins[:, 0]] = readers[twins[:, 1]]
    words[twins[:, 0]] = words[twins[:, 1]]
    order = by_preference(collection, _own_weights(sketches.weights, words))
    same = np.repeat(sketches.weights[twins[:, 0], 0], 4).reshape(-1, 2, 2)
    nothing = Matches.empty(len(twins))
    evidence = evidence_of(collection, sketches.identities, same, twins, nothing)
    pairs = np.concatenate([*(part.pairs for part in compared), twins])
    relations = np.concatenate(
        [*(part.relations for part in compared), np.full(len(twins), IDENTICAL, np.int8)]
    )
    evidence = Evidence.joined([*(part.evidence for part in compared), evidence])
    relations = mark_forms(relations, pairs, evidence.left[:, 0] / 2, n)
    told = [told for part in compared for told in part.told]
    told += [Told()] * (len(twins) if asked.facts else 0)
    is_bare = np.zeros(n, np.bool_)
    is_bare[links.bare] = True
    related = Related(
        order, sketches.weights, sketches.identities, words, readers, is_bare, pairs, relations,
        evidence, told, links, limits,
    )  # fmt: skip
    ranks = np.empty(n, np.int32)
    ranks[order] = np.arange(n, dtype=np.int32)
    return related.take(np.lexsort((ranks[pairs[:, 0]], ranks[pairs[:, 1]])))
