"""What the number of links a text costs, and what is lost against comparing all pairs.

``python -m benchmarks.linking [--data FOLDER] [--articles N] [--json FILE]``
"""

import argparse
import statistics
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import dedup
from benchmarks.data import one_story
from benchmarks.found import find
from benchmarks.generated_scores import recall, truths
from benchmarks.labeled import read_labeled
from benchmarks.labeled_scores import same_story
from benchmarks.planted import COPYING, RARE, planted
from benchmarks.relation_choices import documents_of
from benchmarks.report import print_table, write_result
from benchmarks.timing import ROOT, seconds
from dedup import candidates, collection, links
from dedup.candidates import Candidates
from dedup.links import Groups, Linking
from dedup.resources import Resources

Ints = NDArray[np.int64]
Linker = Callable[[NDArray[np.uint64], NDArray[np.int32], Ints], NDArray[np.uint64]]
"""Makes links of sorted keys, the texts that have them and the lengths of all texts."""

RESULT = ROOT / "benchmarks" / "results" / "linking.json"
SHIFT, LOW = np.uint64(32), np.uint64(0xFFFFFFFF)
N_STORY = 5_000
"""Copies of one story, for what its links cost."""
MOST = 100
"""Members of a group up to which all of its pairs are compared."""
ROUNDS = 3


def packed(one: NDArray[Any], other: NDArray[Any]) -> NDArray[np.uint64]:
    """Return links as the kernel writes them: the larger rank in the high half."""
    high, low = np.maximum(one, other), np.minimum(one, other)
    links = high.astype(np.uint64) << SHIFT | low.astype(np.uint64)
    return np.unique(links[high != low])


def to_first(
    keys: NDArray[np.uint64], ranks: NDArray[np.int32], weights: Ints
) -> NDArray[np.uint64]:
    """Link each text of a group to the most preferred one."""
    starts, sizes = _groups(keys)
    return packed(ranks, np.repeat(ranks[starts], sizes))


def to_predecessor(
    keys: NDArray[np.uint64], ranks: NDArray[np.int32], weights: Ints
) -> NDArray[np.uint64]:
    """Link each text of a group to the one before it."""
    same = keys[1:] == keys[:-1]
    return packed(ranks[1:][same], ranks[:-1][same])


def to_shortest(
    keys: NDArray[np.uint64], ranks: NDArray[np.int32], weights: Ints
) -> NDArray[np.uint64]:
    """Link each text of a group to the shortest one, the least preferred of several."""
    starts, sizes = _groups(keys)
    group = np.repeat(np.arange(len(starts)), sizes)
    order = np.lexsort((-np.arange(len(keys)), weights[ranks], group))
    return packed(ranks, np.repeat(ranks[order[starts]], sizes))


def to_all(keys: NDArray[np.uint64], ranks: NDArray[np.int32], weights: Ints) -> NDArray[np.uint64]:
    """Link each text to all others of a group of at most ``MOST``."""
    starts, sizes = _groups(keys)
    parts = []
    for size in range(2, MOST + 1):
        members = ranks[starts[sizes == size][:, None] + np.arange(size)]
        one, other = np.triu_indices(size, 1)
        parts.append(packed(members[:, one].ravel(), members[:, other].ravel()))
    return np.concatenate(parts)


def _groups(keys: NDArray[np.uint64]) -> tuple[Ints, Ints]:
    """Return where groups of equal keys start, and their sizes."""
    starts = np.flatnonzero(np.r_[True, keys[1:] != keys[:-1]])
    return starts, np.diff(np.r_[starts, len(keys)])


LINKINGS: dict[str, tuple[Linker, ...]] = {
    "most preferred": (to_first,),
    "and predecessor": (to_first, to_predecessor),
    "and shortest": (to_first, to_predecessor, to_shortest),
    "dedup": (),
    "all pairs": (to_first, to_predecessor, to_shortest, to_all),
}
"""What the texts of each group are linked to. Of the first three kinds dedup takes a few for each
text, those of most groups; the last compares all pairs in groups of up to ``MOST`` texts."""


@contextmanager
def linked(linkers: Sequence[Linker], counted: list[int]) -> Iterator[None]:
    """Let dedup link texts so, its own way if it is no way, and count the pairs it compares."""
    find_links, find_candidates = candidates.find_links, collection.find_candidates

    def other_links(groups: Groups, linking: Linking, resources: Resources) -> Ints:
        keys, ranks = map(np.concatenate, zip(*groups.each(tuple), strict=True))
        found = np.unique(
            np.concatenate([linker(keys, ranks, linking.weights) for linker in linkers])
        )
        pairs = np.stack([found >> SHIFT, found & LOW], axis=1).astype(np.int64)
        return pairs[links.share_enough(groups, linking.needed, pairs)]

    def counting(*arguments: Any, least: float) -> Candidates:
        found = find_candidates(*arguments, least=least)
        counted.append(len(found.pairs))
        return found

    candidates.find_links = other_links if linkers else find_links
    collection.find_candidates = counting
    try:
        yield
    finally:
        candidates.find_links, collection.find_candidates = find_links, find_candidates


def measure(n: int, folder: Path | None) -> dict[str, Any]:
    """Return figures of each way to link: pairs that are compared, seconds, recall by kind."""
    records = list(planted(n))
    documents, known = documents_of(records), truths(records)
    story = documents_of(list(one_story(N_STORY)))
    wire = read_labeled(folder, "reuters-a") if folder else None
    result: dict[str, Any] = {"articles": n, "story": N_STORY, "most": MOST, "linkings": {}}
    for name, linkers in LINKINGS.items():
        counted: list[int] = []
        with linked(linkers, counted):
            runs = [seconds(partial(dedup.deduplicate, documents)) for _ in range(ROUNDS)]
            kinds = recall(known, find(documents))
            figures: dict[str, Any] = {
                "compared": counted[0],
                "seconds": round(statistics.median(runs), 3),
                "recall": {kind: row["recall"] for kind, row in kinds.items()},
            }
            if name != "all pairs":
                figures["story_seconds"] = round(seconds(partial(dedup.deduplicate, story)), 3)
                figures["story_compared"] = counted[-1]
            if wire:
                found = find(wire.documents(dates=True, sources=True))
                figures["wire"] = same_story(wire.pairs, found)
        result["linkings"][name] = figures
    return result


def print_figures(result: dict[str, Any]) -> None:
    """Print one row for each way to link."""
    rows = result["linkings"].items()
    print_table(
        f"links, {result['articles']:,} generated articles, {result['story']:,} copies of a story;"
        " linking by NumPy where it is not dedup's",
        ("linked to", "compared", "seconds", "of a story", "seconds", "wire F1", *COPYING, *RARE),
        [
            (
                name,
                row["compared"],
                row["seconds"],
                row.get("story_compared", "-"),
                row.get("story_seconds", "-"),
                row.get("wire", {}).get("f1", "-"),
                *(f"{row['recall'][kind]:.4f}" for kind in (*COPYING, *RARE)),
            )
            for name, row in rows
        ],
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.linking", description=__doc__)
    add = parser.add_argument
    add("--data", type=Path, help="folder of the labeled collections")
    add("--articles", type=int, default=20_000, help="how many to generate")
    add("--json", type=Path, metavar="FILE", help="write the figures")
    options = parser.parse_args(arguments)
    result = measure(options.articles, options.data)
    print_figures(result)
    if options.json:
        write_result(options.json, result)


if __name__ == "__main__":
    main()
