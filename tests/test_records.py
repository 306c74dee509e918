import io
import json
import os
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.errors import RecordError
from dedup.record_format import RecordFormat
from dedup.records import (
    Lines,
    Source,
    find_sources,
    kind_of,
    read_content,
    read_lines,
    read_text,
)

PROSE = st.text(st.characters(exclude_categories=["Cs"]))
# Half of a pair of surrogates is a character of JSON's escapes, and of no other encoding.
ANY_TEXT = st.text(st.characters())
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | PROSE,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(PROSE, inner, max_size=3),
    max_leaves=5,
)


def _chunk(*lines: bytes) -> Lines:
    return Lines("crawl.jsonl", 1, list(lines), 0)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.txt", "text"),
        ("a.TXT.GZ", "text"),
        ("crawl.docs.jsonl.gz", "record"),
        ("a.txt.jsonl", "record"),
        ("a.ndjson.zst", "record"),
        ("c4-train.00000-of-01024.json.gz", "record"),
        ("a.jsonl.gz.zst", None),
        ("a.csv", "record"),
        ("A.TSV.zst", "record"),
        ("a.parquet", "record"),
        ("a.parquet.gz", None),
        ("a.gz", None),
        ("jsonl", None),
        (".txt", None),
        ("-", None),
        ("", None),
    ],
)
def test_the_last_suffixes_tell_what_a_file_holds(name, kind):
    assert kind_of(name) == kind


def test_a_folder_stands_for_its_texts_in_order_of_their_names(tmp_path):
    for name in ["b.txt", "a/z.txt.gz", "a.txt", "c.jsonl", "c.md", "a/b/y.txt"]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    (tmp_path / "a" / "up").symlink_to(tmp_path)
    sources = find_sources([str(tmp_path)])
    assert [source.name for source in sources] == ["a.txt", "a/b/y.txt", "a/z.txt.gz", "b.txt"]
    assert [source.path for source in sources] == [str(tmp_path / s.name) for s in sources]


@pytest.mark.parametrize(
    ("paths", "message"),
    [
        (["folder"], "folder: a folder must hold .txt files, or records, got none"),
        (
            ["a.md"],
            "a.md: name must end in .txt, .jsonl, .ndjson, .json, .csv or .tsv, and may have .gz "
            "or .zst after, or in .parquet",
        ),
        (["a.txt", "a.jsonl"], "a.jsonl: must hold what a.txt holds, got records among texts"),
        (["a.jsonl", "a.txt"], "a.txt: must hold what a.jsonl holds, got a text among records"),
        (["-", "-"], "-: standard input must be given once, got it twice"),
    ],
)
def test_paths_that_cannot_be_read_together_are_refused(tmp_path, monkeypatch, paths, message):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO()))
    (tmp_path / "folder").mkdir()
    for name in ["a.md", "a.txt", "a.jsonl"]:
        (tmp_path / name).write_bytes(b"")
    with pytest.raises(RecordError) as caught:
        find_sources(paths)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b'{"text":"a"}\nnot JSON', "record"),
        (b' \n\r\n {"text":1}', "record"),
        (b'\xef\xbb\xbf{"text":"a"}', "record"),
        (b'{"body":"\\ud800"}', "record"),
        (b"{curly} was the word.", "text"),
        (b'{"text":"cut', "text"),
        (b'["a"]', "text"),
        (b"A text.", "text"),
        (b"\n\n", "text"),
        (b"", "text"),
    ],
)
def test_standard_input_holds_records_if_its_first_line_is_an_object(monkeypatch, content, kind):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
    (source,) = find_sources(["-"])
    assert source.kind == kind
    lines = [line for chunk in read_lines(source) for line in chunk.lines]
    assert b"".join(lines) == content.removeprefix(b"\xef\xbb\xbf")


