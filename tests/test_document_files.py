import io
import json
import sys
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.document_files import DocumentFormat, DocumentReader, Fields, read_two
from dedup.errors import RecordError
from dedup.model import Document
from dedup.records import Lines, find_sources

ALL = Fields(title="title")


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def _write(name: str, *lines: str | bytes) -> str:
    content = [line.encode("utf-8") if isinstance(line, str) else line for line in lines]
    Path(name).write_bytes(b"\n".join(content) + b"\n")
    return name


def _read(*paths: str, fields: Fields = ALL, aside: io.BytesIO | None = None) -> list[Document]:
    return list(DocumentReader(find_sources(paths), fields, aside, lambda size: None))


def _problem(line: str | bytes, fields: Fields = ALL) -> str:
    with pytest.raises(RecordError) as caught:
        _read(_write("a.jsonl", '{"id":1,"text":"a"}', line), fields=fields)
    assert (caught.value.path, caught.value.line) == ("a.jsonl", 2)
    return str(caught.value).removeprefix("a.jsonl:2: ")


def test_a_record_is_a_document_with_what_is_known_of_it():
    line = '{"text":"A","id":7,"published":"2026-11-23","source":"s","title":"T","x":[1]}'
    assert _read(_write("a.jsonl", line)) == [
        Document(7, "A", title="T", source="s", published="2026-11-23")
    ]


@pytest.mark.parametrize("rest", ["", ',"published":null,"source":null,"title":null'])
@pytest.mark.parametrize("odd", ["", ',"x":NaN'])
def test_what_is_null_or_missing_is_unknown(rest, odd):
    line = '{"text":"A","id":"7"' + rest + odd + "}"
    assert _read(_write("a.jsonl", line)) == [Document("7", "A")]


def test_fields_may_have_other_names():
    fields = Fields("body", "url", "date", "site", "head")
    line = '{"id":[],"body":"A","url":"u","date":"2026-11-23","site":"s","head":"T","text":0}'
    expected = Document("u", "A", title="T", source="s", published="2026-11-23")
    assert _read(_write("a.jsonl", line), fields=fields) == [expected]


def test_titles_are_not_read_unless_they_are_asked_for():
    path = _write("a.jsonl", '{"id":1,"text":"A","title":["no title"]}')
    assert _read(path, fields=Fields()) == [Document(1, "A")]


@pytest.mark.parametrize("odd", ["", ',"x":NaN'])
def test_one_field_may_be_two_parts(odd):
    path = _write("a.jsonl", '{"url":"u","text":"A"' + odd + "}")
    fields = Fields(id="url", source="url", title="text")
    assert _read(path, fields=fields) == [Document("u", "A", title="A", source="u")]


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
    (document,) = _read(_write("a.jsonl", '{"text":"A","id":' + written + odd + "}"))
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
    way_out = "use --id FIELD or --skip-bad FILE"
    assert _problem('{"text":"A","id":' + written + "}") == f"{problem}; {way_out}"


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (
            '{"text":"A","url":"u"}',
            'field "id" must be a string or a whole number, got no such field among text, url; '
            "use --id FIELD or --skip-bad FILE",
        ),
        (
            '{"id":2,"text":null}',
            'field "text" must be a string, got null; use --text FIELD or --skip-bad FILE',
        ),
        (
            '{"id":2,"text":"A","source":3}',
            'field "source" must be a string or null, got a number; '
            "use --source FIELD or --skip-bad FILE",
        ),
        (
            '{"id":2,"text":"A","title":["T"]}',
            'field "title" must be a string or null, got an array; '
            "use --title FIELD or --skip-bad FILE",
        ),
        (
            '{"id":2,"text":"A","published":1764000000}',
            'field "published" must be a string or null, got a number; '
            "use --published FIELD or --skip-bad FILE",
        ),
        (
            '{"id":1,"text":"A"}',
            'field "id" must be different in each record, got that of a.jsonl:1 again; '
            "use --id FIELD or --skip-bad FILE",
        ),
        (b'{"id":"\xff","text":"A"}', 'field "id" must be UTF-8, got byte 0xff at byte offset 7'),
        (b'{"id":2,"text":"A"', "a line must be a JSON object, got invalid JSON"),
        ('["A"]', "a line must be a JSON object, got an array; use --skip-bad FILE"),
    ],
)
def test_a_bad_record_is_refused_with_the_way_out(line, problem):
    assert _problem(line).startswith(problem)


def test_the_way_out_names_the_option_of_a_renamed_field():
    problem = _problem('{"id":2,"text":"A","day":"no"}', Fields(published="day"))
    assert problem == (
        "field \"day\" must be an ISO 8601 date or time, or null, got 'no'; "
        "use --published FIELD or --skip-bad FILE"
    )


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
    assert _read(_write("a.jsonl", line))[0].published == published


