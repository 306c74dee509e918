"""Boilerplate of sources found from the keys of their texts, against counting all 5-grams.

``python -m benchmarks.source_words --data FOLDER [--articles N] [--json FILE]``
"""

import argparse
import statistics
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

import dedup
from benchmarks.data import boilerplate as closing_words
from benchmarks.found import find
from benchmarks.labeled import read_labeled
from benchmarks.labeled_scores import dropped
from benchmarks.planted import planted
from benchmarks.relation_choices import documents_of
from benchmarks.report import print_table, write_result
from benchmarks.timing import ROOT, seconds
from dedup import PassageKeys, candidates, defaults, sources
from dedup.kernels.sort import N_BUCKETS, deal_keys
from dedup.kernels.words import shingles
from dedup.links import group
from dedup.passages import Keys
from dedup.resources import resources
from dedup.shingle import Shingles, Words, encode, hash_words
from dedup.sketches import Sketches

Bools = NDArray[np.bool_]

RESULT = ROOT / "benchmarks" / "results" / "source_words.json"
ROUNDS = 3
RELEASES = "press-releases-a"


class Corpus(NamedTuple):
    """The distinct texts of a collection, their words and shingles, and the source of each."""

    texts: list[str]
    words: Words
    grams: Shingles
    labels: NDArray[np.int32]


def corpus_of(documents: Sequence[dedup.Document]) -> Corpus:
    """Return the distinct texts of documents, each with the source of the first that has it."""
    distinct: dict[str, int] = {}
    numbers = {"": -1}
    for document in documents:
        label = numbers.setdefault(document.source, len(numbers) - 1)
        distinct.setdefault(document.text, label)
    words = hash_words(encode(list(distinct)))
    grams = Shingles(*shingles(words.tokens, words.token_offsets))
    return Corpus(list(distinct), words, grams, np.array(list(distinct.values()), np.int32))


def all_grams(corpus: Corpus) -> Keys:
    """Return the distinct shingles of each text as if all of them were keys."""
    hashes, offsets = corpus.grams
    parts = [np.unique(part) for part in np.split(hashes, offsets[1:-1])]
    sizes = np.cumsum([0, *map(len, parts)], dtype=np.int64)
    return Keys(np.concatenate(parts), sizes)


def few_keys(corpus: Corpus) -> Keys:
    """Return the keys that texts have by default."""
    return PassageKeys().of_words(corpus.words)


WAYS: dict[str, Callable[[Corpus], Keys]] = {"keys": few_keys, "all 5-grams": all_grams}


def marked(corpus: Corpus, keys: Keys) -> Bools:
    """Return which words of all texts are boilerplate, bool[m], found from some keys."""
    found = boilerplate_of(corpus, keys, defaults.WINDOW)
    return sources.mark_boilerplate(found, corpus.words, corpus.grams, corpus.labels)


def boilerplate_of(corpus: Corpus, keys: Keys, window: int) -> sources.Boilerplate:
    """Return what of some keys of all texts is boilerplate."""
    n = len(corpus.texts)
    nothing = np.zeros((n, 2), np.int64), np.zeros((n, 2), np.uint64)
    with resources(defaults.WORKERS) as own:
        spill = own.spill(N_BUCKETS, np.uint64, np.int32, share=1)
        dealt, texts, bounds = deal_keys(*keys)
        spill.add(bounds, dealt, texts)
        sketches = Sketches(spill, np.diff(keys.offsets), *nothing)
        groups = group(sketches, np.arange(n, dtype=np.int32), own)
        return sources.find_boilerplate(groups, corpus.labels, window)[1]


def closing(records: Sequence[dict[str, Any]], corpus: Corpus) -> Bools:
    """Return which words of generated texts close the texts of their source, bool[m]."""
    source_of = {record["text"]: record["source"] for record in records}
    n_words = np.diff(corpus.words.token_offsets)
    result = np.zeros(len(corpus.words.tokens), np.bool_)
    for k, text in enumerate(corpus.texts):
        number = int(source_of[text].removeprefix("source").partition(".")[0])
        for paragraph in closing_words(number).split("\n\n"):
            at = text.encode().find(paragraph.encode())
            if at >= 0:
                first = corpus.words.token_offsets[k]
                starts = corpus.words.spans[first : first + n_words[k], 0]
                low, high = np.searchsorted(starts, [at, at + len(paragraph.encode())])
                result[first + low : first + high] = True
    return result


