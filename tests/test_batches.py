import threading

import pytest

from dedup.batches import Done, Group, Run, Summary, chunks, groups
from dedup.errors import DedupError
from dedup.records import CHUNK, Lines, Source
from dedup.streams import whole_file


def _sources(folder, *contents: bytes) -> list[Source]:
    for n, content in enumerate(contents):
        (folder / f"{n}.jsonl").write_bytes(content)
    return [Source(str(folder / f"{n}.jsonl"), "", "record") for n in range(len(contents))]


def _copied(batch: Lines) -> Done:
    content = b"".join(batch.lines)
    return Done(content, b"", len(content), Summary("record", read=len(batch.lines)))


def test_batches_come_out_in_their_order_however_long_each_takes(tmp_path):
    sources = _sources(tmp_path, *(b"%d\n" % n for n in range(20)))
    # The second batch opens the gate, so the first is always done after it.
    gate = threading.Event()

    def work(batch: Lines) -> Done:
        if batch.path == sources[0].path:
            assert gate.wait(timeout=60)
        gate.set()
        return _copied(batch)

    out = tmp_path / "out"
    run = Run(sources, str(out), None, lambda size, total: None)
    summary = run.write([(whole_file(str(out)), chunks(sources))], work)
    assert out.read_bytes() == b"".join(b"%d\n" % n for n in range(20))
    assert summary == Summary("record", read=20)


def test_only_a_few_batches_are_read_ahead(tmp_path):
    n_read = n_done = n_ahead = 0

    def batches():
        nonlocal n_read, n_ahead
        for n in range(30):
            n_read += 1
            n_ahead = max(n_ahead, n_read - n_done)
            yield n

    def progress(size: int, total: int) -> None:
        nonlocal n_done
        n_done += 1

    sources = _sources(tmp_path, b"")
    run = Run(sources, None, None, progress)
    done = Done(b"", b"", 0, Summary("record"))
    run.write([(whole_file(str(tmp_path / "out")), batches())], lambda _: done)
    assert n_done == 30
    assert n_ahead <= 4


def test_the_first_error_in_the_order_of_the_input_is_raised(tmp_path):
    sources = _sources(tmp_path, *(b"%d\n" % n for n in range(9)))
    gate = threading.Event()

    def work(batch: Lines) -> Done:
        if batch.path == sources[1].path:
            assert gate.wait(timeout=60)
            raise DedupError("the first")
        if batch.path == sources[2].path:
            gate.set()
            raise DedupError("the second")
        return _copied(batch)

    out = tmp_path / "out"
    run = Run(sources, str(out), None, lambda size, total: None)
    with pytest.raises(DedupError, match="the first"):
        run.write([(whole_file(str(out)), chunks(sources))], work)
    assert not out.exists()


def test_all_of_the_input_is_reported_as_progress(tmp_path):
    sources = _sources(tmp_path, b"1\n" * 10, b"2\n" * 20)
    told: list[tuple[int, int]] = []
    run = Run(sources, None, None, lambda size, total: told.append((size, total)))
    run.write([(whole_file(str(tmp_path / "out")), chunks(sources))], _copied)
    assert told == [(20, 60), (40, 60)]


def test_files_are_joined_at_line_ends(tmp_path):
    sources = _sources(tmp_path, b"a\nb", b"", b"c\n", b"d")
    lines = [line for chunk in chunks(sources) for line in chunk.lines]
    assert lines == [b"a\n", b"b\n", b"c\n", b"d"]


def test_small_files_share_a_group_and_large_ones_have_their_own(tmp_path):
    sources = _sources(tmp_path, b"a", b"b", b"c" * CHUNK, b"d" * CHUNK, b"e")
    assert list(groups(sources)) == [
        Group(sources[:3], CHUNK + 2),
        Group(sources[3:4], CHUNK),
        Group(sources[4:], 1),
    ]
