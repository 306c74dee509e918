"""Files as streams of bytes, plain or compressed by suffix, written whole or not at all."""

import errno
import io
import os
import select
import shutil
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from functools import lru_cache
from gzip import BadGzipFile
from pathlib import Path
from typing import Any, BinaryIO, cast

import zstandard
from isal import igzip, igzip_lib

from dedup.errors import RecordError
from dedup.workrooms import Workroom, workroom

STANDARD = "-"
"""The name of standard input among inputs, and of standard output as an output."""

# isal's types take the exception for an instance of one.
_IsalError = cast(type[Exception], igzip_lib.IsalError)

_PIECE = 1 << 17
_SECONDS = 0.5  # that a signal may wait while nothing comes down a pipe


@contextmanager
def open_file(
    path: str, held: BinaryIO | None = None
) -> Iterator[tuple[io.BufferedIOBase, io.BufferedIOBase]]:
    """Give the file as it is on disk, and the stream of what it holds unpacked.

    ``held`` is a copy of its bytes, of what cannot be read twice: it is read from its start.
    """
    if path == STANDARD:
        raw = standard_input() if held is None else _from_start(held)
        yield raw, raw
        return
    with nullcontext(_from_start(held)) if held is not None else Path(path).open("rb") as file:
        raw = _awake(file)
        try:
            yield raw, _unpacked(raw, path)
        except EOFError as error:
            problem = "compressed data must be whole, but it ends too early"
            raise RecordError(path, None, problem) from error
        except (BadGzipFile, _IsalError, zstandard.ZstdError) as error:
            problem = f"compressed data must be sound, got: {error}"
            raise RecordError(path, None, problem) from error


def _from_start(held: BinaryIO) -> io.BufferedIOBase:
    held.seek(0)
    return cast(io.BufferedIOBase, held)


def standard_input() -> io.BufferedIOBase:
    """Return the bytes of standard input."""
    return _shared(cast(io.BufferedIOBase, sys.stdin.buffer))


@lru_cache(1)
def _shared(stream: io.BufferedIOBase) -> io.BufferedIOBase:
    # One for all readers: the next one goes on where the last one stopped.
    return _awake(stream)


def _awake(stream: io.BufferedIOBase) -> io.BufferedIOBase:
    try:
        is_pipe = not stream.seekable() and stream.fileno() >= 0
    except OSError:  # what has no file below it does not wait
        is_pipe = False
    return io.BufferedReader(_Pipe(stream), _PIECE) if is_pipe else stream


class _Pieces(io.RawIOBase):
    """A stream of pieces as large as they come."""

    def __init__(self) -> None:
        self._ready = memoryview(b"")

    def readable(self) -> bool:
        """Return True: it is a stream to read."""
        return True

    def next(self) -> bytes:
        """Return the next piece, an empty one at the end."""
        raise NotImplementedError

    def readinto(self, buffer: Any) -> int:
        """Fill a part of the buffer and return the number of bytes, 0 at the end."""
        if not self._ready:
            self._ready = memoryview(self.next())
        n_bytes = min(len(buffer), len(self._ready))
        buffer[:n_bytes] = self._ready[:n_bytes]
        self._ready = self._ready[n_bytes:]
        return n_bytes


class _Pipe(_Pieces):
    """A pipe whose readers do not sleep on through a signal.

    Python acts on a signal between two steps of a program. One that comes after the last step
    before a read, or to another thread, would wait until something comes down the pipe.
    """

    def __init__(self, stream: io.BufferedIOBase) -> None:
        super().__init__()
        self._stream = stream
        self._begun = False

    def fileno(self) -> int:
        """Return the number of the pipe."""
        return self._stream.fileno()

    def next(self) -> bytes:
        """Return what is there, or what comes next."""
        # The first read may find what others left in the buffer of the stream, of which a wait
        # knows nothing. It takes all of it, and no read of so much fills it again.
        while self._begun and not is_there(self._stream, _SECONDS):
            pass
        self._begun = True
        return self._stream.read1(_PIECE)


def is_there(stream: io.BufferedIOBase, seconds: float) -> bool:
    """Tell whether a read will not wait, or nobody knows, within so much time."""
    try:
        return bool(select.select([stream], [], [], seconds)[0])
    except (OSError, ValueError):  # what has no file below it does not wait
        return True


def _unpacked(raw: io.BufferedIOBase, path: str) -> io.BufferedIOBase:
    suffix = Path(path).suffix.lower()
    if suffix == ".gz":
        # The buffer cuts lines in C; the gzip file by itself cuts them in Python.
        return io.BufferedReader(_gzip(raw, "rb"), _PIECE)
    if suffix == ".zst":
        return io.BufferedReader(_ZstdReader(raw), _PIECE)
    return raw


def _gzip(raw: BinaryIO | io.BufferedIOBase, mode: str) -> Any:
    # No name and no time inside: the same content gives the same bytes.
    return igzip.IGzipFile("", mode, fileobj=raw, mtime=0)  # type: ignore[no-untyped-call]


