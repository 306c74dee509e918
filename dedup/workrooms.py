"""Folders for what is not done yet: nothing is left of them, at the latest after the next run."""

import os
import re
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows: what a killed run leaves stays there
    fcntl = None  # type: ignore[assignment]

_NAME = re.compile(r"\.dedup-(?P<new>new-)?[0-9a-f]{16}")
_NEW = 60
"""Seconds after which a folder that is not locked yet is one whose program was killed."""
_PART = ".part"


class Workroom:
    """A folder in another one, for parts of files, which is locked as long as it is used."""

    def __init__(self, folder: Path) -> None:
        """Make it, and remove those in the same folder whose programs were killed."""
        _sweep(folder)
        name = secrets.token_hex(8)
        # Under this name nobody removes it for a minute, before it is locked.
        made = folder / f".dedup-new-{name}"
        made.mkdir()
        self._lock = _locked(made)
        self.path = made.rename(folder / f".dedup-{name}")

    def part(self) -> Path:
        """Return the path of a new file in it."""
        return self.path / f"{secrets.token_hex(8)}{_PART}"

    def remove(self) -> None:
        """Remove it with all parts in it."""
        _remove(self.path)
        if self._lock is not None:
            os.close(self._lock)


def _sweep(folder: Path) -> None:
    with suppress(OSError), os.scandir(folder) as entries:
        for room in [Path(entry) for entry in entries if _is_left(entry)]:
            lock = _locked(room)
            if lock is not None:
                _remove(room)
                os.close(lock)


def _is_left(entry: os.DirEntry[str]) -> bool:
    """Tell whether a folder is a workroom that nobody may need."""
    named = _NAME.fullmatch(entry.name)
    if named is None or named["new"] is None:
        return named is not None
    return time.time() - entry.stat().st_mtime > _NEW


def _locked(room: Path) -> int | None:
    """Lock a folder until the number is closed; None if a program that runs has locked it."""
    if fcntl is None:
        return None
    lock = os.open(room, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:  # locked, or a file system without locks
        os.close(lock)
        return None
    return lock


def _remove(room: Path) -> None:
    with suppress(OSError):  # the next run tries again
        for part in room.glob(f"*{_PART}"):
            part.unlink(missing_ok=True)
        room.rmdir()


@contextmanager
def workroom(folder: Path) -> Iterator[Workroom]:
    """Give a workroom in a folder."""
    room = Workroom(folder)
    try:
        yield room
    finally:
        room.remove()
