import gzip
import io
import os
import signal
import stat
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
import zstandard

from dedup.errors import RecordError
from dedup.streams import open_file, standard_input, whole_file, whole_files

CONTENT = b"".join(
    b"line %d of a file that is no longer than it must be\n" % n for n in range(5000)
)
SUFFIXES = ["", ".gz", ".zst"]


def _packed(suffix: str) -> bytes:
    if suffix == ".gz":
        return gzip.compress(CONTENT)
    return zstandard.ZstdCompressor().compress(CONTENT) if suffix else CONTENT


def _read(path: Path) -> bytes:
    with open_file(str(path)) as (_, stream):
        return stream.read()


def _problem(path: Path, content: bytes) -> str:
    path.write_bytes(content)
    with pytest.raises(RecordError) as caught:
        _read(path)
    assert caught.value.path == str(path)
    return str(caught.value).removeprefix(f"{path}: ")


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_what_other_programs_packed_is_read(tmp_path, suffix):
    path = tmp_path / f"a.txt{suffix}"
    path.write_bytes(_packed(suffix))
    assert _read(path) == CONTENT


@pytest.mark.parametrize("suffix", [".gz", ".zst"])
def test_several_members_are_read_as_one(tmp_path, suffix):
    path = tmp_path / f"a.txt{suffix}"
    path.write_bytes(_packed(suffix) * 3)
    assert _read(path) == CONTENT * 3


def test_frames_that_hold_no_content_are_passed_over(tmp_path):
    path = tmp_path / "a.txt.zst"
    skippable = b"\x50\x2a\x4d\x18" + (4).to_bytes(4, "little") + b"note"
    path.write_bytes(skippable + _packed(".zst"))
    assert _read(path) == CONTENT


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_an_empty_file_is_empty(tmp_path, suffix):
    path = tmp_path / f"a.txt{suffix}"
    path.write_bytes(b"")
    assert _read(path) == b""


@pytest.mark.parametrize("suffix", [".gz", ".zst"])
def test_a_cut_file_is_never_taken_for_a_whole_one(tmp_path, suffix):
    whole = _packed(suffix)
    path = tmp_path / f"a.txt{suffix}"
    expected = "compressed data must be whole, but it ends too early"
    for size in [1, 5, len(whole) // 2, len(whole) - 9, len(whole) - 1]:
        assert _problem(path, whole[:size]) == expected


@pytest.mark.parametrize("suffix", [".gz", ".zst"])
def test_data_that_are_not_compressed_are_refused(tmp_path, suffix):
    problem = _problem(tmp_path / f"a.txt{suffix}", CONTENT)
    assert problem.startswith("compressed data must be sound, got: ")


def test_a_wrong_checksum_is_refused(tmp_path):
    whole = _packed(".gz")
    problem = _problem(tmp_path / "a.txt.gz", whole[:-8] + b"abcd" + whole[-4:])
    assert problem.startswith("compressed data must be sound, got: CRC check failed")


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_what_is_written_is_read_again(tmp_path, suffix):
    path = tmp_path / f"a.txt{suffix}"
    with whole_file(str(path)) as stream:
        stream.write(CONTENT[:1000])
        stream.write(CONTENT[1000:])
    assert _read(path) == CONTENT
    assert [found.name for found in tmp_path.iterdir()] == [path.name]
    assert (path.stat().st_size < len(CONTENT) / 3) == bool(suffix)


def test_other_programs_unpack_what_is_written(tmp_path):
    for suffix in [".gz", ".zst"]:
        with whole_file(str(tmp_path / f"a{suffix}")) as stream:
            stream.write(CONTENT)
    assert gzip.decompress((tmp_path / "a.gz").read_bytes()) == CONTENT
    packed = (tmp_path / "a.zst").read_bytes()
    assert zstandard.ZstdDecompressor().decompressobj().decompress(packed) == CONTENT


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_same_content_gives_the_same_bytes(tmp_path, suffix):
    for name in ["a", "b"]:
        with whole_file(str(tmp_path / f"{name}{suffix}")) as stream:
            stream.write(CONTENT)
    assert (tmp_path / f"a{suffix}").read_bytes() == (tmp_path / f"b{suffix}").read_bytes()


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_after_an_error_the_folder_is_as_before(tmp_path, suffix, error):
    old = tmp_path / f"old{suffix}"
    old.write_bytes(b"as it was")
    for path in [old, tmp_path / f"new{suffix}"]:
        with pytest.raises(error), whole_file(str(path)) as stream:  # noqa: PT012
            stream.write(CONTENT)
            raise error
    assert [found.name for found in tmp_path.iterdir()] == [old.name]
    assert old.read_bytes() == b"as it was"


def test_a_file_stands_under_its_name_only_when_it_is_whole(tmp_path):
    path = tmp_path / "a.txt"
    with whole_file(str(path)) as stream:
        stream.write(CONTENT)
        assert not path.exists()
    assert path.exists()


def test_the_mode_of_a_file_stays(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"old")
    path.chmod(0o640)
    with whole_file(str(path)) as stream:
        stream.write(b"new")
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_new_file_has_the_mode_of_any_new_file(tmp_path):
    (tmp_path / "any").write_bytes(b"")
    with whole_file(str(tmp_path / "a.txt")) as stream:
        stream.write(b"new")
    assert (tmp_path / "a.txt").stat().st_mode == (tmp_path / "any").stat().st_mode


def test_a_link_still_points_to_the_file_that_was_replaced(tmp_path):
    (tmp_path / "folder").mkdir()
    target = tmp_path / "folder" / "a.txt"
    target.write_bytes(b"old")
    link = tmp_path / "link.txt"
    link.symlink_to(target)
    with whole_file(str(link)) as stream:
        stream.write(b"new")
    assert link.is_symlink()
    assert target.read_bytes() == b"new"


def test_a_pipe_is_written_and_not_replaced(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()))
    reader.start()
    with whole_file(str(pipe)) as stream:
        stream.write(CONTENT)
    reader.join()
    assert got == [CONTENT]
    assert pipe.is_fifo()


