"""What callers give is checked once, at the door."""

import math
import re
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from newsroom import read
from strategies import articles, collections

import dedup
from dedup import Document, documents
from dedup.columns import Ids, Strings
from dedup.documents import Documents, hours_since_epoch, id_order

NOON = 12.0


def texts_of(encoded):
    return [encoded.text(k) for k in range(len(encoded.offsets) - 1)]


def test_documents_and_pairs_of_id_and_text_are_taken():
    document = Document(7, "B", title="T", source="s", published="1970-01-02", extra={"x": 1})
    corpus = Documents([("a", "A"), document])
    (chunk,) = corpus.chunks()
    assert corpus.documents == chunk == [Document("a", "A"), document]
    batch = corpus.read(chunk)
    assert (list(Ids([batch.ids])), texts_of(batch.texts)) == (["a", 7], ["A", "B"])
    assert list(Strings([batch.sources])) == ["", "s"]
    assert (list(Strings([batch.published])), batch.bad) == (["", "1970-01-02"], ())
    assert math.isnan(batch.hours[0])
    assert batch.hours[1] == 24


def test_a_generator_is_read_once():
    read = []

    def given_once():
        for k in range(3):
            read.append(k)
            yield (k, f"text {k}")

    corpus = Documents(given_once())
    (chunk,) = corpus.chunks()
    (again,) = corpus.again()
    assert again == (chunk, 3)
    assert [document.text for document in chunk] == ["text 0", "text 1", "text 2"]
    assert read == [0, 1, 2]


def test_no_more_is_asked_for_than_a_batch():
    asked = []
    corpus = Documents(asked.append(k) or (k, "") for k in range(3 * documents.BATCH))
    next(corpus.chunks())
    assert len(asked) == documents.BATCH


