"""Corpora of documents in files: what all of them share, and what those of records do."""

import io
from abc import ABC, abstractmethod
from array import array
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from itertools import islice
from operator import itemgetter
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from dedup.columns import Packed, pack, pack_ids
from dedup.document_files import Fields
from dedup.documents import Batch, hours_since_epoch
from dedup.errors import RecordError
from dedup.jsonline import BadFieldError
from dedup.kernels.dates import hours_since_1970
from dedup.model import Document, Mark
from dedup.outputs import Destination, Writer, line_writer
from dedup.progress import PassProgress
from dedup.records import Kind, Part, Source, record_error
from dedup.resources import ahead
from dedup.shingle import Encoded, encode
from dedup.streams import STANDARD

PACKED = 4
"""Bytes of text that a byte of a packed file is taken for, where it need not be read to know."""

IsWanted = Callable[[str | int], bool]


class FileCorpus(ABC):
    """Documents in files, read more than once and written again; no two have one id.

    ``read_documents`` and ``skipped`` say how many documents and bad records there were. A file
    that is not as it was when this was made is an error.
    """

    def __init__(self, sources: Sequence[Source], fields: Fields, aside: Writer | None) -> None:
        """Take files of one form; bad records go to ``aside``, without it the first is an error."""
        self.sources = sources
        self.fields = fields
        self.read_documents = 0
        self.skipped = 0
        self._aside = aside
        self._stamps = [_stamp(source) for source in sources]

    @property
    def kind(self) -> Kind:
        """What the files hold."""
        return self.sources[0].kind

    @property
    def total(self) -> tuple[int, str]:
        """How many bytes the files have on disk, and that they are bytes."""
        return sum(size for size, _ in self._stamps), "B"

    @property
    def unpacked(self) -> int:
        """About how many bytes the files hold; nobody has read them yet."""
        return sum(
            size * (PACKED if Path(source.path).suffix.lower() in (".gz", ".zst") else 1)
            for source, (size, _) in zip(self.sources, self._stamps, strict=True)
        )

    @staticmethod
    def writer_to(stream: BinaryIO) -> AbstractContextManager[Writer]:
        """Give what writes documents to a stream."""
        return line_writer(stream)

    @abstractmethod
    def check_output(self, output: str, *, one_file: bool, marked: bool) -> None:
        """Raise DedupError if what is read cannot go there: to one file, or a folder of files."""

    def _check(self, number: int, *, is_whole: bool = True) -> None:
        """Raise RecordError if a file, by its place among them, is not as it was."""
        if not is_whole or self._stamps[number] != _stamp(self.sources[number]):
            problem = "must not change while it is read, but it did"
            raise RecordError(self.sources[number].path, None, problem)

    # What a pass asks of a corpus, see ``documents.Corpus``.

    @abstractmethod
    def chunks(self) -> Iterator[Any]:
        """Yield all there is, for the first time."""

    @abstractmethod
    def size(self, chunk: Any) -> int:
        """Return how many bytes on disk a chunk has."""

    @abstractmethod
    def read(self, chunk: Any) -> Batch:
        """Return the documents of a chunk, less those known to be bad."""

    @abstractmethod
    def accept(self, chunk: Any, batch: Batch, repeated: Sequence[tuple[int, int]]) -> None:
        """Set bad records aside, or raise what is wrong with the first."""

    @abstractmethod
    def again(self) -> Iterator[tuple[Any, int]]:
        """Yield all there is once more, and how many documents stand in each chunk."""

    @abstractmethod
    def pick(self, chunk: Any, rows: Sequence[int]) -> Encoded:
        """Return the texts of some documents of a chunk."""

    # What commands ask besides.

    @abstractmethod
    def find(self, is_wanted: IsWanted) -> Iterator[Document]:
        """Yield the documents whose ids are wanted; a record without an id is none of them."""

    @abstractmethod
    def part(
        self,
        gone: NDArray[np.bool_],
        kept: Destination,
        dropped: Destination,
        progress: PassProgress,
    ) -> None:
        """Write each document, as it stands in its file, to one of two places."""

    @abstractmethod
    def mark(
        self, marks: Iterator[Mark], name: str, output: Destination, progress: PassProgress
    ) -> None:
        """Write all documents as records with a mark in the field of this name."""


class Again(Protocol):
    """Some records of a file, read once more to be written; rows are those of a piece."""

    @property
    def size(self) -> int:
        """How many bytes of the file on disk that is."""

    def only(self, rows: Sequence[int]) -> Any:
        """Return some rows, in their order, as they are written."""

    def without(self, rows: Sequence[int]) -> Any:
        """Return all else, as it is written."""


class Piece(NamedTuple):
    """A part of a file, by the place of that among the files.

    ``part`` : a ``Part``, and where it is read once more an ``Again``; ``rows`` : which of its
    rows hold documents then, and ``bad`` : which hold bad records
    """

    number: int
    part: Any
    rows: Sequence[int] = ()
    bad: Sequence[int] = ()


