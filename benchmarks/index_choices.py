"""What each choice behind an index costs: one at a time is changed, all others stay.

``python -m benchmarks.index_choices NAME VALUE N --folder FOLDER ...`` measures one
value and prints one line of JSON. Constants of kernels are compiled into them: their module is
compiled anew in the process, and kept nowhere.
"""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import dedup.kernels
from benchmarks.crawl import Crawl
from benchmarks.index_growth import timed
from benchmarks.index_peers import N_KNOWN, scores
from benchmarks.index_queries import asked_with, warm
from benchmarks.index_stream import Sample, batches, questions, stream
from benchmarks.relation_choices import with_constant
from benchmarks.timing import percentile
from dedup import Answer, Index

KERNELS = ("dedup.kernels.runs", "dedup.kernels.postings")
CHOICES: dict[str, tuple[str, tuple[float, ...]]] = {
    "CANDIDATES": ("dedup.index.matching", (2, 4, 8, 16, 32)),
    "MOST": ("dedup.kernels.runs", (16, 32, 64, 128, 256)),
    "COLD": ("dedup.kernels.postings", (1, 2, 4, 8)),
    "LEAST_SHARED": ("dedup.index.matching", (0.03125, 0.0625, 0.125, 0.25)),
    "LEAST_BLOCK": ("dedup.index.remembered", (16, 64, 256, 1024)),
    "HITS_AT_ONCE": ("dedup.index.runs", (64, 256, 1024, 4096)),
    "FILTER_BITS": ("dedup.index.runs", (8, 10, 12, 16)),
    "LEVEL": ("dedup.index.packing", (1, 3, 6, 9)),
    "PAGE_BYTES": ("dedup.index.store", (4096, 8192, 16384)),
}
"""Where each constant is, and the values that are tried, the chosen one among them."""


def chosen(name: str) -> float:
    """Return the value of a constant as it is."""
    value: float = getattr(import_module(CHOICES[name][0]), name)
    return value


def change(name: str, value: float) -> None:
    """Give a constant another value in this process, for all that are made from now on."""
    home = import_module(CHOICES[name][0])
    if home.__name__ not in KERNELS:
        setattr(home, name, value)
        return
    runs = import_module("dedup.index.runs")
    if name == "MOST":
        runs.MOST_POSTINGS = int(runs.MOST_POSTINGS / chosen(name) * value)
    before = [import_module(own) for own in KERNELS]
    # In their order: the second has constants of the first.
    made = [recompiled(own, name, value) for own in before]
    for module in [own for name, own in sys.modules.items() if name.startswith("dedup.index.")]:
        for old, new in zip(before, made, strict=True):
            if getattr(module, "kernels", None) is old:
                vars(module)["kernels"] = new


def recompiled(home: ModuleType, name: str, value: float) -> ModuleType:
    """Return a module of kernels, with another constant if it has it, for this process alone."""
    import numba

    def kernel(signature: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        made: Callable[[Callable[..., Any]], Callable[..., Any]] = numba.njit(signature, nogil=True)
        return made

    path = str(home.__file__)
    source = Path(path).read_text("utf-8")
    if home.__name__ == CHOICES[name][0]:
        source = with_constant(source, name, value)
    module = ModuleType(home.__name__)
    module.__file__ = path
    before = dedup.kernels.kernel
    dedup.kernels.kernel = kernel  # type: ignore[assignment]
    try:
        exec(compile(source, path, "exec"), vars(module))
    finally:
        dedup.kernels.kernel = before
    sys.modules[home.__name__] = module
    return module


def measure(path: Path, crawl: Crawl, n: int, notice: str) -> dict[str, Any]:
    """Return what is found, how fast and in how much space, with the constants as they are."""
    warm()
    texts: list[str] = []
    answers: list[Answer] = []
    took: list[float] = []
    sample = Sample(N_KNOWN)
    with Index(str(path)) as index:
        for some in batches(stream(crawl.files(n), notice)):
            told, seconds = timed(lambda some=some: index.extend(some))
            answers += told
            took.append(1e6 * seconds / len(some))
            texts += [str(document.id) for document in some]
            sample.see(some)
    n_bytes = path.stat().st_size
    with Index(str(path)) as index:
        queries = asked_with(index.query, questions(sample.taken))["both"]
    return {
        "us_per_add": round(sum(took) / len(took), 1),
        "median_us_per_add": round(percentile(took, 0.5), 1),
        "p50_us": queries["p50_us"],
        "p99_us": queries["p99_us"],
        "bytes_per_article": round(n_bytes / n),
        **scores(crawl.truths(n), texts, answers),
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure one value and print the figures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.index_choices")
    parser.add_argument("name", choices=CHOICES)
    parser.add_argument("value", type=json.loads, help="a number")
    parser.add_argument("n", type=int)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--piece", type=int, required=True)
    parser.add_argument("--place", type=Path, required=True)
    parser.add_argument("--notice", required=True)
    options = parser.parse_args(arguments)
    if options.value != chosen(options.name):
        change(options.name, options.value)
    crawl = Crawl(options.folder, piece=options.piece)
    print(json.dumps(measure(options.place / "choice.db", crawl, options.n, options.notice)))


if __name__ == "__main__":
    main()
