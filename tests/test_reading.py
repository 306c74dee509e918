"""The two readings of a pass: what is kept of all texts, and some of them read again."""

from enum import Enum
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from little_memory import little_memory, little_resources
from newsroom import STORY, read, read_corpora
from strategies import articles, collections, texts

from dedup import Document, DuplicateIdError, MinHashKeys, PassageKeys
from dedup.documents import Documents, id_order
from dedup.reading import read_some
from dedup.shingle import encode
from dedup.sketches import sketch
from dedup.text import blocks

NOTE = "Write to the desk of the paper in Selm, or call us on any day before noon."

sizes = st.sampled_from([1, 2, 3, 500])
some_texts = st.lists(st.one_of(articles(), texts()), max_size=6)


def read_small(corpora, size, *, by_paragraph=False, keys=None, workers=2):
    """Read corpora in batches of a size, in no memory at all."""
    options = {"by_paragraph": by_paragraph, "keys": keys, "workers": workers}
    with little_memory(batch=size):
        return read_corpora(corpora, memory=1, **options)


def columns(collection):
    """Return what is kept of a collection as lists."""
    kept = [getattr(collection, name) for name in collection.__slots__]
    told = [None if column is None else list(column) for column in kept]
    return [[repr(each) for each in column] if column else column for column in told]


def keys_of(sketches):
    """Return all keys with the texts that they are of."""
    return sorted(zip(*(column.tolist() for column in sketches.keys), strict=True))


# The first reading


@settings(max_examples=50, deadline=None)
@given(collections(), sizes, st.integers(1, 4), st.booleans())
def test_batches_workers_and_memory_make_no_difference(drawn, size, workers, by_paragraph):
    whole, sketched = read(drawn, by_paragraph=by_paragraph)
    found, again = read_small([Documents(drawn)], size, by_paragraph=by_paragraph, workers=workers)
    assert columns(found) == columns(whole)
    assert keys_of(again) == keys_of(sketched)
    assert [column.tolist() for column in again[1:]] == [c.tolist() for c in sketched[1:]]


@pytest.mark.parametrize("recipe", [PassageKeys(), PassageKeys(4, 2), MinHashKeys()], ids=repr)
@given(drawn=some_texts)
@settings(max_examples=30, deadline=None)
def test_what_is_kept_of_texts_are_their_sketches(recipe, drawn):
    _, found = read(enumerate(drawn), keys=recipe)
    whole = sketch(encode(drawn), recipe)
    bounds = list(pairwise(whole.keys.offsets.tolist()))
    own = [(key, k) for k, (a, b) in enumerate(bounds) for key in whole.keys.keys[a:b].tolist()]
    assert keys_of(found) == sorted(own)
    assert found.n_keys.tolist() == [b - a for a, b in bounds]
    assert found.weights.tolist() == whole.weights.tolist()
    assert found.identities.tolist() == whole.identities.tolist()


@given(st.lists(collections(5), max_size=3), sizes)
@settings(max_examples=30, deadline=None)
def test_corpora_are_read_one_after_the_other_and_ids_are_distinct_in_each(drawn, size):
    found, _ = read_small([Documents(each) for each in drawn] or [Documents([])], size)
    every = [document for each in drawn for document in each]
    assert list(found.ids) == [document.id for document in every]
    assert found.sides.tolist() == [side for side, each in enumerate(drawn) for _ in each]
    assert [found.source(k) for k in range(len(found))] == [d.source for d in every]


# Paragraphs


@settings(max_examples=50, deadline=None)
@given(some_texts, sizes)
def test_paragraphs_are_the_blocks_of_each_document_in_order(drawn, size):
    found, kept = read_small([Documents(enumerate(drawn))], size, by_paragraph=True)
    expected = [(k, [b.start, b.end]) for k, text in enumerate(drawn) for b in blocks(text)]
    if drawn:
        assert found.owners.tolist() == [k for k, _ in expected]
        assert found.spans.tolist() == [span for _, span in expected]
    assert len(found) == len(found.hours) == len(found.sides) == len(kept.n_keys) == len(expected)
    assert [found.id(text) for text in range(len(found))] == [k for k, _ in expected]
    parts = [drawn[k][start:end] for k, (start, end) in expected]
    assert keys_of(kept) == keys_of(read(enumerate(parts))[1])


def test_paragraphs_keep_what_is_known_of_their_document():
    document = Document("a", f"{NOTE}\n\n{STORY}", source="s", published="1970-01-02")
    found, _ = read([Document("b", "", source="r"), document], by_paragraph=True)
    assert [found.source(text) for text in range(2)] == ["s", "s"]
    assert found.hours.tolist() == [24, 24]
    assert (found.names, list(found.ids)) == (["r", "s"], ["b", "a"])


@given(st.permutations([10, "9", 9, "10", "b", "B", -1, "é", ""]), sizes)
@settings(deadline=None)
def test_paragraphs_are_in_the_order_of_their_documents_and_of_their_places(ids, size):
    given_documents = [(own, f"{NOTE}\n\n{STORY}\n\n{NOTE}") for own in ids]
    found, _ = read_small([Documents(given_documents)], size, by_paragraph=True)
    names = [(id_order(found.id(k)), found.spans[k, 0]) for k in range(len(found))]
    places = sorted(range(len(names)), key=names.__getitem__)
    assert [places.index(k) for k in range(len(names))] == found.order().tolist()


