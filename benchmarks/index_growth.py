"""An index that grows: how fast articles are added, in how much memory, and how large its file is.

``python -m benchmarks.index_growth INDEX --files FILE... --sizes N... --notice TEXT`` prints a line
of JSON. At each size the file is closed, asked in processes of their own, and opened again.
"""

import argparse
import json
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from benchmarks.index_queries import warm
from benchmarks.index_stream import EXTENDED, Sample, stream, write_known
from benchmarks.measured import resident
from benchmarks.timing import child, percentile, summary
from dedup import Document, Index

STRETCH = 100_000
"""Articles over which a rate is measured."""
SINGLES = 10_000
"""So many articles before a size, or a tenth of what is added until it, come one by one."""
N_KNOWN = 1000
"""Articles of which the index is asked for copies, and as many that it does not know."""


def timed(call: Callable[[], Any]) -> tuple[Any, float]:
    """Return what a call returns, and the seconds that it took."""
    start = time.perf_counter()
    value = call()
    return value, time.perf_counter() - start


class Growth:
    """An index, the articles that it is given, and what was measured so far.

    ``added`` : of each batch how many articles there were after it, its own, and its seconds
    """

    def __init__(self, path: Path, given: Iterator[Document], rounds: int) -> None:
        warm()
        self.path, self.given, self.rounds = path, given, rounds
        self.start_mb = resident()["mb"]
        self.index = Index(str(path))
        self.sample = Sample(N_KNOWN)
        self.n = self.n_gone = self.n_words = self.n_bytes = 0
        self.added: list[tuple[int, int, float]] = []

    def _take(self, n: int) -> list[Document]:
        some = list(islice(self.given, n))
        if len(some) < n:
            raise ValueError(f"the files must hold {n - len(some):,} articles more")
        self.n_words += sum(document.text.count(" ") + 1 for document in some)
        self.n_bytes += sum(len(document.text.encode()) for document in some)
        self.sample.see(some)
        return some

    def extend(self, until: int) -> None:
        """Add articles in batches until there are so many."""
        while self.n < until:
            some = self._take(min(EXTENDED, until - self.n))
            answers, seconds = timed(lambda some=some: self.index.extend(some))
            self.n += len(some)
            self.n_gone += sum(answer.kept is not None for answer in answers)
            self.added.append((self.n, len(some), seconds))

    def add(self, until: int) -> dict[str, Any]:
        """Add articles one by one until there are so many; return how fast."""
        some = self._take(until - self.n)
        took = []
        start = time.perf_counter()
        for own in some:
            answer, seconds = timed(
                lambda own=own: self.index.add(
                    own.id, own.text, source=own.source, published=own.published
                )
            )
            took.append(seconds)
            self.n_gone += answer.kept is not None
        self.index.commit()
        whole = time.perf_counter() - start
        self.n = until
        return {
            "articles": len(some),
            "per_s": round(len(some) / whole, 1),
            "p50_us": round(1e6 * percentile(took, 0.5)),
            "p99_us": round(1e6 * percentile(took, 0.99)),
            "most_ms": round(1e3 * max(took), 1),
        }

    def rate(self, first: int, last: int) -> float:
        """Return articles a second of the batches that were added between these places."""
        own = [(n, seconds) for at, n, seconds in self.added if first < at <= last]
        return round(sum(n for n, _ in own) / sum(seconds for _, seconds in own), 1)

    def row(self, singles: dict[str, Any]) -> dict[str, Any]:
        """Return what is measured at the size that it has, and open it again."""
        memory = resident()
        _, closing = timed(self.index.close)
        known, asked = (self.path.with_suffix(f".{name}.jsonl") for name in ("known", "asked"))
        write_known(known, self.sample.taken)
        child(("-m", "benchmarks.index_stream", str(known), str(asked)))
        command = ("-m", "benchmarks.index_queries", str(self.path), str(asked))
        runs = [json.loads(child(command).stdout) for _ in range(self.rounds)]
        n_bytes = self.path.stat().st_size
        self.index = Index(str(self.path))
        return {
            "articles": self.n,
            "dropped": self.n_gone,
            "words_per_article": round(self.n_words / self.n),
            "text_bytes_per_article": round(self.n_bytes / self.n),
            "per_s": self.rate(0, self.n),
            "first_per_s": self.rate(0, min(STRETCH, self.n)),
            "last_per_s": self.rate(max(0, self.n - STRETCH), self.n),
            "slowest_batch_ms": round(1e3 * max(seconds for *_, seconds in self.added), 1),
            "singles": singles,
            "start_mb": self.start_mb,
            "resident_mb": memory["mb"],
            "peak_mb": memory["peak_mb"],
            "close_ms": round(1e3 * closing, 1),
            "bytes": n_bytes,
            "bytes_per_article": round(n_bytes / self.n),
            "open_ms": summary([run["open_ms"] for run in runs], 2),
            "reader_mb": summary([run["resident_mb"] for run in runs], 1),
            "reader_start_mb": summary([run["start_mb"] for run in runs], 1),
            "queries": {
                kind: {
                    name: _median([run["queries"][kind][name] for run in runs]) for name in figures
                }
                for kind, figures in runs[0]["queries"].items()
            },
        }

    def grow(self, sizes: Sequence[int]) -> Iterator[dict[str, Any]]:
        """Yield the figures of each size in turn."""
        for size in sorted(sizes):
            n_singles = min(SINGLES, (size - self.n) // 10)
            self.extend(size - n_singles)
            yield self.row(self.add(size))
        self.index.close()


def _median(values: Sequence[float]) -> int:
    return int(summary(values, None)["median"])


def main(arguments: Sequence[str] | None = None) -> None:
    """Grow an index and print what that took."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.index_growth")
    parser.add_argument("path", type=Path)
    parser.add_argument("--files", type=Path, nargs="+", required=True)
    parser.add_argument("--sizes", type=int, nargs="+", required=True)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--notice", required=True)
    options = parser.parse_args(arguments)
    growth = Growth(options.path, stream(options.files, options.notice), options.rounds)
    rows = {str(row["articles"]): row for row in growth.grow(options.sizes)}
    last = max(options.sizes)
    rates = [
        {"until": at, "per_s": growth.rate(at - STRETCH, at)}
        for at in range(STRETCH, last + 1, STRETCH)
    ]
    print(json.dumps({"sizes": rows, "rates": rates}))


if __name__ == "__main__":
    main()
