"""Documents in files: records with ids, dates and sources, and whole texts named by their path."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dedup.errors import RecordError
from dedup.jsonline import BadFieldError, BadLineError, JsonLine
from dedup.model import Document
from dedup.records import (
    REFUSALS,
    Lines,
    Source,
    decoder,
    read_text,
    shown,
)

_ID = ("id", str | int)


@dataclass(frozen=True, slots=True)
class Fields:
    """The fields of a record that a document is made of, by name; None: titles are not read."""

    text: str = "text"
    id: str = "id"
    published: str = "published"
    source: str = "source"
    title: str | None = None


class DocumentFormat:
    """Makes a document of a line: text and id must be there, the rest may be null or missing."""

    def __init__(self, fields: Fields) -> None:
        self._fields = fields
        names = {"text": fields.text, "id": fields.id}
        names |= {"published": fields.published, "source": fields.source}
        attributes: list[Any] = [("text", str), _ID]
        attributes += [("published", str | None, None), ("source", str | None, None)]
        if fields.title is not None:
            names["title"] = fields.title
            attributes.append(("title", str | None, None))
        self._decode = decoder(attributes, names)
        self._decode_id = decoder([_ID], {"id": fields.id})

    def find(self, chunk: Lines, is_wanted: Callable[[str | int], bool]) -> Iterator[Document]:
        """Yield the documents whose ids are wanted; a line without an id is none of them."""
        for row, line in enumerate(chunk.lines):
            try:
                if not is_wanted(self._id(line)):
                    continue
            except BadLineError:
                continue
            try:
                yield self.document(line)
            except BadLineError as error:
                raise RecordError(chunk.path, chunk.first + row, str(error)) from error

    def document(self, line: bytes) -> Document:
        """Return the document in a line; raise BadLineError for what is none."""
        try:
            record = self._decode(line)
        except REFUSALS:  # a lone surrogate, the NaN that Python writes, or truly a bad line
            return self._odd_document(line)
        title = record.title or "" if self._fields.title is not None else ""
        return self._checked(record.id, record.text, record.published, record.source or "", title)

    def _odd_document(self, line: bytes) -> Document:
        parts, fields = JsonLine(line), self._fields
        text = parts.string(fields.text)
        record_id = parts.string_or_whole_number(fields.id)
        published = parts.string_or_none(fields.published)
        source = parts.string_or_none(fields.source) or ""
        title = parts.string_or_none(fields.title) if fields.title is not None else None
        return self._checked(record_id, text, published, source, title or "")

    def _checked(
        self, record_id: str | int, text: str, published: str | None, source: str, title: str
    ) -> Document:
        if published is not None:
            check_date(published, self._fields.published, "an ISO 8601 date or time, or null")
        return Document(record_id, text, title=title, source=source, published=published)

    def _id(self, line: bytes) -> str | int:
        try:
            record_id: str | int = self._decode_id(line).id
        except REFUSALS:
            return JsonLine(line).string_or_whole_number(self._fields.id)
        return record_id


def check_date(published: str, field: str, must: str) -> None:
    """Raise BadFieldError for what is no date."""
    try:
        datetime.fromisoformat(published)
    except ValueError as error:
        raise BadFieldError(field, must, repr(published[:40])) from error


def text_document(source: Source) -> Document:
    """Return the text in a file, which is named by its path."""
    # The end of the last line belongs to the file, not to its text.
    return Document(shown(source.path), read_text(source).removesuffix("\n"))
