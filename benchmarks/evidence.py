"""What is measured of labeled pairs, and of strangers, whether dedup would look at them or not.

``python -m benchmarks.evidence --data FOLDER`` writes ``results/relation_points.csv``, from which
``benchmarks.pictures`` draws. It holds figures only.
"""

import argparse
import csv
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

import dedup
from benchmarks.labeled import Labeled, read_labeled
from benchmarks.scoring import grams, words
from benchmarks.timing import ROOT
from dedup.candidates import Limits, find_candidates
from dedup.collection import evidence_of
from dedup.documents import Documents
from dedup.kernels import match as columns
from dedup.passages import PassageKeys
from dedup.reading import read_all
from dedup.relations import Evidence
from dedup.resources import resources
from dedup.shingle import encode
from dedup.sketches import by_preference
from dedup.verify import match_pairs, prepare

RESULT = ROOT / "benchmarks" / "results" / "relation_points.csv"
N_STRANGERS = 300
SHINGLE = 5
WANTED = ("dup", "series", "template", "followup")


class Point(NamedTuple):
    """What is measured of one pair; of its own words where the collection has many sources.

    ``numbers``, ``names`` : shares that changed, empty where there are none; ``own_run``, ``words``
    in words of the text that would go
    """

    collection: str
    label: str
    jaccard: float
    coverage: float
    reverse: float
    numbers: float | None
    names: float | None
    own_run: float
    hours: float | None
    words: float


def weigh_pairs(documents: Sequence[dedup.Document], pairs: Sequence[tuple[str, str]]) -> Evidence:
    """Return what dedup knows of pairs of documents, in their order."""
    recipe = PassageKeys()
    with resources(2) as own:
        collection, sketches = read_all([Documents(documents)], recipe, own, by_paragraph=False)
        limits = Limits(np.full(len(collection), -1, np.int32))
        found = find_candidates(collection, sketches, recipe, limits, own, least=0)
    texts = encode([document.text for document in documents])
    material = prepare(texts, collection.labels, found.boilerplate)
    order = by_preference(collection, sketches.weights)
    places, back = _oriented(documents, order, pairs)
    matches = match_pairs(material, places, floor=0.0)
    weights = material.weights[places]
    return evidence_of(collection, sketches.identities, weights, places, matches).take(back)


def _oriented(
    documents: Sequence[dedup.Document], order: NDArray[np.int32], pairs: Sequence[tuple[str, str]]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return pairs of places, the less preferred first, sorted by the second; and where each is."""
    place = {document.id: k for k, document in enumerate(documents)}
    ranks = np.empty(len(order), np.int64)
    ranks[order] = np.arange(len(order))
    named = [sorted((place[a], place[b]), key=lambda k: -ranks[k]) for a, b in pairs]
    places = np.array(named, np.int64).reshape(-1, 2)
    by_right = np.lexsort((places[:, 0], places[:, 1]))
    back = np.empty(len(by_right), np.int64)
    back[by_right] = np.arange(len(by_right))
    return np.ascontiguousarray(places[by_right]), back


def points(labeled: Labeled, pairs: Sequence[dict[str, Any]]) -> Iterator[Point]:
    """Yield what is measured of pairs with a label and a ``jaccard5``."""
    evidence = weigh_pairs(
        labeled.documents(dates=True, sources=True), [(p["a"], p["b"]) for p in pairs]
    )
    left, right = (values.tolist() for values in evidence.coverage(own=True))
    numbers = _changed(evidence, columns.CHANGED_NUMBERS, columns.AGREEING_NUMBERS)
    names = _changed(evidence, columns.CHANGED_NAMES, columns.AGREEING_NAMES)
    runs = (evidence.column(columns.OWN_RUN) / 2).tolist()
    for p, pair in enumerate(pairs):
        hours = float(evidence.hours_apart[p])
        yield Point(
            labeled.name,
            pair["label"],
            round(pair["jaccard5"], 3),
            round(left[p], 3),
            round(right[p], 3),
            numbers[p],
            names[p],
            runs[p],
            None if np.isnan(hours) else round(hours, 1),
            float(evidence.left[p, 0]) / 2,
        )


def _changed(evidence: Evidence, changed: int, agreeing: int) -> list[float | None]:
    both = zip(evidence.column(changed).tolist(), evidence.column(agreeing).tolist(), strict=True)
    return [round(n / (n + others), 3) if n + others else None for n, others in both]


def strangers(labeled: Labeled, n: int) -> list[dict[str, Any]]:
    """Return pairs of documents taken at random, as if they were labeled so."""
    chance = random.Random(1)
    ids = list(labeled.texts)
    pairs = [chance.sample(ids, 2) for _ in range(n)]
    return [
        {"a": a, "b": b, "label": "strangers", "jaccard5": jaccard(*map(labeled.texts.get, (a, b)))}
        for a, b in pairs
        if frozenset((a, b)) not in labeled.labels
    ]


def jaccard(one: str, other: str) -> float:
    """Return the share of the word 5-grams of both that stand in both."""
    left, right = (set(grams(words(text), SHINGLE)) for text in (one, other))
    return len(left & right) / max(len(left | right), 1)


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.evidence", description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--csv", type=Path, default=RESULT)
    options = parser.parse_args()
    rows: list[Point] = []
    for name in ("reuters-a", "press-releases-a"):
        labeled = read_labeled(options.data, name)
        pairs = [pair for pair in labeled.pairs if pair.get("label") in WANTED]
        if name == "reuters-a":
            pairs += strangers(labeled, N_STRANGERS)
        rows += points(labeled, pairs)
    with options.csv.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(Point._fields)
        writer.writerows(rows)


if __name__ == "__main__":
    main()