class Marker(Protocol):
    """Writes the marks of one file: ``head`` is what stands before its records then."""

    head: Any

    def marked(self, piece: Piece, marks: Sequence[Mark]) -> Any:
        """Return all rows but the bad ones, each document with its mark."""


class _Place(NamedTuple):
    """Where the documents from one on stand: their file, and the number of each in it."""

    first: int
    number: int
    numbers: Sequence[int]


class RecordCorpus(FileCorpus):
    """Documents in files of records.

    Bad records, and those whose id another has, go to ``aside``. ``heads`` are what stands before
    the records of each file.
    """

    def __init__(self, sources: Sequence[Source], fields: Fields, aside: Writer | None) -> None:
        super().__init__(sources, fields, aside)
        parts = ("text", "id", "published", "source", "title")
        names = {part: getattr(fields, part) for part in parts}
        self.options = {name: f"--{part}" for part, name in names.items() if name is not None}
        self.heads = [self._head(source) for source in sources]
        self._ends = [0] * len(sources)
        self._bad: defaultdict[int, set[int]] = defaultdict(set)
        self._places: list[_Place] = []
        if aside is not None:
            for head in self.heads:
                aside.begin(head)

    # What a form of records has of its own.

    def _head(self, source: Source) -> Any:
        """Return what stands before the records of a file; None is like any other."""

    @abstractmethod
    def _parts(self, number: int, *, columns: Sequence[str] | None) -> Iterator[Any]:
        """Yield the parts of a file, by its place; of no other fields, where that is cheaper."""

    @abstractmethod
    def _batch(self, number: int, part: Any, known_bad: set[int]) -> Batch:
        """Return the documents of a part, less those whose numbers are known to be bad."""

    @abstractmethod
    def _texts(self, number: int, part: Any, rows: Sequence[int]) -> Encoded:
        """Return the texts of rows that hold documents."""

    @abstractmethod
    def _found(self, number: int, part: Any, is_wanted: IsWanted) -> Iterator[Document]:
        """Yield the documents of a part whose ids are wanted."""

    @abstractmethod
    def _marker(self, number: int, name: str) -> Marker:
        """Return what writes the marks of a file."""

    # What is common to all.

    def chunks(self) -> Iterator[Piece]:
        """Yield all records."""
        fields = self.fields
        columns = [fields.text, fields.id, fields.published, fields.source]
        for number in range(len(self.sources)):
            # What is set aside goes there whole.
            for part in self._parts(number, columns=None if self._aside else columns):
                self._ends[number] = part.end
                yield Piece(number, part)

    def size(self, chunk: Piece) -> int:
        """Return how many bytes on disk a part of a file has."""
        return int(chunk.part.size)

    def read(self, chunk: Piece) -> Batch:
        """Return the documents of a part; blank rows and known bad ones hold none."""
        return self._batch(chunk.number, chunk.part, self._bad.get(chunk.number, set()))

    def accept(self, chunk: Piece, batch: Batch, repeated: Sequence[tuple[int, int]]) -> None:
        """Set bad records aside, or raise what is wrong with the first."""
        part: Part = chunk.part
        rows: Sequence[int] = range(batch.n_documents)
        if batch.n_documents < len(part):
            not_read = {row for row, _ in batch.bad}
            rows = array("I", (row for row in part.full() if row not in not_read))
        self._places.append(_Place(self._n_seen, chunk.number, part.numbers(rows)))
        bad = [*batch.bad]
        bad += [(rows[row], self._repeated(part, rows[row], at)) for row, at in repeated]
        bad.sort(key=itemgetter(0))
        if bad and self._aside is None:
            raise bad[0][1]
        bad_rows = [row for row, _ in bad]
        if bad_rows and self._aside is not None:
            self._aside.write(part.ended(bad_rows))
            self.skipped += len(bad_rows)
            self._bad[chunk.number].update(part.numbers(bad_rows))
        self._note(chunk, batch, rows, bad_rows)
        self.read_documents += batch.n_documents - len(repeated)

    def _note(self, chunk: Piece, batch: Batch, rows: Sequence[int], bad: Sequence[int]) -> None:
        """Note what makes it faster to read a part again; of ``rows`` some may be in ``bad``."""

    @property
    def _n_seen(self) -> int:
        last = self._places[-1] if self._places else _Place(0, 0, ())
        return last.first + len(last.numbers)

    def _repeated(self, part: Part, row: int, at: int) -> RecordError:
        place = self._places[bisect_right(self._places, at, key=itemgetter(0)) - 1]
        line = place.numbers[at - place.first]
        got = f"that of {self.sources[place.number].path}:{line} again"
        error = BadFieldError(self.fields.id, "different in each record", got)
        return record_error(part, row, error, self.options)

    def again(self) -> Iterator[tuple[Piece, int]]:
        """Yield all records once more."""
        for number in range(len(self.sources)):
            for piece in self.pieces(number, columns=[self.fields.text]):
                yield piece, len(piece.rows)

    def pieces(self, number: int, *, columns: Sequence[str] | None = None) -> Iterator[Piece]:
        """Yield the parts of a file once more, by its place among the files."""
        bad, end = self._bad.get(number, set()), 0
        self._check(number)
        for part in self._parts(number, columns=columns):
            rows, bad_rows, end = part.full(), [], part.end
            if bad:
                numbers = dict(zip(rows, part.numbers(rows), strict=True))
                bad_rows = [row for row in rows if numbers[row] in bad]
                rows = [row for row in rows if numbers[row] not in bad]
            yield Piece(number, part, rows, bad_rows)
        self._check(number, is_whole=end == self._ends[number])

    def pick(self, chunk: Piece, rows: Sequence[int]) -> Encoded:
        """Return the texts of some documents."""
        return self._texts(chunk.number, chunk.part, [chunk.rows[row] for row in rows])

    def copy_beginning(self, number: int, n_bytes: int, copy: BinaryIO) -> int:
        """Write the first records of a file, by its place, as one of the same form.

        About so many bytes of them. Returns how many bytes of the file on disk they took.
        """
        size = 0
        with self.writer_to(copy) as writer:
            writer.begin(self.heads[number])
            for part in self._parts(number, columns=None):
                writer.write(part.ended(part.full()))
                size += part.size
                if copy.tell() >= n_bytes:
                    break
        return size

    def find(self, is_wanted: IsWanted) -> Iterator[Document]:
        """Yield the documents whose ids are wanted; a record without an id is none of them."""
        for number in range(len(self.sources)):
            for part in self._parts(number, columns=list(self.options)):
                yield from self._found(number, part, is_wanted)

    def check_output(self, output: str, *, one_file: bool, marked: bool) -> None:
        """Raise DedupError if the records of all files cannot go to one file."""
        if one_file:
            with self.writer_to(io.BytesIO()) as writer:
                for head in self.heads:
                    writer.begin(head)

    def part(
        self,
        gone: NDArray[np.bool_],
        kept: Destination,
        dropped: Destination,
        progress: PassProgress,
    ) -> None:
        """Write each record, as it stands in its file, to one of two places; blanks are kept."""
        at = 0
        for number, source in enumerate(self.sources):
            with dropped.of(source) as drop, kept.of(source) as keep:
                for writer in (drop, keep):
                    writer.begin(self.heads[number])
                for stays, goes, n_documents, size in ahead(self._parted(number, gone[at:])):
                    at += n_documents
                    drop.write(goes)
                    keep.write(stays)
                    progress.advance(size)

    def _parted(self, number: int, gone: NDArray[np.bool_]) -> Iterator[tuple[Any, Any, int, int]]:
        """Yield what stays of a file and what goes; of how many documents, and bytes on disk."""
        at = 0
        for piece in self.pieces(number):
            rows = piece.rows
            going = [rows[k] for k in np.flatnonzero(gone[at : at + len(rows)]).tolist()]
            at += len(rows)
            stays = piece.part.without([*piece.bad, *going])
            yield stays, piece.part.only(going), len(rows), piece.part.size

    def mark(
        self, marks: Iterator[Mark], name: str, output: Destination, progress: PassProgress
    ) -> None:
        """Write all records with a mark in the field of this name."""
        for number, source in enumerate(self.sources):
            marker = self._marker(number, name)
            with output.of(source) as writer:
                writer.begin(marker.head)
                for piece in self.pieces(number):
                    writer.write(marker.marked(piece, list(islice(marks, len(piece.rows)))))
                    progress.advance(piece.part.size)


