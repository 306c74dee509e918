"""An index of articles: each that is added is compared at once with those kept before it."""

import os
import secrets
import threading
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime, timedelta
from types import TracebackType
from typing import Self
from weakref import WeakSet

from dedup.documents import as_document, hours_since_epoch
from dedup.errors import IndexFileError
from dedup.index.adding import add, asked, remove
from dedup.index.given import given
from dedup.index.lookup import given_ahead
from dedup.index.postings import BLOCK
from dedup.index.remembered import Remembered, agreed, new_recipe
from dedup.index.store import FORMAT, MEMORY, State, Store
from dedup.index.stories import Stories
from dedup.model import Answer, Document, IndexInfo, StoryChange
from dedup.passages import Recipe

COMMIT_SECONDS = 1.0
"""Articles that are added one by one are on the disk after this time at the latest."""

HOLD_SECONDS = 1.0
"""A fork waits so long for another thread that is adding."""

When = str | date | datetime


class Index:
    """Articles in one file, or in memory; of each that is added it is told what it copies.

    path : a file, which is made if it is missing, or ``":memory:"``
    keys : how articles find each other, ``PassageKeys()`` or ``MinHashKeys()``; as the file was
        made, if it is not given
    threshold : share (0..1] of an article's words that another must hold to be a copy of it; as
        the file was made, or .80

    An article that a kept one holds (``identical``, ``copy``, or an ``excerpt`` as
    ``deduplicate`` drops them) is in the index but not kept: what comes later is compared with the
    kept ones only. So each match names an article that was kept. Of each key the newest 64 kept
    articles are looked at, and the sixteen that share most are compared, at most twelve of its own
    source where there are others.

    One process writes at a time, and waits half a minute for another; any number read. Methods may
    be called from several threads. Raises ``IndexFileError`` for a file that cannot be used.

    >>> wire = "Two ferries stayed in the harbor of Mira on Sunday as a storm closed the channel."
    >>> with Index() as index:
    ...     index.add("a", wire), [(pair.right, pair.relation) for pair in index.add("b", wire)]
    ([], [('a', 'identical')])
    """

    def __init__(
        self,
        path: str | os.PathLike[str] = MEMORY,
        /,
        *,
        keys: Recipe | None = None,
        threshold: float | None = None,
    ) -> None:
        if threshold is not None and not 0 < threshold <= 1:
            raise ValueError(f"threshold must be over 0 and at most 1, got {threshold}")
        self._lock = threading.RLock()
        self._timer: threading.Timer | None = None
        self._failure: IndexFileError | None = None
        self._store = Store(os.fspath(path))
        try:
            with self._store.reading():
                recipe = self._store.recipe()
            if not recipe:
                with self._store.transaction():
                    # Another process may have made the file in between.
                    recipe = self._store.recipe()
                    if not recipe:
                        recipe = new_recipe(keys, threshold, secrets.randbits(63))
                        self._store.set_recipe(recipe)
            made = agreed(self._store.path, recipe, keys, threshold)
        except BaseException:
            self._store.close()
            raise
        self._own = Remembered(self._store, *made, recipe["salt"])
        self._is_open = True
        _open.add(self)

    # Transactions

    @contextmanager
    def _reading(self) -> Iterator[State]:
        self._store.check_process()  # before the lock, which a thread of the parent may hold
        with self._lock:
            self._check()
            with self._store.reading():
                yield self._own.refresh()

    @contextmanager
    def _writing(self, *, at_once: bool) -> Iterator[State]:
        """Write inside; all of it is kept, or nothing.

        ``at_once``: it is on the disk at the end; else soon after
        """
        self._store.check_process()
        with self._lock:
            self._check()
            if self._store.is_writing and at_once:
                self._commit()
            if not self._store.is_writing:
                self._store.begin()
            try:
                # Nothing stands before what is on the disk at once: all of it is undone together.
                # SQLite copies each page that a savepoint may have to bring back.
                if not at_once:
                    self._store.run("SAVEPOINT step")
                state = self._own.refresh()
                self._own.begin_step()
                yield state
                if not at_once:
                    self._store.run("RELEASE step")
                self._own.end_step()
            except BaseException as error:
                if self._undo() and isinstance(error, IndexFileError):
                    raise _lost(error) from error
                raise
            if at_once:
                self._commit()
            elif self._timer is None:
                self._timer = threading.Timer(COMMIT_SECONDS, self._commit_late)
                self._timer.start()

    def _undo(self) -> bool:
        """Undo what the last step wrote; True if what was added before it is gone as well."""
        if self._timer is None:  # nothing was, and others may want to write
            if self._own.is_ahead:
                self._own.forget()
            self._store.roll_back()
            return False
        try:
            self._store.run("ROLLBACK TO step")
            self._store.run("RELEASE step")
            if self._own.is_ahead:
                self._own.undo_step()
        except IndexFileError:  # the whole transaction is gone
            self._own.forget()
            self._store.roll_back()
            return True
        return False

    def _commit(self) -> None:
        is_pending = self._timer is not None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._store.is_writing:
            try:
                self._own.write()
                self._store.commit()
            except BaseException as error:
                self._own.forget()
                self._store.roll_back()
                if is_pending and isinstance(error, IndexFileError):
                    raise _lost(error) from error
                raise

    def _commit_late(self) -> None:
        with self._lock:
            if not self._is_open:
                return
            try:
                self._commit()
            except IndexFileError as error:
                self._failure = error

    def commit(self) -> None:
        """Bring to the disk what was added one by one."""
        with self._lock:
            self._check()
            self._commit()

    def _check(self) -> None:
        if not self._is_open:
            raise ValueError(f"{self._store.path}: the index must be open, got a closed one")
        self._store.check_process()
        failure, self._failure = self._failure, None
        if failure is not None:
            raise failure

    def _before_fork(self) -> bool:
        """Hold still while the process forks, with no connection that its child could inherit.

        False if that cannot be: another thread is about to add what may take long, or comes never.
        """
        if not self._lock.acquire(timeout=HOLD_SECONDS):
            return False
        if self._timer is not None:
            try:
                self._commit()
            except IndexFileError as error:
                self._failure = error
        if self._store.part():
            return True
        self._lock.release()
        return False

    def _after_fork(self) -> None:
        self._lock.release()

    def close(self) -> None:
        """Bring all to the disk and close the file; nothing more can be asked."""
        with self._lock:
            if self._is_open:
                try:
                    self._check()
                    self._commit()
                finally:
                    self._is_open = False
                    _open.discard(self)
                    self._store.close()

    def __enter__(self) -> Self:
        """Return the index."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it; what was added stays, whatever happened."""
        self.close()

    # Adding

    def add(
        self,
        id: str | int,
        text: str,
        /,
        *,
        published: When | None = None,
        source: str = "",
        replace: bool = False,
    ) -> Answer:
        """Add an article; return how it relates to those kept before it, the best match first.

        The article is the left one of each pair. If one of those holds it, the answer's ``kept`` is
        its id: the article goes for it, and can be dropped. It is on the disk within a second, or
        after ``commit``, ``extend`` or ``close``.

        An id that is there already with the same text gives the answer that was given then. With
        another text it is a ``DuplicateIdError``, unless ``replace``: then the old one is removed.
        """
        document = Document(id, text, published=published, source=source)
        with self._writing(at_once=False):
            made = given([document], self._own.recipe, self._own.packer)
            return add(self._own, made, replace=replace)[0]

    def extend(
        self, documents: Iterable[Document | tuple[str | int, str]], /, *, replace: bool = False
    ) -> list[Answer]:
        """Add articles; return what ``add`` would for each, one after the other.

        All of them are on the disk when this returns; or none, if it raises. Title and extra are
        not kept.
        """
        answers: list[Answer] = []
        with self._writing(at_once=True), closing(given_ahead(self._own, documents)) as ahead:
            for some in ahead:
                answers += add(self._own, some, replace=replace)
        return answers

    # Asking

    def query(self, article: str | Document, /) -> Answer:
        """Return what ``add`` would for an article, which is not added; its id is "" for a text."""
        with self._reading():
            return asked(self._own, as_document(article))

    def get(self, id: str | int, /) -> Document | None:
        """Return an article as it was added, without title and extra; None if it is not there."""
        with self._reading():
            number = self._own.numbers_of([id]).get(id)
            if number is None:
                return None
            query = (
                "SELECT x.text, a.source, a.published FROM articles a JOIN texts x"
                " ON x.number = a.number WHERE a.number = ?"
            )
            rows = self._store.rows(query, number)
            if not rows:
                raise self._store.damaged("a text is missing")
            text, label, published = rows[0]
            return Document(
                id,
                self._store.string(self._own.unpacked(text)),
                source=self._own.source(label),
                published=None if published is None else self._store.string(published),
            )

    def __contains__(self, id: object) -> bool:
        """Tell whether an article of this id is there."""
        if isinstance(id, bool) or not isinstance(id, (str, int)):
            return False
        with self._reading():
            return id in self._own.numbers_of([id])

    def __len__(self) -> int:
        """Return how many articles there are."""
        with self._reading() as state:
            return state.articles

    def __iter__(self) -> Iterator[str | int]:
        """Return the ids in the order in which they were added."""
        after = 0
        while True:
            with self._reading():
                query = "SELECT number, id FROM articles WHERE number > ? ORDER BY number LIMIT ?"
                rows = self._store.rows(query, after, BLOCK)
            if not rows:
                return
            yield from (self._store.id(own) for _, own in rows)
            after = rows[-1][0]

    def changes(self, *, since: int = 0) -> list[StoryChange]:
        """Return the stories that got another article since a change, by its number.

        So records that were sent on can be corrected: a change says if an article holds more of the
        story than any before, and if one was published earlier than all others.
        """
        with self._reading() as state:
            return list(Stories(self._store, state.changes).since(since))

    def info(self) -> IndexInfo:
        """Return what the index holds."""
        with self._reading() as state:
            query = (
                "SELECT count(*) - count(keeper), min(coalesce(hours, added)),"
                " max(coalesce(hours, added)) FROM articles"
            )
            kept, oldest, newest = self._store.rows(query)[0]
            n_bytes, n_free = self._store.size()
            return IndexInfo(
                articles=state.articles,
                kept=kept,
                sources=len(self._own.names),
                stories=self._store.rows("SELECT count(*) FROM stories")[0][0],
                changes=state.changes,
                oldest=_moment(oldest),
                newest=_moment(newest),
                bytes=n_bytes,
                free=n_free,
                format=FORMAT,
                recipe=self._own.recipe.to_dict() | {"threshold": self._own.threshold},
            )

    # Forgetting

    def remove(self, *ids: str | int) -> None:
        """Remove articles; KeyError if one of them is not there, and then none is removed.

        If others went for one of them, they are looked at again, and one of those is kept.
        """
        with self._writing(at_once=True):
            numbers = self._own.numbers_of(ids)
            for id in ids:
                if id not in numbers:
                    raise KeyError(id)
            if numbers:
                remove(self._own, sorted(numbers.values()))

    def expire(self, *, before: When | None = None, unmatched_since: When | None = None) -> int:
        """Remove articles that are old; return how many.

        before : those published before this, or added before where that is unknown
        unmatched_since : of those only the ones of whose story nothing came since
        """
        if (before is None) == (unmatched_since is None):
            raise TypeError("expire must be given before or unmatched_since")
        hours = hours_since_epoch(before if before is not None else unmatched_since)  # type: ignore[arg-type]
        old, values = "coalesce(a.hours, a.added) < ?", [hours]
        query = f"SELECT a.number FROM articles a WHERE {old} ORDER BY a.number"
        if before is None:
            query = (
                "SELECT a.number FROM articles a LEFT JOIN stories s"
                f" ON s.story = coalesce(a.story, a.number) WHERE {old}"
                " AND (s.seen IS NULL OR s.seen < ?) ORDER BY a.number"
            )
            values.append(hours)
        with self._writing(at_once=True):
            numbers = [row[0] for row in self._store.rows(query, *values)]
            if numbers:
                remove(self._own, numbers)
                self._own.postings.runs.let_go()
                self._store.run("DELETE FROM stories WHERE seen < ?", hours)
        return len(numbers)


_open: "WeakSet[Index]" = WeakSet()
_held: list[Index] = []
_busy: list[Index] = []
"""The open indexes; during a fork those that hold still for it, and those that cannot."""

_forking = threading.RLock()


def _before_fork() -> None:
    _forking.acquire()
    for index in list(_open):
        (_held if index._before_fork() else _busy).append(index)


def _after_fork() -> None:
    while _held:
        _held.pop()._after_fork()
    _busy.clear()
    _forking.release()


def _after_fork_in_child() -> None:
    for index in _busy:
        index._store.refuse_in_child()
    _after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_before_fork, after_in_parent=_after_fork, after_in_child=_after_fork_in_child
    )


def _lost(error: IndexFileError) -> IndexFileError:
    """Return an error that says as well what else was lost by it."""
    return IndexFileError(error.path, f"{error.problem}; what was not committed yet is gone")


def _moment(hours: float | None) -> str | None:
    if hours is None:
        return None
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(hours=hours)).isoformat(timespec="seconds")
