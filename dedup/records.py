"""Texts and records in files: which files, what they hold, and their lines."""

import io
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO, Literal, Protocol

import msgspec
import numpy as np

from dedup.errors import RecordError
from dedup.jsonline import BadFieldError, BadLineError, JsonLine
from dedup.kernels.lines import count_newlines
from dedup.streams import STANDARD, is_there, open_file, standard_input

Kind = Literal["text", "record"]
Form = Literal["text", "lines", "csv", "tsv", "parquet"]
"""How what a file holds is written: a text of its own, or records as JSON lines, CSV, Parquet."""

CHUNK = 4_000_000
"""Bytes of lines read at once: some 1,600 articles, so that a batch's fixed costs are spread."""

# Corpora such as C4 name their JSON lines ".json.gz".
_FORMS: dict[str, Form] = {
    ".txt": "text",
    ".jsonl": "lines",
    ".ndjson": "lines",
    ".json": "lines",
    ".csv": "csv",
    ".tsv": "tsv",
    ".parquet": "parquet",
}
FORM_NAMES: dict[Form, str] = {
    "text": "texts",
    "lines": "JSON lines",
    "csv": "CSV",
    "tsv": "TSV",
    "parquet": "Parquet",
}
BOM = b"\xef\xbb\xbf"
REFUSALS = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What a decoder raises of a line: it is odd, or it is bad."""


@dataclass(frozen=True, slots=True)
class Source:
    """One file to read: where it is, its name in a folder of results, and what it holds.

    ``head`` are the first lines of standard input, read already to see what it holds; ``held`` is
    a copy of all bytes, of what cannot be read twice.
    """

    path: str
    name: str
    kind: Kind
    head: tuple[bytes, ...] = ()
    held: BinaryIO | None = None

    @property
    def form(self) -> Form:
        """How what it holds is written; standard input has no name to tell, and no CSV."""
        return "text" if self.kind == "text" else form_of(self.path) or "lines"


class Part(Protocol):
    """Some records of one file, as they stand in it; rows are records, or what is blank."""

    @property
    def path(self) -> str:
        """The file."""

    @property
    def size(self) -> int:
        """How many bytes of it on disk that is, 0 for a pipe."""

    def __len__(self) -> int:
        """Return how many rows there are."""

    @property
    def end(self) -> int:
        """Where in the file it ends, in whatever that is counted."""

    def numbers(self, rows: Sequence[int]) -> Sequence[int]:
        """Return where some rows stand in the file, as errors say it; from 1."""

    def full(self) -> Sequence[int]:
        """Return the rows that are not blank."""

    def ended(self, rows: Iterable[int]) -> Any:
        """Return some rows so that others may follow."""


@dataclass(frozen=True, slots=True)
class Lines:
    """Some lines of one file, ends included; ``first`` is the number of the first, from 1.

    ``size`` says how many bytes of the file on disk they took, 0 for a pipe.
    """

    path: str
    first: int
    lines: list[bytes]
    size: int

    def numbers(self, rows: Sequence[int]) -> Sequence[int]:
        """Return the numbers of some lines in their file."""
        return consecutive(self.first, rows)

    def full(self) -> list[int]:
        """Return the rows of the lines that are not blank."""
        return [row for row, line in enumerate(self.lines) if line and not line.isspace()]

    def ended(self, rows: Iterable[int]) -> bytes:
        """Return some lines, and give the last of the file an end if it has none."""
        lines = [self.lines[row] for row in rows]
        return b"".join(line if line.endswith(b"\n") else line + b"\n" for line in lines)


def consecutive(first: int, rows: Sequence[int]) -> Sequence[int]:
    """Return the numbers of rows, of which the first has this one; of a range as a range."""
    if isinstance(rows, range):
        return range(first + rows.start, first + rows.stop)
    return [first + row for row in rows]


@dataclass(frozen=True, slots=True)
class Content:
    """Some lines of one file in one piece, ends included.

    ``first`` is the number of the first, from 1; ``start``, where it stands among the bytes of the
    unpacked file; ``size`` as for ``Lines``.
    """

    path: str
    first: int
    start: int
    content: bytes
    size: int
    n_lines: int

    @staticmethod
    def of(path: str, first: int, start: int, content: bytes, size: int) -> "Content":
        """Return some lines with their number."""
        # To count them as bytes can would take ten times as long, and keep other threads waiting.
        n_ends = int(count_newlines(np.frombuffer(content, np.uint8)))
        n_lines = n_ends + (not content.endswith(b"\n"))
        return Content(path, first, start, content, size, n_lines)

    def __len__(self) -> int:
        """Return how many lines there are, blank ones too."""
        return self.n_lines

    @property
    def end(self) -> int:
        """Where it ends among the bytes of the unpacked file."""
        return self.start + len(self.content)

    def numbers(self, rows: Sequence[int]) -> Sequence[int]:
        """Return the numbers of some lines in their file."""
        return consecutive(self.first, rows)

    def full(self) -> list[int]:
        """Return the rows of the lines that are not blank."""
        return self.parted().full()

    def ended(self, rows: Iterable[int]) -> bytes:
        """Return some lines, and give the last of the file an end if it has none."""
        return self.parted().ended(rows)

    def parted(self) -> Lines:
        """Return the lines, each by itself."""
        return Lines(self.path, self.first, io.BytesIO(self.content).readlines(), self.size)


def form_of(name: str) -> Form | None:
    """Return how a file of this name is written, None where the name does not tell."""
    suffixes = [suffix.lower() for suffix in Path(name).suffixes]
    is_packed = bool(suffixes) and suffixes[-1] in (".gz", ".zst")
    if is_packed:
        suffixes.pop()
    form = _FORMS.get(suffixes[-1]) if suffixes else None
    # Parquet is packed inside, and read at any place in it.
    return None if is_packed and form == "parquet" else form


def kind_of(name: str) -> Kind | None:
    """Return what a file of this name holds, None where the name does not tell."""
    form = form_of(name)
    return None if form is None else _kind(form)


def _kind(form: Form) -> Kind:
    return "text" if form == "text" else "record"


def find_sources(paths: Sequence[str]) -> list[Source]:
    """Return the files behind the paths, all of one form; a folder stands for its sorted files."""
    sources = [source for path in paths for source in _sources_at(path)]
    if paths.count(STANDARD) > 1:
        raise RecordError(STANDARD, None, "standard input must be given once, got it twice")
    for source in sources:
        _check_alike(source, sources[0])
    return sources


def find_texts_and_lines(paths: Sequence[str], command: str) -> list[Source]:
    """Return what ``find_sources`` does; raise RecordError for what the command does not read."""
    sources = find_sources(paths)
    if sources[0].form not in ("text", "lines"):
        problem = f"dedup {command} reads texts and JSON lines, got {FORM_NAMES[sources[0].form]}"
        raise RecordError(sources[0].path, None, problem)
    return sources


def _check_alike(source: Source, first: Source) -> None:
    if source.form == first.form:
        return
    got = f"{FORM_NAMES[source.form]} among {FORM_NAMES[first.form]}"
    if source.kind != first.kind:
        got = "a text among records" if source.kind == "text" else "records among texts"
    raise RecordError(source.path, None, f"must hold what {first.path} holds, got {got}")


def _sources_at(path: str) -> list[Source]:
    if path == STANDARD:
        return [_standard_input()]
    Path(path).stat()  # a missing file is reported as missing, whatever its name
    if Path(path).is_dir():
        return _sources_under(path)
    kind = kind_of(path)
    if kind is None:
        problem = "name must end in .txt, .jsonl, .ndjson, .json, .csv or .tsv, and may have .gz or"
        problem += " .zst after, or in .parquet"
        raise RecordError(path, None, problem)
    return [Source(path, Path(path).name, kind)]


def _sources_under(folder: str) -> list[Source]:
    # os.walk follows no links to folders, so a link to a parent is no endless loop.
    names = sorted(
        (Path(parent) / name).relative_to(folder).as_posix()
        for parent, _, files in os.walk(folder)
        for name in files
        if form_of(name) is not None
    )
    texts = [name for name in names if form_of(name) == "text"]
    if not names:
        raise RecordError(folder, None, "a folder must hold .txt files, or records, got none")
    kind: Kind = "text" if texts else "record"
    return [Source(str(Path(folder, name)), name, kind) for name in texts or names]


def _standard_input() -> Source:
    head: list[bytes] = []
    # No more than that: it may be long until the next line comes.
    while not b"".join(head[-1:]).removeprefix(BOM).strip():
        line = _next_content(standard_input(), 1)
        if not line:
            break
        head.append(line)
    first = head[-1].removeprefix(BOM) if head else b""
    kind: Kind = "text"
    if first.lstrip().startswith(b"{"):
        try:
            JsonLine(first)
            kind = "record"
        except BadLineError:
            pass
    return Source(STANDARD, STANDARD, kind, tuple(head))


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


def read_lines(source: Source, size: int = CHUNK) -> Iterator[Lines]:
    """Return the lines of a file in order, so many bytes at a time; a BOM in front is dropped."""
    return (content.parted() for content in read_content(source, size))


def read_content(source: Source, size: int, *, as_it_comes: bool = False) -> Iterator[Content]:
    """Return what ``read_lines`` does, with the lines of each part in one piece.

    ``as_it_comes``: what has come down a pipe is not kept waiting for more
    """
    with open_file(source.path, source.held) as (raw, stream):
        seekable = raw.seekable()
        head = b"".join(source.head)
        if as_it_comes:
            rest = _as_it_comes(stream, size)
        else:
            head += _next_content(stream, size - len(head))
            rest = iter(partial(_next_content, stream, size), b"")
        first, before, start = 1, 0, 0
        for content in chain([head], rest):
            if start == 0 and content.startswith(BOM):
                content, start = content.removeprefix(BOM), len(BOM)
            if not content:
                continue
            position = raw.tell() if seekable else 0
            part = Content.of(source.path, first, start, content, position - before)
            yield part
            first, before, start = first + len(part), position, start + len(content)


def _next_content(stream: io.BufferedIOBase, least: int) -> bytes:
    """Return the next lines of a stream, none at its end."""
    pieces = []
    size = 0
    while size < least and (piece := stream.read1(least - size)):
        pieces.append(piece)
        size += len(piece)
    if pieces and not pieces[-1].endswith(b"\n"):
        pieces.append(stream.readline())
    return b"".join(pieces)


def _as_it_comes(stream: io.BufferedIOBase, most: int) -> Iterator[bytes]:
    """Yield lines as soon as nothing more is there to read, or there are so many bytes."""
    pieces: list[bytes] = []
    size, has_end = 0, False
    while piece := stream.read1(most):
        pieces.append(piece)
        size += len(piece)
        has_end = has_end or b"\n" in piece
        if has_end and (size >= most or not is_there(stream, 0)):
            content = b"".join(pieces)
            end = content.rindex(b"\n") + 1
            yield content[:end]
            pieces, size, has_end = [content[end:]], len(content) - end, False
    if size:
        yield b"".join(pieces)


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
    chunk: Lines | Part, row: int, error: BadLineError, options: Mapping[str, str]
) -> RecordError:
    """Return what is wrong with a row, and what to do: ``options`` choose fields by their name."""
    way_out = "--skip-bad FILE"
    if isinstance(error, BadFieldError) and error.field in options:
        way_out = f"{options[error.field]} FIELD or {way_out}"
    return RecordError(chunk.path, chunk.numbers([row])[0], f"{error}; use {way_out}")


def shown(path: str) -> str:
    """Return a path as JSON can hold it: bytes that are not UTF-8 stand as escapes."""
    return os.fsencode(path).decode(errors="backslashreplace")
