"""What ``clean`` takes out of real pages, against what people labeled.

``python -m benchmarks.clean_quality --data FOLDER [--show N] [--removals FILE] [--json FILE]``
"""

import argparse
import gzip
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import dedup
from benchmarks.quality_tables import print_figures, print_texts
from benchmarks.removals import Removal, removals_of, write_readable
from benchmarks.report import write_result
from benchmarks.scoring import (
    Words,
    doubled,
    is_subsequence,
    labels,
    lost_blocks,
    missing,
    none_left,
    outcome,
    stands_twice,
)
from dedup.defaults import THRESHOLD

Named = tuple[str, dict[str, Any]]
"""A document and the name of its collection."""

COLLECTIONS = ("pages-a", "extractions-a")
DOUBLED = 0.5
"""From this share of the second half on, a text is listed as perhaps doubled."""
MENDED = 0.1
"""Below this share of the second half, a text no longer repeats itself."""

JUDGED_DOUBLED = frozenset({
    "trafilatura/eldeber.com.bo-autos", "newspaper/teenvogue.com2",
    "trafilatura:fde930b01859", "justext:fde930b01859",
    "html-text:fde930b01859", "beautifulsoup:fde930b01859",
})  # fmt: skip
"""Listed texts whose body stands twice, by reading them. The others repeat captions, song lines,
cookie notices or a news ticker; in one, a statement is quoted and then printed in full."""


@dataclass(frozen=True)
class Case:
    """A text, what ``clean`` made of it, and what ``scan`` says about it."""

    collection: str
    document: dict[str, Any]
    output: str
    scan: dedup.Scan

    @property
    def id(self) -> str:
        return self.document["id"]

    @cached_property
    def before(self) -> Words:
        return Words.of(self.document["text"])

    @cached_property
    def after(self) -> Words:
        return Words.of(self.output)

    @cached_property
    def missing(self) -> Counter[str]:
        return missing(self.before, self.after)

    @cached_property
    def removals(self) -> list[Removal]:
        return removals_of(self.id, self.document["text"], self.scan, self.after)


