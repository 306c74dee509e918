"""What callers give is checked once, at the door."""

import math
import re
from datetime import UTC, date, datetime, timedelta, timezone

import pytest

import dedup
from dedup import Document
from dedup.documents import collect, hours_since_epoch, id_order

NOON = 12.0


def test_documents_and_pairs_of_id_and_text_are_taken():
    document = Document(7, "B", title="T", source="s", published="1970-01-02", extra={"x": 1})
    collection = collect([("a", "A"), document])
    assert collection.documents == [Document("a", "A"), document]
    assert (collection.texts, collection.sources) == (["A", "B"], ["", "s"])
    assert math.isnan(collection.hours[0])
    assert collection.hours[1] == 24


def test_a_generator_is_read_once():
    read = []

    def documents():
        for k in range(3):
            read.append(k)
            yield (k, f"text {k}")

    assert collect(documents()).texts == ["text 0", "text 1", "text 2"]
    assert read == [0, 1, 2]


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
        collect([Document("a", "A", published=published)])


def test_a_wrong_date_is_told_in_eighty_characters():
    with pytest.raises(ValueError, match=r"got '9{79}$"):
        collect([Document("a", "A", published="9" * 500)])


@pytest.mark.parametrize("published", [1767225600, 1.5, ("2026", "1")])
def test_a_date_of_another_type_is_refused(published):
    message = f"published of 'a' must be a string or a date, got {type(published).__name__}"
    with pytest.raises(TypeError, match=f"^{message}$"):
        collect([Document("a", "A", published=published)])


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
        _read(function([("b", "B"), given]))


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
        _read(function(documents))
    assert isinstance(caught.value, ValueError)
    assert isinstance(caught.value, dedup.DedupError)


def _read(found):
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
