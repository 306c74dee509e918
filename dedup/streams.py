"""Files as streams of bytes, plain or compressed by suffix, written whole or not at all."""

import io
import secrets
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from gzip import BadGzipFile
from pathlib import Path
from typing import Any, BinaryIO, cast

import zstandard
from isal import igzip, igzip_lib

from dedup.errors import RecordError

STANDARD = "-"
"""The name of standard input among inputs, and of standard output as an output."""

# isal's types take the exception for an instance of one.
_IsalError = cast(type[Exception], igzip_lib.IsalError)


@contextmanager
def open_file(path: str) -> Iterator[tuple[io.BufferedIOBase, io.BufferedIOBase]]:
    """Give the file as it is on disk, and the stream of what it holds unpacked."""
    if path == STANDARD:
        yield standard_input(), standard_input()
        return
    with Path(path).open("rb") as raw:
        try:
            yield raw, _unpacked(raw, path)
        except EOFError as error:
            problem = "compressed data must be whole, but it ends too early"
            raise RecordError(path, None, problem) from error
        except (BadGzipFile, _IsalError, zstandard.ZstdError) as error:
            problem = f"compressed data must be sound, got: {error}"
            raise RecordError(path, None, problem) from error


def standard_input() -> io.BufferedIOBase:
    """Return the bytes of standard input."""
    return cast(io.BufferedIOBase, sys.stdin.buffer)


def _unpacked(raw: io.BufferedIOBase, path: str) -> io.BufferedIOBase:
    suffix = Path(path).suffix.lower()
    if suffix == ".gz":
        # The buffer cuts lines in C; the gzip file by itself cuts them in Python.
        return io.BufferedReader(_gzip(raw, "rb"), 1 << 17)
    if suffix == ".zst":
        return io.BufferedReader(_ZstdReader(raw), 1 << 17)
    return raw


def _gzip(raw: BinaryIO | io.BufferedIOBase, mode: str) -> Any:
    # No name and no time inside: the same content gives the same bytes.
    return igzip.IGzipFile("", mode, fileobj=raw, mtime=0)  # type: ignore[no-untyped-call]


class _ZstdReader(io.RawIOBase):
    """The content of Zstandard frames; a frame that is cut off raises EOFError.

    The stream reader of zstandard (0.25) takes a cut file for a whole one.
    """

    def __init__(self, packed: io.BufferedIOBase) -> None:
        # Archives packed with --long=31 need the widest window.
        self._decompressor = zstandard.ZstdDecompressor(max_window_size=1 << 31)
        self._frame: zstandard.ZstdDecompressionObj | None = None
        self._packed = packed
        self._rest = b""
        self._ready = memoryview(b"")

    def readable(self) -> bool:
        """Return True: it is a stream to read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer and return the number of bytes, 0 at the end."""
        while not self._ready:
            piece = self._rest or self._packed.read(1 << 16)
            if not piece and self._frame is None:
                return 0
            if not piece:
                raise EOFError
            frame = self._frame or self._decompressor.decompressobj()
            self._ready = memoryview(frame.decompress(piece))
            self._frame = None if frame.eof else frame
            self._rest = frame.unused_data if frame.eof else b""
        n_bytes = min(len(buffer), len(self._ready))
        buffer[:n_bytes] = self._ready[:n_bytes]
        self._ready = self._ready[n_bytes:]
        return n_bytes


@contextmanager
def whole_file(path: str) -> Iterator[BinaryIO]:
    """Open a file to write that stands under its name only once all of it is written.

    It is written beside its place under another name and moved there at the end, compressed as
    its suffix says; after an error or an interrupt nothing of it is left. So it may be the file
    that is being read. ``-`` is standard output; a device or a pipe is written directly.
    """
    if path == STANDARD:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    if Path(path).exists() and not Path(path).is_file():
        with Path(path).open("wb") as device, _packed(device, path) as stream:
            yield stream
        return
    target = Path(path).resolve()  # a link goes on pointing to the file that is replaced
    part = target.with_name(f".dedup-{secrets.token_hex(8)}.part")
    try:
        with _open_part(part, path) as raw, _packed(raw, path) as stream:
            yield stream
        if target.exists():
            shutil.copymode(target, part)
        part.replace(target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _open_part(part: Path, path: str) -> BinaryIO:
    try:
        return part.open("xb")
    except OSError as error:
        error.filename = path  # the name that the user knows
        raise


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
