"""A crawl of any size: generated news in files of 100,000, with the truth beside each file.

The articles are those of ``planted``, which draws each thousand from a seed of its own: file k
holds the articles from k times 100,000 on, drawn by the same generator, so that every file has the
kinds and shares of copies, the lengths, the sources and the density in time (one article a minute)
of the first. Nothing is derived from another file, so nothing is shared between two files but what
all articles share: the vocabulary, 300 phrases of six words, and what closes the texts of a source.
Copies stand in the file of their original, within two thousand articles of it. A smaller size is
the beginning of a larger one, and the first 100,000 are those of ``benchmarks.quality``.

No faster generator was needed: two processes draw and write 19,000 articles a second beside other
work, ten million in nine minutes.
"""

import gzip
import json
import multiprocessing
import os
import shutil
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from hashlib import blake2b
from itertools import chain, islice
from pathlib import Path
from typing import Any, BinaryIO

from benchmarks.data import BATCH
from benchmarks.planted import Record, planted

PIECE = 100_000
GENERATOR = "generator.txt"
"""In the folder of a crawl: what made it."""
PROCESSES = 2
PACKED_LEVEL = 6
"""What gzip does unless told otherwise."""


def fingerprint() -> str:
    """Return what changes when the generator does."""
    digest = blake2b(digest_size=8)
    for name in ("data", "planted", "words"):
        digest.update(Path(__file__).with_name(f"{name}.py").read_bytes())
    return digest.hexdigest()


@dataclass(frozen=True)
class Crawl:
    """Articles in a folder, made where they are not there yet.

    ``piece`` : articles a file, whole thousands
    """

    folder: Path
    seed: int = 1
    piece: int = PIECE

    def __post_init__(self) -> None:
        """Make the folder; raise ValueError if another generator or seed filled it."""
        if self.piece % BATCH or self.piece < BATCH:
            raise ValueError(f"piece must be a multiple of {BATCH}, got {self.piece}")
        self.folder.mkdir(parents=True, exist_ok=True)
        name, made_by = self.folder / GENERATOR, f"{fingerprint()} {self.seed} {self.piece}\n"
        if not name.exists():
            name.write_text(made_by, encoding="utf-8")
        elif name.read_text(encoding="utf-8") != made_by:
            raise ValueError(f"{self.folder} holds the articles of another generator: remove it")

    def files(self, n: int) -> list[Path]:
        """Return files that hold the first ``n`` articles, one after the other."""
        self._make(-(-n // self.piece))
        whole, rest = divmod(n, self.piece)
        files = [self._path(number) for number in range(whole)]
        if rest:
            head = self._path(whole).with_suffix(f".first-{rest}.jsonl")
            if not head.exists():
                with _whole(head) as stream:
                    stream.writelines(islice(_lines(self._path(whole)), rest))
            files.append(head)
        return files

    def packed(self, n: int) -> list[Path]:
        """Return the files of the first ``n`` articles, packed."""
        files = self.files(n)
        missing = [path for path in files if not _packed_path(path).exists()]
        _each(pack, missing)
        return list(map(_packed_path, files))

    def beginning(self, n_bytes: int) -> Path:
        """Return a file of the first articles, of about so many bytes together."""
        path = self.folder / f"news-of-{n_bytes}-bytes.jsonl"
        if not path.exists():
            with _whole(path) as stream:
                for line in self._all_lines():
                    stream.write(line)
                    if stream.tell() >= n_bytes:
                        break
        return path

    def truths(self, n: int) -> dict[str, dict[str, Any]]:
        """Return what is true of each id of the first ``n`` articles."""
        self._make(-(-n // self.piece))
        paths = (_truth_path(self._path(number)) for number in range(-(-n // self.piece)))
        told = map(json.loads, islice(chain.from_iterable(map(_lines, paths)), n))
        return {truth.pop("id"): truth for truth in told}

    def records(self, ids: Collection[str]) -> Iterator[Record]:
        """Yield the articles of these ids, in their order, without their truth."""
        rows = {int(name[1:]) for name in ids}
        for row, line in zip(range(max(rows, default=-1) + 1), self._all_lines(), strict=False):
            if row in rows:
                yield json.loads(line)

    def _all_lines(self) -> Iterator[bytes]:
        number = 0
        while True:
            self._make(number + 1)
            yield from _lines(self._path(number))
            number += 1

    def _path(self, number: int) -> Path:
        return self.folder / f"news-{number:04}.jsonl"

    def _make(self, n_files: int) -> None:
        missing = [k for k in range(n_files) if not self._path(k).exists()]
        _each(partial(write_piece, self.folder, self.seed, self.piece), missing)


def write_piece(folder: Path, seed: int, size: int, number: int) -> None:
    """Write the articles of one file as a user would have them, and their truth."""
    path = folder / f"news-{number:04}.jsonl"
    encode = json.JSONEncoder(ensure_ascii=False).encode
    with _whole(path) as articles, _whole(_truth_path(path)) as truths:
        for record in planted(size, seed, first=number * size):
            truth = {"id": record["id"], **record.pop("truth")}
            articles.write(encode(record).encode() + b"\n")
            truths.write(encode(truth).encode() + b"\n")


def write_once(path: Path, records: Callable[[], Iterator[Record]]) -> Path:
    """Write generated records without their truth, unless they are there."""
    if not path.exists():
        encode = json.JSONEncoder(ensure_ascii=False).encode
        with _whole(path) as stream:
            for record in records():
                record.pop("truth", None)
                stream.write(encode(record).encode() + b"\n")
    return path


def pack(path: Path) -> None:
    """Write a file packed, beside it."""
    with (
        path.open("rb") as stream,
        _whole(_packed_path(path)) as packed,
        gzip.GzipFile("", "wb", PACKED_LEVEL, packed, 0) as target,
    ):
        shutil.copyfileobj(stream, target, 1 << 20)


def _each(call: Callable[[Any], object], given: Collection[Any]) -> None:
    """Call a function with each of these, in several processes."""
    if len(given) < PROCESSES:
        for value in given:
            call(value)
        return
    # Forking a process that has threads may hang; these start fresh.
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(PROCESSES, mp_context=fresh) as executor:
        list(executor.map(call, given))


def _packed_path(path: Path) -> Path:
    return path.with_name(f"{path.name}.gz")


def _truth_path(path: Path) -> Path:
    return path.with_suffix(".truth.jsonl")


def _lines(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        yield from stream


@contextmanager
def _whole(path: Path) -> Iterator[BinaryIO]:
    """Give a stream whose file stands in its place only when all is written."""
    beside = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with beside.open("wb", buffering=1 << 20) as stream:
            yield stream
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