def read_collection(folder: Path, name: str) -> Iterator[dict[str, Any]]:
    """Yield the documents of a collection."""
    with gzip.open(folder / f"{name}.docs.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def gold_bodies(documents: Iterable[Named]) -> Iterator[Named]:
    """Yield each distinct clean body as a document, under the id of the first that has it."""
    seen = set()
    for collection, document in documents:
        body = document.get("gold_body")
        if body and body not in seen:
            seen.add(body)
            yield collection, {"id": document["id"], "text": body}


def clean_all(
    documents: Iterable[Named],
    clean: Callable[[str], str],
    scan: Callable[[str], dedup.Scan],
) -> list[Case]:
    """Run ``clean`` and ``scan`` on every document."""
    return [Case(name, doc, clean(doc["text"]), scan(doc["text"])) for name, doc in documents]


def harm(bodies: Sequence[Case]) -> dict[str, Any]:
    """Return how many clean bodies lose words."""
    losing = [case for case in bodies if case.missing]
    return {
        "bodies": len(bodies),
        "losing": len(losing),
        "share": round(len(losing) / len(bodies), 4) if bodies else 0.0,
        "words": sum(len(case.before.run) for case in bodies),
        "words_lost": sum(case.missing.total() for case in losing),
        "removals": sum(len(case.removals) for case in losing),
        "ids": {case.id: case.missing.total() for case in losing},
    }


def benefit(cases: Sequence[Case]) -> list[dict[str, Any]]:
    """Return what became of the labeled repeats, by collection, kind and where they belong."""
    counts: dict[tuple[str, str, str], Counter[str]] = {}
    for case in cases:
        for label in labels(case.document):
            count = counts.setdefault((case.collection, label.kind, label.where), Counter())
            count["labels"] += 1
            count[outcome(label, case.before, case.after)] += 1
            count["none_left"] += none_left(label, case.after)
    names = ("labels", "removed", "partly", "kept", "none_left")
    ordered = sorted(
        counts.items(), key=lambda item: (COLLECTIONS.index(item[0][0]), item[0][::-1])
    )
    return [
        {"collection": collection, "kind": kind, "where": where} | {name: n[name] for name in names}
        for (collection, kind, where), n in ordered
    ]


def doubled_texts(cases: Sequence[Case]) -> list[dict[str, Any]]:
    """Return what became of the texts that repeat themselves, or hold their clean body twice."""
    rows = []
    for case in cases:
        body = Words.of(case.document.get("gold_body") or "")
        twice = stands_twice(body, case.before)
        if max(case.document["doubled"], twice) < DOUBLED:
            continue
        share = doubled(case.after)
        twice_after = stands_twice(body, case.after)
        rows.append({
            "collection": case.collection,
            "id": case.id,
            "judged_doubled": case.id in JUDGED_DOUBLED or twice >= DOUBLED,
            "words_before": len(case.before.run),
            "words_after": len(case.after.run),
            "doubled_before": round(doubled(case.before), 2),
            "doubled_after": round(share, 2),
            "body_twice_before": round(twice, 2),
            "body_twice_after": round(twice_after, 2),
            "mended": max(share, twice_after) < MENDED,
        })  # fmt: skip
    return rows


def gold_strings(cases: Sequence[Case]) -> dict[str, Any]:
    """Return how many strings that must (not) stand in the result are in the input and go."""
    found: dict[str, Any] = {}
    for field in ("gold_with", "gold_without"):
        present, lost = 0, []
        for case in cases:
            for run in (Words.of(text).run for text in case.document.get(field) or ()):
                if run and case.before.count(run):
                    present += 1
                    lost += [case.id] * (not case.after.count(run))
        found[field] = {"in_input": present, "not_in_output": len(lost), "ids": sorted(set(lost))}
    return found


def bodies_in_context(cases: Sequence[Case]) -> dict[str, Any]:
    """Return how many texts lose a block of their clean body: a copy that belongs to it."""
    known = [case for case in cases if case.document.get("gold_body")]
    lost = {
        case.id: len(lost_blocks(case.document["gold_body"], case.before, case.after))
        for case in known
        if case.missing
    }
    losing = {name: n for name, n in lost.items() if n}
    return {"documents": len(known), "losing": len(losing), "ids": losing}


def overall(cases: Sequence[Case]) -> list[dict[str, Any]]:
    """Return how much goes, by collection and kind of repeat."""
    rows = []
    for name in COLLECTIONS:
        chosen = [case for case in cases if case.collection == name]
        kinds = Counter(removal.kind for case in chosen for removal in case.removals)
        n_words = sum(len(case.before.run) for case in chosen)
        rows.append({
            "collection": name,
            "documents": len(chosen),
            "changed": sum(bool(case.missing) for case in chosen),
            "words": n_words,
            "words_removed": sum(case.missing.total() for case in chosen),
            "removed_by_kind": dict(sorted(kinds.items())),
        })  # fmt: skip
    return rows


def checks(cases: Sequence[Case], clean: Callable[[str], str]) -> dict[str, list[str]]:
    """Return the ids of texts on which a law of ``clean`` and ``scan`` does not hold."""
    laws: dict[str, Callable[[Case], bool]] = {
        "output_words_stand_in_input": lambda case: is_subsequence(case.after, case.before),
        "scan_text_is_clean": lambda case: case.scan.text == case.output,
        "removals_are_what_is_missing": lambda case: (
            sum((Counter(removal.words) for removal in case.removals), Counter()) == case.missing
        ),
        "removals_are_covered_by_output": lambda case: all(
            removal.covered >= THRESHOLD for removal in case.removals
        ),
        "clean_again_changes_nothing": lambda case: clean(case.output) == case.output,
    }
    return {law: [case.id for case in cases if not holds(case)] for law, holds in laws.items()}


def evaluate(
    documents: Sequence[Named],
    clean: Callable[[str], str],
    scan: Callable[[str], dedup.Scan],
) -> tuple[dict[str, Any], list[Case], list[Case]]:
    """Return all figures, the cases of the documents and those of the clean bodies."""
    cases = clean_all(documents, clean, scan)
    bodies = clean_all(gold_bodies(documents), clean, scan)
    figures = {
        "harm": harm(bodies),
        "benefit": benefit(cases),
        "doubled": doubled_texts(cases),
        "bodies_in_context": bodies_in_context(cases),
        "gold_strings": gold_strings(cases),
        "overall": overall(cases),
        "broken_laws": checks([*cases, *bodies], clean),
    }
    return figures, cases, bodies


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print, and write what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.clean_quality", description=__doc__)
    add = parser.add_argument
    add("--data", type=Path, required=True, help="folder of the labeled collections")
    add("--show", type=int, default=0, metavar="N", help="print up to N texts of each notable kind")
    add("--removals", type=Path, metavar="FILE", help="write 60 removals for reading by eye")
    add("--json", type=Path, metavar="FILE", help="write the figures")
    options = parser.parse_args(arguments)
    documents = [(name, doc) for name in COLLECTIONS for doc in read_collection(options.data, name)]
    figures, cases, bodies = evaluate(documents, dedup.clean, dedup.scan)
    print_figures(figures)
    if options.show:
        print_texts(cases, bodies, options.show)
    if options.removals:
        write_readable(options.removals, [removal for case in cases for removal in case.removals])
    if options.json:
        write_result(options.json, figures)


if __name__ == "__main__":
    main()