@given(st.lists(st.one_of(articles(), st.text()), max_size=7), st.integers(1, 8), st.data())
@settings(max_examples=40, deadline=None)
def test_documents_are_read_twice_alike_whatever_the_size_of_a_batch(texts, size, data):
    every = [Document(k, text) for k, text in enumerate(texts)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(documents, "BATCH", size)
        corpus = Documents(iter(every))
        first = list(corpus.chunks())
        again = list(corpus.again())
    assert [len(chunk) for chunk in first] == [corpus.size(chunk) for chunk in first]
    assert all(len(chunk) == size for chunk in first[:-1])
    assert [d for chunk in first for d in chunk] == corpus.documents == every
    assert again == [(chunk, len(chunk)) for chunk in first]
    for chunk in first:
        assert texts_of(corpus.read(chunk).texts) == [document.text for document in chunk]
        rows = data.draw(st.lists(st.integers(0, len(chunk) - 1)))
        assert texts_of(corpus.pick(chunk, rows)) == [chunk[row].text for row in rows]


def test_dates_are_kept_as_they_are_written():
    dates = [None, "19700102", date(1970, 1, 2), datetime(1970, 1, 2, 3), "1970-01-02T03:00Z"]
    collection, _ = read([Document(k, "", published=when) for k, when in enumerate(dates)])
    told = ["", "19700102", "1970-01-02", "1970-01-02T03:00:00", "1970-01-02T03:00Z"]
    assert list(collection.published) == told


@settings(max_examples=40, deadline=None)
@given(collections())
def test_a_collection_tells_what_was_given(drawn):
    collection, _ = read(drawn)
    places = range(len(drawn))
    assert len(collection) == len(drawn)
    assert list(collection.ids) == [collection.id(k) for k in places] == [d.id for d in drawn]
    assert [type(own) for own in collection.ids] == [type(d.id) for d in drawn]
    assert [collection.source(k) for k in places] == [d.source for d in drawn]
    assert [collection.owner(k) for k in places] == list(places)
    ordered = sorted((d.id for d in drawn), key=id_order)
    assert collection.order().tolist() == [ordered.index(d.id) for d in drawn]


@pytest.mark.parametrize(
    "published",
    [
        "1970-01-01T12:00",
        "1970-01-01T12:00:00",
        "1970-01-01 12:00",
        "19700101T120000",
        "1970-01-01T12:00:00Z",
        "1970-01-01T12:00:00+00:00",
        "1970-01-01T14:30:00.000+02:30",
        "1969-12-31T23:00-13:00",
        datetime(1970, 1, 1, 12),
        datetime(1970, 1, 1, 12, tzinfo=UTC),
        datetime(1970, 1, 1, 7, tzinfo=timezone(timedelta(hours=-5))),
    ],
    ids=str,
)
def test_dates_are_points_in_time_and_without_a_zone_utc(published):
    assert hours_since_epoch(published) == NOON


@pytest.mark.parametrize("published", ["1970-01-02", "19700102", "1970-W01-5", date(1970, 1, 2)])
def test_a_date_is_its_midnight(published):
    assert hours_since_epoch(published) == 24


def test_dates_before_1970_count_backwards():
    assert hours_since_epoch("1969-12-31T22:30") == -1.5
    assert hours_since_epoch(date(1, 1, 1)) == -719162 * 24


@pytest.mark.parametrize(
    "published", ["", "yesterday", "2026-13-01", "12 May 2026", "1970-01-01T25:00"]
)
def test_a_date_that_is_none_is_refused_with_its_id(published):
    message = f"published of 'a' must be ISO 8601, got {published!r}"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        read([Document("a", "A", published=published)])


def test_a_wrong_date_is_told_in_eighty_characters():
    with pytest.raises(ValueError, match=r"got '9{79}$"):
        read([Document("a", "A", published="9" * 500)])


@pytest.mark.parametrize("published", [1767225600, 1.5, ("2026", "1")])
def test_a_date_of_another_type_is_refused(published):
    message = f"published of 'a' must be a string or a date, got {type(published).__name__}"
    with pytest.raises(TypeError, match=f"^{message}$"):
        read([Document("a", "A", published=published)])


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (Document(None, "A"), "id must be a string or a whole number, got None"),
        (Document(True, "A"), "id must be a string or a whole number, got True"),
        (Document(1.5, "A"), "id must be a string or a whole number, got 1.5"),
        ((b"a", "A"), "id must be a string or a whole number, got b'a'"),
        (Document("a", None), "text of 'a' must be a string, got NoneType"),
        ((1, b"A"), "text of 1 must be a string, got bytes"),
        (Document("a", "A", source=None), "source of 'a' must be a string, got NoneType"),
        ("a text", "a document must be a Document or an (id, text) pair, got 'a text'"),
        (("a", "A", 1), "a document must be a Document or an (id, text) pair, got ('a', 'A', 1)"),
        (["a", "A"], "a document must be a Document or an (id, text) pair, got ['a', 'A']"),
        ({"id": 1}, "a document must be a Document or an (id, text) pair, got {'id': 1}"),
        (None, "a document must be a Document or an (id, text) pair, got None"),
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "function",
    [dedup.deduplicate, dedup.pairs, dedup.repeated_paragraphs],
    ids=lambda f: f.__name__,
)
def test_what_is_no_document_is_refused(function, given, message):
    with pytest.raises(TypeError, match=f"^{re.escape(message)}$"):
        _all(function([("b", "B"), given]))


@pytest.mark.parametrize(
    "function",
    [dedup.deduplicate, dedup.pairs, dedup.repeated_paragraphs],
    ids=lambda f: f.__name__,
)
@pytest.mark.parametrize("given", ["a", 1])
def test_an_id_may_stand_once(function, given):
    documents = [(given, "A"), ("other", "B"), (given, "C")]
    message = f"^ids must be distinct, got {given!r} twice$"
    with pytest.raises(dedup.DuplicateIdError, match=message) as caught:
        _all(function(documents))
    assert isinstance(caught.value, ValueError)
    assert isinstance(caught.value, dedup.DedupError)


def _all(found):
    return found if isinstance(found, dedup.Report) else list(found)


def test_a_number_and_its_digits_are_two_ids():
    report = dedup.deduplicate([(1, "Bread is dearer."), ("1", "The ferry sails.")])
    assert report.kept == ("1", 1)


def test_ids_are_in_the_order_in_which_they_are_written():
    ids = [10, "9", 9, "10", "b", "B", -1, "é", ""]
    assert sorted(ids, key=id_order) == ["", -1, "10", 10, "9", 9, "B", "b", "é"]


def test_a_title_is_never_compared():
    text = "Two ferries stayed in the harbor of Mira on Sunday as a storm closed the channel."
    one, other = Document("a", text, title="Storm"), Document("b", text, title="Ferries")
    assert dedup.deduplicate([one, other]).kept == ("a",)
    assert dedup.deduplicate(
        [Document("a", "One", title="T"), Document("b", "Two", title="T")]
    ).kept == ("a", "b")
