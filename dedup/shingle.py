"""Texts to a batch of word hashes and shingle hashes, with offsets back to the text."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.fold import fold_table
from dedup.kernels import words as kernels

LONGEST_TEXT = (1 << 31) - 1

BATCH_BYTES = 500_000
"""Bytes of texts that are worked on at once: what is made of so few stays in the nearer caches, and
takes memory that the process has already; for more, each page is asked of the system anew."""


class Encoded(NamedTuple):
    """Texts in UTF-8, one after another.

    ``data`` : uint8; ``offsets`` : int64[n + 1], where each text starts and the last one ends.
    Lone surrogates are kept, in the three bytes that UTF-8 would give them.
    """

    data: NDArray[np.uint8]
    offsets: NDArray[np.int64]

    def part(self, first: int, last: int) -> "Encoded":
        """Return some of the texts, as many as there are of them."""
        offsets = self.offsets[first : last + 1]
        return Encoded(self.data[offsets[0] : offsets[-1]], offsets - offsets[0])

    def split(self) -> list[bytes]:
        """Return each text by itself."""
        data = self.data.tobytes()
        return [data[first:last] for first, last in pairwise(self.offsets.tolist())]

    def batches(self) -> Iterator[tuple[int, int]]:
        """Yield which texts are worked on at once, the first and the one after the last of them."""
        bounds = [0, len(self.offsets) - 1]
        if self.offsets[-1] > BATCH_BYTES:
            n_bytes = np.arange(BATCH_BYTES, self.offsets[-1], BATCH_BYTES)
            bounds[1:1] = np.unique(np.searchsorted(self.offsets, n_bytes)).tolist()
        return pairwise(bounds)

    def text(self, at: int) -> str:
        """Return one of the texts."""
        return self.bytes_of(at).tobytes().decode("utf-8", "surrogatepass")

    def bytes_of(self, at: int) -> NDArray[np.uint8]:
        """Return one of the texts in UTF-8."""
        first, last = self.offsets[at : at + 2].tolist()
        return self.data[first:last]


class Words(NamedTuple):
    """The words of a batch of n texts, m in all.

    ``tokens`` : uint64[m], the hash of each folded word; the lowest bit is set for singles
    ``spans`` : int32[m, 2], first byte and the one after the last, from the start of its text;
    no rows if they are not asked for
    ``token_offsets`` : int64[n + 1], where the words of each text start
    ``uncanonical`` : uint8[n], 1 where a character stands that canonical text may not hold
    """

    tokens: NDArray[np.uint64]
    spans: NDArray[np.int32]
    token_offsets: NDArray[np.int64]
    uncanonical: NDArray[np.uint8]


class Shingles(NamedTuple):
    """The shingles of a batch of n texts, s in all.

    ``hashes`` : uint64[s]; ``shingle_offsets`` : int64[n + 1], where those of each text start.
    The k-th shingle of a text starts at its k-th word.
    """

    hashes: NDArray[np.uint64]
    shingle_offsets: NDArray[np.int64]


def encode(texts: Sequence[str]) -> Encoded:
    """Return the texts as one run of bytes.

    Raises TypeError for what is not a string, ValueError for a text of 2 GiB or more.
    """
    for text in texts:
        if not isinstance(text, str):
            raise TypeError(f"text must be a string, got {type(text).__name__}")
    return join_encoded([text.encode("utf-8", "surrogatepass") for text in texts])


def join_encoded(encoded: Sequence[bytes]) -> Encoded:
    """Return texts in UTF-8 as one run of bytes; ValueError for one of 2 GiB or more."""
    offsets = np.zeros(len(encoded) + 1, np.int64)
    np.array([*map(len, encoded)], np.int64).cumsum(out=offsets[1:])
    longest = max(map(len, encoded), default=0)
    if longest > LONGEST_TEXT:
        raise ValueError(f"a text must be under 2 GiB in UTF-8, got {longest:,} bytes")
    return Encoded(np.frombuffer(b"".join(encoded), np.uint8), offsets)


def hash_words(encoded: Encoded, *, with_spans: bool = True) -> Words:
    """Return the words of each text, with their places or without. About 2 ns a byte of English."""
    return Words(*kernels.words(*encoded, *fold_table(), with_spans))


def shingle(texts: Sequence[str]) -> Shingles:
    """Return the shingles of each text: five words, or ten singles.

    A text shorter than that has one shingle, all its words; a text without words has none.
    """
    words = hash_words(encode(texts))
    return Shingles(*kernels.shingles(words.tokens, words.token_offsets))


def words_of(text: str) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Return the words of one text, uint64[n], and their spans in characters, int64[n, 2]."""
    encoded = encode([text])
    words = hash_words(encoded)
    return words.tokens, in_characters(encoded.data, words.spans)


def in_characters(data: NDArray[np.uint8], spans: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return spans of a text's words as characters, int64[n, 2]; they are in bytes, in order."""
    places = spans.astype(np.int64)
    kernels.to_characters(data, places.ravel())
    return places


def places_of(
    offsets: NDArray[np.int64], chosen: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return where the members of some texts stand among those of all, and offsets of the texts."""
    starts = offsets[chosen]
    sizes = offsets[chosen + 1] - starts
    own = np.zeros(len(chosen) + 1, np.int64)
    sizes.cumsum(out=own[1:])
    return np.arange(own[-1]) + (starts - own[:-1]).repeat(sizes), own


def join_offsets(parts: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
    """Return the offsets of batches as those of all of them, one after another."""
    sizes = [np.diff(part) for part in parts]
    return np.concatenate((np.zeros(1, np.int64), np.cumsum(np.concatenate(sizes))))
