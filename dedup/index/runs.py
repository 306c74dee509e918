"""Sorted runs of postings on the disk: how they are read, written, and merged.

A run never changes. Eight of them are merged into one of eight times the size, a part of it
whenever a run is written, so that no article waits for long. The largest runs are never merged:
what is forgotten by its age goes with its run.
"""

import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from dedup.index.store import CHECK_BYTES, Store, as_blob
from dedup.kernels import frequent
from dedup.kernels import runs as kernels
from dedup.memory import give_back
from dedup.shingle import join_offsets, places_of

T = TypeVar("T", bound=np.generic)

FAN = 8
"""Runs that are merged into one."""

LEVELS = 3
"""Sizes of runs; those of the last are not merged."""

PART = 1627
"""Postings of a part: with what stands before them and what SQLite adds they fill a page."""

FILTER_BITS = 10
"""Of a filter, for each posting: one in a hundred that is not there seems to be. Two more would
halve that, and take a fifth more of the memory."""

SLICE = 100_000
"""Postings that are merged in one go."""

HITS_AT_ONCE = 256
"""Hits that are looked up together: the parts that are read for more leave the caches."""

TURNS = (0, 2, 6, 1 << 40)
"""A code is looked up in so many of the newest runs that may have it, and then in more if they do
not tell enough."""

FREQUENT = 4096
"""Codes that very many articles have of which is remembered what runs tell: a megabyte."""

PARTS_AT_ONCE = 100
"""Parts that are read together when all of a run are."""

RUN_SHIFT = 24
"""Bits of the number of a part in its run."""

_LOW = np.uint64(0xFFFFFFFF)


MOST_POSTINGS = 4 * kernels.MOST
"""Postings of a code that a merged run holds: more than are looked at, for some may be removed."""


class Found(NamedTuple):
    """Which articles have each of m codes: rows, the newest first, ``offsets`` : int64[m + 1]."""

    offsets: NDArray[np.int64]
    rows: NDArray[np.int32]

    def parted(self, n_codes: int) -> "tuple[Found, Found]":
        """Return what is found of the first codes, and of the others."""
        end = self.offsets[n_codes]
        others = Found(self.offsets[n_codes:] - end, self.rows[end:])
        return Found(self.offsets[: n_codes + 1], self.rows[:end]), others

    def take(self, codes: NDArray[np.int64]) -> "Found":
        """Return what is found of some codes, by their places."""
        places, offsets = places_of(self.offsets, codes)
        return Found(offsets, self.rows[places])


class Ahead(NamedTuple):
    """What runs held of m codes before other articles came.

    ``is_sought`` : bool[m], whether it was looked up; ``last`` : the number of the last article of
    the runs; ``n_forgotten`` : how often articles had gone
    """

    is_sought: NDArray[np.bool_]
    found: Found
    last: int
    n_forgotten: int

    def take(self, codes: NDArray[np.int64]) -> "Ahead":
        """Return the same of some codes, by their places."""
        return self._replace(is_sought=self.is_sought[codes], found=self.found.take(codes))


def with_room(array: NDArray[T], size: int) -> NDArray[T]:
    """Return an array with zeros after what is there, which take no memory until they are used."""
    larger = np.zeros(size, array.dtype)
    larger[: len(array)] = array
    return larger


class Rows:
    """What is remembered of each article: ``kept`` : uint8[n], ``labels`` : int32[n], its source.

    Articles are numbered; the row of one is its number less ``base``.
    """

    def __init__(self, base: int) -> None:
        self.base, self.n = base, 0
        self.kept, self.labels = np.zeros(1 << 10, np.uint8), np.zeros(1 << 10, np.int32)

    def add(self, kept: NDArray[np.uint8], labels: NDArray[np.int32]) -> None:
        """Make rows for the next articles."""
        end = self.n + len(kept)
        if end > len(self.kept):
            size = 1 << int(end).bit_length()
            self.kept, self.labels = with_room(self.kept, size), with_room(self.labels, size)
        self.kept[self.n : end], self.labels[self.n : end] = kept, labels
        self.n = end

    def extend_to(self, number: int) -> None:
        """Make rows for numbers that no article has, up to this one."""
        missing = number - self.base - self.n
        if missing > 0:
            self.add(np.zeros(missing, np.uint8), np.full(missing, -1, np.int32))

    def of(self, first: int, last: int) -> slice:
        """Return the rows of the articles from a number to another one."""
        return slice(first - self.base, last + 1 - self.base)


