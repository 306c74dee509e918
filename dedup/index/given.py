"""Articles that are about to be added or asked for: what is made before it is their turn."""

import math
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.documents import dates_of
from dedup.index.packing import Packer
from dedup.index.runs import Ahead
from dedup.model import Answer, Document
from dedup.passages import Recipe
from dedup.shingle import encode
from dedup.sketches import keys_of


class New(NamedTuple):
    """An article that is to be added: as it was given, and what is known of it before.

    ``text`` is in UTF-8; ``added`` : hours since 1970; ``told``, ``story`` : of one that was there
    before
    """

    document: Document
    text: bytes
    published: str
    hours: float
    added: float
    told: Answer | None = None
    story: int | None = None

    @property
    def seen(self) -> float:
        """When it was published, or else when it was added."""
        return self.added if math.isnan(self.hours) else self.hours


class Given(NamedTuple):
    """Articles that are to be added, with what can be made of them before they are looked up.

    ``keys`` : uint64[m], ``offsets`` : int64[n + 1]; ``texts`` gives them packed; ``ahead`` : what
    runs held of the keys, and of the codes of the ids after them, if they were looked up before
    """

    new: Sequence[New]
    keys: NDArray[np.uint64]
    offsets: NDArray[np.int64]
    texts: Callable[[], Sequence[bytes]]
    ahead: Ahead | None = None

    def part(self, first: int, last: int) -> "Given":
        """Return some of them."""
        if first == 0 and last == len(self.new):
            return self
        offsets, texts = self.offsets[first : last + 1], self.texts
        keys, ahead = self.keys[offsets[0] : offsets[-1]], self.ahead
        if ahead is not None:
            ids = np.arange(first, last) + len(self.keys)
            ahead = ahead.take(np.concatenate([np.arange(offsets[0], offsets[-1]), ids]))
        new = self.new[first:last]
        return Given(new, keys, offsets - offsets[0], lambda: texts()[first:last], ahead)


def given(documents: Sequence[Document], recipe: Recipe, packer: Packer) -> Given:
    """Check documents and make of them what can be made before they are looked up."""
    published, hours = dates_of(documents)
    now = time.time() / 3600
    encoded = encode([own.text for own in documents])
    columns = zip(documents, encoded.split(), published, hours.tolist(), strict=True)
    new = [New(*known, now) for known in columns]
    keys, offsets = keys_of(encoded, recipe)
    return Given(new, keys, offsets, lambda: packer.pack_all([own.text for own in new]))
