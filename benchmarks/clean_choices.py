"""What each default of ``clean`` costs: one at a time is changed, all others stay.

``python -m benchmarks.clean_choices --data FOLDER [--json FILE]``, or, to print the table of
docs/cleaning.md from a result file, ``python -m benchmarks.clean_choices --markdown FILE``.
"""

import argparse
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import dedup
from benchmarks.clean_quality import (
    COLLECTIONS,
    Case,
    Named,
    benefit,
    bodies_in_context,
    doubled_texts,
    gold_bodies,
    harm,
    overall,
    read_collection,
)
from benchmarks.report import print_table, write_result
from dedup import defaults

CHOICES: dict[str, tuple[Any, ...]] = {
    "THRESHOLD": (0.6, 0.7, 0.8, 0.9, 0.95),
    "MIN_WORDS": (7, 8, 9, 10, 11),
    "MOST": (0.1, 0.25, 0.375, 0.5, 0.75),
    "NEAR_WORDS": (10, 12, 16, 20),
    "RUN_WORDS": (30, 45, 60, 90, 120),
    "ADJACENT_RUN_WORDS": (12, 16, 20, 30, 40),
    "TEASER_WORDS": (4, 6, 8, 12),
    "TEASER_THRESHOLD": (0.7, 0.8, 0.85, 0.9, 1.0),
    "INSIDE_WORDS": (8, 14, 18, 22, 25),
    "INSIDE_BLOCKS": (2, 3, 5, 10, 20),
    "QUOTE_WORDS": (6, 8, 10, 14, 18),
    "QUESTION_WORDS": (10, 20, 30, 40, 60),
    "HEADING_WORDS": (15, 20, 25, 30, 40),
    "ITEM_WORDS": (10, 15, 20, 25, 30),
    "ROW_NUMBERS": (0.15, 0.2, 0.25, 0.33, 0.5),
    "WRAP_COLUMNS": ((40, 100), (60, 100), (50, 80), (50, 100), (50, 120)),
    "PARAGRAPH_COLUMNS": (60, 70, 80, 100, 120),
}
"""The values of each default that are tried, the chosen one among them."""

ARGUMENTS = {"THRESHOLD": "threshold", "MIN_WORDS": "min_words"}
"""Defaults that a caller may choose, by the name of the option."""

KINDS = ("exact", "near", "inside")
LABELS = {
    "body_once_exact": ("body_once", ("exact",)),
    "body_once_inside": ("body_once", ("inside",)),
    "body_twice_or_more": ("body_twice_or_more", KINDS),
    "not_body": ("not_body", KINDS),
    "unknown": ("none", KINDS),
}
"""Columns of labels: where the repeat belongs, and its kinds. The clean body of the texts of the
``unknown`` ones is not known."""

HEADINGS = {
    "bodies_harmed": "bodies harmed",
    "body_words_lost": "words lost",
    "texts_losing_a_block": "texts losing a block",
    "body_once_exact": "body once, exact",
    "body_once_inside": "body once, inside",
    "body_twice_or_more": "body twice",
    "not_body": "not body",
    "unknown": "unknown",
    "doubled_mended": "doubled, mended",
    "words_removed": "words removed, %",
}
"""The figures of a row, and what they are called at the head of a column."""


@contextmanager
def changed(name: str, value: Any) -> Iterator[Callable[[str], dedup.Scan]]:
    """Yield ``dedup.scan`` with another value of one default, which is put back afterwards."""
    if name in ARGUMENTS:
        yield partial(dedup.scan, **{ARGUMENTS[name]: value})
        return
    before = getattr(defaults, name)
    setattr(defaults, name, value)
    try:
        yield dedup.scan
    finally:
        setattr(defaults, name, before)


class Sample:
    """The texts with their labels and the clean bodies, and what the defaults make of each."""

    def __init__(self, documents: Sequence[Named]) -> None:
        self.cases = [_case(name, doc, dedup.scan) for name, doc in documents]
        self.bodies = [_case(name, doc, dedup.scan) for name, doc in gold_bodies(documents)]
        listed = {row["id"] for row in doubled_texts(self.cases) if row["judged_doubled"]}
        self.doubled = [case.id in listed for case in self.cases]

    def figures(self, scan: Callable[[str], dedup.Scan]) -> dict[str, Any]:
        """Return the figures of one setting."""
        cases = [_again(case, scan) for case in self.cases]
        harmed = harm([_again(case, scan) for case in self.bodies])
        doubled = [case for case, is_doubled in zip(cases, self.doubled, strict=True) if is_doubled]
        labels, amounts = benefit(cases), overall(cases)
        removed, words = (sum(row[key] for row in amounts) for key in ("words_removed", "words"))
        return {
            "bodies_harmed": harmed["losing"],
            "body_words_lost": harmed["words_lost"],
            "texts_losing_a_block": bodies_in_context(cases)["losing"],
            **{name: _by_collection(labels, name, "removed") for name in LABELS},
            "doubled_mended": sum(row["mended"] for row in doubled_texts(doubled)),
            "words_removed": round(100 * removed / words, 2),
        }

    def totals(self) -> dict[str, Any]:
        """Return how many bodies, words, texts and labels each figure could count."""
        labels = benefit(self.cases)
        return {
            "bodies_harmed": len(self.bodies),
            "body_words_lost": harm(self.bodies)["words"],
            "texts_losing_a_block": bodies_in_context(self.cases)["documents"],
            **{name: _by_collection(labels, name, "labels") for name in LABELS},
            "doubled_mended": sum(self.doubled),
            "words_removed": sum(row["words"] for row in overall(self.cases)),
        }


