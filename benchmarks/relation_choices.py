"""What each choice behind a relation costs: one at a time is changed, all others stay.

``python -m benchmarks.relation_choices --data FOLDER [--json FILE]``
"""

import argparse
import json
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import dedup
from benchmarks.found import Found, find
from benchmarks.generated_scores import precision, recall, templates, truths
from benchmarks.labeled import Labeled, read_labeled
from benchmarks.labeled_scores import dropped, same_story, unlisted
from benchmarks.planted import Record, planted
from benchmarks.report import print_table, write_result
from benchmarks.timing import ROOT, child
from dedup import defaults

N_GENERATED = 10_000
RESULT = ROOT / "benchmarks" / "results" / "relation_choices.json"
NEVER = 1_000_000
"""More words than any text has."""

CHOICES: dict[str, tuple[Any, ...]] = {
    "THRESHOLD": (0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95),
    "WINDOW": (7, 11, 15, 23, 31),
    "RELATED": (0.4, 0.5, 0.6, 0.7),
    "TEMPLATE_NAMES": (0.05, 0.1, 0.15, 0.2, 0.3),
    "SERIES_HOURS": (24, 48, 72, 96, 168),
    "SHORT_NEWS_WORDS": (0, 60, 100, 150, 200),
    "UPDATE_NUMBERS": (0.0, 0.15, 0.25, 0.35, 0.5),
    "UPDATE_DENSITY": (0.0, 0.005, 0.01, 0.02),
    "UPDATE_HOURS": (0, 6, 12, 24, 48),
    "OWN_RUN_WORDS": (8, 12, 20, 30, 40, NEVER),
    "EXCERPT_SHARE": (0.0, 0.1, 0.25, 0.4, 0.6),
    "LEAD_WORDS": (0, 15, 30, 60, NEVER),
    "BOILERPLATE_TEXTS": (3, 5, 8, 15),
    "BOILERPLATE_SHARE": (0.005, 0.01, 0.02, 0.05),
    "COMMON_SHARE": (0.5, 0.7, 0.8, 0.9, 1.0),
    "LINKS": (1, 2, 3, 4, 8),
    "LINKS_TO_SHORTEST": (1, 2, 3, 4, 8),
    "LEAST_SHARED": (0.0, 0.0625, 0.125, 0.25, 0.375, 0.5),
    "DOUBLED_SHARE": (0.05, 0.1, 0.2, 0.4),
    "MOST_CAPITALS": (0.4, 0.5, 0.6, 0.7, 0.8),
    "SLOT": (24, 40, 60, 100),
    "ANCHOR": (16, 30, 60),
}
"""The values of each default that are tried, the chosen one among them."""

COMPILED = ("SLOT", "ANCHOR")
"""Constants of the kernel: half words."""

GROUPS = {
    "same words": ("exact", "typography"),
    "2-5 % edited": ("light",),
    "10 % edited": ("edited",),
    "headline": ("headline",),
    "cut": ("half", "third"),
    "embedded": ("embedded", "wrap", "roundup"),
    "extract": ("extract",),
    "moved": ("reordered", "doubled"),
    "update": ("update",),
}
"""Kinds of generated copies whose recall is one figure."""


