"""What the commands that decide do with whole files: the texts that stay, or all of them marked."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np

from dedup.choices import Choices
from dedup.corpus import decide
from dedup.corpus_files import Reading
from dedup.file_corpus import FileCorpus
from dedup.guards import check_losses, largest_stories
from dedup.marking import mark
from dedup.model import Report, Story
from dedup.opening import aside_writer, open_corpus
from dedup.outputs import check_apart, check_places, destination, names_of
from dedup.records import Kind, Source, find_sources
from dedup.report_files import report_content
from dedup.resources import Resources
from dedup.space import check_space
from dedup.streams import STANDARD, WholeFiles, whole_files


@dataclass(frozen=True, slots=True)
class Outputs:
    """The files, or folders, for texts that stay and for those that go; the file for the report.

    None: nothing of that is written.
    """

    kept: str | None = STANDARD
    dropped: str | None = None
    report: str | None = None


NOTHING = Outputs(None)


@dataclass(frozen=True, slots=True)
class Filtered:
    """What was decided of some texts, and how many bad lines were set aside.

    ``largest`` are the three largest stories.
    """

    kind: Kind
    report: Report
    skipped: int
    largest: Sequence[Story]


def filter_files(
    choices: Choices,
    paths: Sequence[str],
    outputs: Outputs,
    reading: Reading,
    *,
    most: float | None,
) -> Filtered:
    """Write the texts that stay and those that go, each as it was, and what was decided.

    Lines stay in their order. ``most`` : the share of the texts that may go, see ``check_losses``;
    None: any. If more would go, and after any other error, no file is written.
    """
    with _opened(paths, outputs, reading) as (corpus, files, own):
        decided = decide([corpus], choices, own)
        if most is not None:
            check_losses(decided, most)
        report = decided.report
        gone = decided.keepers != np.arange(len(decided.keepers))
        del decided
        if outputs.kept is not None:
            own.progress.stage("writing", *corpus.total)
            # In the order in which files come to stand: no text is ever in neither of them.
            with (
                destination(files, corpus.sources, outputs.dropped, corpus.writer_to) as dropped,
                destination(files, corpus.sources, outputs.kept, corpus.writer_to) as kept,
            ):
                corpus.part(gone, kept, dropped, own.progress)
        _write_report(report, files, outputs.report)
    return _filtered(corpus, report)


def mark_files(
    choices: Choices,
    paths: Sequence[str],
    outputs: Outputs,
    reading: Reading,
    *,
    name: str,
) -> Filtered:
    """Write all texts as records with a field of this name, which says what became of each."""
    fields = reading.fields
    if name in (fields.text, fields.id, fields.published, fields.source):
        raise ValueError(f"field must be none of those that are read, got {name!r}")
    with _opened(paths, outputs, reading, marked=True) as (corpus, files, own):
        decided = decide([corpus], choices, own)
        report, marks = decided.report, mark(decided)
        own.progress.stage("writing", *corpus.total)
        with destination(files, corpus.sources, outputs.kept, corpus.writer_to) as marked:
            corpus.mark(marks, name, marked, own.progress)
        _write_report(report, files, outputs.report)
    return _filtered(corpus, report)


@contextmanager
def _opened(
    paths: Sequence[str], outputs: Outputs, reading: Reading, *, marked: bool = False
) -> Iterator[tuple[FileCorpus, WholeFiles, Resources]]:
    """Give the texts, the files that will stand together at the end, and what may be used."""
    sources = [_without_text(source) for source in find_sources(paths)]
    kept, dropped = (names_of(sources, name) for name in (outputs.kept, outputs.dropped))
    report = [] if outputs.report is None else [outputs.report]
    bad = [] if reading.skip_bad is None else [reading.skip_bad]
    check_apart(sources, kept, {"dropped texts": dropped, "reports": report, "bad lines": bad})
    named = [name for name in (outputs.kept, outputs.dropped) if name is not None]
    one_file = [name for name in named if name in {*kept, *dropped}]
    check_places([*one_file, *report, *bad])
    with (
        reading.held(sources) as copies,
        whole_files() as files,
        aside_writer(files, sources, outputs.kept, reading.skip_bad) as aside,
        reading.resources() as own,
    ):
        corpus = open_corpus(copies, reading.fields, aside)
        for name in named:
            corpus.check_output(name, one_file=name in one_file, marked=marked)
        check_space(corpus.unpacked, own)
        yield corpus, files, own


def _without_text(source: Source) -> Source:
    """Return standard input that holds nothing as one of no records, not as an empty text."""
    return (
        replace(source, kind="record") if (source.path, source.head) == (STANDARD, ()) else source
    )


def _write_report(report: Report, files: WholeFiles, name: str | None) -> None:
    if name is not None:
        with files.open(name) as stream:
            stream.write(report_content(report))


def _filtered(corpus: FileCorpus, report: Report) -> Filtered:
    return Filtered(corpus.kind, report, corpus.skipped, largest_stories(report))
