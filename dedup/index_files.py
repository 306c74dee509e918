"""What ``dedup index`` does with whole files: articles are added, or asked about, as they come."""

import errno
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO, NamedTuple

from dedup.batches import size_on_disk
from dedup.document_files import DocumentFormat, Fields, text_document
from dedup.errors import DedupError, DuplicateIdError, RecordError
from dedup.index.index import Index
from dedup.jsonline import BadFieldError, BadLineError, object_line
from dedup.model import Answer, Document
from dedup.opening import aside_writer
from dedup.outputs import Writer, check_apart, check_places
from dedup.passages import Recipe
from dedup.progress import NO_PROGRESS, PassProgress
from dedup.records import Kind, Lines, Source, find_texts_and_lines, read_content, record_error
from dedup.streams import STANDARD, whole_files
from dedup.text_corpus import TEXTS

BATCH = 5000
"""Articles that are added together: each time the disk is waited for, and while those of a block
are added the next ones are looked up."""

SIZE = 10_000_000
"""Bytes of lines that are read at once: some 4000 articles."""

Ask = Callable[[Sequence[Document]], list[Answer]]


@dataclass(frozen=True, slots=True)
class Reading:
    """How files are read and answered; ``skip_bad`` None makes a bad line an error."""

    output: str = STANDARD
    fields: Fields = field(default_factory=Fields)
    skip_bad: str | None = None
    progress: PassProgress = NO_PROGRESS


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of some articles.

    ``matched``, how many are related to another; ``going`` counts those that would go, by relation;
    ``articles``, how many the index holds now
    """

    kind: Kind
    read: int
    skipped: int
    matched: int
    going: Mapping[str, int]
    articles: int


class _Read(NamedTuple):
    """A record or a text: the document in it, or what is wrong; ``line`` as it stands."""

    document: Document | None
    error: RecordError | None
    path: str
    number: int | None = None
    line: bytes = b""


def open_index(path: str) -> Index:
    """Return the index in a file; raise FileNotFoundError if there is none."""
    if not Path(path).exists():
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
    return Index(path)


def add_files(
    path: str,
    paths: Sequence[str],
    reading: Reading,
    *,
    replace: bool = False,
    keys: Recipe | None = None,
    threshold: float | None = None,
) -> Answered:
    """Add what the paths hold to an index; write what is told of each article as a line of JSON.

    A line is written when its article is on the disk. A run that ends early has told of all
    articles that it added but those of the last batch.
    """
    sources = _sources(path, paths, reading, "index add")
    with Index(path, keys=keys, threshold=threshold) as index:

        def ask(documents: Sequence[Document]) -> list[Answer]:
            return index.extend(documents, replace=replace)

        return _answered(index, sources, reading, ask, "adding")


def query_files(path: str, paths: Sequence[str], reading: Reading) -> Answered:
    """Write what ``add_files`` does of articles that are not added."""
    sources = _sources(path, paths, reading, "index query")
    with open_index(path) as index:

        def ask(documents: Sequence[Document]) -> list[Answer]:
            return [index.query(document) for document in documents]

        return _answered(index, sources, reading, ask, "asking")


def remove_ids(path: str, names: Sequence[str]) -> tuple[int, int]:
    """Remove articles by their ids as they are written; return how many, and how many are left.

    ``7`` is the string where that is an id, else the number. Without one of them none is removed.
    """
    with open_index(path) as index:
        ids = {_id(index, path, name) for name in names}
        index.remove(*ids)
        return len(ids), len(index)


def _id(index: Index, path: str, name: str) -> str | int:
    if name in index:
        return name
    if name.removeprefix("-").isdecimal() and len(name) < 4000 and str(int(name)) == name:
        number = int(name)
        if number in index:
            return number
    raise DedupError(f"{path}: an id must be one of those in the index, got {name!r}")


def _sources(path: str, paths: Sequence[str], reading: Reading, command: str) -> list[Source]:
    sources = find_texts_and_lines(paths, command)
    outputs = {"answers": [reading.output]}
    if reading.skip_bad is not None:
        outputs["bad records"] = [reading.skip_bad]
    check_apart(sources, [path], outputs)
    check_places([name for names in outputs.values() for name in names])
    # As for a pass: where nothing came there are no records, rather than an empty text.
    return [
        replace(source, kind="record") if (source.path, source.head) == (STANDARD, ()) else source
        for source in sources
    ]


def _answered(
    index: Index, sources: Sequence[Source], reading: Reading, ask: Ask, name: str
) -> Answered:
    total = size_on_disk(sources)
    reading.progress.stage(name, total, "B" if total else "articles")
    ended: BaseException | None = None
    with ExitStack() as stack:
        files = stack.enter_context(whole_files())
        stream = stack.enter_context(files.open(reading.output))
        aside = stack.enter_context(aside_writer(files, sources, reading.output, reading.skip_bad))
        answers = _Answers(index, ask, reading.fields, stream, aside)
        try:
            for reads, size in _batches(sources, reading.fields):
                answers.write(reads)
                reading.progress.advance(size if total else len(reads))
        # What was added stays, so what was told of it must stay too.
        except (KeyboardInterrupt, SystemExit, DedupError) as error:
            ended = error
    if ended is not None:
        raise ended
    counts = answers.read, answers.skipped, answers.matched, answers.going
    return Answered(sources[0].kind, *counts, len(index))


class _Answers:
    """Writes what is told of articles, and counts them."""

    def __init__(
        self, index: Index, ask: Ask, fields: Fields, stream: BinaryIO, aside: Writer | None
    ) -> None:
        self.read = self.skipped = self.matched = 0
        self.going: Counter[str] = Counter()
        self._index = index
        self._ask = ask
        self._fields = fields
        self._stream = stream
        self._aside = aside

    def write(self, reads: Sequence[_Read]) -> None:
        """Answer some articles; set bad ones aside, or raise what is wrong with the first."""
        bad = [read for read in reads if read.error is not None]
        good = reads[: reads.index(bad[0])] if bad and self._aside is None else reads
        documents = [read.document for read in good if read.document is not None]
        try:
            answers = self._ask(documents)
        except DuplicateIdError:
            marked = self._marked(reads)
            if marked == reads:
                raise
            self.write(marked)
            return
        for document, answer in zip(documents, answers, strict=True):
            self._tell(document, answer)
        self._stream.flush()
        self._set_aside(bad)

    def _set_aside(self, bad: Sequence[_Read]) -> None:
        for read in bad:
            if self._aside is None and read.error is not None:
                raise read.error
            assert self._aside is not None
            self._aside.write(read.line if read.line.endswith(b"\n") else read.line + b"\n")
            self.skipped += 1

    def _tell(self, document: Document, answer: Answer) -> None:
        self._stream.write(object_line({"id": document.id, **answer.to_dict()}))
        self.read += 1
        self.matched += bool(answer)
        if answer.kept is not None:
            self.going[answer[0].relation] += 1

    def _marked(self, reads: Sequence[_Read]) -> list[_Read]:
        """Note what is wrong with articles whose id another text has, or had before them."""
        texts: dict[str | int, str] = {}
        marked = []
        for read in reads:
            if read.document is not None:
                own, text = read.document.id, read.document.text
                if own not in texts:
                    known = self._index.get(own)
                    texts[own] = text if known is None else known.text
                if texts[own] != text:
                    read = read._replace(document=None, error=self._known(read, own))
            marked.append(read)
        return marked

    def _known(self, read: _Read, own: str | int) -> RecordError:
        if read.number is None:
            problem = "a text must be as it is in the index, got another; use --replace"
            return RecordError(read.path, None, problem)
        must = "new to the index, or come with the same text"
        error = BadFieldError(self._fields.id, must, f"{own!r} with another")
        way_out = "--replace, --id FIELD or --skip-bad FILE"
        return RecordError(read.path, read.number, f"{error}; use {way_out}")


def _batches(sources: Sequence[Source], fields: Fields) -> Iterator[tuple[list[_Read], int]]:
    """Yield what is there to be answered together, and how many bytes on disk it is."""
    if sources[0].kind == "text":
        for first in range(0, len(sources), TEXTS):
            some = sources[first : first + TEXTS]
            yield list(map(_text, some)), size_on_disk(some)
        return
    read_line = _LineReader(fields)
    for source in sources:
        for content in read_content(source, SIZE, as_it_comes=True):
            lines, size = content.parted(), content.size
            rows = lines.full()
            for first in range(0, len(rows), BATCH):
                yield [read_line(lines, row) for row in rows[first : first + BATCH]], size
                size = 0


def _text(source: Source) -> _Read:
    try:
        return _Read(text_document(source), None, source.path)
    except RecordError as error:
        return _Read(None, error, source.path)


class _LineReader:
    """Reads a record in a line."""

    def __init__(self, fields: Fields) -> None:
        self._format = DocumentFormat(fields)
        parts = ("text", "id", "published", "source")
        self._options = {getattr(fields, part): f"--{part}" for part in parts}

    def __call__(self, lines: Lines, row: int) -> _Read:
        """Return what a row holds."""
        line = lines.lines[row]
        place = lines.path, lines.first + row, line
        try:
            return _Read(self._format.document(line), None, *place)
        except BadLineError as error:
            return _Read(None, record_error(lines, row, error, self._options), *place)
