"""An index of articles: how fast it is as it grows, what it finds, and others beside it.

``python -m benchmarks.index [--sizes N...] [--rounds N] [--folder FOLDER] [--only PART...]``,
or, to write the tables and pictures of docs/index-of-articles.md from the result file,
``python -m benchmarks.index --markdown``. The articles are those of ``crawl``, and stay in the
folder; files of indexes are in ``--place`` while they are measured. Each measurement is a process
of its own.
"""

import argparse
import json
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks import index_pages
from benchmarks.corpus_pass import FOLDER, Bench, found_by_pass
from benchmarks.crawl import Crawl
from benchmarks.index_answers import ALIKE, places, scored
from benchmarks.index_choices import CHOICES
from benchmarks.index_peers import PEERS
from benchmarks.index_reads import ADDED, ASKED
from benchmarks.index_stream import make_notice
from benchmarks.report import begun, print_table, write_result
from benchmarks.timing import ROOT, child

RESULT = ROOT / "benchmarks" / "results" / "index.json"
SIZES = (10_000, 100_000, 1_000_000, 3_000_000)
EXPIRY = (100_000, 1_000_000)
PEER_SIZES = (10_000, 100_000)

Figures = dict[str, Any]


def told(module: str, *arguments: object) -> Figures:
    """Run a module of the benchmarks in a process of its own, and return what it printed."""
    figures: Figures = json.loads(
        child(("-m", f"benchmarks.{module}", *map(str, arguments))).stdout
    )
    return figures


class Measurements:
    """What is measured, of which articles, and where files of indexes are meanwhile."""

    def __init__(self, crawl: Crawl, options: argparse.Namespace) -> None:
        self.crawl, self.options = crawl, options
        self.notice = make_notice()

    def _place(self) -> "tempfile.TemporaryDirectory[str]":
        place: Path | None = self.options.place
        if place is not None:
            place.mkdir(parents=True, exist_ok=True)
        return tempfile.TemporaryDirectory(prefix="index-", dir=place)

    def _from(self, place: str) -> tuple[object, ...]:
        crawl = self.crawl
        own = ("--folder", crawl.folder, "--piece", crawl.piece, "--place", place)
        return (*own, "--notice", self.notice)

    def growth(self) -> Figures:
        """Return the figures of one index at each size as it grows."""
        sizes = sorted(self.options.sizes)
        files = self.crawl.files(sizes[-1])
        with self._place() as place:
            return told(
                "index_growth", Path(place) / "news.db", "--files", *files,
                "--sizes", *sizes, "--rounds", self.options.rounds, "--notice", self.notice,
            )  # fmt: skip

    def expiry(self) -> Figures:
        """Return how long it takes to take a day out of seven."""
        rows = {}
        for n in sorted(self.options.expiry):
            with self._place() as place:
                name = Path(place) / "news.db"
                of = ("--files", *self.crawl.files(n), "--notice", self.notice)
                rows[str(n)] = told("index_expiry", name, n, *of)
        return rows

    def quality(self) -> Figures:
        """Return what an index finds of a stream beside what a pass over the same articles does."""
        n, crawl = self.options.at, self.crawl
        found, _ = found_by_pass(Bench(crawl, 1), n)
        by_pass = scored(crawl, n, found, places(crawl, n))
        of = ("--folder", crawl.folder, "--piece", crawl.piece)
        with self._place() as place:
            by_index = told("index_answers", Path(place) / "news.db", n, *of)
        return {"pass": by_pass, "index": by_index}

    def peers(self) -> Figures:
        """Return the figures of an index and of its peers, in turn at each size."""
        rows: Figures = {name: {} for name in PEERS}
        for n in sorted(self.options.peers):
            self.crawl.files(n)
            for name, row in rows.items():
                with self._place() as place:
                    row[str(n)] = told("index_peers", name, n, *self._from(place))
        return rows

    def reads(self) -> Figures:
        """Return how many parts of runs are read, by how many frequent keys are remembered."""
        n = self.options.reads
        files = self.crawl.files(n + 2 * ADDED + ASKED)
        with self._place() as place:
            of = ("--files", *files, "--notice", self.notice)
            return told("index_reads", Path(place) / "news.db", n, *of)

    def sources(self) -> Figures:
        """Return what is found, by how many candidates may be of an article's own source."""
        n, crawl, rows = self.options.sources, self.crawl, []
        of = ("--folder", crawl.folder, "--piece", crawl.piece)
        crawl.files(n)
        for value in ALIKE:
            with self._place() as place:
                found = told("index_answers", Path(place) / "news.db", n, *of, "--alike", value)
            recall = {kind: own["recall"] for kind, own in found["stories"].items()}
            all_kinds = found["overall_stories"]
            rows.append({"value": value, "recall": recall, "overall_stories": all_kinds})
        return {"articles": n, "rows": rows}

    def choices(self) -> Figures:
        """Return a row of figures for each value of each constant."""
        n, rows = self.options.choices, []
        self.crawl.files(n)
        for name, (_, values) in CHOICES.items():
            for value in values:
                with self._place() as place:
                    figures = told("index_choices", name, value, n, *self._from(place))
                rows.append({"choice": name, "value": value} | figures)
        return {"articles": n, "rows": rows}


