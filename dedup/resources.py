"""What a pass may use: threads, memory, a folder for what does not fit there."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from typing import Generic, NamedTuple, TypeVar

from dedup import defaults
from dedup.memory import default_memory
from dedup.progress import NO_PROGRESS, PassProgress
from dedup.spill import Spill

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")

AHEAD = 2
"""Items for each thread that are given out before the first of them must be done: so many that the
threads have work while what is done is taken in."""


class Queue(Generic[_Item, _Result]):
    """Items that are worked on in threads, ``most`` at a time, and come out in their order."""

    def __init__(
        self, work: Callable[[_Item], _Result], executor: ThreadPoolExecutor, most: int
    ) -> None:
        self._work = work
        self._executor = executor
        self._most = most
        self._pending: deque[tuple[_Item, Future[_Result]]] = deque()

    def put(self, item: _Item) -> Iterator[tuple[_Item, _Result]]:
        """Take one more; yield those that are done with what the work made of them."""
        self._pending.append((item, self._executor.submit(self._work, item)))
        yield from self._done(self._most)

    def rest(self) -> Iterator[tuple[_Item, _Result]]:
        """Yield those that are left."""
        yield from self._done(0)

    def _done(self, most: int) -> Iterator[tuple[_Item, _Result]]:
        while len(self._pending) > most:
            item, future = self._pending.popleft()
            yield item, future.result()

    def cancel(self) -> None:
        """Let go of those that are not begun."""
        for _, future in self._pending:
            future.cancel()


class Resources(NamedTuple):
    """Threads, bytes of memory, the folder for what is spilled, and whom to tell how far it is."""

    executor: ThreadPoolExecutor
    workers: int
    memory: int
    folder: str | None
    progress: PassProgress
    spills: ExitStack

    def in_order(
        self, work: Callable[[_Item], _Result], items: Iterable[_Item]
    ) -> Iterator[tuple[_Item, _Result]]:
        """Yield items with what the work makes of them, in their order, a few at a time."""
        with self.queue(work) as queue:
            for item in items:
                yield from queue.put(item)
            yield from queue.rest()

    @contextmanager
    def queue(self, work: Callable[[_Item], _Result]) -> Iterator["Queue[_Item, _Result]"]:
        """Give a queue of items that are worked on in threads."""
        queue = Queue(work, self.executor, AHEAD * self.workers)
        try:
            yield queue
        finally:
            queue.cancel()

    def spill(self, n_buckets: int, *dtypes: type, share: float) -> Spill:
        """Return room for rows, of which so large a share of the memory is held there."""
        spill = Spill(n_buckets, dtypes, self.part(share), self.folder)
        return self.spills.enter_context(closing(spill))

    def part(self, share: float) -> int:
        """Return a share of the memory that is not taken by the program itself."""
        return int(share * max(self.memory - defaults.PROGRAM_MEMORY, defaults.LEAST_MEMORY))


@contextmanager
def resources(
    workers: int,
    memory: int | None = None,
    folder: str | None = None,
    progress: PassProgress = NO_PROGRESS,
) -> Iterator[Resources]:
    """Give resources, and let go of them at the end; ``memory`` None: a share of what is free."""
    with ExitStack() as spills, ThreadPoolExecutor(workers) as executor:
        yield Resources(executor, workers, memory or default_memory(), folder, progress, spills)


def ahead(items: Iterable[_Item]) -> Iterator[_Item]:
    """Yield items, of which the next is made in a thread while one is worked on."""
    iterator = iter(items)
    with ThreadPoolExecutor(1) as executor:
        following = executor.submit(next, iterator, _END)
        while (item := following.result()) is not _END:
            following = executor.submit(next, iterator, _END)
            yield item  # type: ignore[misc]


_END = object()
