"""Collections of real texts of which people said how some of them relate.

A collection is two files: ``NAME.docs.jsonl.gz`` with ``id``, ``text`` and, where known, ``date``
and ``source``; ``NAME.pairs.jsonl.gz`` with ``a``, ``b`` (ids) and, where known, ``label``.
"""

import gzip
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import dedup

Record = dict[str, Any]

SAME_STORY = frozenset(
    {"dup", "same_story", "same_text", "planted_copy", "rewrite", "version", "same_event"}
)
OTHER_STORY = frozenset({"series", "template", "followup", "different"})
"""Labels of pairs that tell one story, and of those that do not; others say neither."""

UNLABELED, UNLISTED = "none", "unlisted"
"""A pair that is in the file but has no label, and one that is not in the file."""


@dataclass(frozen=True)
class Labeled:
    """A collection: its documents, and pairs of them in the order of the file."""

    name: str
    records: list[Record]
    pairs: list[Record]

    @cached_property
    def texts(self) -> dict[str, str]:
        """The text of each id."""
        return {record["id"]: record["text"] for record in self.records}

    @cached_property
    def labels(self) -> dict[frozenset[str], str]:
        """The label of each pair in the file."""
        return {frozenset((p["a"], p["b"])): p.get("label", UNLABELED) for p in self.pairs}

    def label(self, one: str, other: str) -> str:
        """Return the label of a pair, listed or not."""
        return self.labels.get(frozenset((one, other)), UNLISTED)

    def documents(self, *, dates: bool, sources: bool) -> list[dedup.Document]:
        """Return the documents, with or without what is known of their dates and sources."""
        return [
            dedup.Document(
                record["id"],
                record["text"],
                source=(record.get("source") or "") if sources else "",
                published=iso_date(record) if dates else None,
            )
            for record in self.records
        ]


def iso_date(record: Mapping[str, Any]) -> str | None:
    """Return the date of a record if it is ISO 8601: a year alone is none."""
    date = record.get("date") or ""
    try:
        datetime.fromisoformat(date)
    except ValueError:
        return None
    return str(date)


def read_labeled(folder: Path, name: str) -> Labeled:
    """Read a collection."""
    return Labeled(name, list(_lines(folder, name, "docs")), list(_lines(folder, name, "pairs")))


def _lines(folder: Path, name: str, part: str) -> Iterator[Record]:
    with gzip.open(folder / f"{name}.{part}.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)
