"""A corpus of CSV: a header names the fields; ids are strings, and what is empty is unknown."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, BinaryIO

import msgspec

from dedup.csv_records import AddedColumn, CsvRecords, CsvWriter, Header, read_header, read_records
from dedup.document_files import Fields, check_date
from dedup.documents import Batch
from dedup.errors import RecordError
from dedup.file_corpus import IsWanted, Piece, RecordCorpus, as_batch
from dedup.jsonline import BadLineError
from dedup.model import Document, Mark
from dedup.outputs import Writer
from dedup.records import Source, record_error
from dedup.shingle import Encoded, encode


class CsvCorpus(RecordCorpus):
    """Documents in CSV; blank lines go where what is kept goes."""

    def __init__(self, sources: Sequence[Source], fields: Fields, aside: Writer | None) -> None:
        super().__init__(sources, fields, aside)
        self._formats = [CsvFormat(header, fields) for header in self.heads]

    @staticmethod
    def writer_to(stream: BinaryIO) -> AbstractContextManager[Writer]:
        """Give what writes CSV to a stream."""
        return nullcontext(CsvWriter(stream))

    def _head(self, source: Source) -> Header:
        return read_header(source)

    def _parts(self, number: int, *, columns: Sequence[str] | None) -> Iterator[CsvRecords]:
        return read_records(self.sources[number])

    def _batch(self, number: int, part: CsvRecords, known_bad: set[int]) -> Batch:
        documents, bad = [], []
        for row in part.full():
            if part.lines[row] in known_bad:
                continue
            try:
                documents.append(self._formats[number].document(part.values[row]))
            except BadLineError as error:
                bad.append((row, record_error(part, row, error, self.options)))
        return as_batch(documents)._replace(bad=bad)

    def _texts(self, number: int, part: CsvRecords, rows: Sequence[int]) -> Encoded:
        return self._formats[number].texts(part, rows)

    def _found(self, number: int, part: CsvRecords, is_wanted: IsWanted) -> Iterator[Document]:
        return self._formats[number].find(part, is_wanted)

    def _marker(self, number: int, name: str) -> "_CsvMarker":
        return _CsvMarker(self.heads[number], name)


class _CsvMarker:
    def __init__(self, header: Header, name: str) -> None:
        self._column = AddedColumn(header, name)
        self.head = self._column.header

    def marked(self, piece: Piece, marks: Sequence[Mark]) -> bytes:
        """Return the records with a field more, which holds JSON."""
        part: Any = piece.part
        raw: list[bytes] = list(part.raw)
        for row in piece.bad:
            raw[row] = b""
        for row, mark in zip(piece.rows, marks, strict=True):
            raw[row] = self._column.written(raw[row], msgspec.json.encode(mark).decode())
        return b"".join(raw)


class CsvFormat:
    """Makes documents of the values of records: text and id must be there."""

    def __init__(self, header: Header, fields: Fields) -> None:
        """Raise RecordError unless the header has each field that is needed, and once."""
        self._n_fields = len(header.names)
        self._names = {"text": fields.text, "id": fields.id}
        self._names |= {"published": fields.published, "source": fields.source}
        if fields.title is not None:
            self._names["title"] = fields.title
        self._at = {}
        for part, name in self._names.items():
            n_found = header.names.count(name)
            if n_found == 1:
                self._at[part] = header.names.index(name)
            elif n_found or part in ("text", "id"):
                got = f"it {n_found} times" if n_found else "no such field"
                problem = f'field "{name}" must be in the header once, got {got} among '
                problem += f"{', '.join(header.names)}; use --{part} FIELD"
                raise RecordError(header.path, 1, problem)

    def document(self, values: Sequence[str] | BadLineError) -> Document:
        """Return the document that a record holds; raise BadLineError for what is none."""
        if isinstance(values, BadLineError):
            raise values
        if len(values) != self._n_fields:
            must = f"a record must have as many fields as the header, {self._n_fields}"
            raise BadLineError(f"{must}, got {len(values)}")
        found = {part: values[at] for part, at in self._at.items()}
        for part, value in found.items():
            self._check_bytes(part, value)
        published = found.get("published") or None
        if published is not None:
            must = "an ISO 8601 date or time, or empty"
            check_date(published, self._names["published"], must)
        return Document(
            found["id"],
            found["text"],
            title=found.get("title", ""),
            source=found.get("source", ""),
            published=published,
        )

    def _check_bytes(self, part: str, value: str) -> None:
        try:
            value.encode()
        except UnicodeEncodeError as error:
            at = len(value[: error.start].encode())
            got = f"byte 0x{ord(value[error.start]) - 0xDC00:02x} at byte offset {at} of the field"
            problem = f'field "{self._names[part]}" must be UTF-8, got {got}'
            raise BadLineError(problem) from error

    def texts(self, part: CsvRecords, rows: Sequence[int]) -> Encoded:
        """Return the texts of some records that hold documents."""
        values: list[Any] = part.values
        return encode([values[row][self._at["text"]] for row in rows])

    def find(self, part: CsvRecords, is_wanted: IsWanted) -> Iterator[Document]:
        """Yield the documents whose ids are wanted."""
        for line, values in zip(part.lines, part.values, strict=True):
            if isinstance(values, BadLineError) or len(values) != self._n_fields:
                continue
            if is_wanted(values[self._at["id"]]):
                try:
                    yield self.document(values)
                except BadLineError as error:
                    raise RecordError(part.path, line, str(error)) from error
