"""An index beside others that a stream can be asked with: MinHash signatures in bands, in memory.

``python -m benchmarks.index_peers NAME N --folder FOLDER ...`` adds the first articles
of a crawl in batches, in order of time, each asked for before it is added, then asks for copies and
unknown ones, and prints one line of JSON. Peers get words in runs of five, 128 permutations and a
threshold of .5, from which datasketch chooses 25 bands of 5 rows; rensa, the fastest of those that
sign on the processor, gets the same bands. Both sign as many texts at once as they are given.
"""

import argparse
import json
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, Protocol

from benchmarks.crawl import Crawl
from benchmarks.generated_scores import Truths, precision
from benchmarks.index_queries import asked_with, warm
from benchmarks.index_scores import (
    AnswerFile,
    by_groups,
    found_in_answers,
    named,
    overall,
    story_recall,
)
from benchmarks.index_stream import Sample, batches, questions, stream
from benchmarks.measured import resident
from benchmarks.minhash_speed import tokens, with_datasketch
from dedup import Document, Index, Pair
from dedup.defaults import THRESHOLD

NUM_PERM, LIKELY = 128, 0.5
N_KNOWN = 500
LIMIT = 600.0
"""Seconds after which no more is added."""


class Peer(Protocol):
    """Something that articles are added to, and that is asked for articles."""

    def extend(self, some: Sequence[Document]) -> Sequence[Sequence[Pair]]:
        """Add articles; return what each copies of those before it."""

    def query(self, document: Document) -> Sequence[Pair]:
        """Return what an article copies, without adding it."""


class WithDatasketch:
    """datasketch's MinHashLSH, in memory."""

    def __init__(self) -> None:
        from datasketch import MinHashLSH

        self._bands = MinHashLSH(threshold=LIKELY, num_perm=NUM_PERM)

    def extend(self, some: Sequence[Document]) -> list[list[Pair]]:
        answers = []
        signed = with_datasketch([tokens(document.text) for document in some], NUM_PERM)
        for document, signature in zip(some, signed, strict=True):
            answers.append(named(document.id, self._bands.query(signature)))
            self._bands.insert(document.id, signature, check_duplication=False)
        return answers

    def query(self, document: Document) -> list[Pair]:
        (signature,) = with_datasketch([tokens(document.text)], NUM_PERM)
        return named(document.id, self._bands.query(signature))


class WithRensa:
    """rensa's RMinHashLSH, in memory."""

    BANDS, ROWS = 25, 5

    def __init__(self) -> None:
        from rensa import RMinHash, RMinHashLSH

        n = self.BANDS * self.ROWS
        self._sign: Callable[[list[list[str]]], Any] = lambda texts: RMinHash.from_token_sets(
            texts, n, 1
        )
        self._bands = RMinHashLSH(LIKELY, n, self.BANDS)
        self._ids: list[str | int] = []

    def extend(self, some: Sequence[Document]) -> list[list[Pair]]:
        answers = []
        signed = self._sign([tokens(document.text) for document in some])
        for document, signature in zip(some, signed, strict=True):
            answers.append(self._named(document.id, signature))
            self._bands.insert(len(self._ids), signature)
            self._ids.append(document.id)
        return answers

    def query(self, document: Document) -> list[Pair]:
        (signature,) = self._sign([tokens(document.text)])
        return self._named(document.id, signature)

    def _named(self, text: str | int, signature: Any) -> list[Pair]:
        return named(text, (self._ids[own] for own in self._bands.query(signature)))


def _in_file(place: Path) -> Index:
    warm()
    return Index(str(place / "peer.db"))


def _in_memory(place: Path) -> Index:
    warm()
    return Index()


PEERS: dict[str, Callable[[Path], AbstractContextManager[Peer]]] = {
    "dedup.Index, file": _in_file,
    "dedup.Index, memory": _in_memory,
    "datasketch": lambda place: nullcontext(WithDatasketch()),
    "rensa": lambda place: nullcontext(WithRensa()),
}


def measure(
    make: Callable[[Path], AbstractContextManager[Peer]],
    place: Path,
    crawl: Crawl,
    n: int,
    notice: str,
    limit: float = LIMIT,
) -> dict[str, Any]:
    """Return how fast a peer is and what it finds; no scores if it was too slow for all."""
    with make(place) as peer:
        start_mb = resident()["mb"]
        n_added, kept = 0, AnswerFile(place / "answers.jsonl")
        sample = Sample(N_KNOWN)
        seconds = 0.0
        for some in batches(stream(crawl.files(n), notice)):
            start = time.perf_counter()
            answers = peer.extend(some)
            seconds += time.perf_counter() - start
            kept.write((document.id for document in some), answers)
            n_added += len(some)
            sample.see(some)
            if seconds > limit:
                break
        memory = resident()
        figures = {
            "articles": n_added,
            "seconds": round(seconds, 2),
            "per_s": round(n_added / seconds, 1),
            "start_mb": start_mb,
            "resident_mb": memory["mb"],
            "peak_mb": memory["peak_mb"],
            "queries": asked_with(peer.query, questions(sample.taken)),
        }
    texts, told = kept.read()
    return figures if n_added < n else figures | scores(crawl.truths(n), texts, told)


def scores(
    known: Truths, texts: Sequence[str | int], answers: Sequence[Sequence[Pair]]
) -> dict[str, Any]:
    """Return the shares of copies found with their story, and of answers that are right.

    ``texts`` : in the order in which they were added
    """
    found = found_in_answers(texts, answers, THRESHOLD)
    rows = story_recall(known, found, {str(text): place for place, text in enumerate(texts)})
    told = precision(known, found)
    return {
        "recall": by_groups(rows),
        "overall": overall(rows),
        "reported": told["reported"],
        "precision": told["precision"],
        "precision_without_forms": told["precision_without_forms"],
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure one of them and print the figures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.index_peers")
    parser.add_argument("name", choices=PEERS)
    parser.add_argument("n", type=int)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--piece", type=int, required=True)
    parser.add_argument("--place", type=Path, required=True)
    parser.add_argument("--notice", required=True)
    options = parser.parse_args(arguments)
    crawl = Crawl(options.folder, piece=options.piece)
    make = PEERS[options.name]
    told = measure(make, options.place, crawl, options.n, options.notice)
    print(json.dumps(told))


if __name__ == "__main__":
    main()
