"""Files that are read twice: what cannot be is copied, what changes meanwhile is an error."""

import gzip
import io
import os
import sys
import threading
import time
from pathlib import Path

import pytest

from dedup.document_files import Fields
from dedup.errors import RecordError
from dedup.records import find_sources
from dedup.rereading import TwiceRead, held

RECORDS = b'{"id":1,"text":"A"}\n\n \t\n{"id":2,"text":"B"}\nno JSON\n{"id":3,"text":"C"}'


@pytest.fixture(autouse=True)
def _files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("a.jsonl").write_bytes(RECORDS)
    Path("a.txt").write_bytes(b"A\r\n\n")


def twice(sources, aside=True, progress=lambda size: None):
    return TwiceRead(sources, Fields(), io.BytesIO() if aside else None, progress)


def all_lines(texts):
    return [
        (b"".join(chunk.lines), rows)
        for number in range(len(texts.sources))
        for chunk, rows in texts.lines(number)
    ]


def feed(monkeypatch, content):
    stdin = io.TextIOWrapper(io.BytesIO(content))
    monkeypatch.setattr(sys, "stdin", stdin)
    return stdin


def test_lines_come_again_without_the_bad_ones():
    texts = twice(find_sources(["a.jsonl"]))
    assert [document.id for document in texts.documents] == [1, 2, 3]
    assert all_lines(texts) == [(RECORDS.replace(b"no JSON\n", b""), [0, 3, 5])]
    assert all_lines(texts) == all_lines(texts)


def test_texts_come_again_as_they_are():
    texts = twice(find_sources(["a.txt"]), aside=False)
    assert [document.text for document in texts.documents] == ["A\r\n"]
    assert texts.text(0) == "A\r\n\n"


def test_progress_is_told_of_both_readings():
    told = []
    texts = twice(find_sources(["a.jsonl"]), progress=told.append)
    list(texts.documents)
    all_lines(texts)
    assert sum(told) == 2 * len(RECORDS)
    told.clear()
    texts = twice(find_sources(["a.txt"]), aside=False, progress=told.append)
    list(texts.documents)
    texts.text(0)
    assert sum(told) == 8


def test_standard_input_is_copied(monkeypatch):
    stdin = feed(monkeypatch, RECORDS)
    with held(find_sources(["-"])) as sources:
        assert stdin.buffer.read() == b""
        texts = twice(sources)
        assert [document.id for document in texts.documents] == [1, 2, 3]
        assert all_lines(texts) == [(RECORDS.replace(b"no JSON\n", b""), [0, 3, 5])]
    assert sorted(os.listdir()) == ["a.jsonl", "a.txt"]  # noqa: PTH208


def test_a_text_on_standard_input_is_copied(monkeypatch):
    stdin = feed(monkeypatch, b"One text.\nAnd more.\n")
    with held(find_sources(["-"])) as sources:
        texts = twice(sources, aside=False)
        assert [document.text for document in texts.documents] == ["One text.\nAnd more."]
        assert texts.text(0) == "One text.\nAnd more.\n"
    stdin.detach()


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_a_pipe_is_copied(suffix):
    pipe = f"pipe.jsonl{suffix}"
    os.mkfifo(pipe)
    content = gzip.compress(RECORDS) if suffix else RECORDS
    writer = threading.Thread(target=lambda: Path(pipe).write_bytes(content))
    writer.start()
    with held(find_sources([pipe, "a.jsonl"])) as sources:
        writer.join()
        assert (sources[0].held is None, sources[1].held) == (False, None)
        texts = twice(sources)
        assert [document.id for document in texts.documents] == [1, 2, 3]
        assert all_lines(texts)[0] == (RECORDS.replace(b"no JSON\n", b""), [0, 3, 5])


def test_a_file_of_the_name_of_standard_input_is_not_it(monkeypatch):
    Path("-").write_bytes(b'{"id":"file","text":"A"}\n')
    feed(monkeypatch, b'{"id":"stdin","text":"A"}\n')
    with held(find_sources(["-"])) as sources:
        assert [document.id for document in twice(sources).documents] == ["stdin"]


def changes(path, content):
    """Write to a file so that its time is another, however coarse the clock is."""
    path.write_bytes(content)
    later = time.time_ns() + 5_000_000_000
    os.utime(path, ns=(later, later))


@pytest.mark.parametrize("content", [RECORDS + b"\n", RECORDS.replace(b"B", b"D"), b""])
def test_records_that_change_between_the_readings_are_an_error(content):
    texts = twice(find_sources(["a.jsonl"]))
    list(texts.documents)
    changes(Path("a.jsonl"), content)
    with pytest.raises(RecordError) as caught:
        all_lines(texts)
    assert str(caught.value) == "a.jsonl: must not change while it is read twice, but it did"


def test_records_that_change_during_the_first_reading_are_an_error():
    texts = twice(find_sources(["a.jsonl"]))
    changes(Path("a.jsonl"), RECORDS[:41])
    list(texts.documents)
    with pytest.raises(RecordError, match="must not change"):
        all_lines(texts)


def test_records_that_change_during_the_second_reading_are_an_error():
    texts = twice(find_sources(["a.jsonl"]))
    list(texts.documents)
    lines = texts.lines(0)
    next(lines)
    changes(Path("a.jsonl"), RECORDS)
    with pytest.raises(RecordError, match="must not change"):
        list(lines)


def test_another_number_of_lines_is_a_change_whatever_the_time_says():
    texts = twice(find_sources(["a.jsonl"]))
    list(texts.documents)
    before = Path("a.jsonl").stat()
    Path("a.jsonl").write_bytes(RECORDS.replace(b"\n", b" ", 1))
    os.utime("a.jsonl", ns=(before.st_atime_ns, before.st_mtime_ns))
    with pytest.raises(RecordError, match="must not change"):
        all_lines(texts)


def test_a_text_that_changes_is_an_error():
    texts = twice(find_sources(["a.txt"]), aside=False)
    list(texts.documents)
    changes(Path("a.txt"), b"B")
    with pytest.raises(RecordError, match=r"^a\.txt: must not change"):
        texts.text(0)


def test_a_full_disk_for_copies_is_named(monkeypatch):
    feed(monkeypatch, RECORDS)
    full = Path("/dev/full").open("r+b", buffering=0)  # noqa: SIM115 - closed as the copy is
    monkeypatch.setattr("tempfile.TemporaryFile", lambda: full)
    sources = find_sources(["-"])
    with pytest.raises(OSError, match="No space") as caught, held(sources):
        pass
    assert caught.value.filename.startswith("copy of - in ")
