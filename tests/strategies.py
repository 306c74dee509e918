"""What Hypothesis draws texts from: any Unicode at all, and articles as they come from scrapers."""

import textwrap
from collections.abc import Sequence

from hypothesis import strategies as st

# With and without case, of scripts with and without spaces, decomposed, jamo, forms of others.
LETTERS = (
    "abcxyzABCXYZßſÅéÉäÖıİÆœﬁdǅДдІіЇїΑαςσΣάאשׁבمنىيﻼःअकषिीखๅกขำคเไ"
    "ကခຂក中文報カガがはㄅ한하국𝐀Ａａ𠀀\u1112\u1161\u11ab\u212b\u2126\uf900\u0958\ufb2b"
)
MARKS = (
    "\u0300\u0301\u0308\u0327\u0323\u0345\u0345"  # Latin and Greek, the iota written below
    "\u05b7\u05bc\u05c1\u064b\u0650\u0651\u0670\u093c\u094d\u0e35\u0e38\u0e4a"
    "\u0f71\u0f74\u3099\u309a\u20d0\ufe0f\U0001d165\U000e0100"
)
DIGITS = "0123456789٣५४²½¼Ⅳ"
PUNCTUATION = ".,:;!?…-–—'\"’‘“”„«»()[]&#%*/<>؟،。！？、「」۔।•"
SPACES = " \t\xa0\u1680\u2003\u202f\u205f\u3000"
BREAKS = "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"
# A soft hyphen, zero-width ones, the byte order mark, directions, controls, a tag.
INVISIBLES = "\xad\u200b\u200c\u200d\u200e\u2060\ufeff\u202a\x00\x01\x08\x1b\x1f\x7f\x80\x9f"
SURROGATES = "\ud800\udbff\udc00\udfff"
ENTITIES = ("&amp;", "&nbsp;", "&#233;", "&#x41;", "&eacute;", "&;", "&#0;", "&#x110000;", "&lt")

_CHARACTERS = st.one_of(
    *map(
        st.sampled_from,
        (LETTERS, MARKS, DIGITS, PUNCTUATION, SPACES, BREAKS, INVISIBLES, SURROGATES),
    ),
    st.characters(),
    st.characters(categories=["Cs"]),
)


def texts(max_size: int = 60) -> st.SearchStrategy[str]:
    """Any text: marks of many scripts, controls, entities, line breaks, lone surrogates."""
    units = st.one_of(
        _CHARACTERS,
        st.sampled_from(ENTITIES),
        st.sampled_from(("\n\n", "\r\n", "  ", " a ", "Ab. ")),
        st.text(st.sampled_from(MARKS), min_size=2, max_size=6),
    )
    return st.one_of(st.text(max_size=max_size), st.lists(units, max_size=max_size).map("".join))


_NOUNS = (
    "harbor", "council", "storm", "ferry", "bridge", "market", "school", "river", "farmer",
    "mayor", "train", "orchard",
)  # fmt: skip
_VERBS = (
    "closed", "opened", "reached", "left", "warned", "praised", "crossed", "repaired", "saw",
    "lost",
)  # fmt: skip
_TAILS = (
    "on Monday", "in the north", "after a long winter", "near Selm", "with 14 others",
    "for 1,200 crowns", "as Ada Birk had said", "before noon", "at the third attempt", "once more",
)  # fmt: skip
_HEADINGS = ("What comes next", "The bridge", "Photo: Ada Birk", "In short:", "* * *")
_UNSPACED = "港口市長橋風雨船村學校河水昨日今天表示關閉開放農民火車新的"


@st.composite
def _sentences(draw: st.DrawFn) -> str:
    """Draw a sentence of 5 to 30 words, so that different ones share runs of words."""
    words = ["The"]
    for _ in range(draw(st.integers(1, 4))):
        words += (draw(st.sampled_from(_NOUNS)), draw(st.sampled_from(_VERBS)), "the")
        words += (draw(st.sampled_from(_NOUNS)), draw(st.sampled_from(_TAILS)))
        words.append(draw(st.sampled_from(("and the", "while the", "but the"))))
    sentence = " ".join(words[:-1])
    shape = draw(st.sampled_from(("{}.",) * 5 + ("“{}.”", "{}?", "{}!", "{}:", "{}…", "{}")))
    return shape.format(sentence)


def _unspaced() -> st.SearchStrategy[str]:
    return st.text(st.sampled_from(_UNSPACED), min_size=8, max_size=30).map("{}。".format)


