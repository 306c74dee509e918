"""Seeded articles of invented words for speed runs: the same seed, the same articles."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.words import N_NUMBERS, PHRASE_WORDS, Pieces, Tokens, cut, dated_pieces, pieces

BATCH = 1000
"""Articles made at a time, each batch from its own seed: the first articles do not depend on n."""

MEDIAN_WORDS, SPREAD, LEAST_WORDS, MOST_WORDS = 336, 0.6, 40, 5000
"""Lengths are lognormal: a median of 336 words and a mean of 400."""
SENTENCES_PER_PARAGRAPH = 2.7
N_SOURCES = 200
START = datetime(2024, 1, 1, tzinfo=UTC)
NEWS_WORDS = 270
"""The median of ``draw_news``: copies and boilerplate bring the mean of ``planted`` to 2.4 KB."""
PAGE_AT, PAGE_WORDS = 10, 200_000
ORDINARY, PAGE, ONE_STORY, PLANTED = 1, 2, 3, 4
"""Collections of one seed have streams of their own, so that together they hold no more copies."""

MESSES: tuple[Callable[[str], str], ...] = (
    lambda text: text.replace("\n\n", "\r\n\r\n") + "\r\n",
    lambda text: text.replace(", ", ",\u00a0").replace("\n\n", "\n\n\n"),
    lambda text: "\t" + text.replace(". ", ".  ").replace("\n\n", " \n \n\t"),
    lambda text: "\ufeff" + text.replace("the", "t\u00adhe") + "\n" * 20,
    lambda text: text.replace("\n\n", "\n").replace("a ", "a \u200b"),
)
"""What scraping leaves behind; each makes a text non-canonical without changing a word."""


def articles(
    n: int, seed: int = 1, *, doubled: float = 0.03, messy: float = 0.10
) -> Iterator[dict[str, str]]:
    """Yield ``n`` articles: id, text, published, source and title.

    ``doubled`` is the share whose body stands twice after the first paragraph, ``messy`` the share
    whose white space is not canonical; the others are canonical already.
    """
    for first in range(0, n, BATCH):
        rng = np.random.default_rng([seed, first // BATCH])
        texts = _texts(pieces("english"), rng, BATCH)
        titles = draw_titles(pieces("english"), rng, BATCH)
        is_doubled = rng.random(BATCH) < doubled
        mess = np.where(rng.random(BATCH) < messy, rng.integers(0, len(MESSES), BATCH), -1)
        sources = (N_SOURCES * rng.random(BATCH) ** 2).astype(int)
        for i in range(min(BATCH, n - first)):
            text = _double(texts[i]) if is_doubled[i] else texts[i]
            yield {
                "id": f"a{first + i:08}",
                "text": MESSES[mess[i]](text) if mess[i] >= 0 else text,
                "published": (START + timedelta(minutes=first + i)).isoformat(),
                "source": f"source{sources[i]}.example",
                "title": titles[i],
            }


def ordinary(n: int, seed: int = 1) -> Iterator[dict[str, Any]]:
    """Yield ``n`` unrelated articles, without boilerplate."""
    for first in range(0, n, BATCH):
        rng = np.random.default_rng([seed, first // BATCH, ORDINARY])
        texts, titles = draw_news(rng, BATCH), draw_titles(dated_pieces(), rng, BATCH)
        sources = draw_sources(rng, BATCH)
        for i in range(min(BATCH, n - first)):
            yield news_record(first + i, first + i, texts[i], sources[i], titles[i])


def shared_boilerplate(
    n: int, seed: int = 1, *, page_words: int = PAGE_WORDS
) -> Iterator[dict[str, Any]]:
    """Yield ``n`` unrelated articles that all end in the same three paragraphs.

    The eleventh is a page of ``page_words`` words.
    """
    shared = "\n\n".join(_closing_paragraphs(N_SOURCES))
    rng = np.random.default_rng([seed, 0, PAGE])
    page = draw_texts(dated_pieces(), rng, np.array([float(page_words)]))
    for place, record in enumerate(ordinary(n, seed)):
        body = page[0] if place == PAGE_AT else record["text"]
        yield record | {"text": f"{body}\n\n{shared}"}


def one_story(n: int, seed: int = 1) -> Iterator[dict[str, Any]]:
    """Yield one story ``n`` times, in all sources: half are exact, the others 1-3 % edited."""
    rng, random = np.random.default_rng([seed, 0, ONE_STORY]), Random(seed)
    body = draw_texts(dated_pieces(), rng, np.array([400.0]))[0]
    title = draw_titles(dated_pieces(), rng, 1)[0]
    tokens, first = Tokens.of(body), news_record(0, 0, body, 0, title)["id"]
    for number in range(n):
        text, kind = body, "exact" if number else "original"
        if number and random.random() < 0.5:
            text, kind = tokens.edited(random.uniform(0.01, 0.03), random), "light"
        source, minute = random.randrange(N_SOURCES), number % (2 * 24 * 60)
        truth = {"kind": kind, "story": first, "of": [first]}
        yield news_record(number, minute, text, source, title, **truth)


def write_jsonl(
    path: Path, n: int, seed: int = 1, *, doubled: float = 0.03, messy: float = 0.10
) -> None:
    """Write articles as JSON lines."""
    write_records(path, articles(n, seed, doubled=doubled, messy=messy))


def write_records(path: Path, records: Iterable[Mapping[str, object]]) -> None:
    """Write records as JSON lines."""
    encode = json.JSONEncoder(ensure_ascii=False).encode
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for record in records:
            file.write(encode(record) + "\n")


def sample_texts(language: str, n: int = 400, seed: int = 1) -> list[str]:
    """Return texts in english, accented (Latin), cyrillic or chinese: invented words."""
    return _texts(pieces(language), np.random.default_rng(seed), n)


def news_record(
    number: int, minute: int, text: str, source: int, title: str, **truth: object
) -> dict[str, Any]:
    """Return a document and its truth: it is an original, unless that says otherwise."""
    name = f"p{number:08}"
    return {
        "id": name,
        "text": text,
        "published": (START + timedelta(minutes=minute)).isoformat(),
        "source": f"source{source}.example",
        "title": title,
        "truth": {"kind": "original", "story": name, "of": [name]} | truth,
    }


def draw_news(rng: np.random.Generator, n: int) -> list[str]:
    """Return ``n`` texts with numbers, names, weekdays and months."""
    return _texts(dated_pieces(), rng, n, NEWS_WORDS)


class Desk:
    """What articles are put together with: chance, and fresh paragraphs."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.random = Random(int(rng.integers(1 << 62)))
        self._paragraphs = _paragraphs(rng)

    def fresh(self, n_words: float) -> list[str]:
        """Return new paragraphs of about so many words, one sentence at least."""
        taken: list[str] = []
        while not taken or n_words > 6:
            paragraph = next(self._paragraphs)
            n_here = paragraph.count(" ") + 1
            if n_here > n_words:
                paragraph, n_here = cut(paragraph, round(n_words), n_here)
            taken.append(paragraph)
            n_words -= n_here
        return taken

    def between(self, least: int, most: int) -> list[str]:
        """Return new paragraphs of about ``least`` to ``most`` words."""
        return self.fresh(self.random.randint(least, most))