PARTS: Mapping[str, Callable[[Measurements], Figures]] = {
    "growth": Measurements.growth,
    "expiry": Measurements.expiry,
    "quality": Measurements.quality,
    "peers": Measurements.peers,
    "reads": Measurements.reads,
    "sources": Measurements.sources,
    "choices": Measurements.choices,
}
ONLY = f"measure these, the others stay in the file as they are: {', '.join(PARTS)}"


def measured_parts(options: argparse.Namespace) -> Iterator[Figures]:
    """Yield the figures of each part that is wanted, when it is measured."""
    measurements = Measurements(Crawl(options.folder), options)
    for name in options.only:
        yield {name: PARTS[name](measurements)}


def print_figures(result: Mapping[str, Any]) -> None:
    """Print the figures as tables."""
    for title, (head, rows) in index_pages.shown(result):
        print_table(title, head, rows)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.index", description=__doc__)
    add = parser.add_argument
    add("--sizes", type=int, nargs="+", default=SIZES, metavar="N", help="articles, as it grows")
    add("--expiry", type=int, nargs="+", default=EXPIRY, metavar="N", help="articles of seven days")
    add(
        "--at",
        type=int,
        default=1_000_000,
        metavar="N",
        help="articles of which is told what is found",
    )
    add("--peers", type=int, nargs="+", default=PEER_SIZES, metavar="N", help="articles of peers")
    add("--reads", type=int, default=300_000, metavar="N", help="articles of which parts are read")
    add("--sources", type=int, default=200_000, metavar="N", help="articles of the part sources")
    add("--choices", type=int, default=50_000, metavar="N", help="articles of each choice")
    add("--rounds", type=int, default=3, help="processes that ask at each size")
    add("--only", nargs="+", choices=PARTS, default=list(PARTS), metavar="PART", help=ONLY)
    add("--folder", type=Path, default=FOLDER, help="where the articles are, or will be")
    add("--place", type=Path, help="where files of indexes are while they are measured")
    add("--json", type=Path, default=RESULT, metavar="FILE", help="the result file")
    add("--markdown", action="store_true", help="only write the tables and pictures of the docs")
    options = parser.parse_args(arguments)
    if options.markdown:
        index_pages.write(options.json)
        return
    result = begun(options.json, is_whole=set(options.only) == set(PARTS))
    result |= {"rounds": options.rounds}
    for part in measured_parts(options):
        print_figures(part)
        result |= part
        write_result(options.json, result)


if __name__ == "__main__":
    main()
