"""One article: ``scan`` finds what repeats inside it, ``clean`` returns it without.

A text is laid out canonically, searched for repeats, and searched again without them, until
nothing changes: so what ``clean`` returns it also leaves alone. Each step that changes something
takes out words or line breaks, so the steps end. Nothing is remembered between calls.
"""

from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup import defaults
from dedup.kernels import canonical as canonical_kernels
from dedup.kernels import repeats as repeat_kernels
from dedup.kernels.grams import GRAM_WORDS, SALT
from dedup.model import Scan, Span
from dedup.parts import Article
from dedup.provenance import Step, told
from dedup.repeats import Rules, find_repeats
from dedup.shingle import Encoded, Words, encode, hash_words, words_of
from dedup.text import Block, blocks, render


def clean(
    text: str,
    /,
    *,
    threshold: float = defaults.THRESHOLD,
    min_words: int = defaults.MIN_WORDS,
) -> str:
    """Return canonical text: repeated paragraphs gone, nothing else lost.

    threshold : share (0..1] of a paragraph's words that a kept one must hold before it goes
    min_words : shortest paragraph that goes because an equal one stands before it, 4 or more

    Canonical text is NFC without control characters, one space between words and one blank line
    between paragraphs; ``clean(clean(text)) == clean(text)``. A text that is canonical and repeats
    nothing is returned as it is. Linear in the length of the text.

    >>> clean("A storm closed the port.\\r\\nFerries stay  in.")
    'A storm closed the port.\\nFerries stay in.'
    """
    return clean_batch([text], threshold=threshold, min_words=min_words)[0].text


def scan(
    text: str,
    /,
    *,
    threshold: float = defaults.THRESHOLD,
    min_words: int = defaults.MIN_WORDS,
) -> Scan:
    """Return the repeats inside a text, in its order, and what ``clean`` makes of it.

    Options as for ``clean``. Also named are repeats that ``clean`` leaves alone: a question put
    twice, a line whose number another lacks.

    >>> body = "Ferries will stay in the harbor until the wind drops, the port said."
    >>> [(repeat.span, repeat.of, repeat.kind) for repeat in scan(f"{body}\\n\\n{body}").repeats]
    [(Span(start=70, end=138), Span(start=0, end=68), 'exact')]
    """
    return scan_batch([text], threshold=threshold, min_words=min_words)[0]


class Cleaned(NamedTuple):
    """What ``clean`` makes of a text, and how many repeats it took out."""

    text: str
    removed: int


def clean_batch(
    texts: Sequence[str],
    *,
    threshold: float = defaults.THRESHOLD,
    min_words: int = defaults.MIN_WORDS,
) -> list[Cleaned]:
    """Return what ``clean`` makes of each text: the same object where nothing is to be done."""
    return [
        Cleaned(
            steps[-1].text,
            sum(finding.removed for step in steps for finding in step.findings),
        )
        for steps in _settle(texts, _rules(threshold, min_words))
    ]


def scan_batch(
    texts: Sequence[str],
    *,
    threshold: float = defaults.THRESHOLD,
    min_words: int = defaults.MIN_WORDS,
) -> list[Scan]:
    """Return what ``scan`` finds in each text."""
    return [told(steps) for steps in _settle(texts, _rules(threshold, min_words))]


def _rules(threshold: float, min_words: int) -> Rules:
    if not 0 < threshold <= 1:
        raise ValueError(f"threshold must be over 0 and at most 1, got {threshold}")
    if min_words < GRAM_WORDS:  # what repeats is looked for by runs of so many
        raise ValueError(f"min_words must be at least {GRAM_WORDS}, got {min_words}")
    return Rules(threshold, min_words)


def _inspect(texts: Sequence[str], rules: Rules) -> tuple[list[bool], list[bool]]:
    """Tell of each text whether it is canonical, and whether it may hold a repeat."""
    encoded = encode(texts)
    words = hash_words(encoded)
    spaces = canonical_kernels.canonical_spaces(*encoded)
    canonical = (spaces != 0) & (words.uncanonical == 0)
    return canonical.tolist(), _suspects(encoded, words, rules).tolist()


def _suspects(encoded: Encoded, words: Words, rules: Rules) -> NDArray[np.bool_]:
    least = 2 * min(defaults.TEASER_WORDS, rules.min_words)
    longest = 2 * min(defaults.INSIDE_WORDS, defaults.ADJACENT_RUN_WORDS)
    return repeat_kernels.suspects(  # type: ignore[no-any-return]
        *encoded, words.tokens, words.spans, words.token_offsets,
        min(rules.threshold, defaults.TEASER_THRESHOLD), least, longest, SALT,
    ) != 0  # fmt: skip


def _settle(texts: Sequence[str], rules: Rules) -> list[list[Step]]:
    """Return, for each text, itself and each step to its canonical form without repeats.

    All texts take a step together: what most of them need, none, is found in one call.
    """
    ways = [[Step(text, [], [])] for text in texts]
    moving = ways
    while moving:
        verdicts = _inspect([steps[-1].text for steps in moving], rules)
        moving = [
            steps
            for steps, canonical, suspect in zip(moving, *verdicts, strict=True)
            if not (canonical and not suspect) and _take_step(steps, canonical, suspect, rules)
        ]
    return ways


def _take_step(steps: list[Step], canonical: bool, suspect: bool, rules: Rules) -> bool:
    """Lay a text out, or else take out repeats; tell whether that changed it."""
    text = steps[-1].text
    laid_out = blocks(text)
    if not canonical:
        rendered, placed = render(text, laid_out)
        if rendered != text:
            steps.append(Step(rendered, placed, []))
            return True
    if not suspect:
        return False
    findings = find_repeats(Article(text, laid_out, *words_of(text)), rules)
    steps[-1] = steps[-1]._replace(findings=findings)
    if not any(finding.removed for finding in findings):
        return False
    kept = _without(text, laid_out, [finding.span for finding in findings])
    steps.append(Step(*render(text, kept), []))
    return True


def _without(text: str, laid_out: Sequence[Block], spans: Sequence[Span]) -> list[Block]:
    """Return the blocks without the given spans, which are whole blocks or whole sentences."""
    kept = []
    ends = [span.end for span in spans]
    parted = False
    for block in laid_out:
        pieces = []
        for piece in block.pieces:
            at = piece.start
            for k in range(bisect_right(ends, piece.start), len(spans)):
                span = spans[k]
                if span.start >= piece.end:
                    break
                pieces.append(Span(at, max(at, span.start)))
                at = min(span.end, piece.end)
            pieces.append(Span(at, piece.end))
        shown = tuple(piece for piece in pieces if text[slice(*piece)].strip())
        parted |= block.parted
        if shown:
            kept.append(Block(shown, parted))
            parted = False
    return kept
