"""What the commands that relate texts to each other do with whole files."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial

from dedup.batches import Progress, aside_path, size_on_disk
from dedup.document_files import DocumentReader, Fields
from dedup.errors import RecordError
from dedup.jsonline import object_line
from dedup.model import Pair, RepeatedParagraph
from dedup.records import Kind, find_sources
from dedup.streams import STANDARD, whole_file


@dataclass(frozen=True, slots=True)
class Reading:
    """How files are read: the fields of their records, and the file for bad lines.

    ``skip_bad`` None makes a bad line an error.
    """

    fields: Fields = field(default_factory=Fields)
    skip_bad: str | None = None
    progress: Progress = lambda size, total: None


@dataclass(frozen=True, slots=True)
class Found:
    """What was found among some texts.

    ``kind`` says whether they were whole files or records; ``others``, how many there were of the
    collection that they were compared with, None without one; ``skipped``, how many bad lines
    were set aside; ``relations`` counts pairs, not repeats.
    """

    kind: Kind
    read: int
    others: int | None
    skipped: int
    found: int
    relations: Mapping[str, int]


def write_pairs(
    find: Callable[..., Iterator[Pair]],
    paths: Sequence[str],
    output: str,
    reading: Reading,
    against: str | None = None,
) -> Found:
    """Write each pair that ``find`` finds among the documents as a line of JSON.

    ``against`` names a file or folder: its documents are what the others are compared with, and
    ``find`` is given them under this name.
    """
    if against == STANDARD and STANDARD in paths:
        raise RecordError(STANDARD, None, "standard input must be given once, got it twice")
    collections = [paths] if against is None else [paths, [against]]
    relations: Counter[str] = Counter()
    with _readers(collections, output, reading) as readers, whole_file(output) as stream:
        for pair in find(readers[0], against=readers[1] if against is not None else None):
            stream.write(object_line(pair.to_dict()))
            relations[pair.relation] += 1
    return _found(readers, relations.total(), relations)


def write_repeats(
    find: Callable[[DocumentReader], Iterator[RepeatedParagraph]],
    paths: Sequence[str],
    output: str,
    reading: Reading,
) -> Found:
    """Write each paragraph that ``find`` finds in several documents as a line of JSON."""
    n_found = 0
    with _readers([paths], output, reading) as readers, whole_file(output) as stream:
        for paragraph in find(readers[0]):
            stream.write(object_line(paragraph.to_dict()))
            n_found += 1
    return _found(readers, n_found, {})


@contextmanager
def _readers(
    collections: Sequence[Sequence[str]], output: str, reading: Reading
) -> Iterator[list[DocumentReader]]:
    """Give a reader of each collection; their bad lines stand in one file at the end."""
    files = [find_sources(paths) for paths in collections]
    sources = [source for some in files for source in some]
    progress = partial(_report, reading.progress, size_on_disk(sources))
    with whole_file(aside_path(sources, output, reading.skip_bad)) as stream:
        aside = None if reading.skip_bad is None else stream
        yield [DocumentReader(some, reading.fields, aside, progress) for some in files]


def _report(progress: Progress, total: int, size: int) -> None:
    progress(size, total)


def _found(readers: Sequence[DocumentReader], found: int, relations: Mapping[str, int]) -> Found:
    others = readers[1].read if len(readers) > 1 else None
    skipped = sum(reader.skipped for reader in readers)
    return Found(readers[0].kind, readers[0].read, others, skipped, found, relations)