@contextmanager
def changed(name: str, value: Any) -> Iterator[dict[str, Any]]:
    """Yield the options of a call with another value of one default, which is put back afterwards.

    A window comes with a short one of half its width.
    """
    if name == "THRESHOLD":
        yield {"threshold": value}
        return
    if name == "WINDOW":
        yield {"keys": dedup.PassageKeys(window=value, short_window=value // 2)}
        return
    before = getattr(defaults, name)
    setattr(defaults, name, value)
    try:
        yield {}
    finally:
        setattr(defaults, name, before)


class Sample:
    """The collections on which choices are measured."""

    def __init__(self, folder: Path) -> None:
        self.wire = read_labeled(folder, "reuters-a")
        self.releases = read_labeled(folder, "press-releases-a")
        self.generated = list(planted(N_GENERATED))

    def figures(self, find: Callable[[Sequence[dedup.Document]], Found]) -> dict[str, Any]:
        """Return the figures of one setting."""
        figures: dict[str, Any] = {}
        for known, dates in (("dated", True), ("undated", False)):
            found = find(self.wire.documents(dates=dates, sources=True))
            scores, gone = same_story(self.wire.pairs, found), dropped(self.wire, found)
            figures[f"wire_f1_{known}"] = scores["f1"]
            figures[f"wire_dropped_precision_{known}"] = gone["precision"]
            figures[f"wire_unlisted_{known}"] = sum(unlisted(self.wire, found).values())
        for known, sources in (("sources", True), ("no_sources", False)):
            found = find(self.releases.documents(dates=False, sources=sources))
            figures[f"releases_dropped_{known}"] = wrongly_dropped(self.releases, found)
        return figures | generated_figures(self.generated, find)


def wrongly_dropped(labeled: Labeled, found: Found) -> int:
    """Return how many templates and follow-ups go that have not the same words."""
    labels = dropped(labeled, found)["labels_not_identical"]
    return sum(labels.get(label, 0) for label in ("template", "followup"))


def generated_figures(
    records: Sequence[Record], find: Callable[[Sequence[dedup.Document]], Found]
) -> dict[str, Any]:
    """Return recall by groups of kinds, precision, and how many issues of forms are merged."""
    found = find(documents_of(records))
    known = truths(records)
    kinds, pairs, forms = (score(known, found) for score in (recall, precision, templates))
    figures: dict[str, Any] = {"recall": {}, "merged": {}}
    for group, names in GROUPS.items():
        n, *counts = (sum(kinds[k][key] for k in names) for key in ("pairs", "found", "merged"))
        figures["recall"][group], figures["merged"][group] = (round(c / n, 4) for c in counts)
    figures["strangers"] = sum(n for who, n in pairs["wrong"].items() if "strangers" in who)
    figures["issues_merged"] = sum(form["merged"] for form in forms.values())
    figures["issues_one_story"] = sum(form["same_story"] for form in forms.values())
    return figures


def documents_of(records: Sequence[Record]) -> list[dedup.Document]:
    """Return generated records as documents with all that is known of them."""
    return [
        dedup.Document(r["id"], r["text"], source=r["source"], published=r["published"])
        for r in records
    ]


def chosen_value(name: str) -> Any:
    """Return the value of a constant as it is."""
    if name in COMPILED:
        from dedup.kernels import match

        return getattr(match, name)
    return getattr(defaults, name)


def with_constant(source: str, name: str, value: float) -> str:
    """Return the source of a module with another value of a constant."""
    text, n = re.subn(rf"^{name} = \d+$", f"{name} = {value}", source, flags=re.MULTILINE)
    if n != 1:
        raise ValueError(f"one line must be {name} = ..., got {n}")
    return text


def with_compiled(name: str, value: int, folder: Path) -> dict[str, Any]:
    """Return the figures of a copy of dedup with another constant in its kernel."""
    with tempfile.TemporaryDirectory() as place:
        copy = Path(place) / "dedup"
        shutil.copytree(Path(dedup.__file__).parent, copy)
        kernel = copy / "kernels" / "match.py"
        kernel.write_text(with_constant(kernel.read_text("utf-8"), name, value), "utf-8")
        done = child(
            ("-m", "benchmarks.relation_choices", "--data", str(folder.resolve()), "--once"),
            PYTHONPATH=f"{place}:{ROOT}",
            NUMBA_CACHE_DIR=place,
        )
        figures: dict[str, Any] = json.loads(done.stdout)
        return figures


def measure(folder: Path, names: Sequence[str]) -> dict[str, Any]:
    """Return a row of figures for each value of each default."""
    sample = Sample(folder)
    chosen = sample.figures(find)
    rows = []
    for name in names:
        for value in CHOICES[name]:
            is_chosen = value == chosen_value(name)
            if is_chosen:
                figures = chosen
            elif name in COMPILED:
                figures = with_compiled(name, value, folder)
            else:
                with changed(name, value) as options:
                    figures = sample.figures(partial(find, **options))
            rows.append({"default": name, "value": value, "chosen": is_chosen, **figures})
    return {"generated_articles": N_GENERATED, "rows": rows}


def print_figures(result: Mapping[str, Any]) -> None:
    """Print one row for each value of each default, the chosen one marked."""
    first = result["rows"][0]
    names = [name for name in first if isinstance(first[name], int | float)][2:]
    for part in ("recall", "merged"):
        rows = [
            (
                row["default"],
                str(row["value"]),
                "*" * row["chosen"],
                *(row[name] for name in names),
                *(f"{share:.3f}" for share in row[part].values()),
            )
            for row in result["rows"]
        ]
        heads = ("default", "value", "", *(name.replace("_", " ") for name in names), *GROUPS)
        print_table(f"one changed at a time; generated copies: {part}", heads, rows)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.relation_choices")
    add = parser.add_argument
    add("--data", type=Path, required=True, help="folder of the labeled collections")
    add("--only", nargs="+", choices=CHOICES, default=list(CHOICES), help="some defaults only")
    add("--json", type=Path, metavar="FILE", help="write the figures")
    add("--once", action="store_true", help="only print the figures of the defaults as JSON")
    options = parser.parse_args(arguments)
    if options.once:
        print(json.dumps(Sample(options.data).figures(find)))
        return
    result = measure(options.data, options.only)
    print_figures(result)
    if options.json:
        write_result(options.json, result)


if __name__ == "__main__":
    main()
