"""Related texts as pairs that cross the border: ids, shares, facts and passages."""

import math
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from dedup.collection import Related
from dedup.documents import Collection, id_order
from dedup.kernels.match import FACTS_SHOWN
from dedup.model import Pair, Relation, Span
from dedup.paragraphs import Paragraphs
from dedup.relations import IDENTICAL, NAMES
from dedup.shingle import words_of
from dedup.wording import Passage, Wording, differing_facts, shared_passages, wording

DIGITS = 4


def seen_from(relation: Relation | None, *, swapped: bool) -> Relation | None:
    """Return the relation as the other text sees it, where the two are swapped."""
    return "extends" if swapped and relation == "excerpt" else relation


def share(value: float) -> float:
    """Return a share as it is told."""
    return round(float(value), DIGITS)


class Teller:
    """Makes pairs of what is known of related texts.

    ``sides`` : int64[n], 1 for texts that can only be on the right; ``with_passages``: tell them.
    """

    def __init__(
        self,
        related: Related,
        collection: Collection,
        paragraphs: Paragraphs | None,
        sides: NDArray[np.int64],
        *,
        with_passages: bool,
    ) -> None:
        self._related = related
        self._collection = collection
        self._paragraphs = paragraphs
        self._sides = sides
        self._with_passages = with_passages
        self._plain = np.stack(related.evidence.coverage(own=False), axis=1)
        self._own = np.stack(related.evidence.coverage(own=True), axis=1)

    def pairs(self) -> Iterator[Pair]:
        """Yield all pairs in the order of (right, left) ids."""
        related, sides = self._related, self._sides
        swapped = (sides[related.pairs[:, 0]] > sides[related.pairs[:, 1]]).tolist()
        names = [id_order(document.id) for document in self._collection.documents]
        order = sorted(
            range(len(swapped)),
            key=lambda p: tuple(
                names[text] for text in related.pairs[p].tolist()[:: 1 if swapped[p] else -1]
            ),
        )
        for p in order:
            yield self._pair(p, swapped=swapped[p])

    def _pair(self, p: int, *, swapped: bool) -> Pair:
        related, evidence = self._related, self._related.evidence
        texts = related.pairs[p].tolist()
        plain, own = self._plain[p].tolist(), self._own[p].tolist()
        known = [bool(evidence.own_left[p]), bool(evidence.own_right[p])]
        facts, passages = self._in_characters(p, texts)
        if swapped:
            texts, plain, own, known = texts[::-1], plain[::-1], own[::-1], known[::-1]
            facts = tuple((theirs, ours) for ours, theirs in facts)
            passages = tuple(sorted((c, d, a, b) for a, b, c, d in passages))
        left, right = texts
        sources = [self._collection.sources[text] for text in texts]
        hours = float(evidence.hours_apart[p])
        relation = seen_from(NAMES[related.relations[p]], swapped=swapped)
        assert relation is not None  # unrelated pairs are left out before
        return Pair(
            left=self._id(left),
            right=self._id(right),
            relation=relation,
            left_in_right=share(plain[0]),
            right_in_left=share(plain[1]),
            own_left=share(own[0]) if known[0] else None,
            own_right=share(own[1]) if known[1] else None,
            hours_apart=None if math.isnan(hours) else round(hours, 2),
            same_source=sources[0] == sources[1] if all(sources) else None,
            facts=facts,
            passages=passages if self._with_passages else None,
            left_span=self._span(left),
            right_span=self._span(right),
        )

    def _in_characters(
        self, p: int, texts: list[int]
    ) -> tuple[tuple[tuple[str, str], ...], tuple[Passage, ...]]:
        related = self._related
        shown = bool(related.matches.measures[p, FACTS_SHOWN])
        if related.relations[p] == IDENTICAL and self._with_passages:
            spans = [words_of(self._collection.texts[text])[1] for text in texts]
            ends = [int(end) for each in spans for end in (each[0, 0], each[-1, 1])]
            return (), self._in_documents([(ends[0], ends[1], ends[2], ends[3])], texts)
        if not shown and not self._with_passages:
            return (), ()
        left, right = (self._wording(text) for text in texts)
        facts = differing_facts(related.matches, p, left, right)
        passages = shared_passages(related.matches, p, left, right)
        return facts, self._in_documents(passages, texts)

    def _in_documents(self, passages: Sequence[Passage], texts: list[int]) -> tuple[Passage, ...]:
        """Return passages as places in the documents, of which the texts may be paragraphs."""
        spans = [self._span(text) for text in texts]
        left, right = (0 if span is None else span.start for span in spans)
        return tuple((a + left, b + left, c + right, d + right) for a, b, c, d in passages)

    def _wording(self, text: int) -> Wording:
        related = self._related
        return wording(self._collection.texts[text], related.material, int(related.rows[text]))

    def _id(self, text: int) -> str | int:
        if self._paragraphs is not None:
            return self._paragraphs.ids[text]
        return self._collection.documents[text].id

    def _span(self, text: int) -> Span | None:
        return None if self._paragraphs is None else self._paragraphs.spans[text]
