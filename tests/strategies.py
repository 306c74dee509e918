"""What Hypothesis draws texts from: any Unicode at all, and articles as they come from scrapers."""

import textwrap
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from random import Random

from hypothesis import strategies as st

from dedup import Document

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


_STATED = (
    "Mira", "mira", "MIRA", "É", "É", "Élan", "À", "I", "E", "J", "Mr", "Dr", "Gen", "Prof",
    "sagte", "der", "die", "und", "mit", "Haus", "said", "ǅep", "中", "文", "don’t", "п'ятницю",
    "Monday", "monday", "May", "may", "März", "mars", "Sat", "sat", "пятницу", "six", "Six",
    "sechs", "once", "0", "1", "5", "12", "20", "50", "007", "00", "200", "000", "120", "2024",
    "1200", "200000", "٢٠٠", "٥", "１２", "¼", "5¼", "20th", "A320", "200m", "2\xad00", "x²",
    "1’200", "1'200", "&Eacute;lan", "&#49;2", "it&#8217;s", "5\u0301",
)  # fmt: skip
_PARTED = (
    " ", " ", " ", " ", ". ", ".", ",", ", ", "\xa0", "\u202f", "\u2009", "'", "’", " ’", "’ ",
    "-", " -", "–", " −", "−", " (-", "(", ") ", "\n", "\n\n", "\n \n", "! ", "? ", ": ", "; ",
    " '", "' ", " “", "” ", " «", "» ", "•", "… ", " [", " *", '"', "\xad", "\u200b ", "&nbsp;",
    "&#32;", "/", " — ", "$", "\r\n", "。", "",
)  # fmt: skip


def statements(max_size: int = 12) -> st.SearchStrategy[str]:
    """Numbers, names and days in many spellings, and all that may stand between them."""
    parts = st.tuples(st.sampled_from(_STATED), st.sampled_from(_PARTED)).map("".join)
    lead = st.sampled_from(("", "", " ", "-", "(", "“", "−"))
    return st.tuples(lead, st.lists(parts, max_size=max_size).map("".join)).map("".join)


@st.composite
def surrounded(draw: st.DrawFn, least: int, n: int = 2) -> tuple[list[str], ...]:
    """Draw texts that share a run of ``least`` words, as words: the run, then ``n`` texts.

    A character of Chinese is half a word. No text holds its words twice but by chance; each is as
    long as it is drawn, from the run alone to more than two hundred words around it.
    """
    kind = draw(st.sampled_from(("words", "singles", "both")))
    run = []
    for k in range(2 * least):
        if sum(1 if len(word) == 1 else 2 for word in run) >= 2 * least:
            break
        is_single = kind == "singles" or (kind == "both" and draw(st.booleans()))
        run.append(chr(0x4E00 + k) if is_single else f"shared{k}")
    # What stands around: words of its own, or few words that return.
    texts = []
    for number in range(n):
        around = [
            [
                f"own{number}x{side}x{k}" if draw(st.booleans()) else "often"
                for k in range(draw(st.sampled_from((0, 0, 1, 3, 15, 40, 120))))
            ]
            for side in range(2)
        ]
        texts.append([*around[0], *run, *around[1]])
    return (run, *texts)


_FEW = (
    "one", "two", "three", "中", "文", "so", "Mira", "5", "1", "200", "-5", "1,200", "Monday",
    "六", "six", "200,", "Selm",
)  # fmt: skip


def few_words(max_size: int = 40) -> st.SearchStrategy[str]:
    """Texts of few words, so that runs of four return: numbers, names, singles among them."""
    return st.lists(st.sampled_from(_FEW), max_size=max_size).map(" ".join)


_TOLD = (
    "one", "two", "three", "four", "five", "中", "文", "六", "so", "Mira", "Selm", "Ada", "Birk",
    "Orla", "5", "1", "200", "-5", "1,200", "7", "Monday", "May", "six", "ferry", "harbor",
    "wind", "port.", "the",
)  # fmt: skip


def retold(max_size: int = 60) -> st.SearchStrategy[list[str]]:
    """Draw texts that share runs of words, in some order, with more or fewer words between."""
    return st.tuples(st.randoms(use_true_random=False), st.integers(0, max_size)).map(_retold)


