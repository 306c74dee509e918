"""Texts that are compared with each other, read again and put together in blocks."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from dedup.documents import Collection, Corpus
from dedup.kernels.sort import deal
from dedup.kernels.strings import take_strings
from dedup.reading import read_some
from dedup.resources import Resources
from dedup.shingle import Encoded, join_offsets

Places = NDArray[np.int64]
_Made = TypeVar("_Made")

TEXTS_SHARE, NEAR_SHARE = 0.2, 0.1
"""Of the memory, for texts that are to be compared: those that wait, and those near each other."""

BLOCK_SHARE, MATERIAL_BYTES = 0.4, 16
"""Of the memory, for the blocks that are worked on, and for each byte of a text in them."""

HALF_WORD_BYTES = 3
"""About what half a word takes in UTF-8, a space after it too."""

LEAST, MOST = 1_000_000, 16_000_000
"""Bytes of a block: of less a block costs some fixed time; more would only take memory."""

MOST_NEAR = 64_000_000
"""Bytes that are read between texts near each other, at most: of copies that come within a day."""


class Block(NamedTuple):
    """Texts of a block: their places in the collection, int64[k], sorted; and what they are."""

    places: NDArray[np.int64]
    texts: Encoded

    def rows(self, places: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return where in the block texts stand."""
        return np.searchsorted(self.places, places)