def _stamp(source: Source) -> tuple[int, int]:
    """Return the size of a file, and what changes when somebody writes to it."""
    if source.held is not None:
        return source.held.seek(0, 2), 0
    if source.path == STANDARD:
        return 0, 0
    status = Path(source.path).stat()
    return status.st_size, status.st_mtime_ns


def as_batch(documents: Sequence[Document]) -> Batch:
    """Return documents as columns; their dates are ISO 8601."""
    published = pack([str(document.published or "") for document in documents])
    return Batch(
        encode([document.text for document in documents]),
        pack_ids([document.id for document in documents]),
        pack([document.source for document in documents]),
        published,
        hours_of(published),
    )


def hours_of(published: Packed) -> NDArray[np.float64]:
    """Return hours since 1970, float64[n], NaN for ""; raise ValueError for what is no date."""
    bounds = np.concatenate((np.zeros(1, np.int64), np.cumsum(published.sizes)))
    hours: NDArray[np.float64]
    hours = hours_since_1970(np.frombuffer(published.data, np.uint8), bounds)
    for row in np.flatnonzero(np.isnan(hours) & (published.sizes > 0)).tolist():
        odd = published.data[bounds[row] : bounds[row + 1]]
        hours[row] = hours_since_epoch(odd.decode("utf-8", "surrogatepass"))
    return hours
