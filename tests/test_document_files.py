import io
import json
import sys
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.document_files import DocumentFormat, Fields
from dedup.errors import RecordError
from dedup.finding import find_documents, read_two
from dedup.jsonline import BadLineError
from dedup.model import Document
from dedup.records import find_sources

ALL = Fields(title="title")


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def _write(name: str, *lines: str | bytes) -> str:
    content = [line.encode("utf-8") if isinstance(line, str) else line for line in lines]
    Path(name).write_bytes(b"\n".join(content) + b"\n")
    return name


def _read(line: str | bytes, fields: Fields = ALL) -> Document:
    content = line.encode("utf-8") if isinstance(line, str) else line
    return DocumentFormat(fields).document(content)


def _problem(line: str | bytes, fields: Fields = ALL) -> str:
    with pytest.raises(BadLineError) as caught:
        _read(line, fields)
    return str(caught.value)


def test_a_record_is_a_document_with_what_is_known_of_it():
    line = '{"text":"A","id":7,"published":"2026-11-23","source":"s","title":"T","x":[1]}'
    assert _read(line) == Document(7, "A", title="T", source="s", published="2026-11-23")


@pytest.mark.parametrize("rest", ["", ',"published":null,"source":null,"title":null'])
@pytest.mark.parametrize("odd", ["", ',"x":NaN'])
def test_what_is_null_or_missing_is_unknown(rest, odd):
    line = '{"text":"A","id":"7"' + rest + odd + "}"
    assert _read(line) == Document("7", "A")


def test_fields_may_have_other_names():
    fields = Fields("body", "url", "date", "site", "head")
    line = '{"id":[],"body":"A","url":"u","date":"2026-11-23","site":"s","head":"T","text":0}'
    expected = Document("u", "A", title="T", source="s", published="2026-11-23")
    assert _read(line, fields) == expected


def test_titles_are_not_read_unless_they_are_asked_for():
    line = '{"id":1,"text":"A","title":["no title"]}'
    assert _read(line, Fields()) == Document(1, "A")


@pytest.mark.parametrize("odd", ["", ',"x":NaN'])
def test_one_field_may_be_two_parts(odd):
    line = '{"url":"u","text":"A"' + odd + "}"
    fields = Fields(id="url", source="url", title="text")
    assert _read(line, fields) == Document("u", "A", title="A", source="u")


@pytest.mark.parametrize(
    ("written", "record_id"),
    [
        ("0", 0),
        ("-3", -3),
        ("123456789012345678901234567890", 123456789012345678901234567890),
        ('""', ""),
        ('"\\u00e9"', "é"),
        ('"\\ud800"', "\ud800"),
        ('"7"', "7"),
    ],
)
@pytest.mark.parametrize("odd", ["", ',"x":NaN'])
def test_an_id_is_a_string_or_a_whole_number(written, record_id, odd):
    document = _read('{"text":"A","id":' + written + odd + "}")
    assert document.id == record_id
    assert type(document.id) is type(record_id)


@pytest.mark.parametrize(
    ("written", "got"),
    [
        ("1.0", "1.0"),
        ("1e5", "1e5"),
        ("NaN", "NaN"),
        ("9" * 5000, "a number of 5,000 characters"),
        ("true", "a boolean"),
        ("null", "null"),
        ("[1]", "an array"),
        ('{"$oid":"7"}', "an object"),
    ],
)
def test_any_other_id_is_refused(written, got):
    problem = f'field "id" must be a string or a whole number, got {got}'
    assert _problem('{"text":"A","id":' + written + "}") == problem


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (
            '{"text":"A","url":"u"}',
            'field "id" must be a string or a whole number, got no such field among text, url',
        ),
        (
            '{"id":2,"text":null}',
            'field "text" must be a string, got null',
        ),
        (
            '{"id":2,"text":"A","source":3}',
            'field "source" must be a string or null, got a number',
        ),
        (
            '{"id":2,"text":"A","title":["T"]}',
            'field "title" must be a string or null, got an array',
        ),
        (
            '{"id":2,"text":"A","published":1764000000}',
            'field "published" must be a string or null, got a number',
        ),
        (b'{"id":"\xff","text":"A"}', 'field "id" must be UTF-8, got byte 0xff at byte offset 7'),
        (b'{"id":2,"text":"A"', "a line must be a JSON object, got invalid JSON"),
        ('["A"]', "a line must be a JSON object, got an array"),
    ],
)
def test_a_bad_record_is_refused(line, problem):
    assert _problem(line).startswith(problem)


@pytest.mark.parametrize(
    "published",
    [
        "2026-11-23",
        "20261123",
        "2026-W48-1",
        "2026-11-23T15:02:20",
        "2026-11-23 15:02",
        "2026-11-23T15:02:20Z",
        "2026-11-23T15:02:20.123+05:30",
        "0001-01-01T00:00+14:00",
    ],
)
def test_a_date_stays_as_it_is_written(published):
    line = json.dumps({"id": 1, "text": "A", "published": published})
    assert _read(line).published == published


@pytest.mark.parametrize(
    "published",
    ["", "yesterday", "23.11.2026", "2026-02-30", "2026-11-23T25:00", "1764000000", " 2026"],
)
@pytest.mark.parametrize("odd", [{}, {"x": float("nan")}])
def test_what_is_no_date_is_refused(published, odd):
    problem = _problem(json.dumps({"id": 2, "text": "A", "published": published, **odd}))
    must = 'field "published" must be an ISO 8601 date or time, or null'
    assert problem == f"{must}, got {published!r}"


def test_a_hostile_date_is_shown_cut_and_harmless():
    line = json.dumps({"id": 2, "text": "A", "published": "\x1b[31m" + "9" * 1_000_000})
    assert f"got '\\x1b[31m{'9' * 35}'" in _problem(line)