def _retold(drawn: tuple[Random, int]) -> list[str]:
    random, size = drawn
    words = _TOLD[: random.choice((6, 15, len(_TOLD)))]
    text = random.choices(words, k=size)
    texts = [text]
    for _ in range(random.randint(1, 2)):
        told, at = list[str](), 0
        for _ in range(random.choice((1, 2, 4, 8))):
            told += random.choices(_TOLD, k=random.choice((0, 1, 2, 3, 9)))
            told += random.choices(words, k=random.choice((0, 0, 0, 0, 35, 70)))
            at = random.randrange(size + 1) if random.random() < 0.3 else at + random.randint(0, 3)
            told += text[at : at + random.choice((3, 4, 6, 12, 30))]
            at += 12
        texts.append(told)
    return [" ".join(told) for told in texts]


def _story(random: Random, n_sentences: int) -> list[str]:
    sentences = []
    for _ in range(n_sentences):
        parts = [
            f"the {random.choice(_NOUNS)} {random.choice(_VERBS)} the {random.choice(_NOUNS)} "
            f"{random.choice(_TAILS)} {random.choice(('of', 'for', 'by'))} {random.randint(2, 99)}"
            for _ in range(random.randint(1, 3))
        ]
        sentences.append(f"{' and '.join(parts)}.".capitalize())
    return sentences


def _edited(random: Random, text: str, share: float) -> str:
    words = text.split(" ")
    for k in range(len(words)):
        if random.random() < share:
            words[k] = random.choice(_NOUNS)
    return " ".join(words)


def _renumbered(random: Random, text: str) -> str:
    parts = [
        w if not w.rstrip(".").isdigit() else f"{random.randint(2, 99)}." for w in text.split()
    ]
    return " ".join(parts)


_WAYS: tuple[Callable[[Random, list[str], list[str]], str], ...] = (
    lambda random, told, other: " ".join(told),
    lambda random, told, other: " ".join(told).upper(),
    lambda random, told, other: _edited(random, " ".join(told), 0.03),
    lambda random, told, other: _edited(random, " ".join(told), 0.15),
    lambda random, told, other: _renumbered(random, " ".join(told)),
    lambda random, told, other: " ".join(told[: random.randint(1, len(told))]),
    lambda random, told, other: " ".join(told[random.randrange(len(told)) :]),
    lambda random, told, other: " ".join([*told, *told]),
    lambda random, told, other: "\n\n".join(random.sample(told, len(told))),
    lambda random, told, other: " ".join([*other, *told]),
    lambda random, told, other: " ".join([*told, *other]),
    lambda random, told, other: "\n\n".join([" ".join(other[:2]), *told, " ".join(other[2:])]),
    lambda random, told, other: random.choice(("", "...", "Yes.", "中文", "14")),
)


def collections(max_size: int = 16) -> st.SearchStrategy[list[Document]]:
    """Draw documents that tell a few stories: copies, cuts, updates, round-ups, empty texts.

    Some have a source, that may close its texts alike, and some have a date.
    """
    drawn = st.tuples(st.randoms(use_true_random=False), st.integers(0, max_size))
    return drawn.map(lambda drawn: _collection(*drawn))


def _collection(random: Random, size: int) -> list[Document]:
    stories = [_story(random, random.randint(2, 9)) for _ in range(random.randint(1, 3))]
    closings = {"": "", "a": " ".join(_story(random, 4)), "b": "", "c": "All rights reserved."}
    ids: list[str | int] = random.sample(
        [*range(99), *map(str, range(50, 99)), "x", "y", "é"], size
    )
    documents = []
    for own_id in ids:
        told, other = random.choice(stories), _story(random, random.randint(1, 6))
        if random.random() < 0.3:
            other = random.choice(stories)
        source = random.choice(list(closings))
        text = f"{random.choice(_WAYS)(random, told, other)}\n\n{closings[source]}".strip()
        hours = random.choice((0, 1, 5, 30, 60, 100, 300))
        published = datetime(2026, 1, 1) + timedelta(hours=hours)
        is_dated = random.random() < 0.7
        documents.append(
            Document(own_id, text, source=source, published=published if is_dated else None)
        )
    return documents
