"""Parquet, through pyarrow: rows read and written as they are, columns as a pass takes them.

The only module that imports pyarrow, which is an extra: whoever imports this one, needs it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import pairwise, zip_longest
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from dedup.errors import DedupError, RecordError
from dedup.model import Mark
from dedup.records import CHUNK, Source, consecutive
from dedup.shingle import LONGEST_TEXT, Encoded
from dedup.stored_dates import iso_dates, iso_times
from dedup.streams import open_file

try:
    import pyarrow as arrow
    from pyarrow import parquet
except ImportError as missing:
    problem = "Parquet needs pyarrow, which is not installed: pip install 'newsdedup[parquet]'"
    raise DedupError(problem) from missing

MOST_ROWS = 4096
"""Rows that are read together at most; fewer, if those are over some megabytes."""

GROUP = 64_000_000
"""Bytes of rows that are written together, as one row group."""


@dataclass(frozen=True, slots=True)
class Table:
    """What stands before the rows of a file: its columns, and how those are written."""

    path: str
    schema: Any
    compression: Mapping[str, str]
    has_arrow_schema: bool
    unpacked: int

    @property
    def names(self) -> list[str]:
        """The names of the columns."""
        names: list[str] = self.schema.names
        return names

    def type_of(self, name: str) -> str:
        """Return the type of a column that is there once, in a word."""
        kind = _held_type(self, name)
        for word, is_it in _TYPES.items():
            if is_it(kind):
                return word
        return str(kind)


def _held_type(table: Table, name: str) -> Any:
    kind = table.schema.field(name).type
    return kind.value_type if arrow.types.is_dictionary(kind) else kind


def _is_string(kind: Any) -> bool:
    types = arrow.types
    return bool(types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind))


_TYPES = {
    "string": _is_string,
    "integer": arrow.types.is_integer,
    "date": arrow.types.is_date,
    "timestamp": arrow.types.is_timestamp,
    "null": arrow.types.is_null,
}


@dataclass(frozen=True, slots=True)
class Rows:
    """Some rows of a file, of which the first has this number, from 1."""

    path: str
    first: int
    batch: Any
    size: int

    def __len__(self) -> int:
        """Return how many there are."""
        return int(self.batch.num_rows)

    @property
    def end(self) -> int:
        """The number of the last one."""
        return self.first + len(self) - 1

    def row(self, row: int) -> "Rows":
        """Return one of them."""
        return Rows(self.path, self.first + row, self.batch.slice(row, 1), 0)

    def numbers(self, rows: Sequence[int]) -> Sequence[int]:
        """Return the numbers of some rows in their file."""
        return consecutive(self.first, rows)

    def full(self) -> Sequence[int]:
        """Return all of them: none is blank."""
        return range(len(self))

    def only(self, rows: Iterable[int]) -> Any:
        """Return some rows, in their order."""
        return self._taken(np.array(list(rows), np.int64))

    ended = only

    def without(self, rows: Iterable[int]) -> Any:
        """Return all other rows."""
        stays = np.ones(len(self), np.bool_)
        stays[list(rows)] = False
        return self._taken(np.flatnonzero(stays))

    def _taken(self, rows: NDArray[np.int64]) -> Any:
        if len(rows) == len(self):
            return self.batch
        # Not take(), which knows only some types.
        bounds = [0, *(np.flatnonzero(np.diff(rows) != 1) + 1).tolist(), len(rows)]
        runs = [self.batch.slice(int(rows[a]), b - a) for a, b in pairwise(bounds) if a < b]
        return arrow.concat_batches(runs) if runs else self.batch.slice(0, 0)


def read_table(source: Source) -> Table:
    """Return what stands before the rows of a file."""
    with _opened(source) as (file, _):
        metadata, schema = file.metadata, file.schema_arrow
        groups = [metadata.row_group(k) for k in range(metadata.num_row_groups)]
        columns = [group.column(k) for group in groups[:1] for k in range(group.num_columns)]
        return Table(
            source.path,
            schema,
            {column.path_in_schema: _codec(column) for column in columns},
            b"ARROW:schema" in (metadata.metadata or {}),
            sum(group.total_byte_size for group in groups),
        )


def _codec(column: Any) -> str:
    return "NONE" if column.compression == "UNCOMPRESSED" else str(column.compression)


def read_rows(source: Source, columns: Sequence[str] | None) -> Iterator[Rows]:
    """Yield the rows of a file, of all columns or of some, some megabytes at a time."""
    with _opened(source) as (file, size):
        metadata = file.metadata
        groups = [metadata.row_group(k) for k in range(metadata.num_row_groups)]
        row_size = sum(group.total_byte_size for group in groups) // max(metadata.num_rows, 1)
        n_rows = min(max(CHUNK // max(row_size, 1), 1), MOST_ROWS)
        at = 0
        for batch in file.iter_batches(n_rows, columns=columns, use_threads=False):
            end = at + batch.num_rows
            share = size * end // metadata.num_rows - size * at // metadata.num_rows
            yield Rows(source.path, at + 1, batch, share)
            at = end


@contextmanager
def _opened(source: Source) -> Iterator[tuple[Any, int]]:
    """Give a file, and its size on disk."""
    with open_file(source.path, source.held) as (disk, _):
        size = disk.seek(0, 2)
        disk.seek(0)
        try:
            # With a buffer a row group is read bit by bit; without, all of it.
            yield parquet.ParquetFile(disk, buffer_size=1 << 20, pre_buffer=False), size
        except (arrow.ArrowException, OSError) as error:
            if isinstance(error, OSError) and error.errno is not None:  # the disk's, not pyarrow's
                raise
            got = str(error).partition("\n")[0]
            raise RecordError(source.path, None, f"must be sound Parquet, got: {got}") from error


def texts(rows: Rows, name: str, chosen: Sequence[int]) -> Encoded:
    """Return the strings of some rows, which hold some, without making any of Python's."""
    if not chosen:
        return Encoded(np.zeros(0, np.uint8), np.zeros(1, np.int64))
    column = _plain(rows, name)
    if len(chosen) < len(column):
        column = column.take(arrow.array(chosen, arrow.int64()))
    offset_type = np.int64 if arrow.types.is_large_string(column.type) else np.int32
    _, bounds, content = column.buffers()
    offsets = np.frombuffer(bounds, offset_type)[column.offset : column.offset + len(column) + 1]
    data = np.frombuffer(content or b"", np.uint8)[offsets[0] : offsets[-1]]
    return Encoded(data, offsets.astype(np.int64) - offsets[0])