@pytest.mark.parametrize(
    "published",
    ["", "yesterday", "23.11.2026", "2026-02-30", "2026-11-23T25:00", "1764000000", " 2026"],
)
@pytest.mark.parametrize("odd", [{}, {"x": float("nan")}])
def test_what_is_no_date_is_refused(published, odd):
    problem = _problem(json.dumps({"id": 2, "text": "A", "published": published, **odd}))
    must = 'field "published" must be an ISO 8601 date or time, or null'
    way_out = "use --published FIELD or --skip-bad FILE"
    assert problem == f"{must}, got {published!r}; {way_out}"


def test_a_hostile_date_is_shown_cut_and_harmless():
    line = json.dumps({"id": 2, "text": "A", "published": "\x1b[31m" + "9" * 1_000_000})
    assert f"got '\\x1b[31m{'9' * 35}';" in _problem(line)


def test_odd_lines_are_read_like_others():
    path = _write(
        "a.jsonl",
        '{"id":1,"text":"\\ud800","published":"2026-11-23","source":"s","title":"T"}',
        "",
        " \t",
        '{"id":"2","text":"B","score":-Infinity,"title":"\\udc00"}',
    )
    assert _read(path) == [
        Document(1, "\ud800", title="T", source="s", published="2026-11-23"),
        Document("2", "B", title="\udc00"),
    ]


def test_what_is_set_aside_stands_in_the_order_of_the_file():
    lines = ["no JSON", '{"id":1,"text":"A"}', '{"id":1,"text":"B"}', '{"text":"C"}', "[]"]
    aside = io.BytesIO()
    reader = DocumentReader(
        find_sources([_write("a.jsonl", *lines)]), ALL, aside, lambda size: None
    )
    assert list(reader) == [Document(1, "A")]
    assert aside.getvalue().decode().splitlines() == [lines[0], *lines[2:]]
    assert (reader.read, reader.skipped) == (1, 4)


def test_the_first_bad_line_is_the_one_that_is_named():
    lines = ['{"id":1,"text":"A"}', '{"id":1,"text":"A"}', "no JSON"]
    with pytest.raises(RecordError, match=r"^a\.jsonl:2: .* that of a\.jsonl:1 again"):
        _read(_write("a.jsonl", *lines))


def test_an_id_is_that_of_one_record_in_all_files():
    first = _write("a.jsonl", "", '{"id":"x","text":"A"}', '{"id":"1","text":"A"}')
    second = _write("b.jsonl.gz")  # an empty file would do, and is no gzip file
    Path(second).unlink()
    third = _write("c.jsonl", '{"id":1,"text":"A"}', '{"id":"x","text":"A"}')
    with pytest.raises(RecordError) as caught:
        _read(first, third)
    assert str(caught.value).startswith('c.jsonl:2: field "id" must be different in each record')
    assert "got that of a.jsonl:2 again" in str(caught.value)


def test_a_long_file_is_read_to_its_end_with_the_right_numbers():
    lines = [json.dumps({"id": n, "text": "word " * 100}) for n in range(20_000)]
    sizes = []
    path = _write("a.jsonl", *lines)
    reader = DocumentReader(find_sources([path]), ALL, None, sizes.append)
    assert [document.id for document in reader] == list(range(20_000))
    assert sum(sizes) == Path(path).stat().st_size
    assert len(sizes) > 1
    with pytest.raises(RecordError, match=r"^a\.jsonl:20001: .*that of a\.jsonl:17000 again"):
        _read(_write("a.jsonl", *lines, lines[16_999]))


def test_texts_are_named_by_their_paths():
    Path("press").mkdir()
    paths = [_write("press/b.txt", "B"), _write("press/a.txt", "A\r\n"), _write("c.txt", "")]
    assert _read("press", "c.txt") == [
        Document("press/a.txt", "A\r\n"),
        Document("press/b.txt", "B"),
        Document("c.txt", ""),
    ]
    assert len(paths) == 3


def test_a_text_is_given_once():
    with pytest.raises(RecordError, match=r"^a\.txt: a text must be given once, got it twice$"):
        _read(_write("a.txt", "A"), "a.txt")


@pytest.mark.parametrize(
    ("content", "documents"),
    [
        (b'\xef\xbb\xbf{"id":1,"text":"A"}', [Document(1, "A")]),
        (b"A text.\n", [Document("-", "A text.")]),
        (b"", [Document("-", "")]),
    ],
)
def test_standard_input_is_read_like_a_file(monkeypatch, content, documents):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
    assert _read("-") == documents


def test_an_empty_file_holds_no_documents():
    Path("a.jsonl").write_bytes(b"")
    assert _read("a.jsonl") == []


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
        documents, bad = record_format.read(Lines("a.jsonl", 1, [content], 0))
        assert len(documents) + len(bad) == (1 if content.strip() else 0)


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
    line = json.dumps(record).encode()
    ((_, document),), bad = DocumentFormat(ALL).read(Lines("a.jsonl", 1, [line], 0))
    assert bad == []
    assert document == Document(
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
