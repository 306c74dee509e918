"""What the commands that decide do with whole files: the texts that stay, or all of them marked."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from itertools import compress
from pathlib import Path

from dedup.batches import Progress, aside_path, size_on_disk
from dedup.corpus import Decided
from dedup.corpus_files import Reading
from dedup.errors import DedupError
from dedup.guards import check_losses, largest_stories
from dedup.jsonline import BadLineError, object_line
from dedup.marking import mark
from dedup.model import Document, Mark, Report, Story
from dedup.outputs import Destination, check_apart, check_places, destination, names_of
from dedup.record_fields import AddedField
from dedup.records import Kind, Lines, Source, find_sources, kind_of, record_error, shown
from dedup.report_files import report_content
from dedup.rereading import TwiceRead, held
from dedup.streams import STANDARD, WholeFiles, whole_files

Decide = Callable[[Iterable[Document]], Decided]


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
    decide: Decide,
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
    with _opened(paths, outputs, reading) as (texts, files):
        decided = decide(texts.documents)
        if most is not None:
            check_losses(decided, most)
        report = decided.report
        gone = _gone(decided)
        del decided  # and the texts with it
        if outputs.kept is not None:
            # In the order in which files come to stand: no text is ever in neither of them.
            with (
                destination(files, texts.sources, outputs.dropped) as dropped,
                destination(files, texts.sources, outputs.kept) as kept,
            ):
                if texts.documents.kind == "record":
                    _part_records(texts, gone, kept, dropped)
                else:
                    _part_texts(texts, gone, kept, dropped, reading)
        _write_report(report, files, outputs.report)
    return _filtered(texts, report)


def mark_files(
    decide: Decide,
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
    with _opened(paths, outputs, reading) as (texts, files):
        kind = texts.documents.kind
        if kind == "text" and outputs.kept != STANDARD and kind_of(str(outputs.kept)) != "record":
            raise DedupError(f"{outputs.kept}: marked texts need a .jsonl file to go to")
        decided = decide(texts.documents)
        report, marks = decided.report, iter(mark(decided))
        del decided
        field = AddedField(name)
        with destination(files, texts.sources, outputs.kept) as marked:
            for number, source in enumerate(texts.sources):
                with marked.of(source) as write:
                    if kind == "record":
                        for chunk, rows in texts.lines(number):
                            write(_marked(chunk, rows, field, marks))
                    else:
                        line = _as_record(source, texts.text(number), reading)
                        write(field.written(line, next(marks)))
        _write_report(report, files, outputs.report)
    return _filtered(texts, report)


@contextmanager
def _opened(
    paths: Sequence[str], outputs: Outputs, reading: Reading
) -> Iterator[tuple[TwiceRead, WholeFiles]]:
    """Give the texts and the files that will stand together at the end."""
    sources = [_without_text(source) for source in find_sources(paths)]
    kept, dropped = (names_of(sources, name) for name in (outputs.kept, outputs.dropped))
    report = [] if outputs.report is None else [outputs.report]
    bad = [] if reading.skip_bad is None else [reading.skip_bad]
    check_apart(sources, kept, {"dropped texts": dropped, "reports": report, "bad lines": bad})
    in_no_folder = {outputs.kept, outputs.dropped} & {*kept, *dropped}
    check_places([*filter(None, in_no_folder), *report, *bad])
    aside_name = aside_path(sources, outputs.kept, reading.skip_bad)
    total = size_on_disk(sources) * (1 if outputs.kept is None else 2)
    progress = partial(_report, reading.progress, total)
    with (
        held(sources if outputs.kept is not None else []) as copies,
        whole_files() as files,
        files.open(aside_name) as aside,
    ):
        yield TwiceRead(copies or sources, reading.fields, aside if bad else None, progress), files


def _without_text(source: Source) -> Source:
    """Return standard input that holds nothing as one of no records, not as an empty text."""
    return (
        replace(source, kind="record") if (source.path, source.head) == (STANDARD, ()) else source
    )


def _report(progress: Progress, total: int, size: int) -> None:
    progress(size, total)


def _gone(decided: Decided) -> list[bool]:
    ids = {decision.id for decision in decided.report.dropped}
    return [document.id in ids for document in decided.collection.documents]


def _part_records(
    texts: TwiceRead, gone: Sequence[bool], kept: Destination, dropped: Destination
) -> None:
    at = 0
    for number, source in enumerate(texts.sources):
        with dropped.of(source) as drop, kept.of(source) as keep:
            for chunk, rows in texts.lines(number):
                going = list(compress(rows, gone[at : at + len(rows)]))
                at += len(rows)
                drop(b"".join(chunk.lines[row] for row in going))
                for row in going:
                    chunk.lines[row] = b""
                keep(b"".join(chunk.lines))


def _part_texts(
    texts: TwiceRead,
    gone: Sequence[bool],
    kept: Destination,
    dropped: Destination,
    reading: Reading,
) -> None:
    for number, source in enumerate(texts.sources):
        target, other = (dropped, kept) if gone[number] else (kept, dropped)
        # That of an earlier run, or what is read: the folder would seem to hold it still.
        if source.path in other.own and Path(other.own[source.path]).exists():
            problem = "is one of the texts that do not go there, but stands there already"
            raise DedupError(f"{other.own[source.path]}: {problem}; give an empty folder")
        text = texts.text(number)
        with target.of(source) as write:
            write(text.encode() if target.own else _as_record(source, text, reading))


def _as_record(source: Source, text: str, reading: Reading) -> bytes:
    # The end of the last line belongs to the file, not to its text.
    names = (reading.fields.id, reading.fields.text)
    return object_line(dict(zip(names, (shown(source.path), text.removesuffix("\n")), strict=True)))


def _marked(chunk: Lines, rows: Sequence[int], field: AddedField, marks: Iterator[Mark]) -> bytes:
    for row, mark_of_row in zip(rows, marks, strict=False):
        try:
            chunk.lines[row] = field.written(chunk.lines[row], mark_of_row)
        except BadLineError as error:  # nested as deeply as msgspec, but not json, can read
            raise record_error(chunk, row, error, {}) from error
    return b"".join(chunk.lines)


def _write_report(report: Report, files: WholeFiles, name: str | None) -> None:
    if name is not None:
        with files.open(name) as stream:
            stream.write(report_content(report))


def _filtered(texts: TwiceRead, report: Report) -> Filtered:
    reader = texts.documents
    return Filtered(reader.kind, report, reader.skipped, largest_stories(report))