class Near(NamedTuple):
    """Which texts stand near each other in what is read: within so many bytes that are compared.

    ``places`` : int64[n], how many of those stand before each text; ``room`` : bytes between the
    first and the last text of a block
    """

    places: NDArray[np.int64]
    room: int

    @staticmethod
    def of(texts: Places, half_words: NDArray[np.int64], resources: Resources) -> "Near":
        """Take the texts that are compared and the lengths of all, int64[n]."""
        sizes = np.zeros(len(half_words), np.int64)
        sizes[texts] = HALF_WORD_BYTES * half_words[texts]
        # What stands in two blocks is held twice.
        room = min(resources.part(NEAR_SHARE) // 2, MOST_NEAR)
        return Near(np.cumsum(sizes) - sizes, room)

    def hold(self, first: Places, last: Places, share: float = 1) -> NDArray[np.bool_]:
        """Tell of first and last texts whether they stand in a share of the room."""
        return self.places[last] - self.places[first] <= share * self.room


def block_size(total: int, resources: Resources) -> int:
    """Return how many bytes of texts a block may have, if all together have ``total``."""
    fitting = resources.part(BLOCK_SHARE) // (MATERIAL_BYTES * (resources.workers + 1))
    return max(min(fitting, MOST, total // (4 * resources.workers)), LEAST)


def read_blocks(
    corpora: Sequence[Corpus],
    collection: Collection,
    members: NDArray[np.int64],
    near: Near,
    resources: Resources,
    work: Callable[[int, Block], _Made],
    *,
    stages: tuple[str, str],
) -> list[_Made]:
    """Read texts again and return what the work makes of each block of them; in threads.

    A block whose texts stand near each other is worked on as soon as the last of them is read; the
    others wait, in a file if they do not fit into memory.

    members : int64[m, 2], texts and the block that each is read for, from 0 on, every one with a
    text; ``stages`` : what it is called to read, and to work on those that wait
    """
    members = _distinct(members)
    n_blocks = int(members[:, 1].max(initial=-1)) + 1
    # Those of near texts come first while they are read.
    order, n_near = _near_first(members, n_blocks, near)
    numbers = np.empty(n_blocks, np.int64)
    numbers[order] = np.arange(n_blocks)
    members[:, 1] = numbers[members[:, 1]]
    starts = np.searchsorted(members[:, 0], np.arange(len(collection) + 1))
    wanted = starts[1:] > starts[:-1]

    def dealt(places: Places, read: Encoded) -> _Dealt:
        first, last = starts[places[0]], starts[places[-1] + 1]
        by_block, bounds = deal(members[first:last, 1].astype(np.int32), n_blocks)
        chosen = members[first:last, 0][by_block]
        own = Encoded(*take_strings(*read, np.searchsorted(places, chosen)))
        return _Dealt(chosen, own, bounds, len(places))

    soon = _Soon(np.bincount(members[:, 1], minlength=n_blocks)[:n_near])
    later = _Later(n_near, n_blocks, resources)
    made: dict[int, _Made] = {}

    def worked(number: int) -> _Made:
        block = soon.take(number) if number < n_near else later.take(number)
        return work(int(order[number]), block)

    resources.progress.stage(stages[0], int(np.count_nonzero(wanted)), "texts")
    with resources.queue(worked) as queue:
        for part in read_some(corpora, collection, wanted, resources, dealt):
            for number in soon.add(part):
                made.update(queue.put(number))
            later.add(part)
            resources.progress.advance(part.n_texts)
        made.update(queue.rest())
    if n_near < n_blocks:
        resources.progress.stage(stages[1], n_blocks - n_near, "blocks")
        for number, told in resources.in_order(worked, range(n_near, n_blocks)):
            made[number] = told
            resources.progress.advance(1)
    later.close()
    return [made[number] for number in numbers.tolist()]


def _near_first(
    members: NDArray[np.int64], n_blocks: int, near: Near
) -> tuple[NDArray[np.int64], int]:
    """Return the blocks, those of which all texts stand near each other first, and their number."""
    first, last = np.full(n_blocks, len(near.places)), np.zeros(n_blocks, np.int64)
    np.minimum.at(first, members[:, 1], members[:, 0])
    np.maximum.at(last, members[:, 1], members[:, 0])
    is_near = near.hold(first, last)
    return np.argsort(~is_near, kind="stable"), int(np.count_nonzero(is_near))


class _Dealt(NamedTuple):
    """Texts that were read together, by the blocks that they are for.

    ``places``, ``texts`` : those of block b are ``bounds[b]:bounds[b + 1]``; ``n_texts`` : how
    many were read
    """

    places: Places
    texts: Encoded
    bounds: NDArray[np.int64]
    n_texts: int

    def part(self, first: int, last: int) -> tuple[Places, Encoded]:
        """Return some of them; a copy, so that the others can be let go of."""
        texts = self.texts.part(first, last)
        return self.places[first:last].copy(), texts._replace(data=texts.data.copy())


class _Soon:
    """Blocks whose texts stand near each other: they are in memory until the last one is read."""

    def __init__(self, missing: NDArray[np.int64]) -> None:
        """Take how many texts each has."""
        self._missing = missing
        self._held: dict[int, list[tuple[Places, Encoded]]] = {}

    def add(self, dealt: _Dealt) -> Iterator[int]:
        """Take texts; yield the blocks that have all of theirs."""
        bounds = dealt.bounds[: len(self._missing) + 1]
        for number in np.flatnonzero(np.diff(bounds)).tolist():
            first, last = bounds[number : number + 2]
            self._held.setdefault(number, []).append(dealt.part(first, last))
            self._missing[number] -= last - first
            if not self._missing[number]:
                yield number

    def take(self, number: int) -> Block:
        """Return a block that has all of its texts, and let go of it."""
        parts = self._held.pop(number)
        data = np.concatenate([texts.data for _, texts in parts])
        offsets = join_offsets([texts.offsets for _, texts in parts])
        return Block(np.concatenate([places for places, _ in parts]), Encoded(data, offsets))


class _Later:
    """Blocks that wait until all texts are read, the numbers from ``first`` to ``last``."""

    def __init__(self, first: int, last: int, resources: Resources) -> None:
        self._first = first
        self._data = resources.spill(last - first, np.uint8, share=TEXTS_SHARE)
        self._texts = resources.spill(last - first, np.int64, np.int64, share=TEXTS_SHARE)

    def add(self, dealt: _Dealt) -> None:
        """Take texts."""
        bounds = dealt.bounds[self._first :]
        places, texts = dealt.part(bounds[0], bounds[-1])
        rows = bounds - bounds[0]
        self._data.add(texts.offsets[rows], texts.data)
        self._texts.add(rows, places, np.diff(texts.offsets))

    def take(self, number: int) -> Block:
        """Return one of them."""
        at = number - self._first
        (data,) = self._data.take(at, at + 1)
        places, sizes = self._texts.take(at, at + 1)
        offsets = np.concatenate((np.zeros(1, np.int64), np.cumsum(sizes)))
        return Block(places, Encoded(data, offsets))

    def close(self) -> None:
        """Let go of all of them."""
        self._data.close()
        self._texts.close()


def _distinct(members: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return distinct pairs of numbers, both under 2**31, in their order."""
    packed = np.sort(members[:, 0] << 32 | members[:, 1])
    packed = packed[np.append(packed[1:] != packed[:-1], True)[: len(packed)]]
    return np.stack([packed >> 32, packed & 0xFFFFFFFF], axis=1)