def test_a_text_is_read_with_nothing_translated(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"\xef\xbb\xbfA\r\nB\rC\x0b\n")
    assert read_text(Source(str(path), "a.txt", "text")) == "\ufeffA\r\nB\rC\x0b\n"


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (b"\xff", ":1: a text must be UTF-8, got byte 0xff at byte offset 0 of the file"),
        (
            b"One.\r\n\nCaf\xe9.\n",
            ":3: a text must be UTF-8, got byte 0xe9 at byte offset 10 of the file",
        ),
        (
            b"cut in a letter \xe2\x80",
            ":1: a text must be UTF-8, got byte 0xe2 at byte offset 16 of the file",
        ),
    ],
)
def test_a_text_in_another_encoding_is_refused(tmp_path, content, place):
    path = tmp_path / "a.txt"
    path.write_bytes(content)
    with pytest.raises(RecordError) as caught:
        read_text(Source(str(path), "a.txt", "text"))
    assert str(caught.value) == f"{path}{place}"


def test_lines_come_in_chunks_that_make_up_the_file(tmp_path):
    path = tmp_path / "a.jsonl"
    lines = [b"%d" % n * 1000 + b"\n" for n in range(1000, 3500)] + [b"the end"]
    path.write_bytes(b"".join(lines))
    chunks = list(read_lines(Source(str(path), "a.jsonl", "record")))
    assert [line for chunk in chunks for line in chunk.lines] == lines
    assert len(chunks) == 3
    assert chunks[1].first == len(chunks[0].lines) + 1
    assert sum(chunk.size for chunk in chunks) == path.stat().st_size


def test_what_came_down_a_pipe_does_not_wait_for_more(tmp_path):
    path = tmp_path / "a.jsonl"
    os.mkfifo(path)
    pipe = os.open(path, os.O_RDWR)
    parts = read_content(Source(str(path), "a.jsonl", "record"), 1000, as_it_comes=True)
    os.write(pipe, b"1\n2\n3")
    assert next(parts).content == b"1\n2\n"
    os.write(pipe, b"3\n\n")
    part = next(parts)
    assert (part.content, part.first, part.start) == (b"33\n\n", 3, 4)
    os.write(pipe, b"4\n5")
    os.close(pipe)
    assert b"".join(part.content for part in parts) == b"4\n5"


@given(st.lists(st.sampled_from([b"a", b"b" * 9, b"\n", b"\xef\xbb\xbf"])), st.integers(1, 20))
def test_lines_as_they_come_make_up_the_file(pieces, size):
    content = b"".join(pieces)
    source = Source("a.jsonl", "a.jsonl", "record", held=io.BytesIO(content))
    parts = list(read_content(source, size, as_it_comes=True))
    assert b"".join(part.content for part in parts) == content.removeprefix(b"\xef\xbb\xbf")
    assert all(part.content.endswith(b"\n") for part in parts[:-1])
    lines = 0
    for part in parts:
        assert part.first == lines + 1
        lines += len(part)


def test_records_keep_their_rows_and_their_ids():
    chunk = _chunk(b'{"id":1.0e5,"text":"a"}\n', b" \r\n", b'{"text":"\\ud800"}\n', b"[]")
    records = RecordFormat("text", "id").read(chunk)
    assert list(records.rows) == [0, 2]
    assert records.texts == ["a", "\ud800"]
    assert [bytes(record_id) for record_id in records.ids] == [b"1.0e5", b"null"]
    assert [(row, str(error)) for row, error in records.bad] == [
        (3, "crawl.jsonl:4: a line must be a JSON object, got an array; use --skip-bad FILE")
    ]


@pytest.mark.parametrize("ids", [b"7", b'"\\u00e9"', b'["a", 1]', b'{"a" : 1 }'])
@pytest.mark.parametrize("line", [b'{"text":"a","id":%s}', b'{"text":"\\ud800","id":%s}'])
def test_an_id_is_whatever_was_written(ids, line):
    (found,) = RecordFormat("text", "id").read(_chunk(line % ids)).ids
    assert bytes(found) == ids


@pytest.mark.parametrize("name", ['"', "a\\b", "\n", "", "é", "a.b", "\udcff"])
def test_a_field_may_have_any_name(name):
    key = json.dumps(name, ensure_ascii=False).encode(errors="surrogateescape")
    chunk = _chunk(b'{"x":1,' + key + b':"a"}')
    record_format = RecordFormat(name, "x")
    records = record_format.read(chunk)
    assert (records.texts, [bytes(i) for i in records.ids]) == (["a"], [b"1"])
    assert record_format.with_text(chunk, 0, "b") == b'{"x":1,' + key + b':"b"}'