def _case(collection: str, document: dict[str, Any], scan: Callable[[str], dedup.Scan]) -> Case:
    found = scan(document["text"])
    return Case(collection, document, found.text, found)


def _again(case: Case, scan: Callable[[str], dedup.Scan]) -> Case:
    """Return the case of another setting: this one, with all it knows by now, if it is equal."""
    other = _case(case.collection, case.document, scan)
    return case if other.scan == case.scan else other


def _by_collection(rows: Sequence[Mapping[str, Any]], column: str, count: str) -> dict[str, int]:
    """Return the labels of a column by collection: all of them, or those that are removed."""
    where, kinds = LABELS[column]
    counts: dict[str, int] = {}
    for row in rows:
        if row["where"] == where and row["kind"] in kinds:
            counts[row["collection"]] = counts.get(row["collection"], 0) + row[count]
    return counts


def measure(documents: Sequence[Named]) -> dict[str, Any]:
    """Return a row of figures for each value of each default."""
    sample = Sample(documents)
    chosen = sample.figures(dedup.scan)
    rows = []
    for name, values in CHOICES.items():
        for value in values:
            is_chosen = value == getattr(defaults, name)
            figures = chosen
            if not is_chosen:
                with changed(name, value) as scan:
                    figures = sample.figures(scan)
            rows.append({"default": name, "value": value, "chosen": is_chosen, **figures})
    return {"of": sample.totals(), "rows": rows}


def cell(value: float | Mapping[str, int]) -> str:
    """Return a figure as text; those of pages and of extractions with a + between."""
    if isinstance(value, Mapping):
        return " + ".join(map(str, value.values()))
    return f"{value:,}" if isinstance(value, int) else f"{value:.2f}"


def setting(row: Mapping[str, Any]) -> str:
    """Return the value of a row as text."""
    value = row["value"]
    return " to ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def markdown(result: Mapping[str, Any]) -> str:
    """Return the table of docs/cleaning.md: the rows and columns in which a figure changes.

    And a list of the values that change none.
    """
    rows = result["rows"]
    chosen = next(row for row in rows if row["chosen"])
    shown = [name for name in HEADINGS if any(row[name] != chosen[name] for row in rows)]

    def line(head: str, figures: Mapping[str, Any]) -> str:
        return f"| {' | '.join((head, *(cell(figures[name]) for name in shown)))} |"

    lines = [
        f"| {' | '.join(('changed', *(HEADINGS[name] for name in shown)))} |",
        f"| --- |{' ---: |' * len(shown)}",
        line("of", result["of"]),
        line("**nothing**", chosen),
    ]
    same = []
    for name, group in groupby(rows, itemgetter("default")):
        others = [row for row in group if not row["chosen"]]
        changing = [row for row in others if any(row[key] != chosen[key] for key in shown)]
        lines += [line(f"`{name}` = {setting(row)}", row) for row in changing]
        equal = [setting(row) for row in others if row not in changing]
        same += [f"- `{name}`: {', '.join(equal)}"] * bool(equal)
    return "\n".join([*lines, "", "These change no figure:", "", *same])


def print_figures(result: Mapping[str, Any]) -> None:
    """Print one row for each value of each default, the chosen one marked."""
    heads = [("of", "", "")]
    heads += [(row["default"], setting(row), "*" * row["chosen"]) for row in result["rows"]]
    print_table(
        "defaults of clean, one changed at a time: pages + extractions",
        ("default", "value", "", *HEADINGS.values()),
        [
            (*head, *(cell(figures[name]) for name in HEADINGS))
            for head, figures in zip(heads, (result["of"], *result["rows"]), strict=True)
        ],
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.clean_choices", description=__doc__)
    add = parser.add_argument
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--data", type=Path, help="folder of the labeled collections")
    source.add_argument("--markdown", type=Path, metavar="FILE", help="print a result as a table")
    add("--json", type=Path, default=Path(__file__).parent / "results" / "clean_choices.json")
    options = parser.parse_args(arguments)
    if options.markdown:
        print(markdown(json.loads(options.markdown.read_text(encoding="utf-8"))))
        return
    documents = [(name, doc) for name in COLLECTIONS for doc in read_collection(options.data, name)]
    result = measure(documents)
    print_figures(result)
    write_result(options.json, result)


if __name__ == "__main__":
    main()
