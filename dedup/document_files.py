"""Documents in files: records with ids, dates and sources, and whole texts named by their path."""

import errno
import os
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from dedup.errors import RecordError
from dedup.jsonline import BadFieldError, BadLineError, JsonLine
from dedup.model import Document
from dedup.records import (
    REFUSALS,
    Kind,
    Lines,
    Source,
    decoder,
    find_sources,
    read_lines,
    read_text,
    record_error,
    shown,
)
from dedup.streams import STANDARD

_ID = ("id", str | int)

_Item = TypeVar("_Item")
_ByRow = list[tuple[int, _Item]]


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
        self._options = {names[part]: f"--{part}" for part in names}

    def read(self, chunk: Lines) -> tuple[_ByRow[Document], _ByRow[RecordError]]:
        """Return the documents and the bad lines of a chunk, each with its row."""
        documents, bad = [], []
        for row, line in enumerate(chunk.lines):
            try:
                documents.append((row, self._document(line)))
            except BadLineError as error:
                if line.strip():
                    bad.append((row, record_error(chunk, row, error, self._options)))
        return documents, bad

    def find(self, chunk: Lines, is_wanted: Callable[[str | int], bool]) -> Iterator[Document]:
        """Yield the documents whose ids are wanted; a line without an id is none of them."""
        for row, line in enumerate(chunk.lines):
            try:
                if not is_wanted(self._id(line)):
                    continue
            except BadLineError:
                continue
            try:
                yield self._document(line)
            except BadLineError as error:
                raise RecordError(chunk.path, chunk.first + row, str(error)) from error

    def _document(self, line: bytes) -> Document:
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
            try:
                datetime.fromisoformat(published)
            except ValueError as error:
                must, got = "an ISO 8601 date or time, or null", repr(published[:40])
                raise BadFieldError(self._fields.published, must, got) from error
        return Document(record_id, text, title=title, source=source, published=published)

    def _id(self, line: bytes) -> str | int:
        try:
            record_id: str | int = self._decode_id(line).id
        except REFUSALS:
            return JsonLine(line).string_or_whole_number(self._fields.id)
        return record_id


class DocumentReader:
    """The documents in some files, one after the other; no two have one id.

    Bad lines, and records whose id another has, go to ``aside``; without it the first is an error.
    ``read`` and ``skipped`` say how many documents and bad lines there were so far; ``n_lines``,
    how many lines each file had, and ``bad``, the numbers of the bad ones, by the place of the
    file. ``progress`` is told how many bytes on disk were read.
    """

    def __init__(
        self,
        sources: Sequence[Source],
        fields: Fields,
        aside: BinaryIO | None,
        progress: Callable[[int], object],
    ) -> None:
        self.kind: Kind = sources[0].kind
        self.read = 0
        self.skipped = 0
        self.n_lines: Counter[int] = Counter()
        self.bad: defaultdict[int, set[int]] = defaultdict(set)
        self._sources = sources
        self._format = DocumentFormat(fields)
        self._aside = aside
        self._progress = progress
        self._id = fields.id
        # Where each id stands first. One number a place: a tuple takes three times the memory.
        self._places: dict[str | int, int] = {}

    def __iter__(self) -> Iterator[Document]:
        """Read the files, once."""
        for number, source in enumerate(self._sources):
            if source.kind == "text":
                yield self._text(number, source)
                continue
            for chunk in read_lines(source):
                for document in self._documents(number, chunk):
                    self.read += 1
                    yield document
                self._progress(chunk.size)

    def _text(self, number: int, source: Source) -> Document:
        document = _text_document(source)
        if self._first_place(document, number, 0) is not None:
            raise RecordError(source.path, None, "a text must be given once, got it twice")
        self.read += 1
        if source.path != STANDARD:
            self._progress(Path(source.path).stat().st_size)
        return document

    def _documents(self, number: int, chunk: Lines) -> list[Document]:
        read, bad = self._format.read(chunk)
        self.n_lines[number] += len(chunk.lines)
        documents = []
        for row, document in read:
            first_place = self._first_place(document, number, chunk.first + row)
            if first_place is None:
                documents.append(document)
            else:
                must, got = "different in each record", f"that of {first_place} again"
                error = BadFieldError(self._id, must, got)
                bad.append((row, record_error(chunk, row, error, {self._id: "--id"})))
        bad.sort(key=itemgetter(0))
        if bad and self._aside is None:
            raise bad[0][1]
        if bad and self._aside is not None:
            self._aside.write(chunk.ended(row for row, _ in bad))
            self.skipped += len(bad)
            self.bad[number].update(chunk.first + row for row, _ in bad)
        return documents

    def _first_place(self, document: Document, number: int, line: int) -> str | None:
        """Return where the document's id stood before, None if this is the first place."""
        place = line * len(self._sources) + number
        first = self._places.setdefault(document.id, place)
        if first == place:
            return None
        first_line, first_number = divmod(first, len(self._sources))
        return f"{self._sources[first_number].path}:{first_line}"


def find_documents(
    sources: Sequence[Source], ids: Collection[str | int], fields: Fields
) -> dict[str | int, Document]:
    """Return the documents of these ids, by their ids; of two records with one id the first.

    Lines that are no records are none of them; those without a text are an error.
    """
    found: dict[str | int, Document] = {}
    record_format = DocumentFormat(fields)
    for source in sources:
        wanted = [own for own in ids if own not in found]
        if not wanted:
            break
        if source.kind == "record":
            for chunk in read_lines(source):
                for document in record_format.find(chunk, wanted.__contains__):
                    found.setdefault(document.id, document)
        elif shown(source.path) in wanted:
            found[shown(source.path)] = _text_document(source)
    return found


def _text_document(source: Source) -> Document:
    # The end of the last line belongs to the file, not to its text.
    return Document(shown(source.path), read_text(source).removesuffix("\n"))


def read_two(left: str, right: str, fields: Fields) -> tuple[Document, Document]:
    """Return two documents, each the text in a file of this name or the record of ``FILE:ID``.

    A file of the whole name comes first, then the longest name of a file that it begins with;
    so both names and ids may hold colons. Of records with one id, the first counts.
    """
    (left_path, left_id), (right_path, right_id) = _path_and_id(left), _path_and_id(right)
    if left_path == right_path == STANDARD:
        raise RecordError(STANDARD, None, "standard input must be given once, got it twice")
    return _document_at(left_path, left_id, fields), _document_at(right_path, right_id, fields)


def _path_and_id(name: str) -> tuple[str, str | None]:
    path, record_id = name, None
    while path != STANDARD and not (path and Path(path).exists()):
        path, colon, _ = path.rpartition(":")
        if not colon:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), name)
        record_id = name[len(path) + 1 :]
    return path, record_id


def _document_at(path: str, record_id: str | None, fields: Fields) -> Document:
    if path != STANDARD and Path(path).is_dir():
        raise RecordError(path, None, "must be a file, got a folder")
    (source,) = find_sources([path])
    if source.kind == "text" and record_id is None:
        return _text_document(source)
    if source.kind == "text":
        raise RecordError(path, None, f"must hold records to hold {record_id!r}, got a text")
    if record_id is None:
        raise RecordError(path, None, f"one of its records must be named, as {path}:ID, got none")
    record_format = DocumentFormat(fields)
    for chunk in read_lines(source):
        for document in record_format.find(chunk, lambda own: str(own) == record_id):
            return document
    problem = f'field "{fields.id}" of a record must be {record_id!r}, got no such record'
    raise RecordError(path, None, f"{problem}; use --id FIELD")