def test_one_field_cannot_be_text_and_id():
    with pytest.raises(ValueError, match=r"^text and id must be two fields, got 'a' for both$"):
        RecordFormat("a", "a")


def test_a_line_nested_too_deeply_is_an_error_of_that_line():
    nested = b"[" * 100_000 + b"]" * 100_000
    records = RecordFormat("text").read(_chunk(b'{"text":"a"}', b'{"text":"a","x":%s}' % nested))
    problem = "a line must be a JSON object, got one nested too deeply; use --skip-bad FILE"
    assert str(records.bad[0][1]) == f"crawl.jsonl:2: {problem}"


@st.composite
def members(draw):
    """Return the JSON of a record's other fields, as (before, after) its text."""
    ensure_ascii = draw(st.booleans())
    pairs = draw(st.lists(st.tuples(PROSE, VALUES), max_size=5))
    space = draw(st.sampled_from(["", " ", "\t \r"]))
    written = [
        f"{json.dumps(k, ensure_ascii=ensure_ascii)}{space}:{space}"
        f"{json.dumps(v, ensure_ascii=ensure_ascii)}"
        for k, v in pairs
        if k != "text"
    ]
    n_before = draw(st.integers(0, len(written)))
    comma = f"{space},{space}"
    before = "".join(member + comma for member in written[:n_before])
    after = "".join(comma + member for member in written[n_before:])
    return f'{space}{{{space}{before}"text"{space}:{space}', f"{after}{space}}}{space}\n"


@given(members(), ANY_TEXT, PROSE)
def test_only_the_text_of_a_record_changes(around, text, cleaned):
    before, after = (part.encode() for part in around)
    line = before + json.dumps(text).encode() + after
    chunk = _chunk(line)
    record_format = RecordFormat("text")
    # Two halves of a pair that stand beside each other are one character to JSON.
    joined = text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
    assert record_format.read(chunk).texts == [joined]
    changed = record_format.with_text(chunk, 0, cleaned)
    assert changed.startswith(before)
    assert changed.endswith(after)
    assert json.loads(changed[len(before) : len(changed) - len(after)]) == cleaned
    assert changed.isascii() or not line.isascii()


@given(st.lists(st.sampled_from([",", "a", "text", ":", "", ',"text":', '"a"', "\\"])))
def test_the_text_is_found_among_strings_like_it(others):
    fields = "".join(
        f",{json.dumps(f'{n}{other}')}:{json.dumps(other)}" for n, other in enumerate(others)
    )
    for text in [",", "a", "text", ":", "", ',"text":', '"a"', "\\"]:
        written = json.dumps(text)
        for line in [f'{{"text":{written}{fields}}}', f'{{"x":["a"]{fields},"text":{written}}}']:
            changed = RecordFormat("text").with_text(_chunk(line.encode()), 0, "new")
            assert json.loads(changed) == {**json.loads(line), "text": "new"}


@given(st.binary(max_size=60))
def test_no_bytes_crash_the_reader(line):
    for content in [line, b'{"text":"' + line + b'"}', b'{"text":"a","x":' + line + b"}"]:
        records = RecordFormat("text", "id").read(_chunk(content))
        assert len(records.texts) + len(records.bad) == (1 if content.strip() else 0)


def test_a_line_of_many_megabytes_is_a_line_like_others(tmp_path):
    path = tmp_path / "a.jsonl"
    text = "All of it stands in one line. " * 400_000
    path.write_bytes(b'{"text":"' + text.encode() + b'","id":1}\n{"text":"b"}\n')
    chunks = list(read_lines(Source(str(path), "a.jsonl", "record")))
    assert sum(len(chunk.lines) for chunk in chunks) == 2
    assert RecordFormat("text").read(chunks[0]).texts[0] == text
    changed = RecordFormat("text").with_text(chunks[0], 0, "short")
    assert changed == b'{"text":"short","id":1}\n'


def test_the_order_of_a_folder_does_not_depend_on_the_file_system(tmp_path):
    names = [f"{letter}.txt" for letter in "hgfedcba"]
    for name in names:
        (tmp_path / name).write_bytes(b"")
    assert [source.name for source in find_sources([f"{tmp_path}{os.sep}"])] == sorted(names)
