"""Folders for what is not done: those of programs that were killed go, others stay."""

import os
import subprocess
import sys
import time

import pytest

from dedup.workrooms import Workroom, workroom

pytest.importorskip("fcntl")


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_nothing_of_a_workroom_is_left(tmp_path):
    with workroom(tmp_path) as room:
        room.part().write_bytes(b"part")
        room.part().write_bytes(b"another")
        assert len(names(tmp_path)) == 1
    assert names(tmp_path) == []


def test_nothing_of_a_workroom_is_left_after_an_error(tmp_path):
    with pytest.raises(KeyboardInterrupt), workroom(tmp_path) as room:  # noqa: PT012
        room.part().write_bytes(b"part")
        raise KeyboardInterrupt
    assert names(tmp_path) == []


@pytest.mark.parametrize(("seconds", "stays"), [(0, True), (50, True), (3600, False)])
def test_what_was_made_but_not_locked_goes_after_a_while(tmp_path, seconds, stays):
    made = tmp_path / ".dedup-new-0123456789abcdef"
    made.mkdir()
    os.utime(made, (time.time() - seconds,) * 2)
    with workroom(tmp_path):
        pass
    assert made.exists() is stays


def test_what_a_killed_program_left_goes_when_the_next_one_starts(tmp_path):
    code = f"""
import os, pathlib, signal
from dedup.workrooms import Workroom
Workroom(pathlib.Path({str(tmp_path)!r})).part().write_bytes(b"part")
os.kill(os.getpid(), signal.SIGKILL)
"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == -9
    (left,) = names(tmp_path)
    with workroom(tmp_path) as room:
        assert names(tmp_path) == [room.path.name] != [left]
    assert names(tmp_path) == []


def test_what_another_program_uses_stays(tmp_path):
    other = Workroom(tmp_path)
    part = other.part()
    part.write_bytes(b"part")
    with workroom(tmp_path):
        assert part.read_bytes() == b"part"
    assert part.read_bytes() == b"part"
    other.remove()
    assert names(tmp_path) == []


@pytest.mark.parametrize("name", [".dedup", ".dedup-notes", "dedup-0123456789abcdef", ".hidden"])
def test_what_is_no_workroom_stays(tmp_path, name):
    (tmp_path / name).mkdir()
    (tmp_path / name / "a.part").write_bytes(b"mine")
    with workroom(tmp_path):
        pass
    assert (tmp_path / name / "a.part").read_bytes() == b"mine"


def test_a_stranger_in_a_workroom_stays(tmp_path):
    room = Workroom(tmp_path)
    (room.path / "notes.txt").write_bytes(b"mine")
    room.remove()
    with workroom(tmp_path):
        pass
    assert (room.path / "notes.txt").read_bytes() == b"mine"