def test_an_error_names_the_file_that_was_asked_for(tmp_path):
    path = str(tmp_path / "missing" / "a.txt")
    with pytest.raises(FileNotFoundError) as caught, whole_file(path):
        pass
    assert caught.value.filename == path


def test_files_stand_under_their_names_together(tmp_path):
    old = tmp_path / "old.txt"
    old.write_bytes(b"old")
    new = tmp_path / "a" / "b" / "new.txt.gz"
    with whole_files() as files:
        with files.open(str(new), with_folders=True) as stream:
            stream.write(CONTENT)
        with files.open(str(old)) as stream:
            stream.write(b"as well")
        assert old.read_bytes() == b"old"
        assert not new.parent.exists()
    assert (old.read_bytes(), _read(new)) == (b"as well", CONTENT)
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["a", "b", "new.txt.gz", "old.txt"]


def test_after_an_error_none_of_several_files_stands(tmp_path):
    with pytest.raises(OSError, match="No space left") as caught, whole_files() as files:  # noqa: PT012
        with files.open(str(tmp_path / "a" / "a.txt"), with_folders=True) as stream:
            stream.write(CONTENT)
        with files.open("/dev/full") as stream:
            stream.write(b"to a full disk")
    assert caught.value.filename == "/dev/full"
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_take_its_place_is_named_and_those_before_it_stand(tmp_path):
    with pytest.raises(OSError, match="directory") as caught, whole_files() as files:  # noqa: PT012
        for name in ["a", "b", "c"]:
            with files.open(str(tmp_path / name)) as stream:
                stream.write(b"new")
        (tmp_path / "b").mkdir()
    assert caught.value.filename == str(tmp_path / "b")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_waits_until_all_files_have_their_places(sent, tmp_path, monkeypatch):
    def ended(number, frame):
        raise SystemExit(number)

    def disturbed(part, target):
        signal.raise_signal(sent)
        return replace(part, target)

    replace, before = Path.replace, signal.signal(sent, ended)
    monkeypatch.setattr(Path, "replace", disturbed)
    try:
        with pytest.raises(SystemExit) as caught, whole_files() as files:  # noqa: PT012
            for name in ["a", "b"]:
                with files.open(str(tmp_path / name)) as stream:
                    stream.write(b"new")
        assert signal.getsignal(sent) is ended
    finally:
        signal.signal(sent, before)
    assert caught.value.code == sent
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]


class _Ended(Exception):
    pass


def _ended(number, frame):
    raise _Ended


@pytest.mark.parametrize("path", ["-", "/dev/fd/{}"])
def test_a_signal_that_wakes_no_read_is_acted_on(path, monkeypatch):
    over, in_time = threading.Event(), []
    reading, end = os.pipe()
    os.write(end, b"1\n")

    def end_it():
        time.sleep(0.2)
        # Another thread takes it, so what the reader waits for goes on.
        signal.pthread_kill(threading.get_ident(), signal.SIGUSR1)
        in_time.append(over.wait(20))
        os.close(end)

    thread = threading.Thread(target=end_it)
    before = signal.signal(signal.SIGUSR1, _ended)
    try:
        with os.fdopen(reading, "rb") as pipe:
            monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=pipe))
            with open_file(path.format(reading)) as (_, stream):
                assert stream.read1(2) == b"1\n"
                thread.start()
                with pytest.raises(_Ended):
                    stream.read1(2)
    finally:
        over.set()
        thread.join()
        signal.signal(signal.SIGUSR1, before)
    assert in_time == [True]


def test_what_others_left_of_standard_input_comes_first(monkeypatch):
    reading, end = os.pipe()
    os.write(end, b"1\n2\n3\n")
    os.close(end)
    with os.fdopen(reading, "rb") as pipe:
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=pipe))
        assert pipe.readline() == b"1\n"
        assert standard_input().readline() == b"2\n"
        assert standard_input().read() == b"3\n"


def test_a_copy_is_read_from_its_start(tmp_path):
    packed = tmp_path / "copy"
    packed.write_bytes(_packed(".gz"))
    with packed.open("rb") as held:
        for _ in range(2):
            with open_file("pipe.txt.gz", held) as (_, stream):
                assert stream.read() == CONTENT
        assert not held.closed


class _Short(io.RawIOBase):
    """What standard output is where PYTHONUNBUFFERED is set; it takes five bytes at once."""

    def __init__(self):
        self.written = b""

    def writable(self):
        return True

    def write(self, content):
        if len(self.written) > 90:
            return None
        self.written += bytes(content[:5])
        return min(5, len(content))


def test_standard_output_without_a_buffer_is_written_whole(monkeypatch):
    short = _Short()
    monkeypatch.setattr("sys.stdout", SimpleNamespace(buffer=short))
    with whole_file("-") as stream:
        stream.write(CONTENT[:83])
    assert short.written == CONTENT[:83]
    with pytest.raises(BlockingIOError), whole_file("-") as stream:
        stream.write(CONTENT)
