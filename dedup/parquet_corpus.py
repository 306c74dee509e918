"""A corpus of Parquet: rows are documents, columns their fields."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, BinaryIO

from dedup import parquet
from dedup.columns import Ids, Strings, pack, pack_ids
from dedup.document_files import Fields, check_date
from dedup.documents import Batch
from dedup.errors import DedupError, RecordError
from dedup.file_corpus import IsWanted, Piece, RecordCorpus, hours_of
from dedup.jsonline import BadFieldError
from dedup.model import Document, Mark
from dedup.outputs import Writer
from dedup.parquet import AddedColumn, Rows, Table
from dedup.records import Source, record_error
from dedup.shingle import Encoded
from dedup.streams import STANDARD

_MUST_BE = {
    "text": ("a column of strings", ("string",)),
    "id": ("a column of strings or whole numbers", ("string", "integer")),
    "published": (
        "a column of strings, dates or timestamps",
        ("string", "date", "timestamp", "null"),
    ),
    "source": ("a column of strings", ("string", "null")),
    "title": ("a column of strings", ("string", "null")),
}


class ParquetCorpus(RecordCorpus):
    """Documents in Parquet; only the columns that are needed are read, until rows are written."""

    def __init__(self, sources: Sequence[Source], fields: Fields, aside: Writer | None) -> None:
        super().__init__(sources, fields, aside)
        self._columns = [Columns(table, fields) for table in self.heads]

    @staticmethod
    def writer_to(stream: BinaryIO) -> AbstractContextManager[Writer]:
        """Give what writes Parquet to a stream."""
        return parquet.row_writer(stream)

    @property
    def unpacked(self) -> int:
        """How many bytes the columns take that have not been packed."""
        return sum(table.unpacked for table in self.heads)

    def check_output(self, output: str, *, one_file: bool, marked: bool) -> None:
        """Raise DedupError if the rows cannot go there."""
        super().check_output(output, one_file=one_file, marked=marked)
        if output == STANDARD and sys.stdout.isatty():
            raise DedupError("-: Parquet is not for a terminal; use -o FILE.parquet")

    def _head(self, source: Source) -> Table:
        return parquet.read_table(source)

    def _parts(self, number: int, *, columns: Sequence[str] | None) -> Iterator[Rows]:
        return parquet.read_rows(self.sources[number], columns)

    def _batch(self, number: int, part: Rows, known_bad: set[int]) -> Batch:
        batch, errors = self._columns[number].batch(part, known_bad)
        bad = [(row, record_error(part, row, error, self.options)) for row, error in errors]
        return batch._replace(bad=bad)

    def _texts(self, number: int, part: Rows, rows: Sequence[int]) -> Encoded:
        return parquet.texts(part, self.fields.text, rows)

    def _found(self, number: int, part: Rows, is_wanted: IsWanted) -> Iterator[Document]:
        return self._columns[number].find(part, is_wanted)

    def _marker(self, number: int, name: str) -> "_RowMarker":
        return _RowMarker(AddedColumn(self.heads[number], name, self._id_type))

    @property
    def _id_type(self) -> Any:
        return parquet.id_type_of(self.heads, self.fields.id)


class _RowMarker:
    def __init__(self, column: AddedColumn) -> None:
        self._column = column
        self.head = column.table

    def marked(self, piece: Piece, marks: Sequence[Mark]) -> Any:
        """Return the rows with a column more, of structs."""
        return self._column.added(piece.part.without(piece.bad), marks)


class Columns:
    """Makes documents of rows: text and id must be there, the rest may be null or missing."""

    def __init__(self, table: Table, fields: Fields) -> None:
        """Raise RecordError unless each column that is needed is there, once, and of its type."""
        parts = {part: getattr(fields, part) for part in _MUST_BE}
        self._names = {part: name for part, name in parts.items() if name is not None}
        for part, name in list(self._names.items()):
            must_be, types = _MUST_BE[part]
            n_found = table.names.count(name)
            got = "several of that name"
            if n_found == 0:
                got = f"no such field among {', '.join(table.names)}"
                if part not in ("text", "id"):
                    del self._names[part]
                    continue
            elif n_found == 1:
                got = table.type_of(name)
                if got in types:
                    continue
            problem = f'field "{name}" must be {must_be}, got {got}; use --{part} FIELD'
            raise RecordError(table.path, None, problem)

    def batch(
        self, rows: Rows, known_bad: set[int]
    ) -> tuple[Batch, list[tuple[int, BadFieldError]]]:
        """Return the documents of rows, and what is wrong with the others that are not known."""
        text = self._names["text"]
        bad: dict[int, BadFieldError] = {}
        _note(bad, text, parquet.bad_texts(rows, text))
        columns = [self._column(rows, part, bad) for part in ("id", "published", "source")]
        numbers = enumerate(range(rows.first, rows.first + len(rows)))
        known = {row for row, number in numbers if number in known_bad} if known_bad else set()
        chosen = [row for row in range(len(rows)) if row not in bad and row not in known]
        ids, published, sources = ([column[row] for row in chosen] for column in columns)
        dates = pack([when or "" for when in published])
        batch = Batch(
            parquet.texts(rows, text, chosen),
            pack_ids(ids),
            pack([source or "" for source in sources]),
            dates,
            hours_of(dates),
        )
        return batch, [(row, error) for row, error in sorted(bad.items()) if row not in known]

    def _column(self, rows: Rows, part: str, bad: dict[int, BadFieldError]) -> list[Any]:
        """Return the values of a field, and note what is wrong where nothing was."""
        if part not in self._names:
            return [None] * len(rows)
        name = self._names[part]
        values, wrong = parquet.values(rows, name)
        _note(bad, name, wrong)
        if part == "id":
            must = ("a string or a whole number", "null")
            _note(bad, name, {row: must for row, own in enumerate(values) if own is None})
        if part == "published":
            for row, when in enumerate(values):
                try:
                    if when is not None:
                        check_date(when, name, "an ISO 8601 date or time, or null")
                except BadFieldError as error:
                    bad.setdefault(row, error)
        return values

    def find(self, rows: Rows, is_wanted: IsWanted) -> Iterator[Document]:
        """Yield the documents whose ids are wanted."""
        ids, _ = parquet.values(rows, self._names["id"])
        for row, own in enumerate(ids):
            if own is not None and is_wanted(own):
                yield self._document(rows.row(row))

    def _document(self, rows: Rows) -> Document:
        batch, errors = self.batch(rows, set())
        bad = dict(errors)
        titles = self._column(rows, "title", bad)
        for error in bad.values():
            raise RecordError(rows.path, rows.first, str(error))
        return Document(
            Ids([batch.ids])[0],
            batch.texts.text(0),
            title=titles[0] or "",
            source=Strings([batch.sources])[0],
            published=Strings([batch.published])[0] or None,
        )


def _note(bad: dict[int, BadFieldError], name: str, wrong: Mapping[int, tuple[str, str]]) -> None:
    for row, (must, got) in wrong.items():
        bad.setdefault(row, BadFieldError(name, must, got))
