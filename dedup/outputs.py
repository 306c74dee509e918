"""Where records and texts go: all to one file, or each file's to one of its own in a folder."""

import errno
import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from dedup.errors import DedupError
from dedup.records import FORM_NAMES, Form, Source, form_of
from dedup.streams import STANDARD, WholeFiles


def own_files(sources: Sequence[Source], output: str | None, *, one_text: bool) -> dict[str, str]:
    """Return the output file of each source by its path, none where all go to one output."""
    if output is None or output == STANDARD:
        return {}
    if output.endswith(("/", os.sep)) or Path(output).is_dir():
        return _in_folder(sources, output)
    form = form_of(output)
    if sources[0].kind == "record":
        check_name(output, sources[0].form, "records need an output")
        return {}
    if one_text or form == "lines":
        return {}
    if form is not None or Path(output).exists():
        raise DedupError(f"{output}: several texts need a folder or a .jsonl file to go to")
    return _in_folder(sources, output)


def check_name(output: str, form: Form, need: str) -> None:
    """Raise DedupError for a name that says that a file is written in another way."""
    suffix = Path(output).suffix
    if form_of(output) is not None and suffix.lower() in (".gz", ".zst"):
        suffix = Path(output.removesuffix(suffix)).suffix
    # Parquet has no .gz after its name; a name without any suffix of ours may be that of any form.
    is_packed = form == "parquet" and suffix.lower() in (".gz", ".zst")
    if is_packed or form_of(output) not in (None, form):
        raise DedupError(f"{output}: {need} of {FORM_NAMES[form]}, got a {suffix} name")


def _in_folder(sources: Sequence[Source], folder: str) -> dict[str, str]:
    files = {source.path: str(Path(folder, source.name)) for source in sources}
    if STANDARD in files:
        raise DedupError(f"{folder}: standard input has no name to have in a folder")
    if len(set(files.values())) < len(sources):
        raise DedupError(f"{folder}: files need different names to go to one folder")
    return files


def aside_path(sources: Sequence[Source], output: str | None, skip_bad: str | None) -> str:
    """Return where bad lines go, nowhere without an output; raise DedupError if they cannot."""
    if skip_bad is None:
        return os.devnull
    if all(source.kind == "text" for source in sources):
        raise DedupError(f"{sources[0].path}: bad lines can be set aside from records only")
    taken = [source.path for source in sources] + ([] if output is None else [output])
    if os.path.realpath(skip_bad) in map(os.path.realpath, taken):
        raise DedupError(f"{skip_bad}: bad lines need a file of their own")
    return os.devnull if output is None else skip_bad


def check_apart(
    sources: Sequence[Source], main: Collection[str], others: Mapping[str, Collection[str]]
) -> None:
    """Raise DedupError unless each output is a file of its own; only a main one may be read too.

    ``others`` : names of files, by what goes into them; a device may take several of them.
    """
    places = {_place(source.path) for source in sources if source.path != STANDARD}
    places |= set(map(_place, main))
    for what, names in others.items():
        own = {_place(name): name for name in names if not _is_device(name)}
        for place in own.keys() & places:
            raise DedupError(f"{own[place]}: {what} need a file of their own")
        places |= own.keys()


def check_places(names: Iterable[str]) -> None:
    """Raise OSError, before any work is done, for files that have no folder or that are folders."""
    for name in names:
        if name != STANDARD and not Path(name).resolve().parent.is_dir():
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), name)
        if name != STANDARD and Path(name).is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), name)


def _place(name: str) -> str:
    return name if name == STANDARD else os.path.realpath(name)


def _is_device(name: str) -> bool:
    path = Path(name)
    return name != STANDARD and path.exists() and not path.is_file() and not path.is_dir()


class Writer(Protocol):
    """Writes records of one form to a stream, those of one file after those of another."""

    def begin(self, head: Any) -> None:
        """Take what stands before all records of a file; raise DedupError if it cannot go here."""

    def write(self, content: Any) -> None:
        """Write some records, or a text."""


WriterTo = Callable[[BinaryIO], AbstractContextManager[Writer]]
"""Gives what writes to a stream, and writes what must stand at the end if no error comes."""


class LineWriter:
    """Writes lines; the last one of a file gets an end before those of another."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._is_ended = True

    def begin(self, head: Any) -> None:
        """Do nothing: before lines stands nothing."""

    def write(self, content: bytes) -> None:
        """Write lines."""
        if content:
            self._stream.write(content if self._is_ended else b"\n" + content)
            self._is_ended = content.endswith(b"\n")


def line_writer(stream: BinaryIO) -> AbstractContextManager[Writer]:
    """Give what writes lines, and texts."""
    return nullcontext(LineWriter(stream))


class Nowhere:
    """Writes nothing."""

    def begin(self, head: Any) -> None:
        """Do nothing."""

    def write(self, content: Any) -> None:
        """Do nothing."""


class Destination:
    """Where the records, or the text, of each file go.

    ``own`` names the file of each source by its path; without, all go to one writer.
    """

    def __init__(
        self, files: WholeFiles, own: Mapping[str, str], common: Writer, writer_to: WriterTo
    ) -> None:
        self.own = own
        self._files = files
        self._common = common
        self._writer_to = writer_to

    @contextmanager
    def of(self, source: Source) -> Iterator[Writer]:
        """Give what writes the records of a file."""
        if not self.own:
            yield self._common
            return
        name = self.own[source.path]
        with (
            self._files.open(name, with_folders=True) as stream,
            self._writer_to(stream) as writer,
        ):
            yield writer


@contextmanager
def destination(
    files: WholeFiles,
    sources: Sequence[Source],
    output: str | None,
    writer_to: WriterTo = line_writer,
) -> Iterator[Destination]:
    """Give the destination of this name, which is a file, a folder, or None: nowhere."""
    own = own_files(sources, output, one_text=False)
    if own or output is None:
        yield Destination(files, own, Nowhere(), writer_to)
        return
    with files.open(output) as stream, writer_to(stream) as common:
        yield Destination(files, own, common, writer_to)


def names_of(sources: Sequence[Source], output: str | None) -> list[str]:
    """Return the names of all files that would be written to a destination."""
    if output is None:
        return []
    return list(own_files(sources, output, one_text=False).values()) or [output]
