"""How well a pass over files did, from what it wrote: scores of ``generated_scores``, of any size.

Only the texts that are compared once more are read; of all others their truth is enough.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.found import Found
from benchmarks.generated_scores import (
    MOST_CHECKED,
    Truths,
    lost,
    precision,
    promise,
    recall,
    templates,
)
from benchmarks.planted import Record
from dedup import Decision, Pair, Report

Records = Callable[[Collection[str]], Iterable[Record]]
"""Gives the records of some ids."""


class ReportFile(msgspec.Struct):
    """What is read of a report file."""

    dedup: str
    threshold: float
    read: int
    relations: dict[str, int]
    dropped: list[Decision]
    digest: str


def read_report(path: Path) -> ReportFile:
    """Return what a report file says."""
    return msgspec.json.decode(path.read_bytes(), type=ReportFile)


def read_pairs(path: Path) -> Iterator[Pair]:
    """Yield the pairs of a file that ``dedup pairs`` wrote."""
    decode = msgspec.json.Decoder(Pair).decode
    with path.open("rb") as stream:
        yield from map(decode, stream)


def found_in_files(known: Truths, pairs: Path, report: Path) -> Found:
    """Return what ``dedup pairs --overlap`` and ``dedup filter --report`` said of these texts."""
    told = read_report(report)
    if told.read != len(known):
        raise ValueError(f"{report}: must be of {len(known)} texts, got {told.read}")
    gone = {decision.id for decision in told.dropped}
    decided = Report(
        dedup=told.dedup,
        recipe={},
        threshold=told.threshold,
        kept=tuple(name for name in known if name not in gone),
        relations=told.relations,
        dropped=tuple(told.dropped),
        stories=(),
        suspects=(),
    )
    return Found.of(read_pairs(pairs), decided)


def checked(known: Truths, decisions: Collection[Decision]) -> set[str]:
    """Return the ids of all texts that ``promise`` looks at."""
    step = max(1, len(decisions) // MOST_CHECKED)
    ids: set[str] = set()
    for decision in list(decisions)[::step]:
        ids |= {str(decision.id), str(decision.kept), *known[str(decision.id)]["of"]}
    return ids


def score_pass(known: Truths, found: Found, records: Records) -> dict[str, Any]:
    """Return the figures of ``score_generated``, sources known, without all texts in memory."""
    needed = checked(known, found.report.dropped)
    texts = [record | {"truth": known[record["id"]]} for record in records(needed)]
    return {
        "documents": len(known),
        "recall": recall(known, found),
        "pairs": precision(known, found),
        "templates": templates(known, found),
        "lost": lost(known, found),
        "promise": promise(texts, found, sources=True),
    }
