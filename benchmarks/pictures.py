"""The charts of docs/relations.md, drawn from the result files."""

import csv
import json
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from benchmarks.svg import Panel, Scale, picture
from benchmarks.timing import ROOT
from dedup import defaults

RESULTS = ROOT / "benchmarks" / "results"
IMAGES = ROOT / "docs" / "images"
LABELS = {
    ("reuters-a", "dup"): ("wire: the same story", "blue"),
    ("reuters-a", "series"): ("wire: next of a series", "orange"),
    ("reuters-a", "template"): ("wire: another company's notice", "pink"),
    ("press-releases-a", "template"): ("releases: another case", "purple"),
    ("press-releases-a", "followup"): ("releases: the case, later", "green"),
    ("reuters-a", "strangers"): ("wire: strangers", "gray"),
}
SHARES = Scale(0, 1, (0, 0.2, 0.4, 0.6, 0.8, 1))
Row = Mapping[str, str]


@cache
def read_points() -> dict[tuple[str, str], list[Row]]:
    """Return the measured pairs by collection and label."""
    with (RESULTS / "relation_points.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {
        key: [row for row in rows if (row["collection"], row["label"]) == key] for key in LABELS
    }


def draw_coverage() -> str:
    """Return coverage against Jaccard: what one tells of copies that the other does not."""
    panel = Panel(60, 40, 430, 430, SHARES, SHARES)
    panel.title("What two texts share", "Jaccard of 5-grams", "coverage: the smaller in the larger")
    panel.grid()
    for key, rows in reversed(read_points().items()):
        color = LABELS[key][1]
        panel.dots([(float(r["jaccard"]), float(r["coverage"])) for r in rows], color)
    panel.mark(defaults.THRESHOLD, "a copy, if the facts agree", is_up=True)
    panel.mark(defaults.RELATED, "related at all", is_up=True)
    panel.legend(LABELS.values(), 512, 60)
    return picture("Coverage against Jaccard of labeled pairs", 720, 520, [panel])


def spread(values: Sequence[float]) -> list[tuple[float, float]]:
    """Return values with heights from -1 to 1 that keep equal ones apart: the same every time."""
    return [(value, 0.9 * ((k * 0.618034) % 1 * 2 - 1)) for k, value in enumerate(sorted(values))]


def strips(
    title: str, name: str, across: Scale, column: str, marks: Mapping[str, float], left: int, y: int
) -> Panel:
    """Return a chart with a row of dots for each label: where its pairs stand."""
    keys = [key for key, rows in read_points().items() if any(row[column] for row in rows)]
    keys = [key for key in keys if key[1] != "strangers"]
    up = Scale(0, len(keys), [len(keys) - k - 0.5 for k in range(len(keys))])
    panel = Panel(left, y, 720 - left - 30, 34 * len(keys), across, up)
    panel.title(title, name)
    panel.grid(up=[f"{LABELS[key][0]}" for key in keys])
    for k, key in enumerate(keys):
        values = [float(row[column]) for row in read_points()[key] if row[column]]
        middle = len(keys) - k - 0.5
        panel.dots([(x, middle + 0.38 * h) for x, h in spread(values)], LABELS[key][1])
    for mark, value in marks.items():
        panel.mark(value, mark)
    return panel


def draw_facts() -> str:
    """Return how many facts changed, by label."""
    texts = "numbers, weekdays and months: share that changed"
    numbers = strips(
        "Changed numbers", texts, SHARES, "numbers", {"update": defaults.UPDATE_NUMBERS}, 200, 40
    )
    names = strips(
        "Changed names", "names: share that changed", SHARES, "names",
        {"template": defaults.TEMPLATE_NAMES}, 200, 280,
    )  # fmt: skip
    return picture("Changed facts of labeled pairs", 720, 510, [numbers, names])


def draw_apart() -> str:
    """Return the own runs of labeled pairs, and the hours between them."""
    words = Scale(1, 400, (1, 3, 10, 20, 50, 100, 300), log=True)
    hours = Scale(0.1, 20_000, (0.1, 1, 12, 72, 720, 8760), log=True)
    own = strips(
        "Own run", "longest run of words that the other text lacks", words, "own_run",
        {"a passage of its own": defaults.OWN_RUN_WORDS}, 200, 40,
    )  # fmt: skip
    time = strips(
        "Hours apart", "hours between the two texts", hours, "hours",
        {"live": defaults.UPDATE_HOURS, "series": defaults.SERIES_HOURS}, 200, 280,
    )  # fmt: skip
    return picture("Own runs and time of labeled pairs", 720, 510, [own, time])


