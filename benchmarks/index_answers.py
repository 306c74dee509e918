"""What an index answers of a stream, scored against the truth: see ``index_scores``.

``python -m benchmarks.index_answers INDEX N --folder FOLDER`` adds the first articles of a crawl in
order of time, without the notice of ``index_stream``, and prints one line of JSON. ``--alike`` says
how many candidates may be of an article's own source.
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.crawl import Crawl
from benchmarks.found import Found
from benchmarks.index_scores import found_in_answers, overall, story_recall
from benchmarks.index_stream import batches, documents, in_order, read
from benchmarks.pass_scores import score_pass
from dedup import Answer, Index
from dedup.defaults import THRESHOLD
from dedup.index import matching

ALIKE = (0, 8, 12, 16)
"""How many candidates may be of the own source: numbers that are tried, the chosen one too."""


def places(crawl: Crawl, n: int) -> dict[str, int]:
    """Return the place in the stream of each of the first articles of a crawl."""
    return {own.id: place for place, own in enumerate(in_order(read(crawl.files(n))))}


def scored(crawl: Crawl, n: int, found: Found, at: dict[str, int]) -> dict[str, Any]:
    """Return the scores of a pass, and those of ``story_recall``."""
    known = crawl.truths(n)
    scores = score_pass(known, found, crawl.records)
    stories = story_recall(known, found, at)
    return scores | {
        "stories": stories,
        "overall": overall(scores["recall"]),
        "overall_stories": overall(stories),
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Fill an index and print the scores of its answers."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.index_answers")
    parser.add_argument("path", type=Path)
    parser.add_argument("n", type=int)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--piece", type=int, required=True)
    parser.add_argument("--alike", type=int, default=matching.ALIKE)
    options = parser.parse_args(arguments)
    matching.ALIKE = options.alike
    crawl, n = Crawl(options.folder, piece=options.piece), options.n
    texts: list[str] = []
    answers: list[Answer] = []
    with Index(str(options.path)) as index:
        for some in batches(documents(in_order(read(crawl.files(n))))):
            answers += index.extend(some)
            texts += [str(document.id) for document in some]
    found = found_in_answers(texts, answers, THRESHOLD)
    print(json.dumps(scored(crawl, n, found, {text: at for at, text in enumerate(texts)})))


if __name__ == "__main__":
    main()