def agreement(found: Bools, wanted: Bools) -> dict[str, Any]:
    """Return how many words are found, wanted and both, and the two shares."""
    both = int(np.sum(found & wanted))
    return {
        "found": int(np.sum(found)),
        "wanted": int(np.sum(wanted)),
        "both": both,
        "precision": round(both / max(int(np.sum(found)), 1), 4),
        "recall": round(both / max(int(np.sum(wanted)), 1), 4),
    }


@contextmanager
def from_all_grams(corpus: Corpus) -> Iterator[None]:
    """Let dedup count all 5-grams of these texts to mark the boilerplate of their sources."""
    original = candidates.find_boilerplate
    table = boilerplate_of(corpus, all_grams(corpus), 1)

    def other(*arguments: Any) -> tuple[sources.Commons, sources.Boilerplate]:
        commons, found = original(*arguments)
        return commons, table._replace(window=found.window)

    candidates.find_boilerplate = other
    try:
        yield
    finally:
        candidates.find_boilerplate = original


def measure(
    documents: Sequence[dedup.Document], truth: Callable[[Corpus], Bools] | None = None
) -> dict[str, Any]:
    """Return how far the two ways agree, with each other and with what is known, and their time."""
    corpus = corpus_of(documents)
    masks = {name: marked(corpus, way(corpus)) for name, way in WAYS.items()}
    figures: dict[str, Any] = {"texts": len(corpus.texts), "words": len(corpus.words.tokens)}
    figures["keys_against_all"] = agreement(masks["keys"], masks["all 5-grams"])
    if truth is not None:
        wanted = truth(corpus)
        figures["truth"] = {name: agreement(mask, wanted) for name, mask in masks.items()}
    figures["seconds"] = {
        name: round(
            statistics.median(
                seconds(lambda way=way: marked(corpus, way(corpus))) for _ in range(ROUNDS)
            ),
            3,
        )
        for name, way in WAYS.items()
    }
    return figures


def measure_releases(folder: Path) -> dict[str, Any]:
    """Return the figures of press releases, and the labels of what is dropped in both ways."""
    labeled = read_labeled(folder, RELEASES)
    documents = labeled.documents(dates=False, sources=True)
    figures = measure(documents)
    gone = {"keys": dropped(labeled, find(documents))}
    with from_all_grams(corpus_of(documents)):
        gone["all 5-grams"] = dropped(labeled, find(documents))
    return figures | {"dropped": {name: row["labels"] for name, row in gone.items()}}


def measure_generated(n: int) -> dict[str, Any]:
    """Return the figures of generated articles, and how many are dropped in both ways."""
    records = list(planted(n))
    documents = documents_of(records)
    figures = measure(documents, partial(closing, records))
    reports = {"keys": dedup.deduplicate(documents)}
    with from_all_grams(corpus_of(documents)):
        reports["all 5-grams"] = dedup.deduplicate(documents)
    gone = [{d.id for d in report.dropped} for report in reports.values()]
    figures["dropped"] = {name: len(report.dropped) for name, report in reports.items()}
    return figures | {"dropped_by_one_only": len(gone[0] ^ gone[1])}


def print_figures(result: dict[str, Any]) -> None:
    """Print the figures of both collections."""
    rows = []
    for name, figures in result.items():
        rows.append((name, "keys against all 5-grams", *figures["keys_against_all"].values()))
        for way, row in figures.get("truth", {}).items():
            rows.append((name, f"{way} against the truth", *row.values()))
    heads = ("collection", "words", "found", "wanted", "both", "precision", "recall")
    print_table("words that are boilerplate of their source", heads, rows)
    print_table(
        "seconds to find and mark them, and texts that are dropped",
        ("collection", "way", "seconds", "dropped"),
        [
            (name, way, f"{figures['seconds'][way]:.3f}", str(figures["dropped"][way]))
            for name, figures in result.items()
            for way in WAYS
        ],
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.source_words", description=__doc__)
    add = parser.add_argument
    add("--data", type=Path, required=True, help="folder of the labeled collections")
    add("--articles", type=int, default=20_000, help="how many to generate")
    add("--json", type=Path, metavar="FILE", help="write the figures")
    options = parser.parse_args(arguments)
    result = {
        RELEASES: measure_releases(options.data),
        "generated": measure_generated(options.articles),
    }
    print_figures(result)
    if options.json:
        write_result(options.json, {"collections": result})


if __name__ == "__main__":
    main()
