"""A corpus of whole texts in files, each named by its path."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.document_files import text_document
from dedup.documents import Batch
from dedup.errors import DedupError, RecordError
from dedup.file_corpus import FileCorpus, IsWanted, as_batch
from dedup.jsonline import object_line
from dedup.model import Document, Mark
from dedup.outputs import Destination
from dedup.progress import PassProgress
from dedup.record_fields import AddedField
from dedup.records import Source, form_of, read_text, shown
from dedup.shingle import Encoded, encode
from dedup.streams import STANDARD

TEXTS = 200
"""Texts of a folder that are read together."""


class Texts(NamedTuple):
    """Some texts, from one on among the files."""

    first: int
    sources: Sequence[Source]


class TextCorpus(FileCorpus):
    """Texts in files; a file that is given twice is an error."""

    def chunks(self) -> Iterator[Texts]:
        """Yield all texts."""
        for first in range(0, len(self.sources), TEXTS):
            yield Texts(first, self.sources[first : first + TEXTS])

    def size(self, chunk: Texts) -> int:
        """Return how many bytes on disk some texts have."""
        return sum(self._stamps[chunk.first + k][0] for k in range(len(chunk.sources)))

    def read(self, chunk: Texts) -> Batch:
        """Return texts as documents."""
        return as_batch([text_document(source) for source in chunk.sources])

    def accept(self, chunk: Texts, batch: Batch, repeated: Sequence[tuple[int, int]]) -> None:
        """Raise RecordError for a text that was there before."""
        for row, _ in repeated:
            path = chunk.sources[row].path
            raise RecordError(path, None, "a text must be given once, got it twice")
        self.read_documents += batch.n_documents

    def again(self) -> Iterator[tuple[Texts, int]]:
        """Yield all texts once more."""
        for chunk in self.chunks():
            yield chunk, len(chunk.sources)

    def pick(self, chunk: Texts, rows: Sequence[int]) -> Encoded:
        """Return some texts."""
        texts = [text_document(chunk.sources[row]).text for row in rows]
        for row in rows:
            self._check(chunk.first + row)
        return encode(texts)

    def find(self, is_wanted: IsWanted) -> Iterator[Document]:
        """Yield the texts whose paths are wanted."""
        for source in self.sources:
            if is_wanted(shown(source.path)):
                yield text_document(source)

    def check_output(self, output: str, *, one_file: bool, marked: bool) -> None:
        """Raise DedupError if marked texts would not go to a file of records."""
        if marked and output != STANDARD and form_of(output) != "lines":
            raise DedupError(f"{output}: marked texts need a .jsonl file to go to")

    def part(
        self,
        gone: NDArray[np.bool_],
        kept: Destination,
        dropped: Destination,
        progress: PassProgress,
    ) -> None:
        """Write each text to one of two places: to a folder as it is, to a file as a record."""
        for number, source in enumerate(self.sources):
            target, other = (dropped, kept) if gone[number] else (kept, dropped)
            # That of an earlier run, or what is read: the folder would seem to hold it still.
            if source.path in other.own and Path(other.own[source.path]).exists():
                problem = "is one of the texts that do not go there, but stands there already"
                raise DedupError(f"{other.own[source.path]}: {problem}; give an empty folder")
            text = self.text(number)
            with target.of(source) as writer:
                writer.write(text.encode() if target.own else self._record(source, text))
            progress.advance(self._stamps[number][0])

    def mark(
        self, marks: Iterator[Mark], name: str, output: Destination, progress: PassProgress
    ) -> None:
        """Write all texts as records of their path, their text and their mark."""
        field = AddedField(name)
        for number, source in enumerate(self.sources):
            with output.of(source) as writer:
                record = self._record(source, self.text(number))
                writer.write(field.written(record, next(marks)))
            progress.advance(self._stamps[number][0])

    def text(self, number: int) -> str:
        """Return the text in a file, by its place among the files."""
        self._check(number)
        text = read_text(self.sources[number])
        self._check(number)
        return text

    def _record(self, source: Source, text: str) -> bytes:
        # The end of the last line belongs to the file, not to its text.
        names = (self.fields.id, self.fields.text)
        values = (shown(source.path), text.removesuffix("\n"))
        return object_line(dict(zip(names, values, strict=True)))
