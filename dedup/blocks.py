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
from dedup.shingle import Encoded

Places = NDArray[np.int64]
_Made = TypeVar("_Made")

TEXTS_SHARE = 0.3
"""Of the memory, for texts that are to be compared."""

BLOCK_SHARE, MATERIAL_BYTES = 0.4, 16
"""Of the memory, for the blocks that are worked on, and for each byte of a text in them."""

HALF_WORD_BYTES = 3
"""About what half a word takes in UTF-8, a space after it too."""

LEAST, MOST = 1_000_000, 16_000_000
"""Bytes of a block: of less a block costs some fixed time; more would only take memory."""


class Block(NamedTuple):
    """Texts of a block: their places in the collection, int64[k], sorted; and what they are."""

    places: NDArray[np.int64]
    texts: Encoded

    def rows(self, places: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return where in the block texts stand."""
        return np.searchsorted(self.places, places)


def block_size(total: int, resources: Resources) -> int:
    """Return how many bytes of texts a block may have, if all together have ``total``."""
    fitting = resources.part(BLOCK_SHARE) // (MATERIAL_BYTES * (resources.workers + 1))
    return max(min(fitting, MOST, total // (4 * resources.workers)), LEAST)


def read_blocks(
    corpora: Sequence[Corpus],
    collection: Collection,
    members: NDArray[np.int64],
    resources: Resources,
    work: Callable[[int, Block], _Made],
    *,
    stages: tuple[str, str],
) -> Iterator[_Made]:
    """Read texts again and yield what the work makes of each block of them, in order; in threads.

    members : int64[m, 2], texts and the block that each is read for, from 0 on, every one with a
    text; ``stages`` : what reading and working are called
    """
    members = _distinct(members)
    n_blocks = int(members[:, 1].max(initial=-1)) + 1
    starts = np.searchsorted(members[:, 0], np.arange(len(collection) + 1))
    wanted = starts[1:] > starts[:-1]
    data = resources.spill(n_blocks, np.uint8, share=TEXTS_SHARE)
    texts = resources.spill(n_blocks, np.int64, np.int64, share=TEXTS_SHARE)

    def dealt(places: Places, read: Encoded) -> tuple[Encoded, Places, NDArray[np.int64], int]:
        first, last = starts[places[0]], starts[places[-1] + 1]
        order, bounds = deal(members[first:last, 1].astype(np.int32), n_blocks)
        chosen = members[first:last, 0][order]
        rows = np.searchsorted(places, chosen)
        own = Encoded(*take_strings(*read, rows))
        return own, chosen, bounds, len(places)

    n_read = int(np.count_nonzero(wanted))
    resources.progress.stage(stages[0], n_read, "texts")
    for own, chosen, bounds, n_texts in read_some(corpora, collection, wanted, resources, dealt):
        data.add(own.offsets[bounds], own.data)
        texts.add(bounds, chosen, np.diff(own.offsets))
        resources.progress.advance(n_texts)

    def worked(number: int) -> _Made:
        (own,) = data.take(number, number + 1)
        places, sizes = texts.take(number, number + 1)
        offsets = np.concatenate((np.zeros(1, np.int64), np.cumsum(sizes)))
        return work(number, Block(places, Encoded(own, offsets)))

    resources.progress.stage(stages[1], n_blocks, "blocks")
    for _, made in resources.in_order(worked, range(n_blocks)):
        yield made
        resources.progress.advance(1)
    data.close()
    texts.close()


def _distinct(members: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return distinct pairs of numbers, both under 2**31, in their order."""
    packed = np.sort(members[:, 0] << 32 | members[:, 1])
    packed = packed[np.append(packed[1:] != packed[:-1], True)[: len(packed)]]
    return np.stack([packed >> 32, packed & 0xFFFFFFFF], axis=1)
