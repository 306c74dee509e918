"""An index in a process that has just opened it: how long that takes, and how long it is asked.

``python -m benchmarks.index_queries INDEX QUESTIONS`` prints one line of JSON.
"""

import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.index_stream import Question, read_questions
from benchmarks.measured import resident
from benchmarks.timing import percentile
from dedup import Document, Index

WORDS = "Two ferries stayed in the harbor of Mira on Sunday as a storm closed the channel."


def asked_with(
    ask: Callable[[Document], Sequence[Any]], questions: Sequence[Question]
) -> dict[str, Any]:
    """Return the microseconds of questions of each kind, and how many are answered with a match."""
    took: dict[str, list[float]] = {"unknown": [], "copies": []}
    answered = dict.fromkeys(took, 0)
    for question in questions:
        document = question.document()
        start = time.perf_counter()
        answer = ask(document)
        seconds = time.perf_counter() - start
        kind = "copies" if question.of else "unknown"
        took[kind].append(seconds)
        answered[kind] += bool(answer)
    took["both"] = took["unknown"] + took["copies"]
    answered["both"] = answered["unknown"] + answered["copies"]
    return {
        kind: {
            "questions": len(seconds),
            "p50_us": round(1e6 * percentile(seconds, 0.5)),
            "p99_us": round(1e6 * percentile(seconds, 0.99)),
            "most_us": round(1e6 * max(seconds)),
            "answered": answered[kind],
        }
        for kind, seconds in took.items()
        if seconds
    }


def warm() -> None:
    """Load what any index needs, so that what a file needs is measured."""
    with Index() as index:
        index.extend([("a", WORDS), ("b", WORDS)])
        index.query(WORDS)


def main(arguments: Sequence[str]) -> None:
    """Open an index, ask it and print what that took."""
    path, questions = arguments
    asked = read_questions(Path(questions))
    warm()
    before = resident()
    start = time.perf_counter()
    index = Index(path)
    n = len(index)  # what a process must know of a file is read when it is first asked
    took = time.perf_counter() - start
    opened = resident()
    figures = asked_with(index.query, asked)
    after = resident()
    index.close()
    told = {
        "articles": n,
        "open_ms": round(1e3 * took, 2),
        "start_mb": before["mb"],
        "opened_mb": opened["mb"],
        "resident_mb": after["mb"],
        "peak_mb": after["peak_mb"],
        "queries": figures,
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main(sys.argv[1:])
