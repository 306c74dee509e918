"""A canonical text as its parts and its words."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup import defaults
from dedup.kernels import repeats as kernels
from dedup.kernels.grams import GRAM_WORDS, SALT, index_grams
from dedup.model import Span
from dedup.prose import Prose
from dedup.text import Block, canonical_block, sentences, words_span


def occurrences(tokens: NDArray[np.uint64]) -> tuple[NDArray[np.int32], ...]:
    """Return where the grams of a text stand: gram_ends, ids, bounds, places of ``index_grams``."""
    return index_grams(tokens, SALT)[:4]  # type: ignore[no-any-return]


class Part:
    """A block, its words ``first:last`` of the article's, and their weight in half words."""

    def __init__(self, text: str, block: Block, first: int, last: int, weight: int) -> None:
        self.text = text
        self.block = block
        self.first = first
        self.last = last
        self.weight = weight

    @cached_property
    def span(self) -> Span:
        """Where it stands."""
        return Span(self.block.start, self.block.end)

    @cached_property
    def prose(self) -> Prose:
        """What kind of line it is, its numbers and names."""
        return Prose(canonical_block(self.text, self.block), self.weight / 2)

    @property
    def n_words(self) -> float:
        """Its length; a character written without spaces counts half a word."""
        return self.weight / 2

    @cached_property
    def stays(self) -> bool:
        """It is of a kind that may be meant each time: a question, a row, an item, an address."""
        prose = self.prose
        return (
            prose.asks
            or prose.announces
            or ((prose.is_item or not self.block.parted) and self.n_words < defaults.ITEM_WORDS)
            or prose.is_row
            or prose.is_address
        )


class Sentences(NamedTuple):
    """The sentences of a part that hold words: those words, and where the sentences stand."""

    firsts: list[int]
    lasts: list[int]
    spans: list[Span]


class Article:
    """A canonical text with its parts, its words, and where its runs of four words stand."""

    def __init__(
        self,
        text: str,
        blocks: Sequence[Block],
        tokens: NDArray[np.uint64],
        spans: NDArray[np.int64],
    ) -> None:
        self.text = text
        self.tokens = tokens
        self.spans = spans
        self.weights = np.concatenate(
            ([0], np.cumsum(2 - (tokens & np.uint64(1)).astype(np.int64)))
        )
        firsts = np.searchsorted(spans[:, 0], [block.start for block in blocks]).tolist()
        firsts.append(len(tokens))
        sums = self.weights[firsts].tolist()
        self.parts = [
            Part(text, block, firsts[b], firsts[b + 1], sums[b + 1] - sums[b])
            for b, block in enumerate(blocks)
        ]
        self.firsts = firsts
        self._parted: dict[int, Sentences] = {}

    @cached_property
    def grams(self) -> tuple[NDArray[Any], ...]:
        """What the kernels ask for: the words, and where their runs of four stand."""
        return (self.tokens, *occurrences(self.tokens))

    def coverage(self, part: Part, holder: Part) -> tuple[float, Span]:
        """Return the share of a part's words that another holds, and where it holds them."""
        covered, first, last = kernels.coverage(
            *self.grams, part.first, part.last, holder.first, holder.last
        )
        if not covered:
            return 0.0, holder.span
        return covered / part.weight, self.characters(first, last)

    def least_coverage(self, part: Part, holder: Part) -> float:
        """Return the share of a part's sentence of which another holds least.

        Sentences under four words count for nothing by themselves.
        """
        held = self._sentences(part)
        shares = [1.0]
        for first, last in zip(held.firsts, held.lasts, strict=True):
            weight = int(self.weights[last] - self.weights[first])
            if weight >= 2 * GRAM_WORDS:
                covered = kernels.coverage(*self.grams, first, last, holder.first, holder.last)[0]
                shares.append(covered / weight)
        return min(shares)

    def characters(self, first: int, last: int) -> Span:
        """Return where the words ``first:last`` stand."""
        return words_span(self.text, self.spans, first, last)

    def parts_of(self, first: int, last: int) -> Sequence[Part]:
        """Return the parts that hold any of the words ``first:last``."""
        low = bisect_right(self.firsts, first, hi=len(self.parts)) - 1
        return self.parts[max(low, 0) : bisect_left(self.firsts, last, hi=len(self.parts))]

    def whole_sentences(self, first: int, last: int) -> tuple[int, int, Span]:
        """Return the sentences that the words ``first:last`` hold as a whole.

        Their words, none if there is no such sentence, and where they stand.
        """
        start, end, span = first, first, Span(0, 0)
        for part in self.parts_of(first, last):
            held = self._sentences(part)
            low = bisect_left(held.firsts, first)
            high = bisect_right(held.lasts, last) - 1
            if low <= high:
                if start == end:
                    start, span = held.firsts[low], Span(held.spans[low].start, span.end)
                end, span = held.lasts[high], Span(span.start, held.spans[high].end)
        return start, end, span

    def _sentences(self, part: Part) -> Sentences:
        if part.first not in self._parted:
            spans = list(sentences(self.text, part.span))
            starts = self.spans[part.first : part.last, 0]
            firsts = np.searchsorted(starts, [span.start for span in spans]) + part.first
            lasts = np.searchsorted(starts, [span.end for span in spans]) + part.first
            some = np.flatnonzero(firsts < lasts).tolist()
            self._parted[part.first] = Sentences(
                firsts[some].tolist(), lasts[some].tolist(), [spans[k] for k in some]
            )
        return self._parted[part.first]
