"""The articles that an index is measured with: those of ``crawl`` in order of time, and questions.

Three in ten end with one and the same paragraph besides what closes the texts of their source: a
notice that stands in articles of all sources, so that its keys lead to very many of them.

``python -m benchmarks.index_stream KNOWN QUESTIONS`` writes questions, of a file of known articles.
So a process whose memory is measured need not make any text, not even the notice.
"""

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import timedelta
from heapq import heappop, heappush
from itertools import islice
from pathlib import Path
from random import Random
from zlib import crc32

import msgspec

from benchmarks.data import BATCH, N_SOURCES, START, boilerplate
from benchmarks.planted import planted
from benchmarks.words import WORD, cut, edited
from dedup import Document

NOTICED = 0.3
"""Share of articles that the notice closes."""
NOBODY = N_SOURCES + 1
"""The number of a source that publishes nothing: what would close its texts is the notice."""

EXTENDED = 5000
"""Articles that are added together, as ``dedup index add`` does."""

UNKNOWN = 100_000_000
"""The first of the articles that are in no index: no crawl is as large."""

COPIES: dict[str, Callable[[str, Random], str]] = {
    "as it is": lambda text, random: text,
    "2 to 5 % edited": lambda text, random: edited(text, random, 0.02, 0.05),
    "cut to half": lambda text, random: _half(text),
}
"""Copies of articles that are in the index, by what is done to them, as often as each other."""


class Article(msgspec.Struct):
    """What an index is told of an article."""

    id: str
    text: str
    source: str
    published: str


class Question(msgspec.Struct):
    """An article that is asked for; ``of``, the one that it copies, "" if it is unknown."""

    id: str
    text: str
    source: str
    published: str
    of: str = ""

    def document(self) -> Document:
        """Return what is asked."""
        return Document(self.id, self.text, source=self.source, published=self.published)


def read(files: Iterable[Path]) -> Iterator[Article]:
    """Yield the articles of files, one after the other."""
    decode = msgspec.json.Decoder(Article).decode
    for path in files:
        with path.open("rb") as stream:
            yield from map(decode, stream)


def in_order(articles: Iterable[Article]) -> Iterator[Article]:
    """Yield articles of a crawl in the order in which they were published.

    None is published before the minute of an article two batches back, of which it may be a copy:
    so few must be held.
    """
    held: list[tuple[str, int, Article]] = []
    for article in articles:
        number = int(article.id[1:])
        heappush(held, (article.published, number, article))
        until = (START + timedelta(minutes=number - 2 * BATCH)).isoformat()
        while held and held[0][0] <= until:
            yield heappop(held)[-1]
    while held:
        yield heappop(held)[-1]


def make_notice() -> str:
    """Return the notice."""
    return boilerplate(NOBODY)


def noticed(articles: Iterable[Article], notice: str) -> Iterator[Article]:
    """Yield articles, three in ten of them with the notice at their end."""
    for article in articles:
        article.text = with_notice(article.id, article.text, notice)
        yield article


def with_notice(id: str, text: str, notice: str) -> str:
    """Return a text, with the notice at its end if the article of this id has it."""
    is_noticed = crc32(id.encode()) < NOTICED * 2**32
    return f"{text}\n\n{notice}" if is_noticed else text


def over_days(articles: Iterable[Article], n: int, days: int) -> Iterator[Article]:
    """Yield ``n`` articles as if they were published evenly over some days."""
    for place, article in enumerate(islice(articles, n)):
        article.published = (START + timedelta(days=days * place / n)).isoformat()
        yield article


def documents(articles: Iterable[Article]) -> Iterator[Document]:
    """Yield articles as documents."""
    for own in articles:
        yield Document(own.id, own.text, source=own.source, published=own.published)


def stream(files: Iterable[Path], notice: str) -> Iterator[Document]:
    """Yield the articles of files of a crawl in order of time, three in ten with the notice."""
    return documents(noticed(in_order(read(files)), notice))


def batches(given: Iterable[Document], size: int = EXTENDED) -> Iterator[list[Document]]:
    """Yield documents, some at a time."""
    given = iter(given)
    while some := list(islice(given, size)):
        yield some


class Sample:
    """Some of the documents that were seen, each as likely as any other."""

    def __init__(self, size: int, seed: int = 1) -> None:
        self.size, self.n, self.taken = size, 0, list[Document]()
        self._random = Random(seed)

    def see(self, documents: Iterable[Document]) -> None:
        """See more documents."""
        for document in documents:
            self.n += 1
            if len(self.taken) < self.size:
                self.taken.append(document)
            elif (place := self._random.randrange(self.n)) < self.size:
                self.taken[place] = document


def questions(known: Sequence[Document], seed: int = 1) -> list[Question]:
    """Return copies of known articles and as many unknown ones, in any order.

    A copy comes from another source; all are published when the last of the known ones was.
    """
    random = Random(seed)
    latest = max(str(document.published) for document in known)
    made = []
    for k, document in enumerate(known):
        way = list(COPIES.values())[k % len(COPIES)]
        source = f"source{random.randrange(N_SOURCES)}.example"
        text = way(document.text, random)
        made.append(Question(f"q{k:06}", text, source, latest, str(document.id)))
    notice = make_notice()
    for own in planted(len(known), seed, first=UNKNOWN):
        text = with_notice(own["id"], own["text"], notice)
        made.append(Question(own["id"], text, own["source"], latest))
    random.shuffle(made)
    return made


def _half(text: str) -> str:
    n_words = len(WORD.findall(text))
    return cut(text, max(1, n_words // 2), n_words // 20)[0]


def write_known(path: Path, known: Iterable[Document]) -> None:
    """Write documents as JSON lines."""
    with path.open("w", encoding="utf-8") as file:
        for own in known:
            told = {"id": own.id, "text": own.text, "source": own.source}
            file.write(json.dumps(told | {"published": own.published}) + "\n")


def read_questions(path: Path) -> list[Question]:
    """Return the questions of a file."""
    with path.open("rb") as file:
        return list(map(msgspec.json.Decoder(Question).decode, file))


def main(arguments: Sequence[str]) -> None:
    """Write questions."""
    known, asked = map(Path, arguments)
    encode = msgspec.json.Encoder().encode
    made = questions(list(documents(read([known]))))
    asked.write_bytes(b"".join(encode(question) + b"\n" for question in made))


if __name__ == "__main__":
    main(sys.argv[1:])
