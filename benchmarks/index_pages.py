"""The figures of ``index`` as the tables and pictures of docs/index-of-articles.md.

In the page a table stands between ``<!-- table NAME -->`` and ``<!-- end -->``.
"""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from benchmarks import corpus_pass_pages
from benchmarks.corpus_pass_pages import SCORES, Pictures, Result, Row, Shown, Tables
from benchmarks.index_choices import chosen
from benchmarks.index_pictures import draw_growth, draw_peers, draw_queries
from benchmarks.relation_choices import GROUPS
from benchmarks.relation_markdown import KINDS, percent, table
from benchmarks.timing import ROOT
from dedup.index.matching import ALIKE
from dedup.index.runs import FREQUENT

PAGE = ROOT / "docs" / "index-of-articles.md"

MEANINGS = {
    "CANDIDATES": "kept articles that a new one is compared with",
    "MOST": "newest articles of a key that are looked at",
    "COLD": "if fewer than one key in so many is rare, the frequent ones lead to others as well",
    "LEAST_SHARED": "share of its keys that a candidate must have",
    "LEAST_BLOCK": "articles of the first blocks, before which boilerplate must have been learned",
    "HITS_AT_ONCE": "keys of parts that are read together",
    "FILTER_BITS": "bits of a filter for each key of a run",
    "LEVEL": "level of zstd for texts",
    "PAGE_BYTES": "bytes of a page of the file",
}
"""What is chosen."""

CHANGING = ("10 % edited", "cut", "embedded")
"""Groups of copies whose shares the choices change most."""

HIDDEN = ("third", "half", "update")
"""Copies that share least with their original, and so strangers of their own source hide it."""


def growth(result: Result) -> Shown:
    """Return rates, memory and space by size."""
    head = ("articles", "added/s in batches", "the last 100,000", "of the first", "one by one/s",
            "memory, MB", "peak, MB", "KB an article", "KB for 400 words", "open, ms")  # fmt: skip
    rows: list[Row] = [
        (
            f"{row['articles']:,}",
            f"{row['per_s']:,.0f}",
            f"{row['last_per_s']:,.0f}",
            percent(row["last_per_s"] / row["first_per_s"]),
            f"{row['singles']['per_s']:,.0f}",
            f"{row['resident_mb']:,.0f}",
            f"{row['peak_mb']:,.0f}",
            f"{row['bytes_per_article'] / 1000:.2f}",
            f"{400 * row['bytes_per_article'] / row['words_per_article'] / 1000:.2f}",
            f"{row['open_ms']['median']:.1f}",
        )
        for row in result["growth"]["sizes"].values()
    ]
    return head, rows


ASKED = {"unknown": "that are in none", "copies": "copies of known ones", "both": "both"}


def queries(result: Result) -> Shown:
    """Return how long an index is asked, by size and by what is asked for."""
    head = ("articles", "asked for", "p50, µs", "p99, µs", "answered", "memory, MB")
    rows: list[Row] = [
        (
            f"{row['articles']:,}",
            ASKED[kind],
            f"{figures['p50_us']:,}",
            f"{figures['p99_us']:,}",
            percent(figures["answered"] / figures["questions"]),
            f"{row['reader_mb']['median']:,.0f}",
        )
        for row in result["growth"]["sizes"].values()
        for kind, figures in row["queries"].items()
    ]
    return head, rows


def expiry(result: Result) -> Shown:
    """Return how long it takes to take days out."""
    head = ("articles", "of the oldest day", "seconds", "of the next two days", "peak, MB")
    rows: list[Row] = [
        (
            f"{row['articles']:,}",
            f"{row['gone'][0]:,}",
            f"{row['seconds']['runs'][0]:.2f}",
            ", ".join(f"{seconds:.2f}" for seconds in row["seconds"]["runs"][1:]),
            f"{row['peak_mb']:,.0f}",
        )
        for row in result["expiry"].values()
    ]
    return head, rows


def quality(result: Result) -> Shown:
    """Return what an index finds beside what a pass finds, with the original and with its story."""
    both = [result["quality"][name] for name in ("pass", "index")]
    rows: list[Row] = [
        (
            f"`{kind}`",
            done,
            *(percent(own["recall"][kind]["recall"]) for own in both),
            *(percent(own["stories"][kind]["recall"]) for own in both),
        )
        for kind, done in KINDS.items()
    ]
    rows.insert(0, ("", "articles", *(f"{own['documents']:,}" for own in both), "", ""))
    shares = [*(own["overall"] for own in both), *(own["overall_stories"] for own in both)]
    rows.append(("all", "", *map(percent, shares)))
    rows += [("", name, *map(figure, both), "", "") for name, figure in SCORES.items()]
    head = ("kind", "what was done", "pass: original", "index: original")
    return (*head, "pass: story", "index: story"), rows