Line = Callable[[Any], float]
CHOICE_LINES: dict[str, dict[str, Line]] = {
    "THRESHOLD": {
        "blue": lambda row: row["wire_f1_dated"],
        "orange": lambda row: row["wire_dropped_precision_dated"],
        "green": lambda row: row["merged"]["10 % edited"],
        "pink": lambda row: row["merged"]["cut"],
    },
    "WINDOW": {
        "blue": lambda row: row["wire_f1_dated"],
        "orange": lambda row: row["wire_dropped_precision_dated"],
        "green": lambda row: row["recall"]["10 % edited"],
        "pink": lambda row: row["recall"]["cut"],
        "purple": lambda row: row["recall"]["extract"],
    },
}
LINK_LINES: dict[str, Line] = {
    "blue": lambda row: row["wire"]["f1"],
    "green": lambda row: row["recall"]["edited"],
    "pink": lambda row: row["recall"]["third"],
    "purple": lambda row: row["recall"]["extract"],
    "gray": lambda row: row["recall"]["wrap"],
}
MEANINGS = {
    "blue": "wire: F1 of same story",
    "orange": "wire: precision of what goes",
    "green": "generated: 10 % edited",
    "pink": "generated: cut (on the right: to 30 %)",
    "purple": "generated: an extract of 60 words",
    "gray": "generated: a story in several frames",
}
LINK_NAMES = {
    "most preferred": "first", "and predecessor": "before", "and shortest": "shortest",
    "dedup": "dedup", "all pairs": "all",
}  # fmt: skip


def draw_choices() -> str:
    """Return what other values of threshold and window would do, and fewer or more links."""
    rows = json.loads((RESULTS / "relation_choices.json").read_text(encoding="utf-8"))["rows"]
    panels = []
    titles = {"THRESHOLD": "Threshold: what goes", "WINDOW": "Window: what is found"}
    for k, (name, lines) in enumerate(CHOICE_LINES.items()):
        chosen = [row for row in rows if row["default"] == name]
        values = [row["value"] for row in chosen]
        across = Scale(min(values), max(values), values[:: 3 if k == 0 else 1])
        panel = Panel(
            50 + 235 * k, 50, 185, 200, across, Scale(0.5, 1, (0.5, 0.6, 0.7, 0.8, 0.9, 1))
        )
        panel.title(titles[name])
        panel.grid()
        for color, figure in lines.items():
            panel.line([(row["value"], figure(row)) for row in chosen], color)
        panel.mark(next(row["value"] for row in chosen if row["chosen"]), "")
        panels.append(panel)
    panels.append(_links_panel())
    names = [(name, color) for color, name in MEANINGS.items()]
    panels[0].legend(names[:3], 54, 300)
    panels[0].legend(names[3:], 300, 300)
    panels[0].text(520, 300, "dashed: the default", "tick")
    return picture("What other choices would do", 760, 355, panels)


def _links_panel() -> Panel:
    found = json.loads((RESULTS / "linking.json").read_text(encoding="utf-8"))["linkings"]
    places = list(LINK_NAMES)
    scale = Scale(0, len(places) - 1, range(len(places)))
    panel = Panel(525, 50, 205, 200, scale, Scale(0, 1, (0, 0.2, 0.4, 0.6, 0.8, 1)))
    panel.title("Linked to: what is found")
    panel.grid(across=list(LINK_NAMES.values()))
    for color, figure in LINK_LINES.items():
        panel.line([(k, figure(found[name])) for k, name in enumerate(places)], color)
    panel.mark(places.index("dedup"), "")
    return panel


def draw_recall() -> str:
    """Return recall by kind of copy as bars, with all known and with nothing known."""
    quality = json.loads((RESULTS / "quality.json").read_text(encoding="utf-8"))["generated"]
    kinds = list(quality["neither"]["recall"])
    up = Scale(0, len(kinds), [len(kinds) - k - 0.5 for k in range(len(kinds))])
    panel = Panel(110, 40, 570, 24 * len(kinds), SHARES, up)
    panel.title("Recall by kind of copy", "share of generated copies found with their original")
    panel.grid(up=kinds)
    for k, kind in enumerate(kinds):
        row = len(kinds) - k - 0.5
        panel.bar(row + 0.18, quality["dates and sources"]["recall"][kind]["recall"], "blue", 7)
        panel.bar(row - 0.18, quality["neither"]["recall"][kind]["recall"], "gray", 7)
    names = [("dates and sources known", "blue"), ("neither known", "gray")]
    panel.legend(names, 130, 60 + 24 * len(kinds) + 40)
    return picture("Recall by kind of copy", 720, 140 + 24 * len(kinds), [panel])


PICTURES: dict[str, Callable[[], str]] = {
    "relations-coverage.svg": draw_coverage,
    "relations-facts.svg": draw_facts,
    "relations-apart.svg": draw_apart,
    "relations-choices.svg": draw_choices,
    "relations-recall.svg": draw_recall,
}


def draw_all(folder: Path = IMAGES) -> None:
    """Draw all of them."""
    for name, draw in PICTURES.items():
        (folder / name).write_text(draw(), encoding="utf-8")
