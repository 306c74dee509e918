"""Files that are read twice: what cannot be is copied, and nothing is left of the copies."""

import gzip
import io
import os
import sys
import tempfile
import threading
from pathlib import Path

import pytest

from dedup.records import find_sources, read_lines, read_text
from dedup.rereading import held

RECORDS = b'{"id":1,"text":"A"}\n\n \t\n{"id":2,"text":"B"}\nno JSON\n{"id":3,"text":"C"}'


@pytest.fixture(autouse=True)
def _files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("a.jsonl").write_bytes(RECORDS)
    Path("tmp").mkdir()


def feed(monkeypatch, content):
    stdin = io.TextIOWrapper(io.BytesIO(content))
    monkeypatch.setattr(sys, "stdin", stdin)
    return stdin


def lines(source):
    return b"".join(line for chunk in read_lines(source) for line in chunk.lines)


def test_standard_input_is_copied(monkeypatch):
    stdin = feed(monkeypatch, RECORDS)
    with held(find_sources(["-"]), "tmp") as sources:
        assert stdin.buffer.read() == b""
        assert [lines(sources[0]) for _ in range(2)] == [RECORDS] * 2
    assert (sorted(os.listdir()), os.listdir("tmp")) == (["a.jsonl", "tmp"], [])  # noqa: PTH208


def test_a_text_on_standard_input_is_copied(monkeypatch):
    stdin = feed(monkeypatch, b"One text.\nAnd more.\n")
    with held(find_sources(["-"]), None) as sources:
        assert [read_text(sources[0]) for _ in range(2)] == ["One text.\nAnd more.\n"] * 2
    stdin.detach()


def test_files_are_not_copied():
    sources = find_sources(["a.jsonl"])
    with held(sources, "tmp") as copies:
        assert copies == sources


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_a_pipe_is_copied_as_it_is(suffix):
    pipe = f"pipe.jsonl{suffix}"
    os.mkfifo(pipe)
    content = gzip.compress(RECORDS) if suffix else RECORDS
    writer = threading.Thread(target=lambda: Path(pipe).write_bytes(content))
    writer.start()
    with held(find_sources([pipe, "a.jsonl"]), None) as sources:
        writer.join()
        assert (sources[0].held is None, sources[1].held) == (False, None)
        assert [lines(sources[0]) for _ in range(2)] == [RECORDS] * 2
        assert sources[0].held.seek(0, 2) == len(content)


def test_a_file_of_the_name_of_standard_input_is_not_it(monkeypatch):
    Path("-").write_bytes(b'{"id":"file","text":"A"}\n')
    feed(monkeypatch, b'{"id":"stdin","text":"A"}\n')
    with held(find_sources(["-"]), None) as sources:
        assert lines(sources[0]) == b'{"id":"stdin","text":"A"}\n'


def test_a_copy_stands_in_the_folder_that_is_given(monkeypatch):
    folders = []
    made = tempfile.TemporaryFile

    def watched(**options):
        folders.append(options["dir"])
        return made(**options)

    monkeypatch.setattr("tempfile.TemporaryFile", watched)
    for folder in ["tmp", None]:
        feed(monkeypatch, RECORDS)
        with held(find_sources(["-"]), folder):
            pass
    assert folders == ["tmp", None]


class Told:
    def __init__(self):
        self.stages = []
        self.sum = 0

    def stage(self, *stage):
        self.stages.append(stage)

    def advance(self, n):
        self.sum += n


def test_progress_is_told_of_what_is_copied(monkeypatch):
    told = Told()
    with held(find_sources(["a.jsonl"]), None, told):
        pass
    assert told.stages == []
    content = b'{"id":1,"text":"%s"}\n' % (b"word " * 100_000) * 3
    feed(monkeypatch, content)
    with held(find_sources(["-"]), None, told):
        pass
    assert (told.stages, told.sum) == ([("copying", 0, "B")], len(content))


def test_a_full_disk_for_copies_is_named(monkeypatch):
    feed(monkeypatch, RECORDS)

    def full(dir, buffering):
        return Path("/dev/full").open("r+b", buffering)

    monkeypatch.setattr("tempfile.TemporaryFile", full)
    sources = find_sources(["-"])
    with pytest.raises(OSError, match="No space") as caught, held(sources, "tmp"):
        pass
    assert caught.value.filename == "copy of - in tmp"
