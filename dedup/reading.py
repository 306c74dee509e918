"""The two readings of a pass: of all texts at a glance, and of some of them again."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import pairwise
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from dedup.columns import Ids, Packed, PackedIds, Strings
from dedup.documents import Batch, Collection, Corpus
from dedup.kernels.seen import insert, regrow
from dedup.kernels.sort import N_BUCKETS, deal_keys
from dedup.passages import Recipe
from dedup.resources import Resources
from dedup.shingle import Encoded, encode
from dedup.sketches import Sketch, Sketches, sketch
from dedup.spill import Spill
from dedup.text import blocks

_Made = TypeVar("_Made")

KEYS_SHARE = 0.3
"""Of the memory for keys, before they are grouped."""


class Texts(NamedTuple):
    """The texts of a batch that are compared: documents, or paragraphs with their owners."""

    batch: Batch
    texts: Encoded
    owners: NDArray[np.int64] | None
    spans: NDArray[np.int64] | None


class _Read(NamedTuple):
    """What is made of a batch in a thread; keys as ``deal_keys`` returns them.

    ``hashes`` : int64[n], of the ids; ``names`` : the sources, and ``labels`` : int32[n], which of
    them each document has, -1 where it is unknown
    """

    texts: Texts
    sketch: Sketch
    dealt: tuple[NDArray[np.uint64], NDArray[np.int32], NDArray[np.int64]]
    hashes: NDArray[np.int64]
    names: list[str]
    labels: NDArray[np.int32]


def read_all(
    corpora: Sequence[Corpus], recipe: Recipe, resources: Resources, *, by_paragraph: bool
) -> tuple[Collection, Sketches]:
    """Read all documents of some corpora for the first time."""
    notes = _Notes(resources.spill(N_BUCKETS, np.uint64, np.int32, share=KEYS_SHARE))
    read = partial(_read, recipe=recipe, by_paragraph=by_paragraph)
    totals = [corpus.total for corpus in corpora]
    total = sum(amount for amount, _ in totals) if all(amount for amount, _ in totals) else 0
    resources.progress.stage("reading", total, totals[0][1])
    for side, corpus in enumerate(corpora):
        seen = _Seen()
        for chunk, made in resources.in_order(partial(read, corpus), corpus.chunks()):
            repeated = seen.find(made.hashes)
            corpus.accept(chunk, made.texts.batch, repeated)
            # What is accepted though ids are repeated has fewer documents.
            notes.add(read(corpus, chunk) if repeated else made, side)
            resources.progress.advance(corpus.size(chunk))
    return notes.collection(), notes.sketches()


def _read(corpus: Corpus, chunk: Any, *, recipe: Recipe, by_paragraph: bool) -> _Read:
    batch = corpus.read(chunk)
    texts = _paragraphs(batch) if by_paragraph else Texts(batch, batch.texts, None, None)
    made = sketch(texts.texts, recipe)
    dealt = deal_keys(made.keys.keys, made.keys.offsets)
    return _Read(texts, made, dealt, _hashes(batch.ids), *_labeled(batch.sources))


def _hashes(ids: PackedIds) -> NDArray[np.int64]:
    """Return 64 bits of each id, int64[n], that nobody can foresee."""
    written = ids.strings.split()
    for row in np.flatnonzero(ids.is_number).tolist():
        written[row] = b"\0" + written[row]
    return np.fromiter(map(hash, written), np.int64, len(written))


def _labeled(sources: Packed) -> tuple[list[str], NDArray[np.int32]]:
    """Return distinct sources, and the place of each among them, int32[n], -1 for ""."""
    places = {b"": -1}
    labels = [places.setdefault(source, len(places) - 1) for source in sources.split()]
    names = [name.decode("utf-8", "surrogatepass") for name in places if name]
    return names, np.array(labels, np.int32)


def _paragraphs(batch: Batch) -> Texts:
    data, bounds = batch.texts.data.tobytes(), batch.texts.offsets.tolist()
    texts, owners, spans = [], [], []
    for row, (first, last) in enumerate(pairwise(bounds)):
        text = data[first:last].decode("utf-8", "surrogatepass")
        for block in blocks(text):
            texts.append(text[block.start : block.end])
            owners.append(row)
            spans.append((block.start, block.end))
    places = np.array(spans, np.int64).reshape(-1, 2)
    return Texts(batch, encode(texts), np.array(owners, np.int64), places)


class _Seen:
    """Finds ids that were there before, by 64 bits of each that nobody can foresee.

    Ids count as equal if those bits are: among ten million the chance of an error is 3e-6.
    """

    def __init__(self) -> None:
        self._n_ids = 0
        self._slots = np.zeros(1 << 10, np.uint64), np.full(1 << 10, -1, np.int32)

    def find(self, hashes: NDArray[np.int64]) -> list[tuple[int, int]]:
        """Take ids; return which of them were there before, and where among all that was."""
        while 2 * (self._n_ids + len(hashes)) > len(self._slots[0]):
            size = 2 * len(self._slots[0])
            larger = np.zeros(size, np.uint64), np.full(size, -1, np.int32)
            regrow(*self._slots, *larger)
            self._slots = larger
        before = insert(hashes.view(np.uint64), self._n_ids, *self._slots)
        self._n_ids += len(hashes)
        return [(row, int(before[row])) for row in np.flatnonzero(before >= 0).tolist()]


class _Notes:
    """What is kept of all that was read."""

    def __init__(self, keys: Spill) -> None:
        self._keys = keys
        self._n_texts, self._n_documents = 0, 0
        self._ids: list[PackedIds] = []
        self._published: list[Packed] = []
        self._names: dict[str, int] = {}
        self._columns: dict[str, list[NDArray[Any]]] = {}

    def add(self, made: _Read, side: int) -> None:
        """Take a batch, the next one."""
        batch, owners = made.texts.batch, made.texts.owners
        names = self._names
        # What is unknown is -1, and so the last one of these.
        known = np.array([*(names.setdefault(own, len(names)) for own in made.names), -1], np.int32)
        columns: dict[str, NDArray[Any]] = {"labels": known[made.labels], "hours": batch.hours}
        if owners is not None and made.texts.spans is not None:
            columns = {name: column[owners] for name, column in columns.items()}
            columns["owners"] = (owners + self._n_documents).astype(np.int32)
            columns["spans"] = made.texts.spans
        n_texts = len(made.sketch.weights)
        columns["sides"] = np.full(n_texts, side, np.int8)
        columns["weights"] = made.sketch.weights
        columns["identities"] = made.sketch.identities
        columns["n_keys"] = np.diff(made.sketch.keys.offsets)
        for name, column in columns.items():
            self._columns.setdefault(name, []).append(column)
        keys, texts, bounds = made.dealt
        self._keys.add(bounds, keys, texts + np.int32(self._n_texts))
        self._ids.append(batch.ids)
        self._published.append(batch.published)
        self._n_texts += n_texts
        self._n_documents += batch.n_documents

    def _column(self, name: str, empty: NDArray[Any]) -> NDArray[Any]:
        parts = self._columns.pop(name, [])
        return np.concatenate(parts) if parts else empty

    def collection(self) -> Collection:
        """Return what is kept of the documents."""
        ids = Ids(self._ids)
        by_paragraph = "owners" in self._columns
        return Collection(
            ids,
            Strings(self._published),
            ids.places(),
            list(self._names),
            self._column("labels", np.zeros(0, np.int32)),
            self._column("hours", np.zeros(0)),
            self._column("sides", np.zeros(0, np.int8)),
            self._column("owners", np.zeros(0, np.int32)) if by_paragraph else None,
            self._column("spans", np.zeros((0, 2), np.int64)) if by_paragraph else None,
        )

    def sketches(self) -> Sketches:
        """Return what is kept of the texts."""
        return Sketches(
            self._keys,
            self._column("n_keys", np.zeros(0, np.int64)),
            self._column("weights", np.zeros((0, 2), np.int64)),
            self._column("identities", np.zeros((0, 2), np.uint64)),
        )


def read_some(
    corpora: Sequence[Corpus],
    collection: Collection,
    wanted: NDArray[np.bool_],
    resources: Resources,
    work: Callable[[NDArray[np.int64], Encoded], _Made],
) -> Iterator[_Made]:
    """Read some texts again, ``wanted`` : bool[n]; yield what the work makes of them.

    It is given some of the texts in their order, int64[k], and what they are; in threads.
    """
    chosen = np.flatnonzero(wanted)
    owners = chosen if collection.owners is None else collection.owners[chosen].astype(np.int64)

    def parts() -> Iterator[tuple[Corpus, Any, NDArray[np.int64], list[int]]]:
        first, at = 0, 0
        for corpus in corpora:
            for chunk, n_documents in corpus.again():
                end = at + int(np.searchsorted(owners[at:], first + n_documents))
                if end > at:
                    yield corpus, chunk, chosen[at:end], (owners[at:end] - first).tolist()
                first, at = first + n_documents, end

    def pick(part: tuple[Corpus, Any, NDArray[np.int64], list[int]]) -> _Made:
        corpus, chunk, texts, rows = part
        if collection.spans is None:
            return work(texts, corpus.pick(chunk, rows))
        documents, places = np.unique(rows, return_inverse=True)
        whole = corpus.pick(chunk, documents.tolist())
        data, bounds = whole.data.tobytes(), whole.offsets.tolist()
        told = [data[a:b].decode("utf-8", "surrogatepass") for a, b in pairwise(bounds)]
        spans = collection.spans[texts].tolist()
        parted = [told[at][a:b] for at, (a, b) in zip(places.tolist(), spans, strict=True)]
        return work(texts, encode(parted))

    for _, made in resources.in_order(pick, parts()):
        yield made
