"""Files that are read more than once, with copies of those that cannot be."""

import io
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from dedup.progress import NO_PROGRESS, PassProgress
from dedup.records import Source
from dedup.streams import STANDARD, naming, open_file, write_all

_PIECE = 1 << 17


@contextmanager
def held(
    sources: Sequence[Source], folder: str | None, progress: PassProgress = NO_PROGRESS
) -> Iterator[list[Source]]:
    """Give the files with a copy of each that cannot be read twice, a pipe or standard input.

    Copies stand in the folder, and have no names: nothing is left of them however the program ends.
    """
    with ExitStack() as stack:
        yield [
            source
            if source.path != STANDARD and Path(source.path).is_file()
            else replace(source, head=(), held=stack.enter_context(_copy(source, folder, progress)))
            for source in sources
        ]


@contextmanager
def _copy(source: Source, folder: str | None, progress: PassProgress) -> Iterator[BinaryIO]:
    # Without a buffer: what a full disk does not take must not be tried again when it is closed.
    with tempfile.TemporaryFile(dir=folder, buffering=0) as copy:
        progress.stage("copying", 0, "B")
        name = f"copy of {source.path} in {folder or tempfile.gettempdir()}"
        with open_file(source.path) as (raw, _):
            pieces = chain([b"".join(source.head)], iter(partial(raw.read1, _PIECE), b""))
            for piece in pieces:
                with naming(name):  # a full disk, say
                    write_all(copy, piece)
                progress.advance(len(piece))
        with io.BufferedReader(copy) as filled:
            yield filled
