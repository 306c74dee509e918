"""How well related texts are found: generated ones of which all is known, and labeled real ones.

``python -m benchmarks.quality [--data FOLDER] [--articles N] [--json FILE] [--errors N]``, or, to
write the tables and pictures of docs/relations.md from the result files,
``python -m benchmarks.quality --markdown``.
"""

import argparse
from collections.abc import Sequence
from itertools import product
from pathlib import Path
from typing import Any

import dedup
from benchmarks import pictures, relation_markdown, relation_tables
from benchmarks.errors import print_errors
from benchmarks.found import find
from benchmarks.generated_scores import score_generated
from benchmarks.labeled import read_labeled
from benchmarks.labeled_scores import by_label, by_length, failed_pages, score
from benchmarks.planted import planted
from benchmarks.report import write_result

ALL_KNOWN = {"dates": True, "sources": True}
SETTINGS = [
    {"dates": dates, "sources": sources} for sources, dates in product((True, False), repeat=2)
]
"""What may be known of the documents of a collection."""

WIRE, RELEASES = "reuters-a", "press-releases-a"
OTHERS = (
    "telegram-a",
    "planted-a",
    "ocr-a",
    "wikipedia-versions-a",
    "onestop",
    "jawikinews",
    "ecb-a",
    "hyperpartisan",
)
"""Collections that are measured once, with all that is known of them."""


def setting_name(*, dates: bool, sources: bool) -> str:
    """Return what is known, as result files name it."""
    known = [name for name, is_known in (("dates", dates), ("sources", sources)) if is_known]
    return " and ".join(known) or "neither"


def measure_generated(n: int, seed: int = 1) -> dict[str, Any]:
    """Return the figures of generated articles, with dates and sources and without."""
    records = list(planted(n, seed))
    result = {}
    for known in (True, False):
        documents = [
            dedup.Document(
                record["id"],
                record["text"],
                source=record["source"] if known else "",
                published=record["published"] if known else None,
            )
            for record in records
        ]
        name = setting_name(dates=known, sources=known)
        result[name] = score_generated(records, find(documents), sources=known)
    return result


def measure_labeled(folder: Path, n_errors: int) -> dict[str, Any]:
    """Return the figures of the labeled collections, and print errors of those with labels."""
    result: dict[str, Any] = {}
    for name in (WIRE, RELEASES, *OTHERS):
        labeled = read_labeled(folder, name)
        settings = SETTINGS if name in (WIRE, RELEASES) else [ALL_KNOWN]
        result[name] = {}
        for setting in settings:
            found = find(labeled.documents(**setting))
            figures = score(labeled, found)
            if name == WIRE:
                figures["by_length"] = by_length(labeled, found)
                figures["by_kind"] = by_label(
                    [p for p in labeled.pairs if p["label"] == "dup"],
                    found,
                    lambda pair: pair["relation"],
                )
            if name == RELEASES:
                figures["failed_pages"] = failed_pages(labeled, found)
            result[name][setting_name(**setting)] = figures
            if n_errors:
                print_errors(f"{name}, {setting_name(**setting)}", labeled, found, n_errors)
    return result


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print, and write what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quality", description=__doc__)
    add = parser.add_argument
    add("--data", type=Path, help="folder of the labeled collections; without it, only generated")
    add("--articles", type=int, default=100_000, help="how many to generate; 0 for none")
    add("--json", type=Path, metavar="FILE", help="write the figures")
    add("--errors", type=int, default=0, metavar="N", help="print up to N labeled errors of a kind")
    add("--markdown", action="store_true", help="only write the tables and pictures of the docs")
    options = parser.parse_args(arguments)
    if options.markdown:
        relation_markdown.write()
        pictures.draw_all()
        return
    figures: dict[str, Any] = {}
    if options.articles:
        figures["generated"] = measure_generated(options.articles)
    if options.data:
        figures["labeled"] = measure_labeled(options.data, options.errors)
    relation_tables.print_figures(figures)
    if options.json:
        write_result(options.json, figures)


if __name__ == "__main__":
    main()
