"""Files that are read twice: for their documents, and then again for their lines."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from dedup.document_files import DocumentReader, Fields
from dedup.errors import RecordError
from dedup.records import Lines, Source, read_lines, read_text
from dedup.streams import STANDARD, naming, open_file

_PIECE = 1 << 17


@contextmanager
def held(sources: Sequence[Source]) -> Iterator[list[Source]]:
    """Give the files with a copy of each that cannot be read twice, a pipe or standard input.

    Copies have no names, so nothing is left of them however the program ends.
    """
    with ExitStack() as stack:
        yield [
            source
            if source.path != STANDARD and Path(source.path).is_file()
            else replace(source, head=(), held=stack.enter_context(_copy(source)))
            for source in sources
        ]


@contextmanager
def _copy(source: Source) -> Iterator[BinaryIO]:
    with tempfile.TemporaryFile() as copy:
        name = f"copy of {source.path} in {tempfile.gettempdir()}"
        with open_file(source.path) as (raw, _):
            pieces = chain([b"".join(source.head)], iter(partial(raw.read1, _PIECE), b""))
            for piece in pieces:
                with naming(name):  # a full disk, say
                    copy.write(piece)
                    copy.flush()
        yield copy


class TwiceRead:
    """Documents in files, and then the lines and texts of the same files.

    A file that is not as it was when this was made is an error.
    """

    def __init__(
        self,
        sources: Sequence[Source],
        fields: Fields,
        aside: BinaryIO | None,
        progress: Callable[[int], object],
    ) -> None:
        self.sources = sources
        self.documents = DocumentReader(sources, fields, aside, progress)
        self._progress = progress
        self._stamps = [_stamp(source) for source in sources]

    def lines(self, number: int) -> Iterator[tuple[Lines, list[int]]]:
        """Yield the lines of a file of records, and in which rows of them documents stand.

        Bad lines are empty.
        """
        source, bad = self.sources[number], self.documents.bad.get(number, set())
        n_lines = 0
        self._check(number)
        for chunk in read_lines(source):
            n_lines += len(chunk.lines)
            for row in [row for row in range(len(chunk.lines)) if chunk.first + row in bad]:
                chunk.lines[row] = b""
            yield (
                chunk,
                [row for row, line in enumerate(chunk.lines) if line and not line.isspace()],
            )
            self._progress(chunk.size)
        self._check(number, n_lines)

    def text(self, number: int) -> str:
        """Return the text in a file."""
        self._check(number)
        text = read_text(self.sources[number])
        self._check(number)
        self._progress(self._stamps[number][0])
        return text

    def _check(self, number: int, n_lines: int | None = None) -> None:
        source = self.sources[number]
        as_before = self._stamps[number] == _stamp(source)
        if not as_before or n_lines not in (None, self.documents.n_lines[number]):
            problem = "must not change while it is read twice, but it did"
            raise RecordError(source.path, None, problem)


def _stamp(source: Source) -> tuple[int, int]:
    """Return what changes when somebody writes to a file."""
    if source.held is not None:
        return 0, 0
    status = Path(source.path).stat()
    return status.st_size, status.st_mtime_ns