def bad_texts(rows: Rows, name: str) -> dict[int, tuple[str, str]]:
    """Return of the rows whose strings are none: what they must be, and what they are."""
    column = _plain(rows, name)
    bad = {}
    if column.null_count:
        nulls = np.flatnonzero(column.is_null().to_numpy(zero_copy_only=False))
        bad = dict.fromkeys(nulls.tolist(), ("a string", "null"))
    try:
        column.validate(full=True)
    except arrow.ArrowInvalid:
        bad |= _not_utf8(column)
    if column.nbytes > LONGEST_TEXT:
        sizes = {row: len(column[row].as_buffer() or b"") for row in range(len(column))}
        long = {row: f"{size:,} bytes" for row, size in sizes.items() if size > LONGEST_TEXT}
        bad |= {row: ("under 2 GiB in UTF-8", got) for row, got in long.items()}
    return bad


def values(rows: Rows, name: str) -> tuple[list[Any], dict[int, tuple[str, str]]]:
    """Return a column as strings, whole numbers, or dates in ISO 8601; None for null.

    Besides, of the rows that hold none of these, what they must be, and what they are.
    """
    column = _plain(rows, name)
    if arrow.types.is_date(column.type):
        unit = "D" if arrow.types.is_date32(column.type) else "ms"
        return iso_dates(_numbers(column), unit), {}
    if arrow.types.is_timestamp(column.type):
        return iso_times(_numbers(column), column.type.unit, column.type.tz), {}
    try:
        return column.to_pylist(), {}
    except UnicodeDecodeError:
        bad = _not_utf8(column)
        return [None if row in bad else column[row].as_py() for row in range(len(column))], bad


def _plain(rows: Rows, name: str) -> Any:
    """Return a column as an array of what it holds, the strings of it in one of two forms."""
    column = rows.batch.column(name)
    if arrow.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    return column.cast(arrow.large_string()) if arrow.types.is_string_view(column.type) else column


def _not_utf8(column: Any) -> dict[int, tuple[str, str]]:
    bad = {}
    for row in range(len(column)):
        content = bytes(column[row].as_buffer() or b"")
        try:
            content.decode()
        except UnicodeDecodeError as error:
            got = f"byte 0x{content[error.start]:02x} at byte offset {error.start}"
            bad[row] = ("UTF-8", got)
    return bad


def _numbers(column: Any) -> list[int | None]:
    """Return what dates and points in time are stored as."""
    stored = arrow.int32() if column.type.bit_width == 32 else arrow.int64()
    numbers: list[int | None] = column.view(stored).to_pylist()
    return numbers


