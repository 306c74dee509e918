"""The file of an index: SQLite, one writer and many readers. The sqlite3 door.

What is written in a transaction is there as a whole or not at all, whatever ends the program.
"""

import json
import os
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from dedup.errors import IndexFileError
from dedup.fold import checksum

T = TypeVar("T", bound=np.generic)

FORMAT = 1
APPLICATION = int.from_bytes(b"dedu")
MEMORY = ":memory:"
PATIENCE = 30.0
"""Seconds to wait for another writer."""

CACHE_KIB = 8192
PAGE_BYTES = 8192
"""Of the file: texts of a kilobyte leave less of it empty than of 4096, and more is read in vain of
larger ones."""

CHECK_BYTES = 8
"""Of the checksum before each array."""

PIECE_BYTES = 1 << 20
"""Of what is read piece by piece."""

LOG_PAGES = 2000
"""Pages of the log after which it goes into the file."""

# What is read rarely stands last: SQLite reads through all that stands before a column.
_SCHEMA = """
CREATE TABLE recipe (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE state (version INTEGER, shape INTEGER, following INTEGER, articles INTEGER,
    changes INTEGER);
CREATE TABLE articles (number INTEGER PRIMARY KEY, id BLOB, source INTEGER, published BLOB,
    hours REAL, added REAL, keeper INTEGER, story INTEGER, round_up INTEGER,
    forms BLOB);
CREATE INDEX members ON articles (keeper) WHERE keeper IS NOT NULL;
CREATE TABLE texts (number INTEGER PRIMARY KEY, text BLOB, told BLOB);
CREATE TABLE dictionaries (number INTEGER PRIMARY KEY, data BLOB);
CREATE TABLE sources (label INTEGER PRIMARY KEY, name BLOB);
CREATE TABLE runs (run INTEGER PRIMARY KEY, level INTEGER, first INTEGER, last INTEGER,
    parts INTEGER, firsts BLOB, labels BLOB, kept BLOB);
CREATE TABLE filters (run INTEGER PRIMARY KEY, bits BLOB);
CREATE TABLE parts (part INTEGER PRIMARY KEY, entries BLOB);
CREATE TABLE recent (first INTEGER PRIMARY KEY, kept BLOB, labels BLOB, codes BLOB, after BLOB);
CREATE TABLE gone (first INTEGER PRIMARY KEY, last INTEGER);
CREATE TABLE merges (run INTEGER PRIMARY KEY, level INTEGER, inputs TEXT, following INTEGER,
    parts INTEGER);
CREATE TABLE boilerplate (row INTEGER PRIMARY KEY, first INTEGER, keys BLOB, labels BLOB);
CREATE TABLE stories (story INTEGER PRIMARY KEY, name BLOB, texts INTEGER, seen REAL,
    fullest BLOB, words INTEGER, earliest BLOB, hours REAL,
    changed INTEGER, fuller INTEGER, earlier INTEGER);
CREATE INDEX changes ON stories (changed);
"""


_ERRORS = sqlite3.Error, UnicodeDecodeError
"""What SQLite raises; the second, of its own tables."""

_inherited: set[Path] = set()
"""Files to which this process has inherited connections from the one that it was forked from."""


class State(NamedTuple):
    """What every writer must know, and a reader: whether what it remembers is true still.

    ``version`` : of the content, one more with each transaction; ``shape`` : of all of it but what
    was added last; ``following`` : the number of the next article; ``articles`` : how many there
    are; ``changes`` : how often a story changed so far
    """

    version: int
    shape: int
    following: int
    articles: int
    changes: int


_UPDATE_STATE = "UPDATE state SET " + ", ".join(f"{name} = ?" for name in State._fields)