def _paragraphs(rng: np.random.Generator) -> Iterator[str]:
    while True:
        for text in draw_news(rng, 32):
            yield from text.split("\n\n")


def draw_sources(rng: np.random.Generator, n: int) -> list[int]:
    """Return ``n`` sources by Zipf's law."""
    weights = np.cumsum(1 / (np.arange(N_SOURCES) + 2.7))
    return list(map(int, np.searchsorted(weights, rng.random(n) * weights[-1])))


@cache
def boilerplate(source: int) -> str:
    """Return the one to three paragraphs that a source closes its articles with."""
    return "\n\n".join(_closing_paragraphs(source)[: 1 + source % 3])


def draw_titles(parts: Pieces, rng: np.random.Generator, n: int) -> list[str]:
    """Return ``n`` titles of eight words."""
    words = parts.quantiles[rng.integers(0, len(parts.quantiles), (n, 8))]
    words[:, 0] += parts.n_words
    return [" ".join(row) for row in parts.texts[words].tolist()]


def _closing_paragraphs(source: int) -> list[str]:
    """Return three paragraphs of 30 to 80 words, always the same ones."""
    rng = np.random.default_rng([N_SOURCES, source])
    texts = draw_texts(dated_pieces(), rng, np.full(20, 45.0))
    return [text.replace("\n\n", " ") for text in texts if 30 <= len(text.split()) <= 80][:3]


def _double(text: str) -> str:
    lead, gap, body = text.partition("\n\n")
    return f"{text}\n\n{body}" if gap else f"{lead}\n\n{lead}"


