"""Text as people set it: canonical characters, paragraphs, sentences.

Spans point into the caller's own string. A *line* is what stands between line breaks, a *block* is
a paragraph, or one line of verse, of a list or of a table. docs/cleaning.md shows each layout.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import regex
from numpy.typing import NDArray

from dedup import defaults
from dedup.model import Span

# C0 and C1 controls that are no white space, the soft hyphen, the zero-width space, the word
# joiner, the byte order mark. Zero-width joiners and non-joiners spell Persian, Hindi and emoji.
# Python's own re: looking for one of a set of characters takes it a fifth of the time.
INVISIBLE = re.compile(r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u200b\u2060\ufeff]")
SURROGATE = re.compile(r"[\ud800-\udfff]")
ODD = re.compile(INVISIBLE.pattern[:-1] + SURROGATE.pattern[1:])
WIDE = regex.compile(
    r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Bopomofo}\u3000-\u303f\uff01-\uff60]"
)
UNSPACED = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Bopomofo}\u3000-\u303f\uff01-\uff60]")
TERMINALS = ".!?…؟۔।॥。！？｡"
# Quotation marks that close in one language open in another.
CLOSING = "\"'”’“‘»«›‹)]}」』"
# What belongs to the words before it, where no space parts it from those after it.
ENDING = TERMINALS + ",;:，、；："
TERMINAL = regex.compile(rf"[{TERMINALS}:;][{regex.escape(CLOSING)}]*\Z")
# The end of a sentence: its mark and closing quotes before a space, a full-width mark anywhere;
# Thai, Lao, Khmer and Burmese have no such mark and part sentences by spaces.
SENTENCE_END = regex.compile(
    r"(?<![.!?…‼⁇⁈⁉؟۔।॥])[.!?…‼⁇⁈⁉؟۔।॥]++[\p{Pe}\p{Pf}\"']*+(?=\s|\Z)"
    r"|[。！？｡]++[\p{Pe}\p{Pf}\"']*+"
    r"|(?<=[\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}])(?=\s)"
)

BULLET = regex.compile(r"[-*+•–—▪◦·‣■●○]\s")


class Line(NamedTuple):
    """A line that shows something: its span without outer spaces, and what stands before it."""

    start: int
    end: int
    indent: int
    after_blank: bool


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph or kept line: the spans of its lines, and whether a blank line parts it.

    ``parted`` is false for a line of verse, of a list or of a table that goes on from the one
    before.
    """

    pieces: tuple[Span, ...]
    parted: bool

    @property
    def start(self) -> int:
        """Where its first line starts."""
        return self.pieces[0].start

    @property
    def end(self) -> int:
        """Where its last line ends."""
        return self.pieces[-1].end


def canonical_characters(text: str) -> str:
    """Return a text without line breaks in canonical form.

    NFC; invisible characters gone; lone surrogates become U+FFFD, for they cannot be written;
    every run of white space is one space. Typography, entities and tags are content and stay.
    """
    if ODD.search(text):
        text = SURROGATE.sub("\ufffd", INVISIBLE.sub("", text))
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    return " ".join(text.split())


def canonical_block(text: str, block: Block) -> str:
    """Return the canonical text of a block: lines joined by spaces, or by nothing in Chinese."""
    joined = canonical_characters(text[slice(*block.pieces[0])])
    if len(block.pieces) == 1:
        return joined
    for piece in block.pieces[1:]:
        line = canonical_characters(text[slice(*piece)])
        unspaced = joined and line and UNSPACED.match(joined[-1]) and UNSPACED.match(line[0])
        joined += line if unspaced else " " + line
    return unicodedata.normalize("NFC", joined).strip()


class Placed(NamedTuple):
    """Where a block stands in rendered text, and the spans it was rendered from."""

    span: Span
    pieces: tuple[Span, ...]


def render(text: str, blocks: Sequence[Block]) -> tuple[str, list[Placed]]:
    """Return the canonical text of blocks, and where each of them stands in it.

    Blocks are parted by a blank line, the lines of lists, verse and tables by a newline.
    """
    parts: list[str] = []
    placed: list[Placed] = []
    at = 0
    for block in blocks:
        gap = "" if not parts else "\n\n" if block.parted else "\n"
        shown = canonical_block(text, block)
        at += len(gap)
        parts += (gap, shown)
        placed.append(Placed(Span(at, at + len(shown)), block.pieces))
        at += len(shown)
    return "".join(parts), placed


def sentences(text: str, span: Span) -> Iterator[Span]:
    """Yield the sentences of a part of a text, without the spaces between them."""
    start = span.start
    for end in SENTENCE_END.finditer(text, span.start, span.end):
        if end.end() > start:
            yield strip(text, start, end.end())
            start = end.end()
    rest = strip(text, start, span.end)
    if rest.start < rest.end:
        yield rest


