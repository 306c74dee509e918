"""Two texts beside each other: how they relate, and where they say the same."""

import math
from dataclasses import replace

import numpy as np

from dedup import defaults
from dedup.collection import evidence_of
from dedup.columns import Ids, Strings
from dedup.documents import Collection, Documents, as_document
from dedup.model import Comparison, Document
from dedup.passages import PassageKeys
from dedup.relations import NAMES, relate
from dedup.shingle import shingle
from dedup.sketches import by_preference, sketch
from dedup.sources import NOTHING
from dedup.telling import seen_from, share
from dedup.verify import match_pairs, prepare
from dedup.wording import differing_facts, shared_passages, wording


def compare(
    left: str | Document,
    right: str | Document,
    /,
    *,
    threshold: float = defaults.THRESHOLD,
) -> Comparison:
    """Return how two texts relate, seen from the left one.

    threshold : share (0..1] of a text's words that the other must hold to be a copy of it

    Dates count where both are known; sources do not, for what is boilerplate of a source only its
    other texts can tell. Linear in the length of both texts.

    >>> wire = "Two ferries stayed in the harbor of Mira on Sunday as a storm closed the channel."
    >>> compare(wire, wire + " They sail again on Monday, the port said.").relation
    'excerpt'
    """
    if not 0 < threshold <= 1:
        raise ValueError(f"threshold must be over 0 and at most 1, got {threshold}")
    given = [as_document(left), as_document(right)]
    read = Documents([]).read([replace(document, source="") for document in given])
    sketched = sketch(read.texts, PassageKeys())
    material = prepare(read.texts, np.full(2, -1, np.int32), NOTHING, with_spans=True)
    collection = Collection(
        Ids([]),
        Strings([]),
        # Of equal length and date, which is the preferred one must not hang on the side.
        np.array([0, 1] if given[0].text <= given[1].text else [1, 0], np.int32),
        [],
        np.full(2, -1, np.int32),
        read.hours,
        np.zeros(2, np.int8),
    )
    order = by_preference(collection, sketched.weights)
    pairs = order[::-1].astype(np.int64).reshape(1, 2)
    matches = match_pairs(material, pairs, floor=0.0, with_runs=True)
    weights = material.weights[pairs]
    evidence = evidence_of(collection, sketched.identities, weights, pairs, matches)
    found = relate(evidence, threshold, overlap=True) if np.all(sketched.weights[:, 0]) else [0]
    texts = [wording(read.texts, material, text) for text in pairs[0].tolist()]
    facts = differing_facts(matches, 0, *texts)
    passages = shared_passages(matches, 0, *texts)
    shares = [share(value[0]) for value in evidence.coverage(own=False)]
    swapped = bool(pairs[0, 0] == 1)
    if swapped:
        facts = tuple((theirs, ours) for ours, theirs in facts)
        passages = tuple(sorted((c, d, a, b) for a, b, c, d in passages))
        shares.reverse()
    hours = float(evidence.hours_apart[0])
    return Comparison(
        relation=seen_from(NAMES[found[0]], swapped=swapped),
        left_in_right=shares[0],
        right_in_left=shares[1],
        jaccard=share(_jaccard([document.text for document in given])),
        hours_apart=None if math.isnan(hours) else round(hours, 2),
        passages=passages,
        facts=facts,
    )


def _jaccard(texts: list[str]) -> float:
    """Return the share of the shingles of two texts that stand in both, 0 where there are none."""
    hashes, offsets = shingle(texts)
    one, other = np.unique(hashes[: offsets[1]]), np.unique(hashes[offsets[1] :])
    shared = len(np.intersect1d(one, other, assume_unique=True))
    return shared / max(len(one) + len(other) - shared, 1)
