"""The postings of an index: which articles have which keys.

The newest ones are in memory, with a copy on disk. When they are many they are sorted into a run.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.index.runs import Found, Rows, Runs, with_room
from dedup.index.store import Store, as_blob
from dedup.kernels import postings as kernels
from dedup.kernels.mix import MIX_1
from dedup.kernels.runs import GONE, MEMBER

LEAST_BLOCK, BLOCK = 64, 1024
"""Articles after which what was learned of keys counts, in an index of few and of many articles;
runs start and end where blocks do."""

RUN_POSTINGS = 200_000
"""Newest postings from which a run is made."""

MERGED_AT_ONCE = 3
"""Merging goes on by so many times the postings of a run whenever one is written."""

_NOT_COUNTED = -1, np.zeros(0, np.int64)


class Newest:
    """The newest postings, in chains: see ``kernels.postings.chain``."""

    def __init__(self) -> None:
        self.n = 0
        self.codes, self.rows = np.empty(1 << 12, np.uint32), np.empty(1 << 12, np.int32)
        self._link()

    def _link(self) -> None:
        self.following = np.empty(len(self.codes), np.int32)
        self.heads = np.full(2 * len(self.codes), -1, np.int32)
        kernels.chain(self.codes, self.rows, 0, self.n, self.heads, self.following)

    @property
    def chains(
        self,
    ) -> tuple[NDArray[np.uint32], NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
        """What kernels take: codes, rows, heads, and what follows."""
        return self.codes, self.rows, self.heads, self.following

    def add(self, codes: NDArray[np.uint32], rows: NDArray[np.int32]) -> None:
        """Take postings of articles that are newer than those before, in any order."""
        end = self.n + len(codes)
        is_full = end > len(self.codes)
        if is_full:
            size = 1 << int(end).bit_length()
            self.codes, self.rows = with_room(self.codes, size), with_room(self.rows, size)
        self.codes[self.n : end], self.rows[self.n : end] = codes, rows
        first, self.n = self.n, end
        if is_full:
            self._link()
        else:
            kernels.chain(self.codes, self.rows, first, end, self.heads, self.following)


class Unwritten(NamedTuple):
    """What is remembered of articles that were added together, and their postings.

    ``first`` : the number of the first one; ``kept`` : uint8[n], ``labels`` : int32[n];
    ``codes`` : uint32[m], ``numbers`` : int64[m], of the articles that have them
    """

    first: int
    kept: NDArray[np.uint8]
    labels: NDArray[np.int32]
    codes: NDArray[np.uint32]
    numbers: NDArray[np.int64]


class Postings:
    """Postings, and the rows of the articles that they are of.

    ``unwritten`` : those of the transaction, which are written at its end
    """

    def __init__(self, store: Store, salt: int) -> None:
        self._store = store
        self._salt = np.uint64(salt)
        self.rows = Rows(1)
        self.runs = Runs(store, self.rows)
        self.newest = Newest()
        self.unwritten: list[Unwritten] = []
        self._counted = _NOT_COUNTED

    def load(self) -> None:
        """Read what the file says."""
        known = {run.run: run for run in self.runs.all}
        runs = self._store.rows("SELECT run, level, first, last FROM runs ORDER BY first")
        self.rows = Rows(runs[0][2] if runs else self._first_recent())
        self.runs = Runs(self._store, self.rows)
        self.newest, self._counted = Newest(), _NOT_COUNTED
        for number, level, first, last in runs:
            query = "SELECT kept, labels FROM runs WHERE run = ?"
            kept, labels = self._store.rows(query, number)[0]
            self.rows.extend_to(first)
            self.rows.add(self._store.array(kept, np.uint8), self._store.array(labels, np.int32))
            read = known.get(number) or self.runs.read(number, level, first, last)
            self.runs.all.insert(0, read)
        self.load_recent()
        self._forget(self._store.rows("SELECT first, last FROM gone"))

    def _first_recent(self) -> int:
        first: int | None = self._store.rows("SELECT min(first) FROM recent")[0][0]
        return first or self._store.state().following

    def load_recent(self) -> None:
        """Read the newest postings that are not known yet."""
        rows = self.rows
        query = "SELECT * FROM recent WHERE first >= ? ORDER BY first"
        stored = self._store.rows(query, rows.base + rows.n)
        if not stored:
            return
        codes, newest = [], []
        for first, *columns in stored:
            kept, labels, own_codes, after = map(self._store.content, columns)
            rows.extend_to(first)
            rows.add(np.frombuffer(kept, np.uint8), np.frombuffer(labels, np.int32))
            codes.append(np.frombuffer(own_codes, np.uint32))
            newest.append(np.frombuffer(after, np.uint32) + np.int64(first - rows.base))
        found = np.concatenate(newest)
        if len(found) and found.max() >= rows.n:
            raise self._store.damaged("postings are of articles that are not there")
        # All together: thousands of batches may have been small.
        self.newest.add(np.concatenate(codes), found.astype(np.int32))

    def label_texts(self, until: int) -> NDArray[np.int64]:
        """Return how many kept articles each source has, of those with lower numbers, int64[l]."""
        counted, texts = self._counted
        if counted != until:
            # Blocks only go on, and what was counted before has not changed since: see ``forget``.
            rows = slice(max(counted - self.rows.base, 0), until - self.rows.base)
            labels, kept = self.rows.labels[rows], self.rows.kept[rows]
            chosen = labels[(labels >= 0) & (kept != GONE) & (kept != MEMBER)]
            more = np.bincount(chosen, minlength=len(texts)).astype(np.int64)
            more[: len(texts)] += texts
            self._counted = until, more
        return self._counted[1]

    def codes_of(self, keys: NDArray[np.uint64]) -> NDArray[np.uint32]:
        """Return keys as postings know them: nobody else knows which of them meet."""
        mixed: NDArray[np.uint64] = (keys ^ self._salt) * MIX_1
        return (mixed >> np.uint64(32)).astype(np.uint32)

    def find_newest(self, codes: NDArray[np.uint32]) -> Found:
        """Return the articles that are in no run yet and have each of these codes."""
        return Found(*kernels.walk(codes, *self.newest.chains, self.rows.kept))

    def extend(self, labels: NDArray[np.int32]) -> None:
        """Make rows for the next articles, none of which can be found yet."""
        self.rows.add(np.zeros(len(labels), np.uint8), labels)

    def note(self, first: int, codes: NDArray[np.uint32], rows: NDArray[np.int32]) -> None:
        """Note what is to be written of the articles from number ``first`` on."""
        own = slice(first - self.rows.base, self.rows.n)
        kept, labels = self.rows.kept[own].copy(), self.rows.labels[own].copy()
        numbers = rows.astype(np.int64) + self.rows.base
        self.unwritten.append(Unwritten(first, kept, labels, codes, numbers))

    def write(self, noted: Sequence[Unwritten]) -> None:
        """Write what was noted: as one row, of many articles that were added one by one."""
        if noted:
            firsts, *columns = zip(*noted, strict=True)
            kept, labels, codes, numbers = map(np.concatenate, columns)
            after = (numbers - firsts[0]).astype(np.uint32)
            blobs = map(as_blob, (kept, labels, codes, after))
            self._store.run("INSERT INTO recent VALUES (?, ?, ?, ?, ?)", firsts[0], *blobs)

    def forget(self, ranges: Sequence[tuple[int, int]]) -> None:
        """Make articles impossible to find, those from a number to another one."""
        self._forget(ranges)
        self._counted = _NOT_COUNTED
        self._store.run_many("INSERT INTO gone VALUES (?, ?)", ranges)

    def _forget(self, ranges: Sequence[tuple[Any, ...]]) -> None:
        base, kept = self.rows.base, self.rows.kept
        for first, last in ranges:
            kept[max(first - base, 0) : max(last + 1 - base, 0)] = GONE
        self.runs.forget()

    def settle(self) -> bool:
        """Make a run of the newest postings if they are many; tell whether anything changed."""
        if self.newest.n < RUN_POSTINGS:
            return False
        runs, base = self.runs.all, self.rows.base
        first = runs[0].last + 1 if runs else base
        rows = self.newest.rows[: self.newest.n].astype(np.int64)
        offsets = (rows - (first - base)).astype(np.uint64)
        entries = self.newest.codes[: self.newest.n].astype(np.uint64) << np.uint64(32) | offsets
        entries = np.sort(entries[self.rows.kept[rows] != GONE])
        self.runs.make(entries, first, base + self.rows.n - 1)
        self._store.run("DELETE FROM recent")
        self.newest, self.unwritten = Newest(), []
        self.runs.merge(MERGED_AT_ONCE * RUN_POSTINGS)
        return True


def ranges_of(numbers: Sequence[int]) -> list[tuple[int, int]]:
    """Return the first and the last of sorted numbers that follow each other."""
    own = np.array(numbers, np.int64)
    breaks = np.flatnonzero(np.diff(own) != 1)
    firsts = own[np.concatenate(([0], breaks + 1))]
    lasts = own[np.concatenate((breaks, [len(own) - 1]))]
    return list(zip(firsts.tolist(), lasts.tolist(), strict=True))
