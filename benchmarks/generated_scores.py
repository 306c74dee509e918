"""How far what dedup says of generated texts is what was done to them: see ``planted``."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import Any

from benchmarks.data import boilerplate
from benchmarks.found import SAME, Found
from benchmarks.planted import COPYING, RARE, SLOTS, Record
from benchmarks.scoring import Words, words
from dedup.defaults import DROP, THRESHOLD

MOST_CHECKED = 3000
"""So many of the dropped texts are compared with their keepers once more."""

Truths = Mapping[str, Mapping[str, Any]]


def truths(records: Sequence[Record]) -> dict[str, dict[str, Any]]:
    """Return what is true of each id."""
    return {record["id"]: record["truth"] for record in records}


def recall(known: Truths, found: Found) -> dict[str, Any]:
    """Return of each kind how many originals of a copy are found, and as what.

    Of a round-up each story counts; of an extract an overlap does. Merged: one is dropped for the
    other, or both for one text.
    """
    rows: dict[str, Any] = {
        kind: {"pairs": 0, "found": 0, "merged": 0, "relations": Counter()}
        for kind in (*COPYING, *RARE)
    }
    for text, truth in known.items():
        if truth["kind"] not in rows:
            continue
        row = rows[truth["kind"]]
        for original in truth["of"]:
            row["pairs"] += 1
            row["found"] += found.is_same_story(text, original, overlap=truth["kind"] == "extract")
            row["merged"] += found.report.keeper_of(text) == found.report.keeper_of(original)
            row["relations"][found.relation(text, original) or "none"] += 1
    return {
        kind: row
        | {
            "recall": _share(row["found"], row["pairs"] - row["found"]),
            "relations": dict(row["relations"].most_common()),
        }
        for kind, row in rows.items()
    }


def precision(known: Truths, found: Found) -> dict[str, Any]:
    """Return how many of the pairs reported as one story hold words of one original.

    The others are two issues of one form, or strangers. ``precision_of_copies`` is that of the
    pairs for which a text may go by default.
    """
    right, wrong = Counter[str](), Counter[str]()
    for pair in found.pairs:
        if pair.relation not in SAME:
            continue
        one, other = known[str(pair.left)], known[str(pair.right)]
        if set(one["of"]) & set(other["of"]):
            right[pair.relation] += 1
        else:
            is_form = "form" in one and one["form"] == other.get("form")
            wrong["issues" if is_form else "strangers", pair.relation] += 1
    n_wrong = sum(n for (_, relation), n in wrong.items() if relation in DROP)
    return {
        "reported": right.total() + wrong.total(),
        "right": dict(right.most_common()),
        "wrong": {", ".join(names): n for names, n in wrong.most_common()},
        "precision": _share(right.total(), wrong.total()),
        "precision_of_copies": _share(sum(right[relation] for relation in DROP), n_wrong),
        "precision_without_forms": _share(
            right.total(), sum(n for (who, _), n in wrong.items() if who == "strangers")
        ),
    }


def _share(right: int, wrong: int) -> float | None:
    return round(right / (right + wrong), 5) if right + wrong else None


def templates(known: Truths, found: Found) -> dict[str, Any]:
    """Return of each kind of form how many pairs of its issues are merged, or called one story."""
    issues: dict[str, list[str]] = {}
    for text, truth in known.items():
        if "form" in truth:
            issues.setdefault(truth["form"], []).append(text)
    rows: dict[str, Any] = {kind: Counter() for kind in SLOTS}
    for texts in issues.values():
        row = rows[known[texts[0]]["kind"]]
        for one, other in combinations(texts, 2):
            relation = found.relation(one, other)
            row["pairs"] += 1
            row["merged"] += found.report.keeper_of(one) == found.report.keeper_of(other)
            row["same_story"] += relation in SAME
            row["template"] += relation == "template"
    return {
        kind: {name: row[name] for name in ("pairs", "merged", "same_story", "template")}
        for kind, row in rows.items()
    }


def lost(known: Truths, found: Found) -> dict[str, int]:
    """Return how many texts go that should not.

    Originals for a doubled copy of theirs, any text for a round-up, and for one that holds words of
    no original of theirs.
    """
    counts = Counter[str]()
    for decision in found.report.dropped:
        text, keeper = known[str(decision.id)], known[str(decision.kept)]
        counts["doubled"] += text["kind"] == "original" and keeper["kind"] == "doubled"
        counts["roundup"] += text["kind"] != "roundup" and keeper["kind"] == "roundup"
        counts["stranger"] += not set(text["of"]) & set(keeper["of"])
    return {name: counts[name] for name in ("doubled", "roundup", "stranger")}


def promise(records: Sequence[Record], found: Found, *, sources: bool) -> dict[str, Any]:
    """Return how many dropped texts have no kept keeper that holds their words.

    Counted with other words than dedup's own. Where sources are known, what closes the texts of its
    source, or of its originals', need not be held.
    """
    by_id = {record["id"]: record for record in records}
    kept = set(found.report.kept)
    decisions = found.report.dropped
    step = max(1, len(decisions) // MOST_CHECKED)
    shares = []
    for decision in decisions[::step]:
        record = by_id[str(decision.id)]
        told = [words(record["text"])]
        if sources:
            originals = (by_id[original] for original in record["truth"]["of"])
            told.append(without_closing(told[0], [record, *originals]))
        keeper = Words.of(by_id[str(decision.kept)]["text"])
        shares.append(max(keeper.covers(run) for run in told))
    return {
        "dropped": len(decisions),
        "keeper_not_kept": sum(decision.kept not in kept for decision in decisions),
        "checked": len(shares),
        "not_held": sum(share < THRESHOLD for share in shares),
        "least_held": round(min(shares, default=1.0), 3),
    }


def without_closing(run: Sequence[str], published: Iterable[Record]) -> list[str]:
    """Return words without those that close the texts of the sources of some records.

    An exact copy brings those of the original's source along.
    """
    numbers = {int(r["source"].removeprefix("source").partition(".")[0]) for r in published}
    joined = f" {' '.join(run)} "
    for number in sorted(numbers):
        for paragraph in boilerplate(number).split("\n\n"):
            joined = joined.replace(f" {' '.join(words(paragraph))} ", " ")
    return joined.split()


def score_generated(records: Sequence[Record], found: Found, *, sources: bool) -> dict[str, Any]:
    """Return all figures of a generated collection."""
    known = truths(records)
    return {
        "documents": len(records),
        "recall": recall(known, found),
        "pairs": precision(known, found),
        "templates": templates(known, found),
        "lost": lost(known, found),
        "promise": promise(records, found, sources=sources),
    }
