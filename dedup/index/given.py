"""Articles that are about to be added or asked for: what is made before it is their turn."""

import math
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.documents import dates_of, in_chunks
from dedup.index.packing import Packer
from dedup.model import Answer, Document
from dedup.passages import Recipe
from dedup.shingle import encode, hash_words


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

    ``keys`` : uint64[m], ``offsets`` : int64[n + 1]; ``texts`` gives them packed
    """

    new: Sequence[New]
    keys: NDArray[np.uint64]
    offsets: NDArray[np.int64]
    texts: Callable[[], Sequence[bytes]]

    def part(self, first: int, last: int) -> "Given":
        """Return some of them."""
        if first == 0 and last == len(self.new):
            return self
        offsets, texts = self.offsets[first : last + 1], self.texts
        keys = self.keys[offsets[0] : offsets[-1]]
        return Given(self.new[first:last], keys, offsets - offsets[0], lambda: texts()[first:last])


def given(documents: Sequence[Document], recipe: Recipe, packer: Packer) -> Given:
    """Check documents and make of them what can be made before they are looked up."""
    published, hours = dates_of(documents)
    now = time.time() / 3600
    encoded = encode([own.text for own in documents])
    columns = zip(documents, encoded.split(), published, hours.tolist(), strict=True)
    new = [New(*known, now) for known in columns]
    keys, offsets = recipe.of_words(hash_words(encoded))
    return Given(new, keys, offsets, lambda: [packer.pack(own.text) for own in new])


def given_ahead(
    documents: Iterable[Document | tuple[str | int, str]], recipe: Recipe, packer: Packer
) -> Iterator[Given]:
    """Yield documents, some at a time, of which the next are got ready while some are added.

    What gives the documents runs in this thread: it may ask the index.
    """
    with ThreadPoolExecutor(1) as executor:

        def begin(some: list[Document]) -> tuple[Future[Given], Future[Sequence[bytes]]]:
            made = executor.submit(given, some, recipe, packer)
            # Texts come last: they are needed when it is decided what becomes of them.
            return made, executor.submit(lambda: made.result().texts())

        begun = map(begin, in_chunks(documents))
        before = next(begun, None)
        while before is not None:
            following = next(begun, None)
            made, texts = before
            yield made.result()._replace(texts=texts.result)
            before = following
