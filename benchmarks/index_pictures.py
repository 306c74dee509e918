"""The pictures of docs/index-of-articles.md: how an index grows, and what it finds beside peers."""

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.corpus_pass_pages import Result, named, rising
from benchmarks.index_stream import EXTENDED
from benchmarks.relation_choices import GROUPS
from benchmarks.svg import Panel, Scale, picture

COLORS = {
    "dedup.Index, file": "blue",
    "datasketch": "orange",
    "rensa": "purple",
}
"""The bars of the picture of peers."""

Line = tuple[str, str, Sequence[float]]
"""What a line shows, its color, and its values at the sizes."""


def _rows(result: Result) -> list[Mapping[str, Any]]:
    return list(result["growth"]["sizes"].values())


def _panel(x: int, title: str, rows: Sequence[Mapping[str, Any]], lines: Sequence[Line]) -> Panel:
    counts = [row["articles"] for row in rows]
    across = Scale(counts[0], max(counts[-1], 10 * counts[0]), counts, log=True)
    panel = Panel(x, 40, 290, 220, across, rising(max(max(values) for *_, values in lines)))
    panel.title(title, "articles")
    panel.grid(across=[named(n) for n in counts])
    for _, color, values in lines:
        panel.line(list(zip(counts, values, strict=True)), color)
    panel.legend([(name, color) for name, color, _ in lines], x + 10, 320)
    return panel


def draw_growth(result: Result) -> str:
    """Return how fast articles are added, and in how much memory, by size."""
    rows = _rows(result)
    rates: list[Line] = [
        (f"in batches of {EXTENDED:,}", "blue", [row["last_per_s"] / 1e3 for row in rows]),
        ("one by one", "orange", [row["singles"]["per_s"] / 1e3 for row in rows]),
    ]
    memory: list[Line] = [
        ("of a program that adds", "blue", [row["resident_mb"] for row in rows]),
        ("of one that asks", "orange", [row["reader_mb"]["median"] for row in rows]),
    ]
    panels = [
        _panel(50, "Added: thousands a second", rows, rates),
        _panel(400, "Memory: MB", rows, memory),
    ]
    return picture("Articles added and memory by size", 720, 370, panels)


def draw_queries(result: Result) -> str:
    """Return how long an index is asked by size: the median, and one in a hundred."""
    rows = _rows(result)
    panels = []
    for x, title, name in ((50, "Median: µs", "p50_us"), (400, "99th percentile: µs", "p99_us")):
        lines: list[Line] = [
            (told, color, [row["queries"][kind][name] for row in rows])
            for told, color, kind in (
                ("copies of known articles", "blue", "copies"),
                ("unknown articles", "orange", "unknown"),
            )
        ]
        panels.append(_panel(x, title, rows, lines))
    return picture("Time of a query by size", 720, 370, panels)


def draw_peers(result: Result) -> str:
    """Return the shares of copies that are found, of the most articles of which all tell them."""
    peers = {name: result["peers"][name] for name in COLORS}
    told = [{n for n, row in sizes.items() if "recall" in row} for sizes in peers.values()]
    size = max(set.intersection(*told), key=int, default=None)
    groups = list(GROUPS)
    up = Scale(0, len(groups), [len(groups) - k - 0.5 for k in range(len(groups))])
    shares = Scale(0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1])
    panel = Panel(110, 40, 570, 28 * len(groups), shares, up)
    of = "" if size is None else f", {named(int(size))} articles"
    panel.title("Found", f"share of generated copies found with their story{of}")
    panel.grid(up=groups)
    for k, group in enumerate(groups):
        for shift, (name, color) in zip((0.25, 0, -0.25), COLORS.items(), strict=True):
            share = peers[name][size]["recall"][group] if size is not None else 0
            panel.bar(len(groups) - k - 0.5 + shift, share or 0, color, 6)
    panel.legend(COLORS.items(), 130, 60 + 28 * len(groups) + 34)
    return picture("Copies that are found, beside peers", 720, 150 + 28 * len(groups), [panel])
