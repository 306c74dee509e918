"""Rows of numbers dealt to buckets: in memory as long as they fit there, then in a file."""

import os
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from itertools import pairwise
from threading import Lock
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.kernels.sort import append
from dedup.streams import naming

MERGED, LEAST_PIECE = 64, 4096
"""Runs that are merged to one, unless they have as many bytes a bucket: small pieces, many to a
bucket, cost some fixed time each."""


class Run(NamedTuple):
    """Rows by their buckets: those of bucket b are ``bounds[b]:bounds[b + 1]`` of each column."""

    bounds: NDArray[np.int64]
    columns: Sequence[NDArray[Any]]


class Spill:
    """Columns of numbers whose rows are dealt to ``n_buckets`` buckets.

    Those of a bucket come back in the order in which they were added. What is over ``memory`` bytes
    goes to a file in ``folder``, which has no name, so nothing is left of it however the program
    ends.
    """

    def __init__(
        self, n_buckets: int, dtypes: Sequence[Any], memory: int, folder: str | None
    ) -> None:
        self.sizes = np.zeros(n_buckets, np.int64)
        self._dtypes = [np.dtype(dtype) for dtype in dtypes]
        self._memory = memory
        self._folder = folder or tempfile.gettempdir()
        self._new: list[Run] = []
        self._held: list[Run] = []
        self._n_bytes = 0
        self._file: BinaryIO | None = None
        self._reading = Lock()
        self._written: list[tuple[NDArray[np.int64], list[int]]] = []

    def add(self, bounds: NDArray[np.int64], *columns: NDArray[Any]) -> None:
        """Take rows: those of bucket b are ``bounds[b]:bounds[b + 1]`` of each column."""
        if not bounds[-1]:
            return
        self.sizes += np.diff(bounds)
        self._new.append(Run(bounds, columns))
        self._n_bytes += sum(column.nbytes for column in columns)
        if self._n_bytes > self._memory:
            self._write()
        elif len(self._new) == MERGED:
            self._held += self._merged()
            self._new = []

    def _merged(self) -> list[Run]:
        """Return the new runs, as one if they are small."""
        n_bytes = sum(column.nbytes for run in self._new for column in run.columns)
        is_small = n_bytes < MERGED * len(self.sizes) * LEAST_PIECE
        return [_merged(self._new, self._dtypes)] if is_small else self._new

    def put(self, bucket: int, *columns: NDArray[Any]) -> None:
        """Take rows of one bucket."""
        bounds = np.zeros(len(self.sizes) + 1, np.int64)
        bounds[bucket + 1 :] = len(columns[0])
        self.add(bounds, *columns)

    def take(self, first: int, last: int) -> list[NDArray[Any]]:
        """Return the columns of the rows in buckets ``first:last``."""
        columns = []
        for number, dtype in enumerate(self._dtypes):
            parts = [
                self._read(bounds, starts, number, first, last)
                for bounds, starts in self._written
                if bounds[first] < bounds[last]  # with little memory most have none of a bucket
            ]
            parts += [
                run.columns[number][run.bounds[first] : run.bounds[last]]
                for run in (*self._held, *self._new)
            ]
            columns.append(np.concatenate(parts) if parts else np.zeros(0, dtype))
        return columns

    def close(self) -> None:
        """Let go of all rows."""
        self._new, self._held, self._written = [], [], []
        if self._file is not None:
            with suppress(OSError):  # what a full disk did not take is told already
                self._file.close()

    def _write(self) -> None:
        """Write what is held as one run, column by column."""
        runs = [*self._held, *self._new]
        self._new, self._held, self._n_bytes = [], [], 0
        bounds = np.sum([run.bounds for run in runs], axis=0)
        # As numbers of Python, of which there are as many as buckets and runs together.
        ranges = list(zip(*(pairwise(run.bounds.tolist()) for run in runs), strict=True))
        with naming(f"temporary file in {self._folder}"):
            if self._file is None:
                self._file = tempfile.TemporaryFile(dir=self._folder)  # noqa: SIM115 - see close
            self._file.seek(0, os.SEEK_END)
            starts = []
            for number in range(len(self._dtypes)):
                starts.append(self._file.tell())
                columns = [run.columns[number] for run in runs]
                # Not merged in memory, where what is held is all that there is room for.
                self._file.writelines(
                    column[first:last].data
                    for bucket in ranges
                    for column, (first, last) in zip(columns, bucket, strict=True)
                    if last > first
                )
            self._file.flush()
        self._written.append((bounds, starts))

    def _read(
        self, bounds: NDArray[np.int64], starts: list[int], number: int, first: int, last: int
    ) -> NDArray[Any]:
        assert self._file is not None  # there are runs
        rows = np.empty(bounds[last] - bounds[first], self._dtypes[number])
        with self._reading:
            self._file.seek(int(starts[number] + bounds[first] * rows.itemsize))
            self._file.readinto(rows.view(np.uint8))  # type: ignore[attr-defined]
        return rows


def _merged(runs: Sequence[Run], dtypes: Sequence[np.dtype[Any]]) -> Run:
    """Return the rows of several runs as one."""
    bounds = np.sum([run.bounds for run in runs], axis=0)
    columns = []
    for number, dtype in enumerate(dtypes):
        merged = np.empty(bounds[-1], dtype)
        places = bounds[:-1] * dtype.itemsize
        for run in runs:
            content = run.columns[number].view(np.uint8)
            append(content, run.bounds, dtype.itemsize, merged.view(np.uint8), places)
        columns.append(merged)
    return Run(bounds, columns)