class _ZstdReader(_Pieces):
    """The content of Zstandard frames; a frame that is cut off raises EOFError.

    The stream reader of zstandard (0.25) takes a cut file for a whole one.
    """

    def __init__(self, packed: io.BufferedIOBase) -> None:
        super().__init__()
        # Archives packed with --long=31 need the widest window.
        self._decompressor = zstandard.ZstdDecompressor(max_window_size=1 << 31)
        self._frame: zstandard.ZstdDecompressionObj | None = None
        self._packed = packed
        self._rest = b""

    def next(self) -> bytes:
        """Return what the next packed bytes hold that hold anything."""
        content = b""
        while not content:
            piece = self._rest or self._packed.read(1 << 16)
            if not piece and self._frame is None:
                break
            if not piece:
                raise EOFError
            frame = self._frame or self._decompressor.decompressobj()
            content = frame.decompress(piece)
            self._frame = None if frame.eof else frame
            self._rest = frame.unused_data if frame.eof else b""
        return content


@contextmanager
def whole_file(path: str) -> Iterator[BinaryIO]:
    """Open a file to write that stands under its name only once all of it is written.

    It is written beside its place under another name and moved there at the end, compressed as
    its suffix says; after an error or an interrupt nothing of it is left. So it may be the file
    that is being read. ``-`` is standard output; a device or a pipe is written directly.
    """
    with whole_files() as files, files.open(path) as stream:
        yield stream


@contextmanager
def whole_files() -> Iterator["WholeFiles"]:
    """Give files to write that stand under their names only once all of them are written."""
    with ExitStack() as rooms:
        files = WholeFiles(rooms)
        yield files
        files.move()


class WholeFiles:
    """Files that are written beside their places, and moved there together."""

    def __init__(self, rooms: ExitStack) -> None:
        self._rooms: dict[Path, Workroom] = {}
        self._close = rooms
        self._parts: list[tuple[Path, Path, str]] = []

    @contextmanager
    def open(self, path: str, *, with_folders: bool = False) -> Iterator[BinaryIO]:
        """Open a file as ``whole_file`` does, in folders that are made if they are missing."""
        if path == STANDARD:
            stream = _standard_output()
            yield stream
            stream.flush()
            return
        if Path(path).exists() and not Path(path).is_file():
            with _Named.open(Path(path), "wb", path) as device, _packed(device, path) as stream:
                yield stream
            return
        target = Path(path).resolve()  # a link goes on pointing to the file that is replaced
        folder = target.parent
        while with_folders and not folder.exists():
            folder = folder.parent
        if folder not in self._rooms:
            with naming(path):
                self._rooms[folder] = self._close.enter_context(workroom(folder))
        part = self._rooms[folder].part()
        self._parts.append((part, target, path))
        with _Named.open(part, "xb", path) as raw, _packed(raw, path) as stream:
            yield stream

    def move(self) -> None:
        """Move all files to their places, those that were opened first before the others."""
        with _signals_wait():
            for part, target, path in self._parts:
                with naming(path):
                    target.parent.mkdir(parents=True, exist_ok=True)
                    if target.exists():
                        shutil.copymode(target, part)
                    part.replace(target)


@contextmanager
def _signals_wait() -> Iterator[None]:
    """Let Ctrl-C and SIGTERM wait until what is done inside is done as a whole."""
    if threading.current_thread() is not threading.main_thread():  # which no signal disturbs
        yield
        return
    came: list[int] = []
    handlers = {own: signal.getsignal(own) for own in (signal.SIGINT, signal.SIGTERM)}
    handlers = {own: handler for own, handler in handlers.items() if handler is not None}
    for own in handlers:
        signal.signal(own, lambda number, _: came.append(number))
    try:
        yield
    finally:
        for own, handler in handlers.items():
            signal.signal(own, handler)
        for number in came:
            signal.raise_signal(number)


def _standard_output() -> BinaryIO:
    stream: Any = sys.stdout.buffer
    return cast(BinaryIO, _Whole(stream) if isinstance(stream, io.RawIOBase) else stream)


class _Whole:
    """Standard output where PYTHONUNBUFFERED is set, which may write less than it is given."""

    def __init__(self, raw: io.RawIOBase) -> None:
        self._raw = raw

    def write(self, content: bytes) -> int:
        """Write all of it."""
        write_all(self._raw, content)
        return len(content)

    def flush(self) -> None:
        """Do nothing: all is written."""


def write_all(raw: io.RawIOBase, content: bytes) -> None:
    """Write all of it to a stream without a buffer, which may take less than it is given."""
    rest = memoryview(content)
    while rest:
        n_bytes = raw.write(rest)
        if n_bytes is None:
            raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
        rest = rest[n_bytes:]


@contextmanager
def naming(path: str) -> Iterator[None]:
    """Make errors name the file as the user does."""
    try:
        yield
    except OSError as error:
        error.filename, error.filename2 = path, None
        raise


class _Named(io.FileIO):
    """A file whose errors name it as the user does; a full disk does not name it at all."""

    shown = ""

    @classmethod
    def open(cls, path: Path, mode: str, shown: str) -> BinaryIO:
        with naming(shown):
            raw = cls(path, mode)
        raw.shown = shown
        return io.BufferedWriter(raw)

    def write(self, content: Any) -> int:
        """Write as any file does."""
        with naming(self.shown):
            return super().write(content)


@contextmanager
def _packed(raw: BinaryIO, path: str) -> Iterator[BinaryIO]:
    suffix = Path(path).suffix.lower()
    if suffix == ".gz":
        with _gzip(raw, "wb") as stream:
            yield stream
    elif suffix == ".zst":
        with zstandard.ZstdCompressor().stream_writer(raw, closefd=False) as stream:
            yield cast(BinaryIO, stream)
    else:
        yield raw
