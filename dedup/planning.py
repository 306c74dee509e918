"""What a pass over files will take, told from a sample of them."""

import shutil
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

from dedup.choices import Choices
from dedup.corpus import decide
from dedup.corpus_files import Reading
from dedup.errors import RecordError
from dedup.file_corpus import RecordCorpus
from dedup.opening import open_corpus
from dedup.outputs import Nowhere
from dedup.records import Source, find_sources
from dedup.space import memory_needed, space_needed
from dedup.streams import STANDARD

SAMPLE, FILES, TEXTS = 16_000_000, 4, 1000
"""Bytes of records that are looked at, and of how many files, the beginning of each; how many texts
of a folder."""


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
    sources = find_sources(paths)
    on_disk = sum(Path(source.path).stat().st_size for source in sources)
    is_record = sources[0].kind == "record"
    chosen = sources[:: -(-len(sources) // (FILES if is_record else TEXTS))]
    size = sum(Path(source.path).stat().st_size for source in chosen)
    with ExitStack() as stack:
        if is_record:
            copies = [
                stack.enter_context(tempfile.TemporaryFile(dir=reading.folder)) for _ in chosen
            ]
            chosen, size = _sample(chosen, reading, copies)
        own = stack.enter_context(reading.resources())
        # The first time much is loaded, and fetched from the system, that is there the second time.
        # A byte of the whole takes about as long as one of the sample then: in that fewer texts
        # have their copies beside them, and nothing is written, but it is too small for threads to
        # share well. Of the generated crawl, 0.9 times as long at a million, 1.2 at ten.
        for _ in range(2):
            corpus = open_corpus(chosen, reading.fields, Nowhere())
            started = time.perf_counter()
            decide([corpus], Choices(), own)
            taken = time.perf_counter() - started
        share = on_disk / max(size, 1)
        unpacked = int(share * corpus.unpacked)
        n_records = round(share * corpus.read_documents) if is_record else len(sources)
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


def _sample(
    sources: Sequence[Source], reading: Reading, copies: Sequence[BinaryIO]
) -> tuple[list[Source], int]:
    """Return the first records of files as files of the same form, and their bytes on disk."""
    corpus = open_corpus(sources, reading.fields)
    assert isinstance(corpus, RecordCorpus)  # they are records
    size, sample = 0, []
    for number, (source, copy) in enumerate(zip(sources, copies, strict=True)):
        size += corpus.copy_beginning(number, SAMPLE // len(sources), copy)
        copy.flush()
        is_packed = Path(source.path).suffix.lower() in (".gz", ".zst")
        path = str(Path(source.path).with_suffix("")) if is_packed else source.path
        sample.append(replace(source, path=path, held=copy))
    return sample, size
