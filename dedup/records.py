"""Texts and JSON lines in files: which files, what they hold, and a record with another text."""

import io
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Literal

import msgspec

from dedup.errors import RecordError
from dedup.jsonline import BadFieldError, BadLineError, JsonLine, written
from dedup.streams import STANDARD, open_file, standard_input

Kind = Literal["text", "record"]

CHUNK = 4_000_000
"""Bytes of lines read at once: some 1,600 articles, so that a batch's fixed costs are spread."""

# Corpora such as C4 name their JSON lines ".json.gz".
_KINDS: dict[str, Kind] = {
    ".txt": "text",
    ".jsonl": "record",
    ".ndjson": "record",
    ".json": "record",
}
_BOM = b"\xef\xbb\xbf"
_NULL = msgspec.Raw(b"null")
REFUSALS = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What a decoder raises of a line: it is odd, or it is bad."""


@dataclass(frozen=True, slots=True)
class Source:
    """One file to read: where it is, its name in a folder of results, and what it holds.

    ``head`` are lines of standard input, read already to see what it holds; ``held`` is a copy
    of all bytes, of what cannot be read twice.
    """

    path: str
    name: str
    kind: Kind
    head: tuple[bytes, ...] = ()
    held: BinaryIO | None = None


@dataclass(frozen=True, slots=True)
class Lines:
    """Some lines of one file, ends included; ``first`` is the number of the first, from 1.

    ``size`` says how many bytes of the file on disk they took, 0 for a pipe.
    """

    path: str
    first: int
    lines: list[bytes]
    size: int

    def ended(self, rows: Iterable[int]) -> bytes:
        """Return these lines, and give the last of the file an end if it has none."""
        lines = [self.lines[row] for row in rows]
        return b"".join(line if line.endswith(b"\n") else line + b"\n" for line in lines)


@dataclass(frozen=True, slots=True)
class Records:
    """The records among some lines: ``texts[i]`` and ``ids[i]`` stand in line ``rows[i]``.

    ``ids`` are pieces of JSON as they were read, ``null`` where there is none. ``bad`` holds
    the number of each line that is no record, with the reason. Blank lines are in neither.
    """

    rows: Sequence[int]
    texts: list[str]
    ids: list[msgspec.Raw]
    bad: list[tuple[int, RecordError]]


def kind_of(name: str) -> Kind | None:
    """Return what a file of this name holds, None where the name does not tell."""
    suffixes = [suffix.lower() for suffix in Path(name).suffixes]
    if suffixes and suffixes[-1] in (".gz", ".zst"):
        suffixes.pop()
    return _KINDS.get(suffixes[-1]) if suffixes else None


def find_sources(paths: Sequence[str]) -> list[Source]:
    """Return the files behind the paths, all of one kind; a folder stands for its sorted texts."""
    sources = [source for path in paths for source in _sources_at(path)]
    if paths.count(STANDARD) > 1:
        raise RecordError(STANDARD, None, "standard input must be given once, got it twice")
    for source in sources:
        if source.kind != sources[0].kind:
            problem = f"must hold what {sources[0].path} holds, got "
            problem += "a text among records" if source.kind == "text" else "records among texts"
            raise RecordError(source.path, None, problem)
    return sources


def _sources_at(path: str) -> list[Source]:
    if path == STANDARD:
        return [_standard_input()]
    Path(path).stat()  # a missing file is reported as missing, whatever its name
    if Path(path).is_dir():
        return _texts_under(path)
    kind = kind_of(path)
    if kind is None:
        problem = "name must end in .txt, .jsonl, .ndjson or .json, and may have .gz or .zst after"
        raise RecordError(path, None, problem)
    return [Source(path, Path(path).name, kind)]


def _texts_under(folder: str) -> list[Source]:
    # os.walk follows no links to folders, so a link to a parent is no endless loop.
    names = [
        (Path(parent) / name).relative_to(folder).as_posix()
        for parent, _, files in os.walk(folder)
        for name in files
        if kind_of(name) == "text"
    ]
    if not names:
        raise RecordError(folder, None, "a folder must hold .txt files, got none")
    return [Source(str(Path(folder, name)), name, "text") for name in sorted(names)]


def _standard_input() -> Source:
    head = tuple(_next_lines(standard_input()))
    first = next((line for line in head if line.strip()), b"").removeprefix(_BOM)
    kind: Kind = "text"
    if first.lstrip().startswith(b"{"):
        try:
            JsonLine(first)
            kind = "record"
        except BadLineError:
            pass
    return Source(STANDARD, STANDARD, kind, head)


def read_text(source: Source) -> str:
    """Return the text of a file with nothing translated: line ends and a BOM stand in it."""
    with open_file(source.path, source.held) as (_, stream):
        content = b"".join(source.head) + stream.read()
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        problem = f"a text must be UTF-8, got byte 0x{content[error.start]:02x}"
        raise RecordError(
            source.path, line, f"{problem} at byte offset {error.start} of the file"
        ) from error


def read_lines(source: Source) -> Iterator[Lines]:
    """Return the lines of a file in order, about 4 MB at a time; a BOM before them is dropped."""
    with open_file(source.path, source.held) as (raw, stream):
        seekable = raw.seekable()
        lines = list(source.head) or _next_lines(stream)
        if lines:
            lines[0] = lines[0].removeprefix(_BOM)
        first, before = 1, 0
        while lines:
            position = raw.tell() if seekable else 0
            yield Lines(source.path, first, lines, position - before)
            first, before = first + len(lines), position
            lines = _next_lines(stream)


def _next_lines(stream: io.BufferedIOBase) -> list[bytes]:
    """Return the next lines of a stream, none at its end."""
    # Not readlines: it reads a pipe again and again without a look at Ctrl-C in between, and so
    # now and then sleeps on through one, until more comes down the pipe.
    pieces = []
    size = 0
    while size < CHUNK and (piece := stream.read1(1 << 17)):
        pieces.append(piece)
        size += len(piece)
    if pieces and not pieces[-1].endswith(b"\n"):
        pieces.append(stream.readline())
    return io.BytesIO(b"".join(pieces)).readlines()


class RecordFormat:
    """Where a record holds its text and, if it is asked for, its id."""

    def __init__(self, text_field: str, id_field: str | None = None) -> None:
        """Take the names of two different fields."""
        if text_field == id_field:
            raise ValueError(f"text and id must be two fields, got {text_field!r} for both")
        self._text = text_field
        self._id = id_field
        fields: list[Any] = [("text", str)]
        if id_field is not None:
            fields.append(("id", msgspec.Raw, _NULL))
        names = {"text": text_field, "id": id_field or ""}
        self._decode = decoder(fields, names)
        self._decode_place = decoder([("text", msgspec.Raw)], names)

    def read(self, chunk: Lines) -> Records:
        """Return the records among the lines."""
        try:
            records = [self._decode(line) for line in chunk.lines]
        except REFUSALS:
            return self._read_each(chunk)
        ids = [record.id for record in records] if self._id is not None else []
        return Records(range(len(records)), [record.text for record in records], ids, [])

    def _read_each(self, chunk: Lines) -> Records:
        rows, texts, ids, bad = [], [], [], []
        for row, line in enumerate(chunk.lines):
            if not line.strip():
                continue
            try:
                text, record_id = self._read_one(line)
            except BadLineError as error:
                bad.append((row, self._record_error(chunk, row, error)))
                continue
            rows.append(row)
            texts.append(text)
            ids.append(record_id)
        return Records(rows, texts, ids, bad)

    def _read_one(self, line: bytes) -> tuple[str, msgspec.Raw]:
        try:
            record = self._decode(line)
        except REFUSALS:  # a lone surrogate, the NaN that Python writes, or truly a bad line
            parts = JsonLine(line)
            record_id = parts.raw(self._id) if self._id is not None else None
            return parts.string(self._text), msgspec.Raw(record_id or b"null")
        return record.text, record.id if self._id is not None else _NULL

    def _record_error(self, chunk: Lines, row: int, error: BadLineError) -> RecordError:
        return record_error(chunk, row, error, {self._text: "--text"})

    def with_text(self, chunk: Lines, row: int, text: str) -> bytes:
        """Return a line with another text in its record and every other byte as it was."""
        line = chunk.lines[row]
        try:
            raw = bytes(self._decode_place(line).text)
            at = line.find(raw)
            # Taking the line apart takes four times as long: 31 us for 2.4 KB, this 7.
            if line.find(raw, at + 1) < 0:
                return line[:at] + written(text, line.isascii()) + line[at + len(raw) :]
        except REFUSALS:
            pass
        try:
            return JsonLine(line).with_string(self._text, text)
        except BadLineError as error:  # nested as deeply as msgspec, but not json, can read
            raise self._record_error(chunk, row, error) from error


def decoder(fields: Sequence[Any], names: Mapping[str, str]) -> Callable[[bytes], Any]:
    """Return what makes an object of a line: of these attributes, from fields of these names."""
    try:
        record = msgspec.defstruct("Record", fields, rename=names, gc=False)
    except ValueError:  # a name that msgspec cannot look for, with a quote in it, say
        return _refuse
    return msgspec.json.Decoder(record).decode


def _refuse(line: bytes) -> Any:
    raise msgspec.DecodeError


def record_error(
    chunk: Lines, row: int, error: BadLineError, options: Mapping[str, str]
) -> RecordError:
    """Return what is wrong with a line, and what to do: ``options`` choose fields by their name."""
    way_out = "--skip-bad FILE"
    if isinstance(error, BadFieldError) and error.field in options:
        way_out = f"{options[error.field]} FIELD or {way_out}"
    return RecordError(chunk.path, chunk.first + row, f"{error}; use {way_out}")


def shown(path: str) -> str:
    """Return a path as JSON can hold it: bytes that are not UTF-8 stand as escapes."""
    return os.fsencode(path).decode(errors="backslashreplace")