def peers(result: Result) -> Shown:
    """Return speed, memory and what is found of an index and of its peers."""
    head = ("", "articles", "added/s", "p50, µs", "p99, µs", "memory, MB", *GROUPS, "right")
    rows: list[Row] = []
    for name, sizes in result["peers"].items():
        for n, row in sizes.items():
            asked = row["queries"]["both"]
            is_whole = "recall" in row
            found = row["recall"].values() if is_whole else [None] * len(GROUPS)
            rows.append((
                name,
                f"{int(n):,}" if is_whole else f"{row['articles']:,} of {int(n):,}",
                f"{row['per_s']:,.0f}",
                f"{asked['p50_us']:,}",
                f"{asked['p99_us']:,}",
                f"{row['resident_mb']:,.0f}",
                *map(percent, found),
                percent(row.get("precision_without_forms")),
            ))  # fmt: skip
    return head, rows


def reads(result: Result) -> Shown:
    """Return how many parts are read for an article, by what is remembered of frequent keys."""
    head = ("keys remembered", "parts read for one added", "for one asked for")
    rows: list[Row] = [
        (
            f"**{row['value']:,}**" if row["value"] == FREQUENT else f"{row['value']:,}",
            f"{row['added']:.2f}",
            f"{row['asked']:.2f}",
        )
        for row in result["reads"]["rows"]
    ]
    return head, rows


def sources(result: Result) -> Shown:
    """Return what is found, by how many candidates may be of an article's own source."""
    head = ("of the own source", *(f"`{kind}`" for kind in HIDDEN), "all")
    rows: list[Row] = [
        (
            f"**{row['value']}**" if row["value"] == ALIKE else str(row["value"]),
            *(f"{100 * row['recall'][kind]:.2f} %" for kind in HIDDEN),
            f"{100 * row['overall_stories']:.2f} %",
        )
        for row in result["sources"]["rows"]
    ]
    return head, rows


def choices(result: Result) -> Shown:
    """Return the figures of each value of each constant, the chosen one marked."""
    head = ("choice", "", "value", "µs to add", "p50, µs", "p99, µs", "bytes an article",
            "found", *CHANGING, "right")  # fmt: skip
    rows: list[Row] = [
        (
            f"`{row['choice']}`",
            MEANINGS[row["choice"]],
            f"**{row['value']}**" if row["value"] == chosen(row["choice"]) else str(row["value"]),
            f"{row['us_per_add']:.0f}",
            f"{row['p50_us']:,}",
            f"{row['p99_us']:,}",
            f"{row['bytes_per_article']:,}",
            percent(row["overall"]),
            *(percent(row["recall"][group]) for group in CHANGING),
            percent(row["precision_without_forms"]),
        )
        for row in result["choices"]["rows"]
    ]
    return head, rows


SHOWN: Mapping[str, tuple[str, Callable[[Result], Shown], int]] = {
    "growth": ("growth", growth, 1),
    "queries": ("growth", queries, 2),
    "expiry": ("expiry", expiry, 1),
    "quality": ("quality", quality, 2),
    "peers": ("peers", peers, 1),
    "reads": ("reads", reads, 1),
    "sources": ("sources", sources, 1),
    "choices": ("choices", choices, 2),
}
"""Of each table: the part of the result that it is of, what makes it, its columns of text."""


def shown(result: Result) -> Iterable[tuple[str, Shown]]:
    """Yield the tables of each part that was measured."""
    return ((name, show(result)) for name, (part, show, _) in SHOWN.items() if part in result)


PICTURES: Pictures = {
    "index-queries.svg": ("growth", draw_queries),
    "index-growth.svg": ("growth", draw_growth),
    "index-peers.svg": ("peers", draw_peers),
}
TOLD = {
    "growth": ("Articles added and memory by size", "index-growth.svg"),
    "queries": ("Time of a query by size", "index-queries.svg"),
    "peers": ("Copies that are found, beside peers", "index-peers.svg"),
}
"""What a picture above a table shows."""


def _made(name: str) -> Callable[[Result], str]:
    _, show, n_text = SHOWN[name]

    def make(result: Result) -> str:
        above = ""
        if name in TOLD:
            title, file = TOLD[name]
            above = f"![{title}](images/{file})\n\n"
        return above + table(*show(result), n_text)

    return make


TABLES: Tables = {name: ((part,), _made(name)) for name, (part, *_) in SHOWN.items()}


def filled(page: str, result: Result) -> str:
    """Return a page with the tables made anew of which everything is measured."""
    return corpus_pass_pages.filled(page, result, TABLES)


def write(source: Path) -> None:
    """Make the tables of the page and the pictures anew from a result file."""
    corpus_pass_pages.write(source, PAGE, TABLES, PICTURES)
