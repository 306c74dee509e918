"""The paragraphs of documents, as texts of a collection of their own."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.documents import Collection
from dedup.model import Document, Span
from dedup.text import blocks


class Paragraphs(NamedTuple):
    """Paragraphs as a collection, and of each the document: its place, its id, the span in it."""

    collection: Collection
    owners: NDArray[np.int64]
    ids: list[str | int]
    spans: list[Span]


def part(collection: Collection) -> Paragraphs:
    """Return the paragraphs of all documents, in their order."""
    found = [
        (at, Span(block.start, block.end))
        for at, text in enumerate(collection.texts)
        for block in blocks(text)
    ]
    owners = np.array([at for at, _ in found], np.int64)
    documents = [
        # The ids order paragraphs of equal length and date: by document, then by place.
        Document(
            f"{collection.documents[at].id}\0{span.start:012}",
            collection.texts[at][slice(*span)],
            source=collection.sources[at],
        )
        for at, span in found
    ]
    return Paragraphs(
        Collection(
            documents,
            [document.text for document in documents],
            [document.source for document in documents],
            collection.hours[owners],
        ),
        owners,
        [collection.documents[at].id for at, _ in found],
        [span for _, span in found],
    )