@pytest.mark.parametrize(
    ("line", "document"),
    [
        (
            '{"id":1,"text":"\\ud800","published":"2026-11-23","source":"s","title":"T"}',
            Document(1, "\ud800", title="T", source="s", published="2026-11-23"),
        ),
        (
            '{"id":"2","text":"B","score":-Infinity,"title":"\\udc00"}',
            Document("2", "B", title="\udc00"),
        ),
    ],
)
def test_odd_lines_are_read_like_others(line, document):
    assert _read(line) == document


@given(st.binary(max_size=60))
def test_no_bytes_crash_the_reader(line):
    record_format = DocumentFormat(ALL)
    for content in [
        line,
        b'{"text":"a","id":' + line + b"}",
        b'{"id":1,"text":"' + line + b'"}',
        b'{"id":1,"text":"a","published":"' + line + b'"}',
        b'{"id":1,"text":"a","source":' + line + b',"title":' + line + b"}",
    ]:
        with suppress(BadLineError):
            assert isinstance(record_format.document(content).text, str)


@given(
    st.fixed_dictionaries(
        {"id": st.integers() | st.text(), "text": st.text()},
        optional={
            "published": st.none() | st.datetimes().map(datetime.isoformat),
            "source": st.none() | st.text(),
            "title": st.none() | st.text(),
            "other": st.floats(),
        },
    )
)
def test_whatever_is_written_is_what_is_read(record):
    assert _read(json.dumps(record)) == Document(
        record["id"],
        record["text"],
        title=record.get("title") or "",
        source=record.get("source") or "",
        published=record.get("published"),
    )


@pytest.fixture
def _files():
    Path("a.txt").write_text("A\n", encoding="utf-8")
    _write(
        "n.jsonl",
        "no JSON",
        '{"text":"no id"}',
        '{"id":"17","text":3}',
        '{"id":1,"text":"One","title":"T"}',
        '{"id":"u:1","text":"U","x":NaN}',
        '{"id":"é","text":"E"}',
        '{"id":1,"text":"Again"}',
    )
    _write("n.jsonl:u", '{"id":"1","text":"colon"}')
    Path("folder").mkdir()


@pytest.mark.usefixtures("_files")
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.txt", Document("a.txt", "A")),
        ("n.jsonl:1", Document(1, "One", title="T")),
        ("n.jsonl:é", Document("é", "E")),
        ("./n.jsonl:1", Document(1, "One", title="T")),
    ],
)
def test_a_document_is_found_by_its_name(name, expected):
    assert read_two("a.txt", name, ALL) == (Document("a.txt", "A"), expected)


@pytest.mark.usefixtures("_files")
def test_the_longest_name_of_a_file_is_the_file():
    with pytest.raises(RecordError, match=r"^n\.jsonl:u: name must end in "):
        read_two("n.jsonl:u:1", "a.txt", ALL)
    Path("n.jsonl:u").unlink()
    assert read_two("n.jsonl:u:1", "a.txt", ALL)[0] == Document("u:1", "U")


@pytest.mark.usefixtures("_files")
@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("n.jsonl", "n.jsonl: one of its records must be named, as n.jsonl:ID, got none"),
        (
            "n.jsonl:2",
            "n.jsonl: field \"id\" of a record must be '2', got no such record; use --id FIELD",
        ),
        (
            "n.jsonl:01",
            "n.jsonl: field \"id\" of a record must be '01', got no such record; use --id FIELD",
        ),
        ("n.jsonl:17", 'n.jsonl:3: field "text" must be a string, got a number'),
        ("a.txt:1", "a.txt: must hold records to hold '1', got a text"),
        ("folder", "folder: must be a file, got a folder"),
        ("folder:1", "folder: must be a file, got a folder"),
    ],
)
def test_what_names_no_document_is_refused(name, problem):
    with pytest.raises(RecordError) as caught:
        read_two("a.txt", name, ALL)
    assert str(caught.value) == problem


@pytest.mark.parametrize("name", ["missing.txt", "missing.jsonl:1", ":1", ""])
def test_what_is_missing_is_named_in_full(name):
    with pytest.raises(FileNotFoundError) as caught:
        read_two(name, name, ALL)
    assert caught.value.filename == name


def test_standard_input_is_one_document(monkeypatch):
    stdin = io.TextIOWrapper(io.BytesIO(b'{"id":1,"text":"One"}'))
    monkeypatch.setattr(sys, "stdin", stdin)
    _write("a.txt", "A")
    assert read_two("a.txt", "-:1", ALL)[1] == Document(1, "One")
    with pytest.raises(RecordError, match=r"^-: standard input must be given once, got it twice$"):
        read_two("-", "-:1", ALL)


@pytest.mark.usefixtures("_files")
def test_documents_are_found_by_their_ids():
    _write("m.jsonl", '{"id":2,"text":"Two"}', '{"id":1,"text":"Later"}', '{"id":"2","text":3}')
    found = find_documents(find_sources(["n.jsonl", "m.jsonl"]), [1, 2, "3", "é"], Fields())
    assert found == {1: Document(1, "One"), 2: Document(2, "Two"), "é": Document("é", "E")}
    found = find_documents(find_sources(["a.txt"]), ["a.txt", "b.txt"], Fields())
    assert found == {"a.txt": Document("a.txt", "A")}


@pytest.mark.usefixtures("_files")
def test_of_a_document_that_is_wanted_the_text_must_be_there():
    with pytest.raises(RecordError, match=r'^n\.jsonl:3: field "text" must be a string'):
        find_documents(find_sources(["n.jsonl"]), ["17"], Fields())
