"""A pass in no memory at all: small collections have many batches, parts, blocks and files."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from dedup import blocks, defaults, documents, links, shingle, spill
from dedup.kernels.sort import N_BUCKETS, deal_keys
from dedup.links import Groups, group
from dedup.progress import NO_PROGRESS, PassProgress
from dedup.resources import Resources, resources
from dedup.sketches import Sketches

SPREAD = 2**64 // 61 | 1
"""A few keys so far apart differ in their highest bits and in their lowest ones."""


@contextmanager
def little_memory(
    *,
    batch: int = 500,
    least_keys: int = 50,
    least_block: int = 1,
    most_block: int = 1,
    near: int = 0,
) -> Iterator[None]:
    """Let a pass in one byte of memory spill all it can, and part what it works on.

    ``batch`` documents are read together; parts have ``least_keys`` keys, or links; blocks have
    from ``least_block`` bytes to ``most_block``; texts within ``near`` bytes are near each other.
    """
    of = blocks.Near.of
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(defaults, "LEAST_MEMORY", 0)
        patch.setattr(defaults, "PROGRAM_MEMORY", 1)
        patch.setattr(documents, "BATCH", batch)
        patch.setattr(shingle, "BATCH_BYTES", 100 * batch)
        patch.setattr(links, "LEAST", least_keys)
        patch.setattr(spill, "MERGED", 3)
        patch.setattr(blocks, "LEAST", least_block)
        patch.setattr(blocks, "MOST", most_block)
        patch.setattr(blocks.Near, "of", lambda *given: of(*given)._replace(room=near))
        yield


@contextmanager
def little_resources(
    workers: int = 2, *, progress: PassProgress = NO_PROGRESS, **sizes: int
) -> Iterator[Resources]:
    """Give resources of one byte, in little memory."""
    with little_memory(**sizes), resources(workers, memory=1, progress=progress) as own:
        yield own


def sketches_of(keys: np.ndarray, offsets: np.ndarray, own: Resources) -> Sketches:
    """Return the keys of texts as they are kept after the first reading, in a few batches."""
    spill = own.spill(N_BUCKETS, np.uint64, np.int32, share=0.3)
    n = len(offsets) - 1
    for first, last in pairwise((*range(0, n, n // 4 + 1), n)):
        bounds = offsets[first : last + 1]
        dealt, texts, of_buckets = deal_keys(keys[bounds[0] : bounds[-1]], bounds - bounds[0])
        spill.add(of_buckets, dealt, texts + np.int32(first))
    weights, identities = np.zeros((n, 2), np.int64), np.zeros((n, 2), np.uint64)
    return Sketches(spill, np.diff(offsets), weights, identities)


def sketched(sets: list[set[int]], own: Resources) -> Sketches:
    """Return sets of keys as the keys of texts."""
    every = np.array([key for each in sets for key in sorted(each)], np.uint64)
    return sketches_of(every, np.cumsum([0, *map(len, sets)]), own)


def grouped(sets: list[set[int]], own: Resources) -> Groups:
    """Return sets of keys as the keys of texts in the order of preference, in groups."""
    return group(sketched(sets, own), np.arange(len(sets), dtype=np.int32), own)


def open_files(folder: Path) -> list[int]:
    """Return the sizes of the files in a folder that are open, with a name or without."""
    places = [place for place in list(Path("/proc/self/fd").iterdir()) if place.is_symlink()]
    own = [place for place in places if str(folder) in str(place.readlink())]
    return [place.stat().st_size for place in own]