def test_documents_without_paragraphs_have_none():
    found, kept = read([("a", ""), ("b", " \n\n ")], by_paragraph=True)
    assert (len(found), len(found.ids), found.spans.shape) == (0, 2, (0, 2))
    assert (kept.weights.shape, kept.identities.shape) == ((0, 2), (0, 2))


# Ids that were there before


class Lenient(Documents):
    """Documents of which those whose ids were there before are left out."""

    def __init__(self, given_documents):
        super().__init__(given_documents)
        self.told, self._bad = [], {}

    def read(self, chunk):
        return super().read([each for each in chunk if id(each) not in self._bad])

    def accept(self, chunk, batch, repeated):
        self.told += [(chunk[row].id, at) for row, at in repeated]
        self._bad |= {id(chunk[row]): chunk[row] for row, _ in repeated}

    def again(self):
        for chunk, _ in super().again():
            kept = [each for each in chunk if id(each) not in self._bad]
            yield kept, len(kept)


alike = st.one_of(st.integers(-3, 3), st.integers(-3, 3).map(str), st.sampled_from([2**61, 2**64]))


@settings(max_examples=80, deadline=None)
@given(st.lists(alike, max_size=20), sizes)
def test_ids_that_were_there_before_are_told_with_their_place(ids, size):
    every = [Document(own, f"text {k}") for k, own in enumerate(ids)]
    corpus = Lenient(iter(every))
    found, kept = read_small([corpus], size)
    keys = list(map(id_order, ids))
    again = [k for k, key in enumerate(keys) if key in keys[:k]]
    assert corpus.told == [(ids[k], keys.index(keys[k])) for k in again]
    assert list(found.ids) == [own for k, own in enumerate(ids) if k not in again]
    assert len(found) == len(kept.n_keys) == len(ids) - len(again)
    texts_read = [text for each in read_again([corpus], found) for _, text in each]
    assert texts_read == [f"text {k}" for k in range(len(ids)) if k not in again]


class Number(int, Enum):
    SEVEN = 7


class Letter(str, Enum):  # noqa: UP042 (a StrEnum has no other name)
    A = "a"


@pytest.mark.parametrize(
    ("own", "again"),
    [
        ("7", "7"), (7, 7), ("é", "é"), (2**80, 2**80), (7, Number.SEVEN), (Number.SEVEN, 7),
        ("a", Letter.A),
    ],
)  # fmt: skip
@pytest.mark.parametrize("place", [0, 499, 500, 2999])
def test_an_id_that_was_there_thousands_of_documents_before_is_refused(own, again, place):
    ids = [f"x{k}" for k in range(3000)]
    ids[place] = own
    read((each, "") for each in ids)
    with pytest.raises(DuplicateIdError, match=f"^ids must be distinct, got {again!r} twice$"):
        read((each, "") for each in [*ids, again])


# The second reading


def read_again(corpora, collection, wanted=None, size=500, workers=2):
    """Return the texts that are read again, as they come: lists of places and texts."""
    if wanted is None:
        wanted = np.ones(len(collection), np.bool_)

    def work(places, read_texts):
        every = [read_texts.text(row) for row in range(len(read_texts.offsets) - 1)]
        return list(zip(places.tolist(), every, strict=True))

    with little_resources(workers, batch=size) as own:
        return list(read_some(corpora, collection, wanted, own, work))


@settings(max_examples=60, deadline=None)
@given(st.lists(some_texts, min_size=1, max_size=3), st.booleans(), sizes, sizes, st.data())
def test_texts_that_are_wanted_are_read_again_in_order(drawn, by_paragraph, size, other, data):
    corpora = [Documents(list(enumerate(each))) for each in drawn]
    collection, _ = read_small(corpora, size, by_paragraph=by_paragraph)
    every = [text for each in drawn for text in each]
    if by_paragraph:
        every = [text[block.start : block.end] for text in every for block in blocks(text)]
    assert len(collection) == len(every)
    wanted = data.draw(st.lists(st.booleans(), min_size=len(every), max_size=len(every)))
    found = read_again(corpora, collection, np.array(wanted, np.bool_), other)
    assert all(found)
    expected = [(k, text) for k, text in enumerate(every) if wanted[k]]
    assert [each for some in found for each in some] == expected


def test_chunks_without_wanted_texts_are_not_read():
    class Watched(Documents):
        picked: list[list[str]] = []  # noqa: RUF012

        def pick(self, chunk, rows):
            self.picked.append([chunk[row].id for row in rows])
            return super().pick(chunk, rows)

    corpus = Watched([(f"{k}", "Yes.") for k in range(9)])
    collection, _ = read_small([corpus], 3)
    wanted = np.isin(np.arange(9), [1, 2, 7])
    read_again([corpus], collection, wanted, 3, workers=1)
    assert corpus.picked == [["1", "2"], ["7"]]


def test_an_error_of_a_document_is_raised_before_those_of_later_ones():
    given_documents = [("a", ""), ("b", ""), ("c", 5), ("d", ""), ("a", "")]
    with pytest.raises(TypeError, match=r"^text of 'c' must be a string, got int$"):
        read_small([Documents(given_documents)], 2)