def _sentence_ends(rng: np.random.Generator, n_words: int) -> NDArray[np.int64]:
    """Return where sentences end, in words, up to at least ``n_words``."""
    lengths = 4 + rng.negative_binomial(3, 0.17, n_words // 12 + 50)
    ends = np.cumsum(lengths)
    return ends[: np.searchsorted(ends, n_words) + 1]


def _texts(
    parts: Pieces, rng: np.random.Generator, n: int, median: int = MEDIAN_WORDS
) -> list[str]:
    """Return ``n`` texts of the lengths of news."""
    wanted = rng.lognormal(np.log(median), SPREAD, n).clip(LEAST_WORDS, MOST_WORDS)
    return draw_texts(parts, rng, wanted)


def draw_texts(parts: Pieces, rng: np.random.Generator, wanted: NDArray[np.float64]) -> list[str]:
    """Return texts of these lengths in words; every word of all of them is drawn at once.

    A text ends with the sentence in which it has its words, and has one sentence at least.
    """
    n = len(wanted)
    ends = _sentence_ends(rng, int(wanted.sum()) + 2_000)
    order = np.arange(n)
    last = np.maximum.accumulate(np.searchsorted(ends, np.cumsum(wanted)) - order) + order
    n_words = int(ends[last[-1]])
    ends = ends[: last[-1] + 1]
    starts = np.concatenate(([0], ends[:-1]))
    words = _draw_words(parts, rng, n_words, starts, ends)
    marks = _draw_marks(parts, rng, n_words, ends, last)
    ids, places = _join_words_and_marks(parts, words, marks)
    joined = parts.texts[ids].tolist()
    bounds = [0, *places[ends[last]].tolist()]
    return ["".join(joined[a:b]) for a, b in pairwise(bounds)]


def _join_words_and_marks(
    parts: Pieces, words: NDArray[np.int64], marks: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the pieces of all texts, and at which piece each word starts, and the end.

    A word and a space are one piece, a word and another mark are two.
    """
    is_marked = marks != parts.first_between
    places = np.zeros(len(words) + 1, dtype=np.int64)
    np.cumsum(1 + is_marked, out=places[1:])
    ids = np.empty(places[-1], dtype=np.int64)
    ids[places[:-1]] = words + parts.first_spaced * ~is_marked
    ids[places[1:][is_marked] - 1] = marks[is_marked]
    return ids, places


def _draw_words(
    parts: Pieces,
    rng: np.random.Generator,
    n_words: int,
    starts: NDArray[np.int64],
    ends: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Return the word at each place: by Zipf's law, some in phrases, some numbers."""
    words = parts.quantiles[rng.integers(0, len(parts.quantiles), n_words)].astype(np.int64)
    fits = np.flatnonzero((ends - starts > PHRASE_WORDS + 1) & (rng.random(len(starts)) < 0.1))
    phrases = parts.phrases[rng.integers(0, len(parts.phrases), len(fits))]
    words[starts[fits, None] + 1 + np.arange(PHRASE_WORDS)] = phrases
    places = np.flatnonzero(rng.random(n_words) < 0.02)
    words[places] = 2 * parts.n_words + rng.integers(0, N_NUMBERS, len(places))
    begins = starts[words[starts] < parts.n_words]
    words[begins] += parts.n_words
    return words


def _draw_marks(
    parts: Pieces,
    rng: np.random.Generator,
    n_words: int,
    ends: NDArray[np.int64],
    last: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Return what follows each word: mostly a space; after sentences an end and a gap."""
    marks = np.full(n_words, parts.first_between)
    places = np.flatnonzero(rng.random(n_words) < 0.07)
    chosen = rng.choice(parts.n_between - 1, len(places), p=(0.8, 0.12, 0.05, 0.03))
    marks[places] += 1 + chosen
    is_last = np.zeros(len(ends), dtype=bool)
    is_last[last] = True
    paragraph = rng.random(len(ends)) < 1 / SENTENCES_PER_PARAGRAPH
    gap = np.where(is_last, 2, paragraph.astype(np.int64))
    opens = (rng.random(len(ends)) < 0.12) & ~is_last
    quoted = np.concatenate(([False], opens[:-1]))
    end = rng.choice(parts.n_ends - 1, len(ends), p=(0.94, 0.04, 0.02))
    kind = np.where(quoted, parts.n_ends - 1, end)
    marks[ends - 1] = parts.end(kind, gap, opens)
    return marks
