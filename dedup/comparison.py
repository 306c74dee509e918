"""Two texts beside each other: how they relate, and where they say the same."""

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np

from dedup import defaults
from dedup.collection import evidence_of
from dedup.documents import as_document, columns_of
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
    documents = [replace(as_document(left), source=""), replace(as_document(right), source="")]
    collection = columns_of(documents)
    # Of equal length and date, which is the preferred one must not hang on the side it stands on.
    by_text = [replace(document, id=document.text) for document in documents]
    collection = collection._replace(documents=by_text)
    with ThreadPoolExecutor(1) as executor:
        sketches = sketch(collection.texts, PassageKeys(), executor)
        material = prepare(collection.texts, np.full(2, -1, np.int32), NOTHING, executor)
        pairs = by_preference(collection, sketches.weights)[::-1].copy().reshape(1, 2)
        matches = match_pairs(material, pairs, executor, floor=0.0, with_runs=True)
    evidence = evidence_of(collection, sketches.identities, material.weights[pairs], pairs, matches)
    found = relate(evidence, threshold, overlap=True) if np.all(sketches.weights[:, 0]) else [0]
    texts = [wording(collection.texts[text], material, text) for text in pairs[0].tolist()]
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
        jaccard=share(_jaccard(collection.texts)),
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