@dataclass(slots=True)
class Run:
    """Postings that never change, of the articles from ``first`` to ``last``.

    ``firsts`` : uint32[parts], the first code of each part; ``bits`` : uint64, the filter, None
    until it is needed
    """

    run: int
    level: int
    first: int
    last: int
    firsts: NDArray[np.uint32]
    bits: NDArray[np.uint64] | None = None

    @property
    def parts(self) -> int:
        """How many parts it has."""
        return len(self.firsts)


class Runs:
    """The runs of a file, the newest first; of articles that are gone nothing is found.

    A thread may look codes up while another one makes runs.
    """

    def __init__(self, store: Store, rows: Rows) -> None:
        self._store, self._rows = store, rows
        self._lock = threading.RLock()
        self._n_forgotten = 0
        self.all: list[Run] = []
        self.forget()

    def forget(self) -> None:
        """Ask of frequent codes anew: articles are gone."""
        with self._lock:
            self._n_forgotten += 1
            self._frequent = (
                np.zeros(FREQUENT, np.uint32),
                np.full((FREQUENT, kernels.MOST), -1, np.int32),
            )

    @property
    def origin(self) -> int:
        """The row of the oldest article that a run has."""
        return self.all[-1].first - self._rows.base if self.all else 0

    def read(self, number: int, level: int, first: int, last: int) -> Run:
        """Read a run, without its filter."""
        stored = self._store.rows("SELECT firsts FROM runs WHERE run = ?", number)[0][0]
        return Run(number, level, first, last, self._store.array(stored, np.uint32))

    def _filter(self, run: Run) -> NDArray[np.uint64]:
        if run.bits is None:
            run.bits = self._store.large_array("filters", "bits", run.run, np.uint64)
            if run is self.all[-1]:  # the last that is read, of all that there are
                give_back()
        return run.bits

    def find(self, codes: NDArray[np.uint32], is_sought: NDArray[np.bool_]) -> Found:
        """Return the articles in runs that have each of the codes that are sought, at most 64."""
        with self._lock:
            *known, is_sought = frequent.recall(codes, is_sought, *self._frequent)
            found = self._find(self.all, codes, is_sought)
            frequent.remember(codes, *found, *self._frequent)
        return Found(*kernels.join(*found, *known))

    def find_ahead(self, codes: NDArray[np.uint32], is_sought: NDArray[np.bool_]) -> Ahead:
        """Return the same, to be caught up with when articles were added."""
        with self._lock:
            last = self.all[0].last if self.all else 0
            return Ahead(is_sought, self.find(codes, is_sought), last, self._n_forgotten)

    def catch_up(
        self, codes: NDArray[np.uint32], is_sought: NDArray[np.bool_], ahead: Ahead
    ) -> Found:
        """Return what ``find`` would, of codes that have been looked up before."""
        newer = [run for run in self.all if run.last > ahead.last]
        is_joined = any(run.first <= ahead.last for run in newer)
        if is_joined or ahead.n_forgotten != self._n_forgotten:
            return self.find(codes, is_sought)
        found = ahead.found
        if newer:
            with self._lock:
                more = self._find(newer, codes, is_sought & ahead.is_sought)
            found = Found(*kernels.join(*more, *found))
        is_left = is_sought & ~ahead.is_sought
        if is_left.any():
            found = Found(*kernels.join(*found, *self.find(codes, is_left)))
        return found

    def _find(
        self, runs: Sequence[Run], codes: NDArray[np.uint32], is_sought: NDArray[np.bool_]
    ) -> Found:
        """Return the articles in some runs that have each of the codes that are sought."""
        # By their order, so that those of one part are together.
        order = codes.argsort(kind="stable")
        own = codes[order]
        hits, ranks = self._hits(runs, own, is_sought[order])
        found = Found(np.zeros(len(own) + 1, np.int64), np.zeros(0, np.int32))
        for first, last in pairwise(TURNS):
            # Of a code that many runs have, the newest of them mostly tell enough.
            chosen = kernels.of_turn(hits, ranks, first, last, found.offsets)
            if not len(chosen):
                break
            found = Found(*kernels.join(*found, *self._gather(own, chosen)))
        return Found(*kernels.put_back(*found, order))

    def _hits(
        self, runs: Sequence[Run], codes: NDArray[np.uint32], is_sought: NDArray[np.bool_]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return where codes may be, and the how manyth of its code each place is."""
        room, n = np.empty((len(codes), 4), np.int64), 0
        for run in runs:
            # What filters let pass is a part of all; a run may have all of them.
            if n + len(codes) > len(room):
                room = np.concatenate([room, np.empty_like(room)])
            start, base = run.run << RUN_SHIFT, run.first - self._rows.base
            bits = self._filter(run)
            n = kernels.probe(codes, is_sought, bits, run.firsts, start, base, room, n)
        arranged: tuple[NDArray[np.int64], NDArray[np.int64]]
        arranged = kernels.arrange(room[:n], len(codes))
        return arranged

    def _gather(self, codes: NDArray[np.uint32], hits: NDArray[np.int64]) -> Found:
        """Return what some hits tell, of which so many are read together."""
        places = hits[HITS_AT_ONCE::HITS_AT_ONCE, kernels.PLACE]
        bounds = [0, *hits[:, kernels.PLACE].searchsorted(places).tolist(), len(hits)]
        cuts = [0, *places.tolist(), len(codes)]
        found = []
        for own, some in zip(pairwise(cuts), pairwise(bounds), strict=True):
            numbers, chosen = kernels.parts_of(hits[slice(*some)], own[0])
            parts = self._read_parts(numbers)
            found.append(kernels.gather(codes[slice(*own)], chosen, *parts, self._rows.kept))
        if len(found) == 1:
            return Found(*found[0])
        offsets, rows = zip(*found, strict=True)
        return Found(join_offsets(offsets), np.concatenate(rows))

    def _read_parts(
        self, numbers: NDArray[np.int64]
    ) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
        """Return parts as ``kernels.runs.pack`` made them."""
        wanted = numbers.tolist()
        if not wanted:
            return np.zeros(0, np.uint8), np.zeros(1, np.int64)
        read = self._store.chosen("t.entries", "parts", "part", wanted)
        if len(read) != len(wanted):
            raise self._store.damaged("postings are missing")
        data = [self._store.content(read[number][0]) for number in wanted]
        bounds = np.zeros(len(data) + 1, np.int64)
        np.array([*map(len, data)], np.int64).cumsum(out=bounds[1:])
        return np.frombuffer(b"".join(data), np.uint8), bounds

    def let_go(self) -> None:
        """Remove the runs of which no article is there, and write anew what others remember."""
        with self._lock:
            self._let_go()

    def _let_go(self) -> None:
        left = []
        for run in self.all:
            kept = self._rows.kept[self._rows.of(run.first, run.last)]
            if np.any(kept != kernels.GONE):
                left.append(run)
                query = "UPDATE runs SET kept = ? WHERE run = ?"
                self._store.run(query, as_blob(kept), run.run)
            else:
                self._delete_run(run.run)
        if self.all:
            self._store.run("DELETE FROM gone WHERE last <= ?", self.all[0].last)
        self.all = left
        there = {run.run for run in left}
        for number, inputs in self._store.rows("SELECT run, inputs FROM merges"):
            if not there.issuperset(json.loads(inputs)):
                self._store.run("DELETE FROM merges WHERE run = ?", number)
                self._delete_parts(number)

    def make(self, entries: NDArray[np.uint64], first: int, last: int) -> None:
        """Make a run of sorted entries, of the articles from a number to another one."""
        with self._lock:
            number = self._next_run()
            n_parts = self._write_parts(number, 0, entries, last - first)
            self._install(number, 0, first, last, n_parts)
            frequent.renew(*self._frequent, entries, first - self._rows.base)

    def _next_run(self) -> int:
        query = "SELECT max(run) FROM (SELECT run FROM runs UNION ALL SELECT run FROM merges)"
        last: int | None = self._store.rows(query)[0][0]
        return (last or 0) + 1

    def _write_parts(self, run: int, at: int, entries: NDArray[np.uint64], n_rows: int) -> int:
        """Write entries of a run of so many rows as parts from a place; return the place after."""
        data, bounds = kernels.pack(entries, n_rows.bit_length(), PART)
        start = (run << RUN_SHIFT) + at
        rows = [
            (start + k, as_blob(data[first:last]))
            for k, (first, last) in enumerate(pairwise(bounds.tolist()))
        ]
        self._store.run_many("INSERT INTO parts VALUES (?, ?)", rows)
        return at + len(rows)

    def _install(self, number: int, level: int, first: int, last: int, n_parts: int) -> None:
        """Write the run whose parts are there."""
        start = number << RUN_SHIFT
        query = "SELECT total(length(entries)) FROM parts WHERE part BETWEEN ? AND ?"
        n_bytes = int(self._store.rows(query, start, start + n_parts - 1)[0][0])
        n_blocks = n_bytes // kernels.ENTRY * FILTER_BITS // (64 * kernels.WORDS) + 1
        bits, firsts = np.zeros(kernels.WORDS * n_blocks, np.uint64), np.empty(n_parts, np.uint32)
        for at in range(0, n_parts, PARTS_AT_ONCE):
            some = np.arange(at, min(at + PARTS_AT_ONCE, n_parts)) + start
            data, bounds = self._read_parts(some)
            codes = (kernels.unpack(data, bounds) >> np.uint64(32)).astype(np.uint32)
            sizes = (np.diff(bounds) - kernels.HEAD) // kernels.ENTRY
            firsts[at : at + len(some)] = codes[np.cumsum(sizes) - sizes]
            kernels.fill(codes, bits)
        rows = self._rows.of(first, last)
        self._store.run(
            "INSERT INTO runs VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            number, level, first, last, n_parts, as_blob(firsts),
            as_blob(self._rows.labels[rows]), as_blob(self._rows.kept[rows]),
        )  # fmt: skip
        query = "INSERT INTO filters VALUES (?, zeroblob(?))"
        self._store.run(query, number, CHECK_BYTES + bits.nbytes)
        self._store.write_large("filters", "bits", number, bits)
        self._store.run("DELETE FROM gone WHERE first >= ? AND last <= ?", first, last)
        made = Run(number, level, first, last, firsts, bits)
        others = [run for run in self.all if not first <= run.first <= last]
        self.all = sorted([made, *others], key=lambda run: -run.first)

    def merge(self, budget: int) -> None:
        """Go on with merging, by about so many postings."""
        while budget > 0:
            with self._lock:
                level = self._start_merge()
                if level is None:
                    return
                budget -= self._merge_slice(level)

    def _start_merge(self) -> int | None:
        """Return the run that is being made of smaller ones, the smallest; None if none is due."""
        for level in range(LEVELS - 1):
            merging = self._store.rows("SELECT run, level FROM merges WHERE level = ?", level + 1)
            if merging:
                return int(merging[0][0])
            inputs = [run.run for run in reversed(self.all) if run.level == level][:FAN]
            if len(inputs) == FAN:
                number = self._next_run()
                self._store.run(
                    "INSERT INTO merges VALUES (?, ?, ?, 0, 0)",
                    number, level + 1, json.dumps(inputs),
                )  # fmt: skip
                return number
        return None

    def _merge_slice(self, number: int) -> int:
        """Merge the next slice of a run that is being made; return how many postings it has."""
        query = "SELECT level, inputs, following, parts FROM merges WHERE run = ?"
        level, listed, low, n_parts = self._store.rows(query, number)[0]
        inputs = [run for run in reversed(self.all) if run.run in json.loads(listed)]
        firsts = np.sort(np.concatenate([run.firsts for run in inputs]).astype(np.int64))
        beyond = firsts[firsts > low]
        n_slice = SLICE // PART
        high = int(beyond[n_slice]) if len(beyond) > n_slice else 1 << 32
        slices = [self._slice(run, low, high, inputs[0].first) for run in inputs]
        # Sorted already, one after another: a sort that makes use of it.
        merged = np.sort(np.concatenate(slices), kind="stable")
        entries = kernels.newest_of_each(merged, MOST_POSTINGS)
        n_rows = inputs[-1].last - inputs[0].first
        n_parts = self._write_parts(number, n_parts, entries, n_rows)
        if high < 1 << 32:
            query = "UPDATE merges SET following = ?, parts = ? WHERE run = ?"
            self._store.run(query, high, n_parts, number)
        else:
            self._install(number, level, inputs[0].first, inputs[-1].last, n_parts)
            self._store.run("DELETE FROM merges WHERE run = ?", number)
            for run in inputs:
                self._delete_run(run.run)
        return len(merged)

    def _slice(self, run: Run, low: int, high: int, first: int) -> NDArray[np.uint64]:
        """Return the entries of a run with codes ``low:high``, for one that starts at ``first``."""
        begin = max(int(np.searchsorted(run.firsts, low)) - 1, 0)
        end = int(np.searchsorted(run.firsts, high)) if high < 1 << 32 else run.parts
        if end <= begin:
            return np.zeros(0, np.uint64)
        entries = kernels.unpack(*self._read_parts(np.arange(begin, end) + (run.run << RUN_SHIFT)))
        codes, rows = entries >> np.uint64(32), entries & _LOW
        is_there = (
            self._rows.kept[rows.astype(np.int64) + (run.first - self._rows.base)] != kernels.GONE
        )
        is_there &= (codes >= np.uint64(low)) & (codes < np.uint64(high))
        moved: NDArray[np.uint64] = entries[is_there] + np.uint64(run.first - first)
        return moved

    def _delete_run(self, number: int) -> None:
        for table in ("runs", "filters"):
            self._store.run(f"DELETE FROM {table} WHERE run = ?", number)
        self._delete_parts(number)

    def _delete_parts(self, number: int) -> None:
        start = number << RUN_SHIFT
        self._store.run(
            "DELETE FROM parts WHERE part BETWEEN ? AND ?", start, start + (1 << RUN_SHIFT) - 1
        )
