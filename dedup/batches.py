"""Files read in batches, which are worked on in threads and come out in their order."""

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TypeVar

from dedup.outputs import aside_path
from dedup.records import CHUNK, Kind, Lines, Source, read_lines
from dedup.streams import STANDARD, whole_file

Progress = Callable[[int, int], object]
"""Told after each batch: bytes of input that it took, bytes of all input (0: nobody knows)."""

# The kernels run beside each other; JSON is read by one thread at a time.
_WORKERS = 2

_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class Summary:
    """What became of some texts.

    ``kind`` says whether they were whole files or records; ``changed``, how many are not as
    ``clean`` writes them; ``repeats``, how many repeats ``clean`` removed or ``scan`` found;
    ``skipped``, how many bad lines were set aside.
    """

    kind: Kind
    read: int = 0
    changed: int = 0
    repeats: int = 0
    skipped: int = 0

    def __add__(self, other: "Summary") -> "Summary":
        """Return the sums."""
        return Summary(
            self.kind,
            self.read + other.read,
            self.changed + other.changed,
            self.repeats + other.repeats,
            self.skipped + other.skipped,
        )


@dataclass(frozen=True, slots=True)
class Done:
    """A batch that is done: what to write, lines to set aside, and bytes of input it took."""

    output: bytes
    aside: bytes
    size: int
    summary: Summary


@dataclass(frozen=True, slots=True)
class Group:
    """Whole files that make one batch, and their size on disk."""

    sources: list[Source]
    size: int


class Run:
    """What the two commands share: batches worked on in order, bad lines set aside."""

    def __init__(
        self, sources: list[Source], output: str | None, skip_bad: str | None, progress: Progress
    ) -> None:
        """Raise DedupError if bad lines cannot go where they shall."""
        self.kind = sources[0].kind
        self._aside = aside_path(sources, output, skip_bad)
        self._progress = progress
        self._total = size_on_disk(sources)

    def write(
        self,
        outputs: list[tuple[AbstractContextManager[BinaryIO], Iterable[_Item]]],
        work: Callable[[_Item], Done],
    ) -> Summary:
        """Write to each output what the work makes of its batches, in their order."""
        summary = Summary(self.kind)
        with whole_file(self._aside) as aside:
            for output, batches in outputs:
                with output as stream, closing(_in_order(work, batches)) as results:
                    for done in results:
                        stream.write(done.output)
                        aside.write(done.aside)
                        summary += done.summary
                        self._progress(done.size, self._total)
        return summary


def size_on_disk(sources: Sequence[Source]) -> int:
    """Return how many bytes the files take together, 0 if nobody knows."""
    if any(source.path == STANDARD for source in sources):
        return 0
    return sum(Path(source.path).stat().st_size for source in sources)


def _in_order(
    work: Callable[[_Item], Done], batches: Iterable[_Item]
) -> Generator[Done, None, None]:
    """Yield what the work makes of each batch, in their order, a few at a time in threads."""
    pending: deque[Future[Done]] = deque()
    pool = ThreadPoolExecutor(_WORKERS)
    try:
        for batch in batches:
            pending.append(pool.submit(work, batch))
            if len(pending) > _WORKERS:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def chunks(sources: Sequence[Source]) -> Iterator[Lines]:
    """Yield the lines of all files; a last line without an end gets one before another file."""
    for source in sources:
        for chunk in read_lines(source):
            if source is not sources[-1] and not chunk.lines[-1].endswith(b"\n"):
                chunk.lines[-1] += b"\n"
            yield chunk


def groups(sources: Sequence[Source]) -> Iterator[Group]:
    """Yield the files in groups that are about as large as a chunk of lines."""
    group: list[Source] = []
    size = 0
    for source in sources:
        group.append(source)
        size += 0 if source.path == STANDARD else Path(source.path).stat().st_size
        if size >= CHUNK:
            yield Group(group, size)
            group, size = [], 0
    if group:
        yield Group(group, size)
