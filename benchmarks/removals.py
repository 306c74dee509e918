"""What ``clean`` took out of a text, for reading by eye."""

import random
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.scoring import Words
from dedup.model import Scan

CONTEXT = 100
"""Characters shown before a removal and before what it repeats."""
SAMPLE = 20


@dataclass(frozen=True)
class Removal:
    """A part that went: its text, what it repeats, and what stood before each.

    ``covered`` is the share of its words that stand in the output in runs of four, counted
    without dedup.
    """

    id: str
    kind: str
    coverage: float
    covered: float
    text: str
    of: str
    context: str
    of_context: str
    words: tuple[str, ...]


def removals_of(name: str, text: str, scan: Scan, output: Words) -> list[Removal]:
    """Return what a scan says is removed from a text."""
    found = []
    for repeat in scan.repeats:
        if not repeat.removed:
            continue
        words = Words.of(text[repeat.start : repeat.end])
        found.append(
            Removal(
                name,
                repeat.kind,
                repeat.coverage,
                output.covers(words.run),
                text[repeat.start : repeat.end],
                text[repeat.of_start : repeat.of_end],
                text[max(0, repeat.start - CONTEXT) : repeat.start],
                text[max(0, repeat.of_start - CONTEXT) : repeat.of_start],
                words.run,
            )
        )
    return found


def readable(removal: Removal) -> str:
    """Return a removal as plain text to read."""
    shares = f"coverage {removal.coverage:.2f}, in the output {removal.covered:.2f}"
    parts = [f"{removal.id}: {removal.kind}, {len(removal.words)} words, {shares}"]
    for name, text in (
        ("before", removal.context),
        ("REMOVED", removal.text),
        ("before", removal.of_context),
        ("REPEATS", removal.of),
    ):
        lines = [line for line in text.splitlines() if line.strip()]
        wrapped = "\n".join(textwrap.fill(line, 100) for line in lines)
        parts.append(f"{name}:\n{textwrap.indent(wrapped, '    ')}")
    return "\n".join(parts)


def sample(removals: Sequence[Removal], seed: int = 1) -> dict[str, list[Removal]]:
    """Choose the longest, the shortest and some random removals, each text once."""
    distinct = {removal.words: removal for removal in reversed(removals)}
    by_length = sorted(reversed(distinct.values()), key=lambda removal: len(removal.words))
    shortest, rest = by_length[:SAMPLE], by_length[SAMPLE:]
    longest, rest = rest[-SAMPLE:][::-1], rest[:-SAMPLE]
    chosen = random.Random(seed).sample(rest, min(SAMPLE, len(rest)))
    return {"longest": longest, "shortest": shortest, "random": chosen}


def write_readable(path: Path, removals: Sequence[Removal], seed: int = 1) -> None:
    """Write a sample of the removals as plain text."""
    parts = []
    for name, chosen in sample(removals, seed).items():
        for number, removal in enumerate(chosen, 1):
            parts.append(f"=== {name} {number}\n{readable(removal)}\n")
    path.write_text("\n".join(parts), encoding="utf-8")
