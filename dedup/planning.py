"""What a pass over files will take, told from a sample of them."""

import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

from dedup.choices import Choices
from dedup.corpus import decide
from dedup.corpus_files import Reading
from dedup.errors import RecordError
from dedup.line_corpus import BATCH
from dedup.opening import open_corpus
from dedup.outputs import LineWriter
from dedup.records import Content, Source, find_texts_and_lines, read_content
from dedup.space import memory_needed, space_needed
from dedup.streams import STANDARD

SAMPLE, FILES = 16_000_000, 16
"""Bytes that are looked at, and of how many files, the beginning of each."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a pass over files will take, about.

    ``files``, ``on_disk`` : how many, and their bytes; ``unpacked`` : bytes that they hold;
    ``records``; ``bad``: the share of bad lines among those that were looked at; ``memory`` : bytes
    that the pass takes, of ``may_take``; ``spilled`` : bytes of a file in ``folder``, of ``free``;
    ``seconds`` with ``workers``
    """

    files: int
    on_disk: int
    unpacked: int
    records: int
    bad: float
    memory: int
    may_take: int
    spilled: int
    folder: str
    free: int
    seconds: float
    workers: int

    def to_dict(self) -> dict[str, Any]:
        """Return the fields by name."""
        return asdict(self)


def plan_files(paths: Sequence[str], reading: Reading) -> Plan:
    """Return what a pass over the files will take."""
    if STANDARD in paths:
        raise RecordError(STANDARD, None, "must be a file, whose size is known, got a pipe")
    sources = find_texts_and_lines(paths, "plan")
    on_disk = sum(Path(source.path).stat().st_size for source in sources)
    chosen = sources[:: -(-len(sources) // FILES)]
    with ExitStack() as stack:
        aside = stack.enter_context(Path(os.devnull).open("wb"))
        ratio = 1.0
        if sources[0].kind == "record":
            copy = stack.enter_context(tempfile.TemporaryFile(dir=reading.folder))
            ratio = _copy_sample(chosen, copy)
            chosen = [Source("sample.jsonl", "sample.jsonl", "record", held=copy)]
        own = stack.enter_context(reading.resources())
        # The first time much is loaded, and fetched from the system, that is there the second time.
        # A byte of the whole takes about as long as one of the sample then: in that fewer texts
        # have their copies beside them, and nothing is written, but it is too small for threads to
        # share well. Of the generated crawl, 0.9 times as long at a million, 1.2 at ten.
        for _ in range(2):
            corpus = open_corpus(chosen, reading.fields, LineWriter(aside))
            started = time.perf_counter()
            decide([corpus], Choices(), own)
            taken = time.perf_counter() - started
        size = corpus.total[0]
        unpacked = int(on_disk * ratio)
        share = unpacked / max(size, 1)
        n_records = round(share * corpus.read_documents)
        if corpus.kind == "text":
            n_records = len(sources)
        folder = reading.folder or tempfile.gettempdir()
        return Plan(
            files=len(sources),
            on_disk=on_disk,
            unpacked=unpacked,
            records=n_records,
            bad=corpus.skipped / max(corpus.skipped + corpus.read_documents, 1),
            memory=memory_needed(unpacked, n_records, own),
            may_take=own.memory,
            spilled=space_needed(unpacked, own),
            folder=folder,
            free=shutil.disk_usage(folder).free,
            seconds=share * taken,
            workers=own.workers,
        )


def _copy_sample(sources: Sequence[Source], copy: BinaryIO) -> float:
    """Copy the first lines of files; return how many bytes they hold for each byte on disk."""
    packed, unpacked = 0, 0
    for source in sources:
        for content in _beginning(source, SAMPLE // len(sources)):
            packed, unpacked = packed + content.size, unpacked + len(content.content)
            copy.write(content.content)
            if not content.content.endswith(b"\n"):
                copy.write(b"\n")
    copy.flush()
    return unpacked / max(packed, 1)


def _beginning(source: Source, n_bytes: int) -> Iterator[Content]:
    for content in read_content(source, min(n_bytes, BATCH)):
        yield content
        n_bytes -= len(content.content)
        if n_bytes <= 0:
            break