class RowWriter:
    """Writes rows to a stream, in groups that are not too small."""

    def __init__(self, stream: BinaryIO) -> None:
        self._sink = _Sink(stream)
        self._writer: Any = None
        self._table: Table | None = None
        self._waiting: list[Any] = []
        self._size = 0

    def begin(self, head: Table) -> None:
        """Take the columns of a file; raise DedupError if they are not those of the one before."""
        if self._table is None:
            self._table = head
            self._writer = parquet.ParquetWriter(
                self._sink,
                head.schema,
                compression=dict(head.compression) or "snappy",
                store_schema=head.has_arrow_schema,
                use_compliant_nested_type=False,  # names inside lists stay as they are
            )
        elif not head.schema.equals(self._table.schema):
            problem = f"must have the columns of {self._table.path} to go to one file with it"
            got = _difference(head.schema, self._table.schema)
            raise DedupError(f"{head.path}: {problem}, got {got}")

    def write(self, content: Any) -> None:
        """Write rows."""
        self._waiting.append(content)
        self._size += content.nbytes
        if self._size >= GROUP:
            self._flush()

    def _flush(self) -> None:
        if self._table is not None and any(batch.num_rows for batch in self._waiting):
            self._writer.write_table(arrow.Table.from_batches(self._waiting, self._table.schema))
        self._waiting, self._size = [], 0

    def close(self) -> None:
        """Write what must stand at the end."""
        if self._writer is not None:
            self._flush()
            self._writer.close()

    def give_up(self) -> None:
        """Write no more, also when pyarrow lets go of the stream."""
        self._sink.is_open = False
        if self._writer is not None:
            self._writer.close()


class _Sink:
    """A stream as pyarrow writes to it."""

    closed = False

    def __init__(self, stream: BinaryIO) -> None:
        self.is_open = True
        self._stream = stream

    def write(self, content: Any) -> int:
        if self.is_open:
            self._stream.write(content)
        return len(content)

    def flush(self) -> None:
        pass

    def close(self) -> None:
        pass


@contextmanager
def row_writer(stream: BinaryIO) -> Iterator[RowWriter]:
    """Give what writes Parquet."""
    writer = RowWriter(stream)
    try:
        yield writer
        writer.close()
    except BaseException:
        writer.give_up()
        raise


def _difference(schema: Any, other: Any) -> str:
    """Return the first column in which a schema differs from another."""
    columns = zip_longest(map(_written, schema), map(_written, other), fillvalue="none")
    own, theirs = next((own, theirs) for own, theirs in columns if own != theirs)
    return f"{own!r} and not {theirs!r}"


def _written(field: Any) -> str:
    return f"{field.name}: {field.type}{'' if field.nullable else ' not null'}"


def id_type_of(tables: Sequence[Table], name: str) -> Any:
    """Return the type that holds the ids of all files: strings, unless all are whole numbers."""
    kinds = [_held_type(table, name) for table in tables]
    if all(arrow.types.is_unsigned_integer(kind) for kind in kinds):
        return arrow.uint64()
    fits = [arrow.types.is_integer(kind) and kind != arrow.uint64() for kind in kinds]
    return arrow.int64() if all(fits) else arrow.string()


class AddedColumn:
    """A column of marks that rows get at their end, or in place of one of its name."""

    def __init__(self, table: Table, name: str, id_type: Any) -> None:
        """Raise DedupError if two columns have the name."""
        if table.names.count(name) > 1:
            raise DedupError(f"{table.path}: must have one column {name!r} to write over, got more")
        types = {"role": arrow.string(), "keeper": id_type, "coverage": arrow.float64()}
        types |= {"copies": arrow.int64(), "sources": arrow.int64()}
        types |= {"first_seen": id_type, "of": id_type}
        self._types = types
        self._field = arrow.field(name, arrow.struct(types))
        self._at = table.names.index(name) if name in table.names else None
        schema, compression = table.schema, dict(table.compression)
        if self._at is None:
            schema = schema.append(self._field)
        else:
            schema = schema.set(self._at, self._field)
        if compression:
            codec = next(iter(compression.values()))
            compression |= {f"{name}.{part}": codec for part in types}
        self.table = replace(table, schema=schema, compression=compression)

    def added(self, batch: Any, marks: Sequence[Mark]) -> Any:
        """Return rows with a mark each."""
        columns = [self._column(part, marks) for part in self._types]
        column = arrow.StructArray.from_arrays(columns, fields=list(self._field.type))
        if self._at is None:
            return batch.append_column(self._field, column)
        return batch.set_column(self._at, self._field, column)

    def _column(self, part: str, marks: Sequence[Mark]) -> Any:
        held = [getattr(mark, part) for mark in marks]
        kind = self._types[part]
        return arrow.array(map(str, held) if kind == arrow.string() else held, kind)
