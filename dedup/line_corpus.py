"""A corpus of JSON lines: texts are taken as they stand, other fields are read where needed."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.columns import Packed, PackedIds
from dedup.document_files import DocumentFormat, Fields
from dedup.documents import Batch
from dedup.errors import RecordError
from dedup.file_corpus import IsWanted, Piece, RecordCorpus, as_batch, hours_of
from dedup.jsonline import BadLineError, JsonLine
from dedup.kernels.lines import NULL, STRING, WHOLE, find_fields, find_lines
from dedup.kernels.strings import unescape
from dedup.model import Document, Mark
from dedup.outputs import Writer
from dedup.record_fields import AddedField
from dedup.records import (
    CHUNK,
    Content,
    Lines,
    Source,
    read_content,
    record_error,
)
from dedup.shingle import Encoded, encode

BATCH = CHUNK
"""Bytes of lines read at once."""


class LineCorpus(RecordCorpus):
    """Documents in JSON lines; blank lines go where what is kept goes.

    Where in its file each document and each bad line stands is kept, 16 bytes for each, so the
    lines need not be told apart again.
    """

    def __init__(self, sources: Sequence[Source], fields: Fields, aside: Writer | None) -> None:
        super().__init__(sources, fields, aside)
        self._format = BatchFormat(fields)
        self._documents: list[list[_Lines]] = [[] for _ in sources]
        self._set_aside: list[list[_Lines]] = [[] for _ in sources]

    def _parts(self, number: int, *, columns: Sequence[str] | None) -> Iterator[Content]:
        return read_content(self.sources[number], BATCH)

    def _batch(self, number: int, part: Content, known_bad: set[int]) -> Batch:
        return self._format.read(part, known_bad)

    def _note(self, chunk: Piece, batch: Batch, rows: Sequence[int], bad: Sequence[int]) -> None:
        assert batch.bounds is not None  # it is a batch of lines
        starts, ends = batch.bounds[:-1] + chunk.part.start, batch.bounds[1:] + chunk.part.start
        is_document, is_bad = np.zeros((2, len(starts)), np.bool_)
        is_document[np.asarray(rows, np.int64)] = True
        is_bad[np.asarray(bad, np.int64)] = True
        is_document &= ~is_bad
        self._documents[chunk.number].append(_Lines(starts[is_document], ends[is_document]))
        if len(bad):
            self._set_aside[chunk.number].append(_Lines(starts[is_bad], ends[is_bad]))

    def pieces(self, number: int, *, columns: Sequence[str] | None = None) -> Iterator[Piece]:
        """Yield the lines of a file once more; documents come first among the rows of a piece."""
        documents, bad = (_joined(parts[number]) for parts in (self._documents, self._set_aside))
        end = 0
        self._check(number)
        for content in self._parts(number, columns=None):
            end = content.end
            bounds = [lines.within(content.start, end) for lines in (documents, bad)]
            n_documents, n_rows = len(bounds[0]), len(bounds[0]) + len(bounds[1])
            part = _Again(content, np.concatenate(bounds))
            yield Piece(number, part, range(n_documents), range(n_documents, n_rows))
        self._check(number, is_whole=end == self._ends[number])

    def _texts(self, number: int, part: "_Again", rows: Sequence[int]) -> Encoded:
        return self._format.texts(part.content.content, part.bounds[rows])

    def _found(self, number: int, part: Content, is_wanted: IsWanted) -> Iterator[Document]:
        return DocumentFormat(self.fields).find(part.parted(), is_wanted)

    def _marker(self, number: int, name: str) -> "_LineMarker":
        return _LineMarker(name)


class _Lines(NamedTuple):
    """Where lines of a file stand among its bytes, int64[n] starts and ends."""

    starts: NDArray[np.int64]
    ends: NDArray[np.int64]

    def within(self, first: int, last: int) -> NDArray[np.int64]:
        """Return the bounds of those from one byte to another, int64[k, 2], counted from there."""
        of = slice(*np.searchsorted(self.starts, (first, last)).tolist())
        return np.stack([self.starts[of], self.ends[of]], axis=1) - first


def _joined(parts: Sequence[_Lines]) -> _Lines:
    nothing = _Lines(np.zeros(0, np.int64), np.zeros(0, np.int64))
    return _Lines(*map(np.concatenate, zip(nothing, *parts, strict=True)))


class _Again(NamedTuple):
    """Lines in one piece, and where some of them stand in it, int64[n, 2] starts and ends."""

    content: Content
    bounds: NDArray[np.int64]

    @property
    def size(self) -> int:
        """How many bytes on disk that is."""
        return self.content.size

    def lines(self, rows: Sequence[int]) -> list[bytes]:
        """Return some of those lines."""
        content = self.content.content
        return [content[a:b] for a, b in self.bounds[rows].tolist()]

    def only(self, rows: Sequence[int]) -> bytes:
        """Return some of those lines, in one piece."""
        return b"".join(self.lines(rows))

    def without(self, rows: Sequence[int]) -> bytes:
        """Return all lines but some of those."""
        return self.changed(rows, [b""] * len(rows))

    def changed(self, rows: Sequence[int], lines: Sequence[bytes]) -> bytes:
        """Return all lines, with others in place of some of those."""
        content = memoryview(self.content.content)
        parts: list[bytes | memoryview] = []
        at = 0
        for (first, last), line in sorted(zip(self.bounds[rows].tolist(), lines, strict=True)):
            parts += (content[at:first], line)
            at = last
        return b"".join([*parts, content[at:]])

    def number(self, row: int) -> int:
        """Return the number of one of those lines in its file."""
        return self.content.first + self.content.content.count(b"\n", 0, self.bounds[row, 0])


class _LineMarker:
    head = None

    def __init__(self, name: str) -> None:
        self._field = AddedField(name)

    def marked(self, piece: Piece, marks: Sequence[Mark]) -> bytes:
        """Return the lines with a field more in each record, without bad ones."""
        part: _Again = piece.part
        marked = [
            self._marked(part, row, line, mark)
            for row, line, mark in zip(piece.rows, part.lines(piece.rows), marks, strict=True)
        ]
        return part.changed([*piece.rows, *piece.bad], [*marked, *[b""] * len(piece.bad)])

    def _marked(self, part: _Again, row: int, line: bytes, mark: Mark) -> bytes:
        try:
            return self._field.written(line, mark)
        except BadLineError as error:  # nested as deeply as msgspec, but not json, can read
            path = part.content.path
            raise RecordError(path, part.number(row), f"{error}; use --skip-bad FILE") from error


class BatchFormat:
    """Makes documents of lines, many at a time: text and id must be there, the rest may be null.

    A kernel finds the fields, another takes the strings out of them; if anything is odd in any
    way, the lines go the long way of ``DocumentFormat``, one by one.
    """

    def __init__(self, fields: Fields) -> None:
        names = {"text": fields.text, "id": fields.id}
        names |= {"published": fields.published, "source": fields.source}
        self._names = encode(list(names.values()))
        self._format = DocumentFormat(fields)
        self._fields = fields
        self._options = {names[part]: f"--{part}" for part in names}

    def read(self, lines: Content, known_bad: set[int]) -> Batch:
        """Return the documents of some lines, less those whose numbers are known to be bad."""
        n_lines, content = len(lines), np.frombuffer(lines.content, np.uint8)
        bounds = find_lines(content, n_lines)
        if known_bad.isdisjoint(range(lines.first, lines.first + n_lines)):
            batch = self._batch(content, np.stack([bounds[:-1], bounds[1:]], axis=1))
            if batch is not None:
                return batch._replace(bounds=bounds)
        return self._read_each(lines.parted(), known_bad)._replace(bounds=bounds)

    def _batch(self, content: NDArray[np.uint8], bounds: NDArray[np.int64]) -> Batch | None:
        """Return lines as a batch, None if anything in them is odd."""
        spans, kinds, are_objects = find_fields(content, bounds, *self._names)
        is_string = kinds == STRING
        is_number = kinds[1] == WHOLE
        may_miss = kinds[2:] <= NULL
        if not (
            are_objects
            and is_string[0].all()
            and (is_string[1] | is_number).all()
            and (is_string[2:] | may_miss).all()
        ):
            return None
        spans[2:][may_miss] = 0
        columns = [unescape(content, own) for own in spans]
        texts, ids, published, sources = (Encoded(*column[:2]) for column in columns)
        dates = _packed(published)
        if (
            not all(are_valid for _, _, are_valid in columns)
            or (is_string[2] & (dates.sizes == 0)).any()
        ):
            return None
        try:
            hours = hours_of(dates)
        except ValueError:  # no date
            return None
        return Batch(texts, PackedIds(_packed(ids), is_number), _packed(sources), dates, hours)

    def _read_each(self, lines: Lines, known_bad: set[int]) -> Batch:
        documents, bad = [], []
        for row, line in enumerate(lines.lines):
            if lines.first + row in known_bad or line.isspace() or not line:
                continue
            try:
                documents.append(self._format.document(line))
            except BadLineError as error:
                bad.append((row, record_error(lines, row, error, self._options)))
        return as_batch(documents)._replace(bad=bad)

    def texts(self, content: bytes, bounds: NDArray[np.int64]) -> Encoded:
        """Return the texts of lines that hold documents, by their bounds, int64[n, 2]."""
        data = np.frombuffer(content, np.uint8)
        (spans,), (kinds,), are_objects = find_fields(data, bounds, *self._names.part(0, 1))
        if are_objects and (kinds == STRING).all():
            *texts, are_valid = unescape(data, spans)
            if are_valid:
                return Encoded(*texts)
        lines = [content[first:last] for first, last in bounds.tolist()]
        return encode([JsonLine(line).string(self._fields.text) for line in lines])


def _packed(column: Encoded) -> Packed:
    return Packed(column.data.tobytes(), np.diff(column.offsets))