def blocks(text: str) -> list[Block]:
    """Return the paragraphs and kept lines of a text, in order.

    Blank lines part blocks. A single line break parts them too, unless the text is hard-wrapped
    and the next line's first word would not have fitted on the line; an indented line starts a
    paragraph. Short lines that follow each other are a list, verse or a table.
    """
    lines = list(_lines(text))
    width = _wrap_width(text, lines)
    result: list[Block] = []
    pieces: list[Span] = []
    parted = True
    for k, line in enumerate(lines):
        if pieces and not _continues(text, lines[k - 1], line, width):
            result.append(Block(tuple(pieces), parted))
            pieces = []
            parted = (
                line.after_blank
                or (width > 0 and _is_indented(text, lines[k - 1], line))
                or _is_paragraph(text, lines[k - 1], line)
            )
        pieces.append(Span(line.start, line.end))
    if pieces:
        result.append(Block(tuple(pieces), parted))
    return result


def words_span(text: str, spans: NDArray[np.int64], first: int, last: int) -> Span:
    """Return where the words ``first:last`` of a text stand, with the marks that stand at them.

    spans : int64[n, 2], where each word of the text starts and ends
    """
    start, end = int(spans[first, 0]), int(spans[last - 1, 1])
    floor = int(spans[first - 1, 1]) if first else 0
    stop = int(spans[last, 0]) if last < len(spans) else len(text)
    while start > floor and not (text[start - 1].isspace() or text[start - 1] in ENDING):
        start -= 1
    while end < stop and not text[end].isspace():
        end += 1
    return Span(start, end)


def strip(text: str, start: int, end: int) -> Span:
    """Return a span without the white space at its ends."""
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    return Span(start, end)


def _lines(text: str) -> Iterator[Line]:
    """Yield the lines that show something, as ``str.splitlines`` parts them."""
    start = 0
    blank = True
    invisible = INVISIBLE.search(text) is not None
    for whole in text.splitlines(keepends=True):
        bare = whole.rstrip()
        shown = bare.lstrip()
        if not shown or (invisible and not INVISIBLE.sub("", shown).strip()):
            blank = True
        else:
            indent = len(bare) - len(shown)
            yield Line(start + indent, start + len(bare), indent, blank)
            blank = False
        start += len(whole)


def _columns(shown: str) -> int:
    """Return how wide a line is; beyond every width that counts, its characters at least."""
    if len(shown) > max(defaults.WRAP_COLUMNS) or shown.isascii():
        return len(shown)
    return len(shown) + len(WIDE.findall(shown))


def _would_fit(text: str, line: Line, following: Line, width: int) -> bool:
    """Tell whether the first word of the line after would have fitted on this one."""
    shown = text[following.start : following.end]
    word = shown[0] if UNSPACED.match(shown) else shown.split(None, 1)[0]
    return line.indent + _columns(text[line.start : line.end]) + 1 + _columns(word) <= width


def _wrap_width(text: str, lines: Sequence[Line]) -> int:
    """Return the column at which a text is hard-wrapped, 0 if it is not.

    It is where most lines that another follows could not have held the next word, and most of
    those end inside a sentence: no full stop, and no capital after the break.
    """
    pairs = [(a, b) for a, b in pairwise(lines) if not b.after_blank]
    if not pairs:
        return 0
    widths = sorted(a.indent + _columns(text[a.start : a.end]) for a, _ in pairs)
    width = widths[len(widths) * 9 // 10]
    if not defaults.WRAP_COLUMNS[0] <= width <= defaults.WRAP_COLUMNS[1]:
        return 0
    full = [(a, b) for a, b in pairs if _continues(text, a, b, width)]
    inside = [1 for a, b in full if _breaks_sentence(text, a, b)]
    wrapped = 2 * len(full) >= len(pairs) and 2 * len(inside) >= len(full) > 0
    return width if wrapped else 0


def _breaks_sentence(text: str, line: Line, following: Line) -> bool:
    return not TERMINAL.search(text, line.start, line.end) and not text[following.start].isupper()


def _is_indented(text: str, line: Line, following: Line) -> bool:
    """Tell whether a line starts a paragraph by its indent: not in an item with a bullet."""
    return following.indent > line.indent and not BULLET.match(text, line.start)


def _continues(text: str, line: Line, following: Line, width: int) -> bool:
    """Tell whether a line goes on with the paragraph of the one before."""
    if not width or following.after_blank or BULLET.match(text, following.start):
        return False
    if _is_indented(text, line, following):
        return False
    return not _would_fit(text, line, following, width)


def _is_paragraph(text: str, line: Line, following: Line) -> bool:
    return any(
        _columns(text[a.start : a.end]) >= defaults.PARAGRAPH_COLUMNS for a in (line, following)
    )
