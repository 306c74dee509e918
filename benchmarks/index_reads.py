"""Parts of runs that an index reads for an article, by how many frequent keys it remembers.

``python -m benchmarks.index_reads INDEX N --files FILE... --notice TEXT`` prints one line of JSON.
One index of ``N`` articles is filled; each number gets a copy of it. What is counted does not
depend on how fast the machine is.
"""

import argparse
import json
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from benchmarks.index_stream import batches, stream
from dedup import Document, Index
from dedup.index import runs

REMEMBERED = (1, 256, 1024, 4096, 16_384)
"""Frequent keys that are tried, the chosen number among them."""

ADDED, ASKED = 10_000, 1000
"""Articles that are added in batches before any is counted, then as many that are; and those that
the index is asked for afterwards, one by one."""


@contextmanager
def counted() -> Iterator[list[int]]:
    """Give a list to which each reading adds how many parts it read."""
    sizes: list[int] = []
    read = runs.Runs._read_parts

    def count(own: runs.Runs, numbers: Any) -> Any:
        sizes.append(len(numbers))
        return read(own, numbers)

    runs.Runs._read_parts = count  # type: ignore[method-assign]
    try:
        yield sizes
    finally:
        runs.Runs._read_parts = read  # type: ignore[method-assign]


def reads(path: Path, given: Sequence[Document]) -> dict[str, Any]:
    """Return how many parts are read for an article that is added, and for one that is asked."""
    added, asked = given[:-ASKED], given[-ASKED:]
    half = len(added) // 2
    with Index(str(path)) as index:
        for some in batches(added[:half]):
            index.extend(some)
        with counted() as of_added:
            for some in batches(added[half:]):
                index.extend(some)
        with counted() as of_asked:
            for document in asked:
                index.query(document)
        return {
            "runs": len(index._own.postings.runs.all),
            "added": round(sum(of_added) / (len(added) - half), 2),
            "asked": round(sum(of_asked) / ASKED, 2),
        }


def measure(path: Path, n: int, given: Iterator[Document]) -> list[dict[str, Any]]:
    """Fill an index; return a row for each number of keys that copies of it remember."""
    with Index(str(path)) as index:
        for some in batches(islice(given, n)):
            index.extend(some)
    last = list(islice(given, 2 * ADDED + ASKED))
    rows, chosen = [], runs.FREQUENT
    for value in REMEMBERED:
        copy = path.with_suffix(".copy")
        shutil.copyfile(path, copy)
        runs.FREQUENT = value
        try:
            rows.append({"value": value} | reads(copy, last))
        finally:
            runs.FREQUENT = chosen
            copy.unlink()
    return rows


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.index_reads")
    parser.add_argument("path", type=Path)
    parser.add_argument("n", type=int)
    parser.add_argument("--files", type=Path, nargs="+", required=True)
    parser.add_argument("--notice", required=True)
    options = parser.parse_args(arguments)
    given = stream(options.files, options.notice)
    rows = measure(options.path, options.n, given)
    print(json.dumps({"articles": options.n, "rows": rows}))


if __name__ == "__main__":
    main()
