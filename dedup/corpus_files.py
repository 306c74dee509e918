"""What the commands that relate texts to each other do with whole files."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field

from dedup import defaults
from dedup.choices import PairChoices, check
from dedup.corpus import find_pairs, find_repeats
from dedup.document_files import Fields
from dedup.errors import RecordError
from dedup.file_corpus import FileCorpus
from dedup.jsonline import object_line
from dedup.opening import aside_writer, open_corpus
from dedup.outputs import check_places
from dedup.passages import Recipe
from dedup.progress import NO_PROGRESS, PassProgress
from dedup.records import Kind, Source, find_sources
from dedup.rereading import held
from dedup.resources import Resources, resources
from dedup.space import check_space
from dedup.streams import STANDARD, whole_file, whole_files


@dataclass(frozen=True, slots=True)
class Reading:
    """How files are read: the fields of their records, the file for bad lines, what may be used.

    ``skip_bad`` None makes a bad line an error; ``memory`` None takes a share of what is free;
    ``folder`` None takes the system's for what does not fit in memory.
    """

    fields: Fields = field(default_factory=Fields)
    skip_bad: str | None = None
    workers: int = defaults.WORKERS
    memory: int | None = None
    folder: str | None = None
    progress: PassProgress = NO_PROGRESS

    def resources(self) -> AbstractContextManager[Resources]:
        """Return what a pass may use."""
        return resources(self.workers, self.memory, self.folder, self.progress)

    def held(self, sources: Sequence[Source]) -> AbstractContextManager[list[Source]]:
        """Return files that can be read twice."""
        return held(sources, self.folder, self.progress)


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
    asked: PairChoices,
    paths: Sequence[str],
    output: str,
    reading: Reading,
    against: str | None = None,
) -> Found:
    """Write each pair that is found among the documents as a line of JSON.

    ``against`` names a file or folder: its documents are what the others are compared with.
    """
    if against == STANDARD and STANDARD in paths:
        raise RecordError(STANDARD, None, "standard input must be given once, got it twice")
    collections = [paths] if against is None else [paths, [against]]
    relations: Counter[str] = Counter()
    with _corpora(collections, output, reading) as (corpora, own):
        found = find_pairs(corpora, asked, own)
        with whole_file(output) as stream:
            for pair in found:
                stream.write(object_line(pair.to_dict()))
                relations[pair.relation] += 1
        return _found(corpora, relations.total(), relations)


def write_repeats(
    threshold: float,
    keys: Recipe | None,
    paths: Sequence[str],
    output: str,
    reading: Reading,
) -> Found:
    """Write each paragraph that stands in several documents as a line of JSON."""
    check(threshold)
    n_found = 0
    with _corpora([paths], output, reading) as (corpora, own):
        found = find_repeats(corpora[0], threshold, keys, own)
        with whole_file(output) as stream:
            for paragraph in found:
                stream.write(object_line(paragraph.to_dict()))
                n_found += 1
        return _found(corpora, n_found, {})


@contextmanager
def _corpora(
    collections: Sequence[Sequence[str]], output: str, reading: Reading
) -> Iterator[tuple[list[FileCorpus], Resources]]:
    """Give the documents of each collection, and what may be used.

    Their bad lines stand in one file at the end.
    """
    found = [find_sources(paths) for paths in collections]
    sources = [source for some in found for source in some]
    check_places([output, *([] if reading.skip_bad is None else [reading.skip_bad])])
    with ExitStack() as stack:
        copies = [stack.enter_context(reading.held(some)) for some in found]
        files = stack.enter_context(whole_files())
        aside = stack.enter_context(aside_writer(files, sources, output, reading.skip_bad))
        own = stack.enter_context(reading.resources())
        corpora = [open_corpus(some, reading.fields, aside) for some in copies]
        check_space(sum(corpus.unpacked for corpus in corpora), own)
        yield corpora, own


def _found(corpora: Sequence[FileCorpus], found: int, relations: Mapping[str, int]) -> Found:
    return Found(
        corpora[0].kind,
        corpora[0].read_documents,
        corpora[1].read_documents if len(corpora) > 1 else None,
        sum(corpus.skipped for corpus in corpora),
        found,
        relations,
    )
