"""Passage keys: texts that share a passage share a key."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from dedup import defaults
from dedup.fold import UNICODE_VERSION
from dedup.kernels.winnow import winnow
from dedup.kernels.words import half_words, shingles
from dedup.shingle import Words, encode, hash_words


class Keys(NamedTuple):
    """The keys of a batch of n texts, m in all.

    ``keys`` : uint64[m], sorted and distinct within each text; ``offsets`` : int64[n + 1], where
    those of each text start
    """

    keys: NDArray[np.uint64]
    offsets: NDArray[np.int64]


class Recipe(Protocol):
    """What makes keys of texts: ``PassageKeys`` or ``MinHashKeys``.

    ``window``: of so many shingles in a row one is a key, so the boilerplate of a source is seen in
    keys, and one of them in common is little; 0: a key is no passage, one is enough, and says
    nothing of what the texts share.
    """

    @property
    def window(self) -> int:
        """Shingles of which one is a key, 0 for keys that are no passages."""

    def of_words(self, words: Words) -> Keys:
        """Return the keys of texts whose words are hashed already."""

    def to_dict(self) -> dict[str, Any]:
        """Return the recipe by name."""


@dataclass(frozen=True)
class PassageKeys:
    """A recipe for keys: of every ``window`` shingles in a row, the one of the least hash.

    A shared run of ``window + 4`` words is certain to share a key, one of ``2 * window + 4`` words
    two, if no passage repeats in it. Texts of fewer than ``short_words`` words have windows of
    ``short_window``; what the wider window selects, the narrower one selects too, so texts of
    different lengths still meet. A text shorter than a window has one key; one shorter than a
    shingle (5 words) can meet only texts of the same words.

    Equal recipes give equal keys for equal words, whatever else is in the texts: no phrase lists,
    no weights. Winnowing: Schleimer, Wilkerson and Aiken 2003, section 3.
    """

    window: int = defaults.WINDOW
    short_window: int = defaults.SHORT_WINDOW
    short_words: int = defaults.SHORT_WORDS

    def __post_init__(self) -> None:
        """Raise ValueError for windows that do not nest."""
        if not 1 <= self.short_window <= self.window:
            got = f"short_window={self.short_window}, window={self.window}"
            raise ValueError(f"short_window must be from 1 to window, got {got}")
        if self.short_words < 0:
            raise ValueError(f"short_words must be at least 0, got {self.short_words}")

    def keys(self, texts: Sequence[str]) -> list[NDArray[np.uint64]]:
        """Return the keys of each text, sorted; none for a text without words. About 3 ns a byte.

        >>> [len(keys) for keys in PassageKeys().keys(["One storm closed two ports.", "", "Port"])]
        [1, 0, 1]
        """
        found = self.of_words(hash_words(encode(texts)))
        return np.split(found.keys, found.offsets[1:-1]) if len(texts) else []

    def of_words(self, words: Words) -> Keys:
        """Return the keys of texts whose words are hashed already."""
        hashes, shingle_offsets = shingles(words.tokens, words.token_offsets)
        lengths = half_words(words.tokens, words.token_offsets)
        windows = np.where(lengths < 2 * self.short_words, self.short_window, self.window)
        return Keys(*winnow(hashes, shingle_offsets, windows))

    def to_dict(self) -> dict[str, Any]:
        """Return the recipe by name, with the version of Unicode by which words are folded."""
        return {"keys": "passages", **asdict(self), "unicode": UNICODE_VERSION}
