"""Where lines and texts go: all to one file, or each file's to one of its own in a folder."""

import errno
import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from dedup.errors import DedupError
from dedup.records import Source, kind_of
from dedup.streams import STANDARD, WholeFiles


def own_files(sources: Sequence[Source], output: str | None, *, one_text: bool) -> dict[str, str]:
    """Return the output file of each source by its path, none where all go to one output."""
    if output is None or output == STANDARD:
        return {}
    kind, kind_named = sources[0].kind, kind_of(output)
    if not (output.endswith(("/", os.sep)) or Path(output).is_dir()):
        if kind == "record" and kind_named == "text":
            raise DedupError(f"{output}: records need an output of JSON lines, got a .txt name")
        if kind == "record" or one_text or kind_named == "record":
            return {}
        if kind_named == "text" or Path(output).exists():
            raise DedupError(f"{output}: several texts need a folder or a .jsonl file to go to")
    files = {source.path: str(Path(output, source.name)) for source in sources}
    if STANDARD in files:
        raise DedupError(f"{output}: standard input has no name to have in a folder")
    if len(set(files.values())) < len(sources):
        raise DedupError(f"{output}: files need different names to go to one folder")
    return files


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


Write = Callable[[bytes], object]


class Destination:
    """Where the lines, or the text, of each file go.

    ``own`` names the file of each source by its path; without, all go to one stream.
    """

    def __init__(self, files: WholeFiles, own: Mapping[str, str], stream: BinaryIO) -> None:
        self.own = own
        self._files = files
        self._stream = stream
        self._is_ended = True

    @contextmanager
    def of(self, source: Source) -> Iterator[Write]:
        """Give what writes the lines of a file."""
        if not self.own:
            yield self._write
            return
        with self._files.open(self.own[source.path], with_folders=True) as stream:
            yield stream.write

    def _write(self, content: bytes) -> None:
        """Write lines; the last one of a file gets an end before those of another."""
        if content:
            self._stream.write(content if self._is_ended else b"\n" + content)
            self._is_ended = content.endswith(b"\n")


@contextmanager
def destination(
    files: WholeFiles, sources: Sequence[Source], output: str | None
) -> Iterator[Destination]:
    """Give the destination of this name, which is a file, a folder, or None: nowhere."""
    own = own_files(sources, output, one_text=False)
    with files.open(os.devnull if own or output is None else output) as stream:
        yield Destination(files, own, stream)


def names_of(sources: Sequence[Source], output: str | None) -> list[str]:
    """Return the names of all files that would be written to a destination."""
    if output is None:
        return []
    return list(own_files(sources, output, one_text=False).values()) or [output]