@st.composite
def _paragraphs(draw: st.DrawFn) -> str:
    if draw(st.integers(0, 9)) == 0:
        return "".join(draw(st.lists(_unspaced(), min_size=1, max_size=4)))
    return " ".join(draw(st.lists(_sentences(), min_size=1, max_size=4)))


@st.composite
def _told_again(draw: st.DrawFn, paragraph: str) -> str:
    """Draw what a scraper leaves of a paragraph that it meets a second time."""
    words = paragraph.split()
    at = draw(st.integers(0, len(words) - 1))
    length = draw(st.integers(1, len(words)))
    part = " ".join(words[at : at + length])
    way = draw(st.integers(0, 7))
    if way == 0:  # a near copy
        return " ".join((*words[:at], draw(st.sampled_from(_NOUNS)), *words[at + 1 :]))
    if way == 1:  # a teaser
        return " ".join(words[:length]).rstrip(".,") + draw(st.sampled_from(("…", " ...")))
    if way == 2:  # a pull quote
        return f"“{part.strip('“”')}”"
    if way == 3:  # a part of it
        return part
    if way == 4:  # inside a longer one
        return f"{paragraph} {draw(_sentences())}"
    if way == 5:  # with other characters
        return paragraph.replace("e", "e\xad").replace(" ", "\xa0").replace("“", '"')
    if way == 6:  # doubled without a break
        return f"{paragraph} {paragraph}"
    return paragraph


def _lists() -> st.SearchStrategy[list[str]]:
    """Lines that stay lines: a list, verse, the rows of a table."""
    nouns = st.sampled_from(_NOUNS)
    lines = st.one_of(
        nouns.map("- {}".format),
        st.tuples(nouns, nouns).map(" and the ".join),
        st.tuples(nouns, st.integers(0, 40)).map(lambda row: f"{row[0]} {row[1]} 3 {row[1] % 7}"),
    )
    return st.lists(lines, min_size=2, max_size=6)


@st.composite
def _blocks(draw: st.DrawFn) -> list[list[str]]:
    """Draw paragraphs, each as its lines."""
    blocks: list[list[str]] = []
    for _ in range(draw(st.integers(1, 8))):
        kind = draw(st.integers(0, 9))
        if kind < 4 or not blocks:
            blocks.append([draw(_paragraphs())])
        elif kind < 7:
            earlier = draw(st.sampled_from(blocks))
            again = len(earlier) == 1 and len(earlier[0].split()) > 1
            blocks.append([draw(_told_again(earlier[0]))] if again else earlier)
        elif kind < 9:
            blocks.append([draw(st.sampled_from(_HEADINGS))])
        else:
            blocks.append(draw(_lists()))
    if draw(st.integers(0, 3)) == 0:  # a body told twice, in part or as a whole
        first = draw(st.integers(0, len(blocks) - 1))
        blocks += blocks[first:]
    return blocks


def _lay_out(blocks: list[list[str]], layout: str) -> str:
    if layout == "one line":
        return " ".join(line for block in blocks for line in block)
    if layout == "line a paragraph":
        return "\n".join(line for block in blocks for line in block)
    indent = "   " if layout == "indented" else ""
    width = 10**6 if layout == "blank lines" else 72
    parted = "\n" if layout in ("indented", "wrapped without blank lines") else "\n\n"
    return parted.join(
        "\n".join(textwrap.fill(line, width, initial_indent=indent) for line in block)
        for block in blocks
    )


LAYOUTS = (
    "blank lines",
    "line a paragraph",
    "wrapped",
    "wrapped without blank lines",
    "indented",
    "one line",
)


@st.composite
def articles(draw: st.DrawFn, layouts: Sequence[str] = LAYOUTS) -> str:
    """Draw an article of a few paragraphs, laid out in one of the given ways.

    Many of its paragraphs are earlier ones told again: as they were, nearly so, cut to a teaser,
    as a pull quote, inside a longer one; a body may stand twice.
    """
    text = _lay_out(draw(_blocks()), draw(st.sampled_from(layouts)))
    gap = draw(st.sampled_from(("\n\n", "\n\n\n", "\n\xa0\n", "\n\u200b\n")))
    ending = draw(st.sampled_from(("\n", "\n", "\n", "\r\n", "\u2028")))
    tail = draw(st.sampled_from(("", "", "\n", "\n" * 9, " ")))
    return text.replace("\n\n", gap).replace("\n", ending) + tail
