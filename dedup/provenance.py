"""Where what several steps found stands in the text as it came, and what holds it in the end."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain, pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.defaults import THRESHOLD
from dedup.kernels import repeats as kernels
from dedup.model import Repeat, RepeatKind, Scan, Span
from dedup.parts import Article, occurrences
from dedup.shingle import words_of
from dedup.text import Placed, blocks, strip, words_span


class Finding(NamedTuple):
    """A repeat in the text at hand."""

    span: Span
    of: Span
    kind: RepeatKind
    coverage: float
    removed: bool


class Step(NamedTuple):
    """A text on its way: how its blocks stand in the text before, what was found in it."""

    text: str
    placed: list[Placed]
    findings: list[Finding]


Words = tuple[NDArray[np.uint64], NDArray[np.int64]]


class Way:
    """The way back from the text of a step to the text before it."""

    def __init__(self, before: str, words_before: Words, step: Step, words: Words) -> None:
        self.before = before
        self.placed = step.placed
        self.firsts = [placed.span.start for placed in step.placed]
        self.starts = {placed.span.start: placed.pieces[0].start for placed in step.placed}
        self.ends = {placed.span.end: placed.pieces[-1].end for placed in step.placed}
        self.spans = words[1]
        spans = words_before[1]
        pieces = [Span(0, 0), *(piece for placed in step.placed for piece in placed.pieces)]
        starts, ends = np.array(pieces).T
        held = np.searchsorted(starts, spans[:, 0], "right") - 1
        self.spans_before = spans[spans[:, 0] < ends[held]]

    def back(self, span: Span) -> Span:
        """Return where a span of whole blocks, sentences or words stood."""
        start, end = self.starts.get(span.start), self.ends.get(span.end)
        if start is None or end is None:
            words = self._words(span)
            start = words.start if start is None else start
            end = words.end if end is None else end
        return Span(start, end)

    def _words(self, span: Span) -> Span:
        first = int(np.searchsorted(self.spans[:, 0], span.start))
        last = int(np.searchsorted(self.spans[:, 0], span.end))
        if first < last and len(self.spans) == len(self.spans_before):
            return words_span(self.before, self.spans_before, first, last)
        # Taking an invisible character out of an entity can make another word of it. Then what
        # is known is the block.
        low = bisect_right(self.firsts, span.start) - 1
        high = max(bisect_left(self.firsts, span.end) - 1, low)
        return Span(self.placed[low].pieces[0].start, self.placed[high].pieces[-1].end)


def told(steps: Sequence[Step]) -> Scan:
    """Return the findings of all steps, in the words of the text as it came.

    What a removed part repeats may itself go in a later step, for something else that holds it.
    Then that is named.
    """
    words = [words_of(step.text) for step in steps]
    ways = [
        Way(before.text, words[k], step, words[k + 1])
        for k, (before, step) in enumerate(pairwise(steps))
    ]

    def origin(k: int, span: Span) -> Span:
        for way in reversed(ways[:k]):
            span = way.back(span)
        return span

    text = steps[0].text
    taken: list[Span] = []  # what is gone, in order and apart
    repeats: list[Repeat] = []
    gone: list[tuple[list[Repeat], NDArray[np.uint64]]] = []
    for k, step in enumerate(steps):
        for finding in step.findings:
            span, of = origin(k, finding.span), origin(k, finding.of)
            pieces = _apart(text, span, taken) if finding.removed else [span]
            found = [
                Repeat(*piece, *of, finding.kind, finding.coverage, finding.removed)
                for piece in pieces
            ]
            if finding.removed:
                gone.append((found, _within(words[k], finding.span)))
                for piece in pieces:
                    insort(taken, piece)
            else:
                repeats += found
    moved = [(found, own) for found, own in gone if found and _meets(taken, found[0].of)]
    homes = _holders(steps[-1].text, words[-1], [own for _, own in moved])
    for (found, _), (holder, coverage) in zip(moved, homes, strict=True):
        start, end = origin(len(steps) - 1, holder)
        found[:] = [replace(r, of_start=start, of_end=end, coverage=coverage) for r in found]
    repeats += chain.from_iterable(found for found, _ in gone)
    return Scan(tuple(sorted(repeats, key=lambda repeat: repeat.span)), steps[-1].text)


def _apart(text: str, span: Span, taken: Sequence[Span]) -> list[Span]:
    """Return a span without those taken from it before, which are in order and apart."""
    pieces = []
    start = span.start
    for k in range(bisect_left(taken, Span(start, 0)), len(taken)):
        if taken[k].start >= span.end:
            break
        pieces.append(strip(text, start, taken[k].start))
        start = taken[k].end
    pieces.append(strip(text, start, span.end))
    return [piece for piece in pieces if piece.start < piece.end]


def _meets(apart: Sequence[Span], span: Span) -> bool:
    """Tell whether a span meets one of those, which are in order and apart."""
    at = bisect_left(apart, Span(span.end, 0))
    return at > 0 and apart[at - 1].end > span.start


def _within(words: Words, span: Span) -> NDArray[np.uint64]:
    """Return the words of a span."""
    tokens, spans = words
    first, last = np.searchsorted(spans[:, 0], span)
    return tokens[first:last]


def _holders(
    text: str, words: Words, repeats: Sequence[NDArray[np.uint64]]
) -> Iterator[tuple[Span, float]]:
    """Yield where the canonical text holds the words of each repeat, and how much of them.

    A block of the same words; else the block that has most of its runs of four words, or all
    that have any of them.
    """
    if not repeats:
        return
    article = Article(text, blocks(text), *words)
    equal = {article.tokens[p.first : p.last].tobytes(): p.span for p in reversed(article.parts)}
    tokens = np.concatenate([article.tokens, *repeats])
    gram_ends, ids, bounds, places = occurrences(tokens)
    end = len(article.tokens)
    for own in repeats:
        start, end = end, end + len(own)
        span = equal.get(own.tobytes())
        if span is not None:
            yield span, 1.0
            continue
        grams = np.arange(start, min(end, len(ids)))
        grams = grams[gram_ends[grams] <= end]
        held = places[bounds[ids[grams]]]  # the first place: in the text, if it is there at all
        held = held[gram_ends[held] <= len(article.tokens)]
        if not len(held):  # under four words
            at = _place(article.tokens, own)
            yield article.characters(at, at + len(own)), 1.0
            continue
        in_blocks = np.searchsorted(article.firsts, held, "right") - 1
        block = article.parts[int(np.bincount(in_blocks).argmax())]
        index = (tokens, gram_ends, ids, bounds, places, start, end)
        in_block = kernels.coverage(*index, block.first, block.last)
        anywhere = kernels.coverage(*index, int(held.min()), int(gram_ends[held].max()))
        # A whole block, unless what held the repeat has itself been cut and goes over several.
        alone = in_block[0] >= THRESHOLD * anywhere[0]
        covered, first, last = in_block if alone else anywhere
        weight = int((2 - (own & np.uint64(1)).astype(np.int64)).sum())
        yield article.characters(first, last), covered / weight


def _place(tokens: NDArray[np.uint64], own: NDArray[np.uint64]) -> int:
    """Return the first place where a text holds a few words in a row."""
    places = np.flatnonzero(tokens == own[0])
    for k in range(1, len(own)):
        places = places[places + k < len(tokens)]
        places = places[tokens[places + k] == own[k]]
    return int(places[0])
