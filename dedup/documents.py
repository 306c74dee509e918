"""What callers give, checked once at the door: documents with distinct ids, texts and dates."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import islice, repeat
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from dedup.columns import Ids, Packed, PackedIds, Strings, pack, pack_ids
from dedup.errors import DuplicateIdError
from dedup.model import Document
from dedup.shingle import Encoded, encode

BATCH = 500
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Batch(NamedTuple):
    """Some documents, n of them, as they are read.

    ``sources``, ``published`` : "" where unknown; ``hours`` : float64[n] since 1970, NaN where
    unknown; ``bad`` : rows of what is no document, with what is wrong; ``bounds`` : int64, for the
    corpus alone, where they stand
    """

    texts: Encoded
    ids: PackedIds
    sources: Packed
    published: Packed
    hours: NDArray[np.float64]
    bad: Sequence[tuple[int, Exception]] = ()
    bounds: NDArray[np.int64] | None = None

    @property
    def n_documents(self) -> int:
        """How many documents there are."""
        return len(self.hours)


class Corpus(Protocol):
    """Documents that can be read twice, in chunks."""

    def chunks(self) -> Iterator[Any]:
        """Yield all there is, for the first time."""

    def size(self, chunk: Any) -> int:
        """Return how much a chunk is, in what ``total`` counts."""

    @property
    def total(self) -> tuple[int, str]:
        """How much there is, 0 where nobody knows, and in what that is counted."""

    def read(self, chunk: Any) -> Batch:
        """Return the documents of a chunk, less those known to be bad; called in threads."""

    def accept(self, chunk: Any, batch: Batch, repeated: Sequence[tuple[int, int]]) -> None:
        """Take note of what was read of the next chunk.

        ``repeated``: the rows of documents in it whose ids were there before, and where among all
        documents that was. Raises what is wrong, or notes that those and the bad ones are bad.
        """

    def again(self) -> Iterator[tuple[Any, int]]:
        """Yield all there is once more, as chunks and how many documents stand in each."""

    def pick(self, chunk: Any, rows: Sequence[int]) -> Encoded:
        """Return the texts of some documents of a chunk, by their places among them."""


@dataclass(frozen=True, slots=True)
class Collection:
    """What is kept of all documents, and of the n texts that are compared.

    Texts are the documents themselves, or their paragraphs. ``ids``, ``published``, ``places`` :
    int32, the place of each in the order of ids: of documents. ``owners`` : int32[n], the document
    of each text, and ``spans`` : int64[n, 2], where in it it stands, in characters; None where
    texts are documents. ``labels`` : int32[n], the source of each, by its place in ``names``, -1
    where unknown; ``hours`` : float64[n] since 1970, NaN where unknown; ``sides`` : int8[n], which
    of the corpora it is of.
    """

    ids: Ids
    published: Strings
    places: NDArray[np.int32]
    names: Sequence[str]
    labels: NDArray[np.int32]
    hours: NDArray[np.float64]
    sides: NDArray[np.int8]
    owners: NDArray[np.int32] | None = None
    spans: NDArray[np.int64] | None = None

    def __len__(self) -> int:
        """Return how many texts there are."""
        return len(self.labels)

    def owner(self, text: int) -> int:
        """Return the document of a text."""
        return text if self.owners is None else int(self.owners[text])

    def id(self, text: int) -> str | int:
        """Return the id of the document of a text."""
        return self.ids[self.owner(text)]

    def source(self, text: int) -> str:
        """Return the source of a text, "" where it is unknown."""
        return self.names[self.labels[text]] if self.labels[text] >= 0 else ""

    def order(self) -> NDArray[np.int64]:
        """Return the place of each text in the order of ids, int64[n]; paragraphs in theirs."""
        if self.owners is None:
            return self.places.astype(np.int64)
        places = np.empty(len(self.labels), np.int64)
        places[np.argsort(self.places[self.owners], kind="stable")] = np.arange(len(places))
        return places


def in_chunks(
    given: Iterable[Document | tuple[str | int, str]], sizes: Iterable[int] | None = None
) -> Iterator[list[Document]]:
    """Yield documents, or (id, text) pairs, some at a time, as many as ``sizes`` say.

    Raises TypeError for what is neither.
    """
    rest = iter(given)
    for size in repeat(BATCH) if sizes is None else sizes:
        some = [_document(own) for own in islice(rest, size)]
        if not some:
            return
        yield some


class Documents:
    """A corpus of documents, or (id, text) pairs, in memory; what gives them is read once."""

    total = (0, "texts")

    def __init__(self, given: Iterable[Document | tuple[str | int, str]]) -> None:
        self.documents: list[Document] = []
        self._given = iter(given)

    def chunks(self) -> Iterator[list[Document]]:
        """Yield documents as they come; raise TypeError for what is neither."""
        for some in in_chunks(self._given):
            self.documents += some
            yield some

    def size(self, chunk: list[Document]) -> int:
        """Return how many documents there are."""
        return len(chunk)

    def read(self, chunk: list[Document]) -> Batch:
        """Return documents as columns; raise TypeError or ValueError for bad ones."""
        published, hours = dates_of(chunk)
        return Batch(
            encode([document.text for document in chunk]),
            pack_ids([document.id for document in chunk]),
            pack([document.source for document in chunk]),
            pack(published),
            hours,
        )

    def accept(
        self, chunk: list[Document], batch: Batch, repeated: Sequence[tuple[int, int]]
    ) -> None:
        """Raise DuplicateIdError for an id that was there before."""
        for row, _ in repeated:
            raise DuplicateIdError(f"ids must be distinct, got {chunk[row].id!r} twice")

    def again(self) -> Iterator[tuple[list[Document], int]]:
        """Yield the documents once more."""
        for first in range(0, len(self.documents), BATCH):
            some = self.documents[first : first + BATCH]
            yield some, len(some)

    def pick(self, chunk: list[Document], rows: Sequence[int]) -> Encoded:
        """Return the texts of some documents."""
        return encode([chunk[row].text for row in rows])


def dates_of(documents: Sequence[Document]) -> tuple[list[str], NDArray[np.float64]]:
    """Return when documents were published, as it is written and in hours since 1970, float64[n].

    Raises TypeError or ValueError for a document that is none.
    """
    for document in documents:
        _check(document)
    hours = np.array([_hours(document) for document in documents], np.float64)
    return [_written(document) for document in documents], hours


def as_document(given: str | Document) -> Document:
    """Return a text as a document without an id."""
    return given if isinstance(given, Document) else Document("", given)


def id_order(given: str | int) -> tuple[str, bool]:
    """Return what ids are sorted by: as they are written; of 1 and "1", the string is first."""
    return str(given), isinstance(given, int)


def _check(document: Document) -> None:
    """Raise TypeError for an id, a text or a source of another type."""
    if isinstance(document.id, bool) or not isinstance(document.id, (str, int)):
        raise TypeError(f"id must be a string or a whole number, got {document.id!r:.80}")
    for name, given in (("text", document.text), ("source", document.source)):
        if not isinstance(given, str):
            got = type(given).__name__
            raise TypeError(f"{name} of {document.id!r} must be a string, got {got}")


def _document(given: object) -> Document:
    if isinstance(given, Document):
        return given
    if isinstance(given, tuple) and len(given) == 2:
        return Document(*given)
    raise TypeError(f"a document must be a Document or an (id, text) pair, got {given!r:.80}")


def _written(document: Document) -> str:
    published = document.published
    return published.isoformat() if isinstance(published, date) else published or ""


def _hours(document: Document) -> float:
    if document.published is None:
        return np.nan
    try:
        return hours_since_epoch(document.published)
    except ValueError as error:
        raise ValueError(f"published of {document.id!r} {error}") from error
    except TypeError as error:
        raise TypeError(f"published of {document.id!r} {error}") from error


def hours_since_epoch(published: str | date | datetime) -> float:
    """Return hours since 1970; without a zone a point in time means UTC, a date its midnight."""
    moment = published
    if isinstance(published, str):
        try:
            moment = datetime.fromisoformat(published)
        except ValueError as error:
            raise ValueError(f"must be ISO 8601, got {published!r:.80}") from error
    if not isinstance(moment, datetime):
        if not isinstance(moment, date):
            raise TypeError(f"must be a string or a date, got {type(moment).__name__}")
        moment = datetime(moment.year, moment.month, moment.day)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - _EPOCH).total_seconds() / 3600
