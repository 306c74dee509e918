"""Strings and ids of many documents, in little memory: UTF-8 one after another, with offsets."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, NamedTuple, overload

import numpy as np
from numpy.typing import NDArray

from dedup.kernels.sort import order_by, prefixes


class Packed(NamedTuple):
    """Some strings in UTF-8, one after another, and how many bytes each has, int64[n]."""

    data: bytes
    sizes: NDArray[np.int64]

    def split(self) -> list[bytes]:
        """Return each string by itself."""
        bounds = [0, *np.cumsum(self.sizes).tolist()]
        return [self.data[first:last] for first, last in pairwise(bounds)]


class PackedIds(NamedTuple):
    """Some ids packed, numbers as they are written, and which of them are numbers, bool[n]."""

    strings: Packed
    is_number: NDArray[np.bool_]


def pack(strings: Sequence[str]) -> Packed:
    """Return strings packed; lone surrogates are kept."""
    joined = "".join(strings)
    if joined.isascii():
        return Packed(joined.encode(), np.fromiter(map(len, strings), np.int64, len(strings)))
    encoded = [string.encode("utf-8", "surrogatepass") for string in strings]
    return Packed(b"".join(encoded), np.fromiter(map(len, encoded), np.int64, len(encoded)))


class Strings(Sequence[str]):
    """Strings that are made when they are asked for."""

    def __init__(self, parts: Sequence[Packed]) -> None:
        """Take the strings of some parts, one after the other."""
        self._data = b"".join(part.data for part in parts)
        sizes = np.concatenate([np.zeros(1, np.int64), *(part.sizes for part in parts)])
        self._offsets = np.cumsum(sizes)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._offsets) - 1

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> list[str]: ...
    def __getitem__(self, at: int | slice) -> str | list[str]:
        """Return one of them."""
        if isinstance(at, slice):
            return [self[place] for place in range(*at.indices(len(self)))]
        if not 0 <= at < len(self):
            raise IndexError(f"at must be from 0 to {len(self) - 1}, got {at}")
        first, last = self._offsets[at : at + 2]
        return self._data[first:last].decode("utf-8", "surrogatepass")

    def take(self, places: NDArray[np.integer[Any]]) -> list[str]:
        """Return some of them, int[k]: in a tenth of the time that one by one would take."""
        firsts, lasts = self._offsets[places].tolist(), self._offsets[places + 1].tolist()
        data = self._data
        return [
            data[first:last].decode("utf-8", "surrogatepass")
            for first, last in zip(firsts, lasts, strict=True)
        ]

    def order(self, last: NDArray[np.bool_]) -> NDArray[np.int32]:
        """Return the order of the strings by code points, int32[n].

        Of equal ones those marked in ``last`` : bool[n] come last.
        """
        data, sizes = np.frombuffer(self._data, np.uint8), np.diff(self._offsets).astype(np.uint64)
        order: NDArray[np.int32]
        order = order_by(last.astype(np.uint64), np.arange(len(self), dtype=np.int32))
        families = np.zeros(len(self), np.uint64)  # those that are equal so far
        words, rest = np.zeros(len(self), np.uint64), np.zeros(len(self), np.uint64)
        tied = np.arange(len(self))  # places in the order
        at = 0
        while len(tied):
            rows = order[tied]
            words[rows] = prefixes(data, self._offsets, rows, at)
            rest[rows] = np.minimum(sizes[rows] - np.minimum(sizes[rows], at), 9)
            rows = order_by(families, order_by(words, order_by(rest, rows)))
            order[tied] = rows
            starts = np.ones(len(rows), np.bool_)
            traits = [trait[rows] for trait in (families, words, rest)]
            starts[1:] = np.any([trait[1:] != trait[:-1] for trait in traits], axis=0)
            numbers = np.cumsum(starts)
            families[rows] = tied[starts][numbers - 1]
            is_tied = (np.bincount(numbers)[numbers] > 1) & (rest[rows] > 8)
            tied, at = tied[is_tied], at + 8
        return order


class Ids(Sequence[str | int]):
    """Ids that are made when they are asked for: strings and whole numbers."""

    def __init__(self, parts: Sequence[PackedIds]) -> None:
        """Take the ids of some parts, one after the other."""
        self._strings = Strings([part.strings for part in parts])
        none = np.zeros(0, np.bool_)
        self._is_number = np.concatenate([none, *(part.is_number for part in parts)])

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._strings)

    @overload
    def __getitem__(self, at: int) -> str | int: ...
    @overload
    def __getitem__(self, at: slice) -> list[str | int]: ...
    def __getitem__(self, at: int | slice) -> str | int | list[str | int]:
        """Return one of them."""
        if isinstance(at, slice):
            return [self[place] for place in range(*at.indices(len(self)))]
        own = self._strings[at]
        return int(own) if self._is_number[at] else own

    def take(self, places: NDArray[np.integer[Any]]) -> list[str | int]:
        """Return some of them, int[k]."""
        is_number = self._is_number[places]
        strings = self._strings.take(places)
        if not is_number.any():
            return strings  # type: ignore[return-value]
        numbers = is_number.tolist()
        return [int(own) if number else own for own, number in zip(strings, numbers, strict=True)]

    def places(self) -> NDArray[np.int32]:
        """Return the place of each in the order of ids, int32[n].

        That is as they are written; of 1 and "1", the string is first.
        """
        places = np.empty(len(self), np.int32)
        places[self._strings.order(self._is_number)] = np.arange(len(self), dtype=np.int32)
        return places


class Chosen(Sequence[str | int]):
    """Some ids, made when they are asked for; equal to any sequence of the same ids."""

    def __init__(self, ids: Ids, places: NDArray[np.int64]) -> None:
        """Take the ids at these places, int64[k]."""
        self._ids, self._places = ids, places

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._places)

    @overload
    def __getitem__(self, at: int) -> str | int: ...
    @overload
    def __getitem__(self, at: slice) -> "Chosen": ...
    def __getitem__(self, at: int | slice) -> "str | int | Chosen":
        """Return one of them."""
        if isinstance(at, slice):
            return Chosen(self._ids, self._places[at])
        return self._ids[int(self._places[at])]

    def __iter__(self) -> Iterator[str | int]:
        """Return all of them, one after the other."""
        for first in range(0, len(self), 1000):
            yield from self._ids.take(self._places[first : first + 1000])

    def __eq__(self, other: object) -> bool:
        """Tell whether another sequence holds the same ids."""
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        """Return them as a tuple is written."""
        return repr(tuple(self))


def pack_ids(ids: Sequence[str | int]) -> PackedIds:
    """Return ids packed."""
    is_number = np.fromiter((isinstance(own, int) for own in ids), np.bool_, len(ids))
    # A member of an enumeration may be a string or a number too, which str() would name.
    strings = [own if isinstance(own, str) else int.__repr__(own) for own in ids]
    return PackedIds(pack(strings), is_number)
