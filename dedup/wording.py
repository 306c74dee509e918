"""What was found in words, in characters of the texts: facts that differ, shared passages."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.kernels.facts import REST
from dedup.kernels.match import FACTS_SHOWN, KIND
from dedup.shingle import Encoded, in_characters
from dedup.verify import Matches, Material

Passage = tuple[int, int, int, int]


class Wording(NamedTuple):
    """A text in UTF-8 and its words: ``flags`` and ``spans`` as in ``Material``."""

    data: NDArray[np.uint8]
    flags: NDArray[np.uint8]
    spans: NDArray[np.int32]

    def fact(self, word: int) -> str:
        """Return a number or a name, all of it if it is several words."""
        last = word
        while last + 1 < len(self.flags) and self.flags[last + 1] & KIND == REST:
            last += 1
        own = self.data[self.spans[word, 0] : self.spans[last, 1]]
        return own.tobytes().decode("utf-8", "surrogatepass")

    def in_characters(self) -> NDArray[np.int64]:
        """Return where the words stand, int64[n, 2], in characters."""
        return in_characters(self.data, self.spans)


def wording(texts: Encoded, material: Material, row: int) -> Wording:
    """Return one of the texts that were compared, of which the spans were asked for."""
    words = slice(*material.token_offsets[row : row + 2].tolist())
    return Wording(texts.bytes_of(row), material.flags[words], material.spans[words])


def differing_facts(
    matches: Matches, pair: int, left: Wording, right: Wording
) -> tuple[tuple[str, str], ...]:
    """Return what is told otherwise in the left text and in the right one, ten at most."""
    shown = matches.facts[pair, : matches.measures[pair, FACTS_SHOWN]].tolist()
    return tuple(dict.fromkeys((left.fact(ours), right.fact(theirs)) for ours, theirs in shown))


def shared_passages(
    matches: Matches, pair: int, left: Wording, right: Wording
) -> tuple[Passage, ...]:
    """Return the shared runs of words, as spans of both texts in the order of the left one."""
    runs = matches.runs[matches.run_offsets[pair] : matches.run_offsets[pair + 1]]
    runs = np.array([run for run in (_whole(left.flags, *run) for run in runs.tolist()) if run])
    if not len(runs):
        return ()
    ours, theirs = left.in_characters(), right.in_characters()
    places = np.stack(
        [
            ours[runs[:, 0], 0],
            ours[runs[:, 1] - 1, 1],
            theirs[runs[:, 2], 0],
            theirs[runs[:, 3] - 1, 1],
        ],
        axis=1,
    )
    return tuple(map(tuple, places.tolist()))


def _whole(flags: NDArray[np.uint8], first: int, last: int, place: int, _: int) -> list[int]:
    """Return a run without the pieces of numbers at its ends, nothing if that is all of it."""
    start, end = first, last
    while start < end and flags[start] & KIND == REST:
        start += 1
    if end < len(flags) and flags[end] & KIND == REST:
        while end > start and flags[end] & KIND == REST:
            end -= 1
    return [start, end, place + start - first, place + end - first] if start < end else []
