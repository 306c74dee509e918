"""What dedup says of a collection, so that it can be asked about any two of its texts."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import dedup

SAME = frozenset({"identical", "copy", "excerpt", "extends", "update", "revision"})
"""Relations of texts that tell one story."""


@dataclass(frozen=True)
class Found:
    """The pairs and the decisions of a collection.

    ``pairs`` : as ``dedup.pairs`` yields them, overlaps among them; ``report`` : what
    ``dedup.deduplicate`` decided; ``first`` : of each text that has the words of another, the one
    that it is a pair with: what is said of that one is said of it.
    """

    pairs: list[dedup.Pair]
    report: dedup.Report
    relations: dict[frozenset[str | int], str]
    first: dict[str | int, str | int]

    @classmethod
    def of(cls, pairs: Iterable[dedup.Pair], report: dedup.Report) -> "Found":
        """Make pairs and decisions ready to be asked."""
        pairs = list(pairs)
        relations = {frozenset((pair.left, pair.right)): pair.relation for pair in pairs}
        first = {pair.left: pair.right for pair in pairs if pair.relation == "identical"}
        return cls(pairs, report, dict(relations), first)

    def relation(self, one: str | int, other: str | int) -> str | None:
        """Return how two texts relate, None if they are no pair."""
        pair = frozenset((self.first_of(one), self.first_of(other)))
        return "identical" if len(pair) == 1 else self.relations.get(pair)

    def is_same_story(self, one: str | int, other: str | int, *, overlap: bool = False) -> bool:
        """Tell whether two texts are reported as one story, or both name one keeper.

        Chains do not count. ``overlap``: an overlap does.
        """
        relation = self.relation(one, other)
        if relation in SAME or (overlap and relation == "overlap"):
            return True
        return self.report.keeper_of(one) == self.report.keeper_of(other)

    def first_of(self, text: str | int) -> str | int:
        """Return the text of the same words of which all is said that is said of this one."""
        while text in self.first:
            text = self.first[text]
        return text


def find(documents: Iterable[dedup.Document], **options: Any) -> Found:
    """Relate and deduplicate documents; options are those that both have."""
    documents = list(documents)
    pairs = dedup.pairs(documents, overlap=True, **options)
    return Found.of(pairs, dedup.deduplicate(documents, **options))
