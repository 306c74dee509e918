"""How long ``deduplicate`` takes in memory, by stage, and on collections that are hard for it.

``python -m benchmarks.relation_speed [--articles N] [--hard N] [--rounds N] [--json FILE]``
"""

import argparse
import statistics
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial, wraps
from pathlib import Path
from typing import Any

import dedup
from benchmarks.data import one_story, shared_boilerplate
from benchmarks.planted import Record, planted
from benchmarks.relation_choices import documents_of
from benchmarks.report import print_table, write_result
from benchmarks.timing import ROOT, interleaved, seconds, summary
from dedup import candidates, collection, corpus

RESULT = ROOT / "benchmarks" / "results" / "relation_speed.json"

STAGES = {
    "read, keys": (corpus, "read_all"),
    "group": (candidates, "group"),
    "sources": (candidates, "find_boilerplate"),
    "link": (candidates, "find_links"),
    "read again, compare": (collection, "read_blocks"),
    "all of these but the first": (corpus, "relate_collection"),
    "stars": (corpus, "find_stars"),
    "report": (corpus, "report"),
}
"""Functions whose time is a stage: where dedup looks them up."""


@contextmanager
def timed(spent: dict[str, float]) -> Iterator[None]:
    """Add the seconds of each stage to ``spent``."""
    originals = {name: getattr(*place) for name, place in STAGES.items()}

    def timing(name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(call)
        def timed_call(*arguments: Any, **options: Any) -> Any:
            start = time.perf_counter()
            try:
                result = call(*arguments, **options)
                # What comes one by one is made while it is taken.
                return list(result) if isinstance(result, Iterator) else result
            finally:
                spent[name] = spent.get(name, 0.0) + time.perf_counter() - start

        return timed_call

    for name, (module, attribute) in STAGES.items():
        setattr(module, attribute, timing(name, originals[name]))
    try:
        yield
    finally:
        for name, (module, attribute) in STAGES.items():
            setattr(module, attribute, originals[name])


def size_of(documents: Iterable[dedup.Document]) -> int:
    """Return the bytes of all texts."""
    return sum(len(document.text.encode()) for document in documents)


def ordinary_of(n_bytes: int) -> list[dedup.Document]:
    """Return articles, a fifth of them copies, of about so many bytes together."""
    taken: list[Record] = []
    for record in planted(n_bytes // 100):
        if n_bytes <= 0:
            break
        taken.append(record)
        n_bytes -= len(record["text"].encode())
    return documents_of(taken)


class Run:
    """A collection whose ``deduplicate`` is timed again and again, with its stages."""

    def __init__(self, documents: list[dedup.Document]) -> None:
        self.documents = documents
        self.stages: list[dict[str, float]] = []
        self.cpu: list[float] = []

    def seconds(self) -> float:
        """Return the seconds of one more call."""
        self.stages.append({})
        start = time.process_time()
        with timed(self.stages[-1]):
            spent = seconds(partial(dedup.deduplicate, self.documents))
        self.cpu.append(time.process_time() - start)
        return spent

    def figures(self, runs: Sequence[float]) -> dict[str, Any]:
        """Return what was measured in these runs."""
        return {
            "articles": len(self.documents),
            "bytes": size_of(self.documents),
            "seconds": summary(runs, 2),
            "cpu_seconds": summary(self.cpu, 2),
            "stages": {
                name: round(statistics.median(run[name] for run in self.stages), 2)
                for name in STAGES
            },
        }


def measure_generated(n: int, rounds: int) -> dict[str, Any]:
    """Return the seconds of ``deduplicate`` on generated articles, and of its stages."""
    run = Run(documents_of(list(planted(n))))
    dedup.deduplicate(run.documents[:2000])
    return run.figures([run.seconds() for _ in range(rounds)])


def measure_hard(n: int, rounds: int) -> dict[str, Any]:
    """Return seconds on hard collections, and on ordinary ones of the same bytes, side by side."""
    result: dict[str, Any] = {}
    for name, make in (("one story", one_story), ("shared boilerplate", shared_boilerplate)):
        hard = Run(documents_of(list(make(n))))
        beside = Run(ordinary_of(size_of(hard.documents)))
        runs = interleaved({"hard": hard.seconds, "ordinary": beside.seconds}, rounds)
        ratios = [one / other for one, other in zip(*runs.values(), strict=True)]
        result[name] = {
            "hard": hard.figures(runs["hard"]),
            "ordinary": beside.figures(runs["ordinary"]),
            "ratio": round(statistics.median(ratios), 2),
        }
    return result


def print_figures(result: dict[str, Any]) -> None:
    """Print the figures as a table: a column for each collection."""
    runs = {"generated": result["generated"]}
    for name, both in result["hard"].items():
        runs |= {name: both["hard"], f"ordinary, for {name}": both["ordinary"]}
    rows = [("articles", *(run["articles"] for run in runs.values()))]
    rows += [("MB", *(run["bytes"] // 1_000_000 for run in runs.values()))]
    rows += [("deduplicate", *(f"{run['seconds']['median']:.2f}" for run in runs.values()))]
    rows += [("of all cores", *(f"{run['cpu_seconds']['median']:.2f}" for run in runs.values()))]
    for stage in STAGES:
        rows.append((stage, *(f"{run['stages'][stage]:.2f}" for run in runs.values())))
    print_table("seconds of deduplicate, by stage", ("stage", *runs), rows)
    ratios = [(name, f"{both['ratio']:.2f}") for name, both in result["hard"].items()]
    title = "against ordinary articles, a fifth of them copies, of the same bytes"
    print_table(title, ("collection", "ratio"), ratios)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.relation_speed")
    add = parser.add_argument
    add("--articles", type=int, default=100_000, help="generated articles")
    add("--hard", type=int, default=50_000, help="articles of each hard collection")
    add("--rounds", type=int, default=3, help="times that everything is measured")
    add("--json", type=Path, metavar="FILE", help="write the figures")
    options = parser.parse_args(arguments)
    result = {
        "generated": measure_generated(options.articles, options.rounds),
        "hard": measure_hard(options.hard, options.rounds),
    }
    print_figures(result)
    if options.json:
        write_result(options.json, result)


if __name__ == "__main__":
    main()
