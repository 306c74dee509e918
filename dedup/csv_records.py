"""CSV in files: its header, its records with their bytes, and a record with one more value."""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from dedup.errors import DedupError, RecordError
from dedup.jsonline import BadLineError
from dedup.outputs import LineWriter
from dedup.records import BOM, CHUNK, Form, Source
from dedup.streams import open_file

_DELIMITERS: dict[Form, str] = {"csv": ",", "tsv": "\t"}

LONGEST_FIELD = (1 << 31) - 1
"""Characters of a field at most; Python reads 131,072 of them unless it is told to read more."""


@dataclass(frozen=True, slots=True)
class Header:
    """The names of the fields of a file, its first line as it stands, and what parts fields."""

    path: str
    names: Sequence[str]
    raw: bytes
    delimiter: str


@dataclass(frozen=True, slots=True)
class CsvRecords:
    """Some records of a file as they stand in it, with their values, or why they have none.

    ``lines`` are the numbers of the first line of each, from 1; of a blank line there are no
    values. Bytes that are not UTF-8 stand in values as with ``errors="surrogateescape"``.
    """

    path: str
    lines: list[int]
    raw: list[bytes]
    values: list[list[str] | BadLineError]
    size: int

    def __len__(self) -> int:
        """Return how many records there are, and blank lines."""
        return len(self.raw)

    @property
    def end(self) -> int:
        """The number of the line in which the last one begins."""
        return self.lines[-1]

    def numbers(self, rows: Sequence[int]) -> Sequence[int]:
        """Return in which lines some records begin."""
        return [self.lines[row] for row in rows]

    def full(self) -> list[int]:
        """Return the rows that are not blank."""
        return [row for row, values in enumerate(self.values) if values]

    def only(self, rows: Iterable[int]) -> bytes:
        """Return some records."""
        return b"".join([self.raw[row] for row in rows])

    def without(self, rows: Iterable[int]) -> bytes:
        """Return all other records."""
        raw = list(self.raw)
        for row in rows:
            raw[row] = b""
        return b"".join(raw)

    def ended(self, rows: Iterable[int]) -> bytes:
        """Return some records, and give the last of the file an end if it has none."""
        some = [self.raw[row] for row in rows]
        return b"".join(raw if raw.endswith(b"\n") else raw + b"\n" for raw in some)


class _Row(NamedTuple):
    line: int
    raw: bytes
    values: list[str] | BadLineError


def read_header(source: Source) -> Header:
    """Return the header of a file; raise RecordError if it has none."""
    with open_file(source.path, source.held) as (_, stream):
        delimiter = _DELIMITERS[source.form]
        return _header(source.path, _rows(stream, delimiter), delimiter)


def _header(path: str, rows: Iterator[_Row], delimiter: str) -> Header:
    before = b""
    for line, raw, values in rows:
        before += raw
        if isinstance(values, BadLineError):
            raise RecordError(path, line, f"a header must name the fields: {values}")
        if values:
            return Header(path, values, before, delimiter)
    raise RecordError(path, None, "a header must name the fields, got an empty file")


def read_records(source: Source) -> Iterator[CsvRecords]:
    """Yield the records of a file, below its header, in order, about 4 MB at a time."""
    with open_file(source.path, source.held) as (disk, stream):
        delimiter = _DELIMITERS[source.form]
        rows = _rows(stream, delimiter)
        _header(source.path, rows, delimiter)
        seekable, before = disk.seekable(), 0
        while some := _about(rows, CHUNK):
            position = disk.tell() if seekable else 0
            yield CsvRecords(
                source.path,
                [row.line for row in some],
                [row.raw for row in some],
                [row.values for row in some],
                position - before,
            )
            before = position


def _about(rows: Iterator[_Row], size: int) -> list[_Row]:
    """Return the next rows, of so many bytes or a little more."""
    some = []
    for row in rows:
        some.append(row)
        size -= len(row.raw)
        if size <= 0:
            break
    return some


def _rows(stream: Iterable[bytes], delimiter: str) -> Iterator[_Row]:
    """Yield the rows of a file with the lines where they begin; a byte order mark is dropped."""
    csv.field_size_limit(max(csv.field_size_limit(), LONGEST_FIELD))
    taken: list[bytes] = []

    def lines() -> Iterator[str]:
        for line in stream:
            taken.append(line if number > 1 or taken else line.removeprefix(BOM))
            yield taken[-1].decode("utf-8", "surrogateescape")

    number = 1
    reader = csv.reader(lines(), delimiter=delimiter, strict=True)
    while True:
        values: list[str] | BadLineError
        try:
            values = next(reader)
        except StopIteration:
            return
        except csv.Error as error:  # the reader goes on with the next line
            got = str(error)
            if got.startswith("new-line character"):
                got = "a carriage return in a field without quotes"
            values = BadLineError(f"a record must be CSV, got: {got}")
        yield _Row(number, b"".join(taken), values)
        number += len(taken)
        taken.clear()


class CsvWriter(LineWriter):
    """Writes records below one header."""

    _header: Header | None = None

    def begin(self, head: Header) -> None:
        """Write the header; raise DedupError if there is one, and it has other fields."""
        if self._header is None:
            self._header = head
            self.write(head.raw)
        elif (head.names, head.delimiter) != (self._header.names, self._header.delimiter):
            problem = f"must have the fields of {self._header.path} to go to one file with it"
            raise DedupError(f"{head.path}: {problem}, got {', '.join(head.names)}")


class AddedColumn:
    """A field that records get at their end, or another value where they have it."""

    def __init__(self, header: Header, name: str) -> None:
        """Raise DedupError if two fields have the name."""
        if header.names.count(name) > 1:
            raise DedupError(f"{header.path}: must have one field {name!r} to write over, got more")
        self._delimiter = header.delimiter.encode()
        self._at = header.names.index(name) if name in header.names else None
        field = rb'"[^"]*+(?:""[^"]*+)*+"|[^%s\r\n]*+' % self._delimiter
        self._field = re.compile(field)
        names = header.names if name in header.names else [*header.names, name]
        self.header = Header(header.path, names, self.written(header.raw, name), header.delimiter)

    def written(self, raw: bytes, value: str) -> bytes:
        """Return a record with this value in the field, and every other byte as it was."""
        new = value.encode()
        if not new or re.search(rb'[\s"]|' + re.escape(self._delimiter), new):
            new = b'"' + new.replace(b'"', b'""') + b'"'
        if self._at is None:
            end = len(raw.rstrip(b"\r\n"))
            return b"".join((raw[:end], self._delimiter, new, raw[end:]))
        start, end = self._span(raw, self._at)
        return b"".join((raw[:start], new, raw[end:]))

    def _span(self, raw: bytes, field: int) -> tuple[int, int]:
        """Return where a field of a sound record stands in its bytes."""
        at = len(raw) - len(raw.lstrip(b"\r\n"))  # blank lines before a header
        for _ in range(field):
            found = self._field.match(raw, at)
            at = found.end() + 1 if found else at
        found = self._field.match(raw, at)
        return (at, found.end()) if found else (at, at)
