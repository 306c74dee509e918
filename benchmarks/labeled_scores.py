"""How far what dedup says of real texts is what people said: the arithmetic of ``quality``."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from benchmarks.found import SAME, Found
from benchmarks.labeled import OTHER_STORY, SAME_STORY, UNLISTED, Labeled, Record
from benchmarks.scoring import words

LENGTHS = {"under 60": (0, 60), "60 to 119": (60, 120), "from 120 on": (120, 10**9)}
"""Words of the shorter text of a pair."""


def f1(right: int, wrong: int, missed: int) -> dict[str, Any]:
    """Return precision, recall and F1 with the counts they are made of; None of nothing."""
    reported, wanted = right + wrong, right + missed
    return {
        "right": right,
        "wrong": wrong,
        "missed": missed,
        "precision": round(right / reported, 4) if reported else None,
        "recall": round(right / wanted, 4) if wanted else None,
        "f1": round(2 * right / (reported + wanted), 4) if reported + wanted else None,
    }


def same_story(pairs: Iterable[Record], found: Found) -> dict[str, Any]:
    """Return how well stories are found, over the pairs whose label says whether they are one."""
    counts: Counter[tuple[bool, bool]] = Counter()
    for pair in pairs:
        label = pair.get("label")
        if label in SAME_STORY or label in OTHER_STORY:
            counts[label in SAME_STORY, found.is_same_story(pair["a"], pair["b"])] += 1
    return f1(counts[True, True], counts[False, True], counts[True, False])


def by_label(
    pairs: Iterable[Record], found: Found, key: Callable[[Record], str | None]
) -> dict[str, Any]:
    """Return of each label how many pairs there are, are found, and are reported as what."""
    rows: dict[str, Any] = {}
    for pair in pairs:
        row = rows.setdefault(key(pair) or "none", {"pairs": 0, "found": 0, "relations": Counter()})
        row["pairs"] += 1
        row["found"] += found.is_same_story(pair["a"], pair["b"])
        row["relations"][found.relation(pair["a"], pair["b"]) or "none"] += 1
    for row in rows.values():
        row["relations"] = dict(row["relations"].most_common())
    return rows


def dropped(labeled: Labeled, found: Found) -> dict[str, Any]:
    """Return the labels of what would be dropped with its keeper, and how many are right.

    Precision leaves out what has no label that says whether it is one story.
    """
    decisions = [(labeled.label(d.id, d.kept), d.relation) for d in found.report.dropped]
    labels = Counter(label for label, _ in decisions)
    unequal = Counter(label for label, relation in decisions if relation != "identical")
    right = sum(n for label, n in labels.items() if label in SAME_STORY)
    wrong = sum(n for label, n in labels.items() if label in OTHER_STORY)
    return {
        "texts": labels.total(),
        "labels": dict(labels.most_common()),
        "labels_not_identical": dict(unequal.most_common()),
        "precision": round(right / (right + wrong), 4) if right + wrong else None,
    }


def unlisted(labeled: Labeled, found: Found) -> dict[str, int]:
    """Return how many pairs are reported that are not in the file, by relation."""
    counts = Counter(
        pair.relation
        for pair in found.pairs
        if labeled.label(str(pair.left), str(pair.right)) == UNLISTED
    )
    return dict(counts.most_common())


def by_length(labeled: Labeled, found: Found) -> dict[str, Any]:
    """Return how well stories are found, by the words of the shorter text."""
    sizes = {name: len(words(labeled.texts[name])) for p in labeled.pairs for name in _ends(p)}
    scores = {}
    for name, (least, below) in LENGTHS.items():
        chosen = [
            p for p in labeled.pairs if least <= min(map(sizes.__getitem__, _ends(p))) < below
        ]
        scores[name] = same_story(chosen, found)
    return scores


def failed_pages(labeled: Labeled, found: Found) -> dict[str, int]:
    """Return what becomes of pages that hold no article: texts, not pairs."""
    texts = {name for p in labeled.pairs if p.get("label") == "failed_page" for name in _ends(p)}
    suspects = {suspect.id for suspect in found.report.suspects}
    for_suspect = {d.id for d in found.report.dropped if d.kept in suspects}
    return {
        "texts": len(texts),
        "suspects": len(texts & suspects),
        "dropped_for_a_suspect": len(texts & for_suspect),
        "other_suspects": len(suspects - texts),
        "others_dropped_for_a_suspect": len(for_suspect - texts),
    }


def score(labeled: Labeled, found: Found) -> dict[str, Any]:
    """Return the figures that every collection has."""
    reported = Counter(pair.relation for pair in found.pairs)
    return {
        "documents": len(labeled.records),
        "same_story": same_story(labeled.pairs, found),
        "by_label": by_label(labeled.pairs, found, lambda pair: pair.get("label")),
        "dropped": dropped(labeled, found),
        "reported": dict(reported.most_common()),
        "reported_as_same_story": sum(n for name, n in reported.items() if name in SAME),
        "unlisted": unlisted(labeled, found),
    }


def _ends(pair: Mapping[str, str]) -> tuple[str, str]:
    return pair["a"], pair["b"]