class Store:
    """An open file, or what is like one in memory."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._file = Path(path).absolute()
        self._owner = os.getpid()
        # SQLite may be built so that a connection is for one thread at a time, and would else hold
        # Python while one waits for another.
        self._turn = threading.Lock()
        self.n_begun = 0
        """How many transactions were begun: within one nobody else changes what it sees."""
        if self._file in _inherited:
            problem = "must not be opened in a process that was forked while it was written to"
            raise IndexFileError(path, f"{problem}: start the process before, or spawn it")
        self.is_read_only = path != MEMORY and self._file.exists()
        self.is_read_only &= not os.access(self._file, os.W_OK)
        with self._told():
            self._live: sqlite3.Connection | None = self._connect("rwc")
            try:
                self._check()
                self._set_up()
                if not self.is_read_only:
                    self._make()
            except BaseException:
                self._connection.close()
                raise

    @property
    def _connection(self) -> sqlite3.Connection:
        """The connection, made anew if it was parted with."""
        if self._live is None:
            self._live = self._connect("rw")
            self._set_up()
        return self._live

    def _connect(self, mode: str) -> sqlite3.Connection:
        """Connect; ``mode``: ``rwc`` makes a file that is missing, ``rw`` does not."""
        name = MEMORY
        if self.path != MEMORY:
            name = f"{self._file.as_uri()}?mode={'ro' if self.is_read_only else mode}"
        return sqlite3.connect(
            name,
            uri=True,
            isolation_level=None,
            check_same_thread=False,
            timeout=PATIENCE,
            cached_statements=256,
        )

    def _set_up(self) -> None:
        """Say how this connection works."""
        run = self._connection.execute
        run(f"PRAGMA cache_size = {-CACHE_KIB}")
        run("PRAGMA secure_delete = OFF")
        run("PRAGMA synchronous = FULL")
        run(f"PRAGMA wal_autocheckpoint = {LOG_PAGES}")

    def _check(self) -> None:
        """Refuse a file of another kind."""
        if self.path != MEMORY and self._file.stat().st_size:
            run = self._connection.execute
            self._refuse(*(run(f"PRAGMA {name}").fetchone()[0] for name in _NAMES))

    def _make(self) -> None:
        """Make the tables of a new file."""
        run = self._connection.execute
        run(f"PRAGMA page_size = {PAGE_BYTES}")  # of a file that is still empty
        if self.path != MEMORY:
            self._use_log()
        with self.transaction():
            if not run("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                for statement in _SCHEMA.split(";\n"):
                    run(statement)
                run("INSERT INTO state VALUES (0, 0, 1, 0, 0)")
                run(f"PRAGMA application_id = {APPLICATION}")
                run(f"PRAGMA user_version = {FORMAT}")

    def part(self) -> bool:
        """Part with the connection until it is needed: a forked child must not inherit it.

        SQLite's locks are those of a process. A child with the connection of its parent would take
        them for its own, and what it writes could be lost. False within a transaction.
        """
        if self.path != MEMORY and self._live is not None:
            if self._live.in_transaction:
                return False
            self._live.close()
            self._live = None
        return True

    def refuse_in_child(self) -> None:
        """Open the file no more in this process, which has inherited a connection to it."""
        if self.path != MEMORY:
            _inherited.add(self._file)

    def _use_log(self) -> None:
        """Make the file one with a log; wait for others, as SQLite itself does not for this."""
        until = time.monotonic() + PATIENCE
        while True:
            try:
                self._connection.execute("PRAGMA journal_mode = WAL")
                return
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                    raise
            time.sleep(0.01)

    def _refuse(self, application: int, version: int) -> None:
        if application != APPLICATION:
            # Another process may be about to make its tables in this very moment.
            if not self._connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                return
            raise IndexFileError(self.path, "must be an index of dedup, got another SQLite file")
        if version > FORMAT:
            problem = f"has format {version}, and this dedup knows up to {FORMAT}: a newer one is"
            raise IndexFileError(self.path, f"{problem} needed")

    def close(self) -> None:
        """Close the file."""
        with self._told():
            self._connection.close()

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Say of SQLite's errors which file they are of, and what is wrong."""
        try:
            yield
        except _ERRORS as error:
            raise self._error(error) from error

    def _error(self, error: Exception) -> IndexFileError:
        """Return what is said of an error of SQLite's."""
        if isinstance(error, sqlite3.Error):
            return IndexFileError(self.path, _problem(error, self.is_read_only))
        return self.damaged("its tables cannot be read")

    def check_process(self) -> None:
        """Raise RuntimeError in a forked child: SQLite forbids to share a connection with it."""
        if os.getpid() != self._owner:
            raise RuntimeError(f"{self.path}: an index must be opened in the process that uses it")

    @property
    def is_writing(self) -> bool:
        """Whether a transaction is open."""
        return self._connection.in_transaction

    def begin(self) -> None:
        """Begin to write; wait for another writer, but not for ever."""
        self.check_process()
        if self.is_read_only:
            raise IndexFileError(self.path, "must be writable to be added to, got a read-only file")
        with self._told(), self._turn:
            self._connection.execute("BEGIN IMMEDIATE")
        self.n_begun += 1

    def commit(self) -> None:
        """Keep what was written since ``begin``; it is on the disk when this returns."""
        with self._told(), self._turn:
            self._connection.execute("COMMIT")

    def roll_back(self) -> None:
        """Forget what was written since ``begin``."""
        if self._connection.in_transaction:
            with self._told(), self._turn:
                self._connection.execute("ROLLBACK")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Keep what is written inside, or nothing if it raises."""
        self.begin()
        try:
            yield
        except BaseException:
            self.roll_back()
            raise
        self.commit()

    @contextmanager
    def reading(self) -> Iterator[None]:
        """See one state of the file inside, whatever others write."""
        self.check_process()
        if self.is_writing:
            yield
            return
        with self._told(), self._turn:
            self._connection.execute("BEGIN")
        self.n_begun += 1
        try:
            yield
        finally:
            self.roll_back()

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """Return the rows that a query finds."""
        try:  # as in ``_told``, which takes longer than a short query
            with self._turn:
                return self._connection.execute(query, values).fetchall()
        except _ERRORS as error:
            raise self._error(error) from error

    def run(self, statement: str, *values: Any) -> None:
        """Run a statement that changes something."""
        try:
            with self._turn:
                self._connection.execute(statement, values)
        except _ERRORS as error:
            raise self._error(error) from error

    def run_many(self, statement: str, values: Sequence[tuple[Any, ...]]) -> None:
        """Run a statement once for each of these."""
        try:
            with self._turn:
                self._connection.executemany(statement, values)
        except _ERRORS as error:
            raise self._error(error) from error

    def chosen(self, columns: str, table: str, key: str, wanted: Sequence[int]) -> dict[int, Any]:
        """Return rows by their keys, of those that are there."""
        query = f"SELECT t.{key}, {columns} FROM json_each(?) j JOIN {table} t ON t.{key} = j.value"
        listed = "[" + ",".join(map(str, wanted)) + "]"
        return {row[0]: row[1:] for row in self.rows(query, listed)}

    def damaged(self, problem: str) -> IndexFileError:
        """Return the error that says what is wrong with the content."""
        return IndexFileError(self.path, f"must be whole, but {problem}: take it from a backup")

    def content(self, blob: bytes | memoryview) -> memoryview:
        """Return what ``with_check`` was given; IndexFileError if it is damaged."""
        content = memoryview(blob)[CHECK_BYTES:]
        if checksum(content) != blob[:CHECK_BYTES]:
            raise self.damaged("what it holds does not agree with its checksum")
        return content

    def array(self, blob: bytes, kind: type[T]) -> NDArray[T]:
        """Return what ``as_blob`` was given; IndexFileError if it is damaged."""
        return np.frombuffer(self.content(blob), kind)

    def write_large(self, table: str, column: str, row: int, array: NDArray[Any]) -> None:
        """Write an array into a row that has room for it, as ``as_blob`` would, piece by piece.

        SQLite and Python hold a copy each of what is written or read as a whole.
        """
        content = array.data.cast("B")
        try:
            with self._turn, self._connection.blobopen(table, column, row) as blob:
                blob.write(checksum(content))
                for at in range(0, len(content), PIECE_BYTES):
                    blob.write(content[at : at + PIECE_BYTES])
        except _ERRORS as error:
            raise self._error(error) from error

    def large_array(self, table: str, column: str, row: int, kind: type[T]) -> NDArray[T]:
        """Return what ``write_large`` was given; IndexFileError if it is damaged."""
        try:
            with (
                self._turn,
                self._connection.blobopen(table, column, row, readonly=True) as blob,
            ):
                content = np.empty(len(blob), np.uint8)
                for at in range(0, len(content), PIECE_BYTES):
                    piece = blob.read(PIECE_BYTES)
                    content[at : at + len(piece)] = np.frombuffer(piece, np.uint8)
        except _ERRORS as error:
            raise self._error(error) from error
        return np.frombuffer(self.content(content.data), kind)

    def string(self, value: Any) -> str:
        """Return what ``packed`` was given; IndexFileError if it is damaged."""
        try:
            return str(value.decode("utf-8", "surrogatepass"))
        except (AttributeError, UnicodeDecodeError) as error:
            raise self.damaged("a name cannot be read") from error

    def id(self, value: Any) -> str | int:
        """Return what ``packed_id`` was given; IndexFileError if it is damaged."""
        name = self.string(value)
        if name[:1] == "$":
            return name[1:]
        try:
            return int(name.removeprefix("#"))
        except ValueError as error:
            raise self.damaged("an id cannot be read") from error

    def state(self) -> State:
        """Return the state."""
        return State(*self.rows("SELECT * FROM state")[0])

    def set_state(self, state: State) -> None:
        """Write the state."""
        self.run(_UPDATE_STATE, *state)

    def recipe(self) -> dict[str, Any]:
        """Return what was kept when the file was made, by name."""
        rows = self.rows("SELECT name, value FROM recipe")
        return {name: json.loads(value) for name, value in rows}

    def set_recipe(self, recipe: dict[str, Any]) -> None:
        """Keep what must never change."""
        values = [(name, json.dumps(value)) for name, value in recipe.items()]
        self.run_many("INSERT INTO recipe VALUES (?, ?)", values)

    def size(self) -> tuple[int, int]:
        """Return the bytes of the file, and those of it that are free."""
        n_pages, n_free, page = (
            self.rows(f"PRAGMA {name}")[0][0]
            for name in ("page_count", "freelist_count", "page_size")
        )
        return n_pages * page, n_free * page


_NAMES = ("application_id", "user_version")


def with_check(content: bytes) -> bytes:
    """Return content with a checksum before it."""
    return checksum(content) + content


def as_blob(array: NDArray[Any]) -> bytes:
    """Return an array as it is kept, with a checksum before it."""
    return with_check(array.tobytes())


def packed(value: str) -> bytes:
    """Return a string as it is kept: a lone surrogate is no error."""
    return value.encode("utf-8", "surrogatepass")


def packed_id(own: str | int) -> bytes:
    """Return an id as it is kept: 1 and "1" are two."""
    return b"#" + int.__repr__(own).encode() if isinstance(own, int) else b"$" + packed(own)


def _problem(error: sqlite3.Error, is_read_only: bool) -> str:
    name = getattr(error, "sqlite_errorname", "")
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return f"another program writes to it, and did not end within {PATIENCE:.0f} seconds"
    if name.startswith("SQLITE_FULL"):
        return "there must be room on the disk, and there is none"
    if name.startswith("SQLITE_NOTADB"):
        return "must be an index of dedup, got a file of another kind"
    if name.startswith("SQLITE_CORRUPT"):
        return f"must be whole, but a part of it is damaged ({error}): take it from a backup"
    if name.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN")) or is_read_only:
        return f"must be a file that can be opened, in a folder that can be written to ({error})"
    return str(error)
