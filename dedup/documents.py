"""What callers give, checked once at the door: documents with distinct ids, texts and dates."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.errors import DuplicateIdError
from dedup.model import Document

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Collection(NamedTuple):
    """Documents, n of them, and what is asked of all of them as columns.

    ``sources`` : "" where unknown; ``hours`` : float64[n] since 1970, NaN where unknown
    """

    documents: list[Document]
    texts: list[str]
    sources: list[str]
    hours: NDArray[np.float64]


def collect(documents: Iterable[Document | tuple[str | int, str]]) -> Collection:
    """Read documents, or (id, text) pairs, once.

    Raises TypeError for what is neither, ValueError for a date that is no ISO 8601, and
    DuplicateIdError for an id that was there before.
    """
    read = [given if isinstance(given, Document) else _document(given) for given in documents]
    _check_distinct(read)
    return columns_of(read)


def columns_of(documents: list[Document]) -> Collection:
    """Return documents as a collection, checked one by one."""
    for document in documents:
        _check(document)
    return Collection(
        documents,
        [document.text for document in documents],
        [document.source for document in documents],
        np.array([_hours(document) for document in documents], np.float64),
    )


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
    if isinstance(given, tuple) and len(given) == 2:
        return Document(*given)
    raise TypeError(f"a document must be a Document or an (id, text) pair, got {given!r:.80}")


def _check_distinct(documents: list[Document]) -> None:
    seen = set()
    for document in documents:
        if document.id in seen:
            raise DuplicateIdError(f"ids must be distinct, got {document.id!r} twice")
        seen.add(document.id)


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
