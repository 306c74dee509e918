"""Related texts as pairs that cross the border: ids, shares, facts and passages."""

import math
from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from dedup.collection import Found, Related
from dedup.documents import Collection
from dedup.kernels.relate import IDENTICAL, OWN, PLAIN
from dedup.model import Pair, Relation, Span
from dedup.relations import NAMES
from dedup.wording import Passage

DIGITS = 4


def seen_from(relation: Relation | None, *, swapped: bool) -> Relation | None:
    """Return the relation as the other text sees it, where the two are swapped."""
    return "extends" if swapped and relation == "excerpt" else relation


def share(value: float) -> float:
    """Return a share as it is told."""
    return round(float(value), DIGITS)


def tell_pairs(
    related: Related, collection: Collection, spans: Mapping[int, tuple[int, int]] | None
) -> Iterator[Pair]:
    """Yield all pairs in the order of (right, left) ids.

    spans : where the words of texts that are identical to others stand, None if no passages are
    told
    """
    teller = Teller(related, collection, spans)
    left, right = related.pairs.T
    swapped = collection.sides[left] > collection.sides[right]
    places = collection.order()
    names = np.where(swapped[None], places[[left, right]], places[[right, left]])
    for p in np.lexsort((names[1], names[0])).tolist():
        yield teller.pair(p, swapped=bool(swapped[p]))


def identical_texts(related: Related) -> NDArray[np.bool_]:
    """Tell which texts are in a pair of texts of the same words, bool[n]."""
    found = np.zeros(len(related.order), np.bool_)
    found[related.pairs[related.relations == IDENTICAL]] = True
    return found


class Teller:
    """Makes pairs of what is known of related texts."""

    def __init__(
        self,
        related: Found,
        collection: Collection,
        spans: Mapping[int, tuple[int, int]] | None,
    ) -> None:
        self._related = related
        self._collection = collection
        self._words = spans

    def pair(self, p: int, *, swapped: bool) -> Pair:
        """Return one pair, the texts in it swapped or not."""
        related, evidence = self._related, self._related.evidence
        texts = related.pairs[p].tolist()
        shares = evidence.shares[p].tolist()
        plain, own = shares[PLAIN:OWN], shares[OWN:]
        known = [bool(evidence.own_left[p]), bool(evidence.own_right[p])]
        facts, passages = related.told[p].facts, self._passages(p, texts)
        if swapped:
            texts, plain, own, known = texts[::-1], plain[::-1], own[::-1], known[::-1]
            facts = tuple((theirs, ours) for ours, theirs in facts)
            passages = tuple(sorted((c, d, a, b) for a, b, c, d in passages))
        left, right = texts
        sources = [self._collection.source(text) for text in texts]
        hours = float(evidence.hours_apart[p])
        relation = seen_from(NAMES[related.relations[p]], swapped=swapped)
        assert relation is not None  # unrelated pairs are left out before
        return Pair(
            left=self._collection.id(left),
            right=self._collection.id(right),
            relation=relation,
            left_in_right=share(plain[0]),
            right_in_left=share(plain[1]),
            own_left=share(own[0]) if known[0] else None,
            own_right=share(own[1]) if known[1] else None,
            hours_apart=None if math.isnan(hours) else round(hours, 2),
            same_source=sources[0] == sources[1] if all(sources) else None,
            facts=facts,
            passages=passages if self._words is not None else None,
            left_span=self._span(left),
            right_span=self._span(right),
        )

    def _passages(self, p: int, texts: list[int]) -> tuple[Passage, ...]:
        """Return passages as places in the documents, of which the texts may be paragraphs."""
        if self._words is None:
            return ()
        passages = self._related.told[p].passages
        if self._related.relations[p] == IDENTICAL:
            passages = ((*self._words[texts[0]], *self._words[texts[1]]),)
        spans = [self._span(text) for text in texts]
        left, right = (0 if span is None else span.start for span in spans)
        return tuple((a + left, b + left, c + right, d + right) for a, b, c, d in passages)

    def _span(self, text: int) -> Span | None:
        spans = self._collection.spans
        return None if spans is None else Span(*spans[text].tolist())
