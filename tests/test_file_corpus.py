"""Documents in files: whatever the chunks, they are those that json.loads reads line by line."""

import gzip
import io
import json
import os
import time
from datetime import datetime
from pathlib import Path

import naive_records
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st
from readings import documents_of
from strategies import texts

from dedup import line_corpus, text_corpus
from dedup.columns import Ids
from dedup.document_files import Fields
from dedup.errors import RecordError
from dedup.model import Document
from dedup.opening import open_corpus
from dedup.outputs import LineWriter
from dedup.records import find_sources

RECORDS = b'{"id":1,"text":"A"}\n\n \t\n{"id":2,"text":"B"}\nno JSON\n{"id":3,"text":"C"}'
SIZES = pytest.mark.parametrize("size", [1, 7, 25, 60, 10**6])


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def write(path, *lines):
    content = [line.encode() if isinstance(line, str) else line for line in lines]
    Path(path).write_bytes(b"\n".join(content) + b"\n")
    return path


def corpus_of(*paths, fields=None, aside=None):
    writer = None if aside is None else LineWriter(aside)
    return open_corpus(find_sources(paths), fields or Fields(), writer)


def read_first(corpus):
    """Return the documents of a corpus, read as ``read_all`` does."""
    documents, places, n = [], {}, 0
    for chunk in corpus.chunks():
        batch = corpus.read(chunk)
        repeated = []
        for row, own in enumerate(Ids([batch.ids])):
            if places.setdefault((type(own), own), n + row) != n + row:
                repeated.append((row, places[type(own), own]))
        n += batch.n_documents
        corpus.accept(chunk, batch, repeated)
        documents += documents_of(corpus.read(chunk) if repeated or batch.bad else batch)
    assert corpus.read_documents == len(documents)
    return documents


def read_again(corpus):
    """Return the texts of a corpus, read for the second time."""
    found = []
    for chunk, n_documents in corpus.again():
        if n_documents:
            picked = corpus.pick(chunk, range(n_documents))
            found += [picked.text(row) for row in range(n_documents)]
    return found


def read(*paths, **options):
    """Return the documents in files, which both readings must agree on."""
    corpus = corpus_of(*paths, **options)
    documents = read_first(corpus)
    assert read_again(corpus) == [document.text for document in documents]
    return documents


def all_lines(corpus):
    return [
        (piece.part.without(piece.bad), [piece.part.number(row) for row in piece.rows])
        for number in range(len(corpus.sources))
        for piece in corpus.pieces(number)
    ]


def problem(line, odd=(), **options):
    """Return what is wrong with the second line of a file."""
    with pytest.raises(RecordError) as caught:
        read(write("a.jsonl", '{"id":1,"text":"a"}', line, *odd), **options)
    assert (caught.value.path, caught.value.line) == ("a.jsonl", 2)
    return str(caught.value).removeprefix("a.jsonl:2: ")


# Records. A chunk with an odd line is read line by line, another one as a whole.

ODD = pytest.mark.parametrize("odd", [(), ('{"id":"odd","text":"","x":NaN}',)], ids=["", "odd"])


def but_odd(documents):
    return [document for document in documents if document.id != "odd"]


@ODD
def test_a_record_is_a_document_with_what_is_known_of_it(odd):
    line = '{"text":"A","id":7,"published":"2026-11-23","source":"s","title":["T"],"x":[1]}'
    assert but_odd(read(write("a.jsonl", line, *odd))) == [
        Document(7, "A", source="s", published="2026-11-23")
    ]


@ODD
def test_what_is_null_or_missing_is_unknown(odd):
    lines = ['{"text":"A","id":"7"}', '{"id":"8","published":null,"source":null,"text":""}']
    expected = [Document("7", "A"), Document("8", "")]
    assert but_odd(read(write("a.jsonl", *lines, *odd))) == expected


@ODD
def test_fields_may_have_other_names(odd):
    fields = Fields("body", "url", "date", "site", "head")
    line = '{"id":[],"body":"A","url":"u","date":"2026-11-23","site":"s","head":"T","text":0}'
    odd = [line.replace('"id":"odd","text"', '"url":"odd","body"') for line in odd]
    assert but_odd(read(write("a.jsonl", line, *odd), fields=fields)) == [
        Document("u", "A", source="s", published="2026-11-23")
    ]


@ODD
@pytest.mark.parametrize("name", ["te xt", "text’s", 'a "text"', "", "\\", "é"])
def test_a_field_may_have_any_name(name, odd):
    lines = [json.dumps({"id": 1, name: "A"}), json.dumps({"id": 2, name: "B"}, ensure_ascii=False)]
    odd = [json.dumps({"id": "odd", name: "", "x": float("nan")}) for _ in odd]
    path = write("a.jsonl", *lines, *odd)
    assert but_odd(read(path, fields=Fields(text=name))) == [Document(1, "A"), Document(2, "B")]


@ODD
def test_one_field_may_be_two_parts(odd):
    line = '{"id":"u","text":"A"}'
    fields = Fields(source="id")
    assert but_odd(read(write("a.jsonl", line, *odd), fields=fields)) == [
        Document("u", "A", source="u")
    ]
    assert read(write("a.jsonl", line), fields=Fields(id="text")) == [Document("A", "A")]


@ODD
@pytest.mark.parametrize(
    ("written", "own"),
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
def test_an_id_is_a_string_or_a_whole_number(written, own, odd):
    (document,) = but_odd(read(write("a.jsonl", '{"text":"A","id":' + written + "}", *odd)))
    assert (document.id, type(document.id)) == (own, type(own))


@ODD
@pytest.mark.parametrize(
    ("written", "text"),
    [
        ('"\\u0041"', "A"),
        ('"\\"\\\\\\/\\b\\f\\n\\r\\t"', '"\\/\b\f\n\r\t'),
        ('"\\ud83d\\ude00"', "😀"),
        ('"\\uD83D\\uDE00 \\ud83d \\ude00"', "😀 \ud83d \ude00"),
        ('"\\ude00\\ud83d"', "\ude00\ud83d"),
        ('"\\u0000"', "\0"),
        ('"Ä 😀 \u2028 \x7f"', "Ä 😀 \u2028 \x7f"),
    ],
)
def test_a_text_is_what_its_escapes_say(written, text, odd):
    line = '{"id":1,"text":' + written + "}"
    assert but_odd(read(write("a.jsonl", line, *odd))) == [Document(1, text)]


NO_DATE = 'field "published" must be an ISO 8601 date or time, or null, got'
NO_ID = 'field "id" must be a string or a whole number, got'
NO_RECORD = "a line must be a JSON object, got"
NO_STRING = 'field "text" must be a string, got'
PLAIN = "; use --skip-bad FILE"
BAD = {
    '{"text":"A","url":"u"}': f"{NO_ID} no such field among text, url; use --id FIELD or",
    '{"text":"A","id":1.0}': f"{NO_ID} 1.0; use --id FIELD or --skip-bad FILE",
    '{"text":"A","id":1e5}': f"{NO_ID} 1e5",
    '{"text":"A","id":NaN}': f"{NO_ID} NaN",
    '{"text":"A","id":' + "9" * 5000 + "}": f"{NO_ID} a number of 5,000 characters",
    '{"text":"A","id":true}': f"{NO_ID} a boolean",
    '{"text":"A","id":null}': f"{NO_ID} null",
    '{"text":"A","id":[1]}': f"{NO_ID} an array",
    '{"text":"A","id":{"$oid":"7"}}': f"{NO_ID} an object",
    b'{"id":"\xff","text":"A"}': 'field "id" must be UTF-8, got byte 0xff at byte offset 7 of',
    '{"id":2}': f"{NO_STRING} no such field among id; use --text FIELD or --skip-bad FILE",
    '{"id":2,"text":null}': f"{NO_STRING} null; use --text FIELD or --skip-bad FILE",
    '{"id":2,"text":["A"]}': f"{NO_STRING} an array",
    '{"id":2,"text":3}': f"{NO_STRING} a number",
    '{"id":2,"text":"A","text":3}': f"{NO_STRING} a number",
    b'{"id":2,"text":"caf\xe9"}': 'field "text" must be UTF-8, got byte 0xe9 at byte offset 19 of',
    b'{"id":2,"text":"\xed\xa0\x80"}': 'field "text" must be UTF-8, got byte 0xed at byte offset',
    '{"id":2,"text":"\\q"}': f"{NO_RECORD} invalid JSON: invalid \\escape at byte offset 16",
    '{"id":2,"text":"\\u12"}': f"{NO_RECORD} invalid JSON: invalid \\uxxxx escape",
    '{"id":2,"text":"a\tb"}': f"{NO_RECORD} invalid JSON: invalid control character at byte off",
    '{"id":2,"text":"a\0b"}': f"{NO_RECORD} invalid JSON: invalid control character at byte off",
    '{"id":2,"text":"A","source":3}': (
        'field "source" must be a string or null, got a number; use --source FIELD or --skip-bad'
    ),
    '{"id":2,"text":"A","published":1764000000}': (
        'field "published" must be a string or null, got a number; use --published FIELD or'
    ),
    '{"id":2,"text":"A","published":""}': f"{NO_DATE} ''; use --published FIELD or --skip-bad",
    '{"id":2,"text":"A","published":"yesterday"}': f"{NO_DATE} 'yesterday'",
    '{"id":2,"text":"A","published":"23.11.2026"}': f"{NO_DATE} '23.11.2026'",
    '{"id":2,"text":"A","published":"2026-02-30"}': f"{NO_DATE} '2026-02-30'",
    '{"id":2,"text":"A","published":" 2026"}': f"{NO_DATE} ' 2026'",
    '{"id":1,"text":"A"}': (
        'field "id" must be different in each record, got that of a.jsonl:1 again; '
        "use --id FIELD or --skip-bad FILE"
    ),
    '{"id":2,"text":"A"': f"{NO_RECORD} invalid JSON: expecting ',' at byte offset 18{PLAIN}",
    '{"id":2,"text":"A': f"{NO_RECORD} invalid JSON: unterminated string starting at byte offset",
    '{"id":2,"text":"A"}{"id":3,"text":"B"}': f"{NO_RECORD} invalid JSON: expecting the end of",
    '{"id":2,"text":"A"},': f"{NO_RECORD} invalid JSON: expecting the end of the line",
    "{'id':2,'text':'A'}": f"{NO_RECORD} invalid JSON: expecting a name in quotes at byte offset 1",
    '["A"]': f"{NO_RECORD} an array{PLAIN}",
    "[": f"{NO_RECORD} an array{PLAIN}",
    '"A"': f"{NO_RECORD} a string",
    "2": f"{NO_RECORD} a number",
    "null": f"{NO_RECORD} null",
    "id,text": f"{NO_RECORD} something else",
    "\0": f"{NO_RECORD} something else",
    "\ufeff{}": f"{NO_RECORD} something else",
    '{"id":2,"text":' + "[" * 100_000 + "}": f"{NO_RECORD} one nested too deeply",
}


@ODD
@pytest.mark.parametrize("line", BAD, ids=lambda line: repr(line[:60]))
def test_a_bad_record_is_refused_with_the_way_out(line, odd):
    assert problem(line, odd).startswith(BAD[line])


def test_the_way_out_names_the_option_of_a_renamed_field():
    assert problem('{"id":2,"text":"A","day":"no"}', fields=Fields(published="day")) == (
        "field \"day\" must be an ISO 8601 date or time, or null, got 'no'; "
        "use --published FIELD or --skip-bad FILE"
    )


@ODD
@pytest.mark.parametrize(
    ("published", "hours"),
    [
        ("1970-01-02", 24),
        ("19700102", 24),
        ("1970-W01-5", 24),
        ("1970-01-01T15:30:00", 15.5),
        ("1970-01-01 15:30", 15.5),
        ("1970-01-01T15:30:00Z", 15.5),
        ("1970-01-01T15:30:00.000+05:30", 10),
        ("0001-01-01T00:00+14:00", -17259902),
        ("9999-12-31T23:00-14:00", 70389541),
    ],
)
def test_a_date_stays_as_it_is_written(published, hours, odd):
    path = write("a.jsonl", json.dumps({"id": 1, "text": "A", "published": published}), *odd)
    assert but_odd(read(path)) == [Document(1, "A", published=published)]
    corpus = corpus_of(path)
    (chunk,) = corpus.chunks()
    assert corpus.read(chunk).hours[0] == hours


# Lines

KEYS = st.sampled_from(
    ["id", "text", "published", "source", "x", "te\\u0078t", "\\u0069d", "", "é", "\\ud800"]
)
STRINGS = st.one_of(
    texts(12).map(lambda text: json.dumps(text).encode()),
    texts(12).map(lambda text: json.dumps(text, ensure_ascii=False).encode(errors="replace")),
    st.lists(
        st.sampled_from([b"a", b"\xc3\xa9", b"\xff", b"\xc3", b"\xed\xa0\x80", b"\t", b"\0"])
        | st.sampled_from([b"\\u0041", b"\\/", b"\\\\", b'\\"', b"\\u00", b"\\x"])
        | st.sampled_from([b"\\ud83d", b"\\ude00", b"\\uD83D\\uDE00"]),
        max_size=5,
    ).map(lambda parts: b'"' + b"".join(parts) + b'"'),
)
VALUES = st.one_of(
    STRINGS,
    st.integers().map(lambda number: b"%d" % number),
    st.sampled_from([b"null", b"true", b"1.0", b"NaN", b"-Infinity", b"[1,[]]", b'{"id":1}'])
    | st.sampled_from(
        [b'"2026-11-23"', b'"2026-11-23T15:02:20Z"', b'""', b"9" * 5000, b"[", b"-0"]
    ),
)
SPACE = st.sampled_from([b"", b"", b"", b" ", b"\t ", b"\r", b"\x0b", b"\xa0"])


@st.composite
def records(draw):
    """Draw a line that is a record, or nearly one."""
    space = draw(SPACE)
    own = draw(st.integers(0, 5).map(lambda n: b"%d" % n) | VALUES)
    pairs = [(b'"id"', own), (b'"text"', draw(STRINGS))]
    pairs += draw(
        st.lists(st.tuples(KEYS.map(lambda key: f'"{key}"'.encode()), VALUES), max_size=3)
    )
    pairs = draw(st.permutations(pairs))
    line = b",".join(space + key + b":" + space + value for key, value in pairs)
    return space + b"{" + line + space + b"}" + space


@st.composite
def lines_of_files(draw):
    """Draw lines, some of which are cut, have a byte too many, or are no records at all."""
    line = draw(st.one_of(*[records()] * 4, st.binary(max_size=20), SPACE)).replace(b"\n", b"")
    at = draw(st.integers(0, len(line)))
    line = draw(st.sampled_from([line] * 6 + [line[:at], line[:at] + b"\x80" + line[at:]]))
    return line + draw(st.sampled_from([b"", b"\r"]))


FILES = st.lists(st.lists(lines_of_files(), max_size=8), min_size=1, max_size=3)


def joined(lines):
    return b"".join(line for line, _ in lines)


def naive_reading(files):
    """Return the documents; of each file the bad lines by their numbers, and all others.

    Those are blank, or hold documents: then they have the place of theirs, otherwise -1.
    """
    documents, bad, rest, seen = [], [], [], set()
    for content in files:
        lines = content.removeprefix(b"\xef\xbb\xbf").split(b"\n")
        lines = [line + b"\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])
        bad.append({})
        rest.append([])
        for number, line in enumerate(lines, 1):
            document = naive_records.document(line, Fields())
            if document is not None and (type(document.id), document.id) not in seen:
                rest[-1].append((line, len(documents)))
                documents.append(document)
                seen.add((type(document.id), document.id))
            elif line.strip():
                bad[-1][number] = line if line.endswith(b"\n") else line + b"\n"
            else:
                rest[-1].append((line, -1))
    return documents, bad, rest


@settings(max_examples=400, deadline=None)
@given(
    FILES,
    st.integers(1, 80),
    st.booleans(),
    st.sampled_from(["", ".gz", ".zst"]),
    st.randoms(use_true_random=False),
)
def test_documents_are_those_of_json_loads(files, size, ended, packed, draws):
    contents = [b"\n".join(lines) + (b"\n" if ended else b"") for lines in files]
    paths = [f"{number}.jsonl{packed}" for number in range(len(files))]
    pack = {"": bytes, ".gz": gzip.compress, ".zst": zstandard.ZstdCompressor().compress}[packed]
    for path, content in zip(paths, contents, strict=True):
        Path(path).write_bytes(pack(content))
    documents, bad, rest = naive_reading(contents)
    aside = io.BytesIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(line_corpus, "BATCH", size)
        corpus = corpus_of(*paths, aside=aside)
        assert read_first(corpus) == documents
        assert aside.getvalue() == b"".join(line for lines in bad for line in lines.values())
        assert corpus.skipped == sum(map(len, bad))
        assert read_again(corpus) == [document.text for document in documents]
        for number, expected in enumerate(rest):
            found = corpus.pieces(number)
            stay = b"".join(piece.part.without(piece.bad) for piece in found)
            assert stay == joined(expected)
        gone = [k for k in range(len(documents)) if draws.random() < 0.5]
        for number, expected in enumerate(rest):
            places = iter([place for _, place in expected if place >= 0])
            stay, go = b"", b""
            for piece in corpus.pieces(number):
                going = [row for row in piece.rows if next(places) in gone]
                stay += piece.part.without([*piece.bad, *going])
                go += piece.part.only(going)
            assert stay == joined(each for each in expected if each[1] not in gone)
            assert go == joined(each for each in expected if each[1] in gone)
    corpus = corpus_of(*paths)
    if not any(bad):
        assert read_first(corpus) == documents
        return
    with pytest.raises(RecordError) as caught:
        read_first(corpus)
    path, lines = next((path, lines) for path, lines in zip(paths, bad, strict=True) if lines)
    assert (caught.value.path, caught.value.line) == (path, min(lines))


@given(
    st.fixed_dictionaries(
        {"id": st.integers() | st.text(), "text": texts()},
        optional={
            "published": st.none() | st.datetimes().map(datetime.isoformat),
            "source": st.none() | st.text(),
            "title": st.none() | st.text(),
            "other": st.floats(),
        },
    ),
    st.booleans(),
)
def test_whatever_is_written_is_what_is_read(record, ascii_only):
    try:
        content = json.dumps(record, ensure_ascii=ascii_only).encode()
    except UnicodeEncodeError:  # half of a surrogate pair, which only an escape can write
        content = json.dumps(record).encode()
    # Halves side by side are one character.
    text = record["text"].encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
    source, published = record.get("source") or "", record.get("published")
    assert read(write("a.jsonl", content)) == [
        Document(record["id"], text, source=source, published=published)
    ]


@SIZES
def test_what_is_set_aside_stands_in_the_order_of_the_file(size, monkeypatch):
    monkeypatch.setattr(line_corpus, "BATCH", size)
    lines = ["no JSON", '{"id":1,"text":"A"}', '{"id":1,"text":"B"}', '{"text":"C"}', "", "[]"]
    aside = io.BytesIO()
    corpus = corpus_of(write("a.jsonl", *lines), write("b.jsonl", lines[1], "{}"), aside=aside)
    assert read_first(corpus) == [Document(1, "A")]
    expected = [lines[0], *lines[2:4], lines[5], lines[1], "{}"]
    assert aside.getvalue().decode().splitlines() == expected
    assert (corpus.read_documents, corpus.skipped) == (1, 6)


@SIZES
def test_the_first_bad_line_is_the_one_that_is_named(size, monkeypatch):
    monkeypatch.setattr(line_corpus, "BATCH", size)
    lines = ['{"id":1,"text":"A"}', '{"id":1,"text":"A"}', "no JSON"]
    with pytest.raises(RecordError, match=r"^a\.jsonl:2: .* that of a\.jsonl:1 again"):
        read(write("a.jsonl", *lines))
    with pytest.raises(RecordError, match=r"^a\.jsonl:2: a line must be"):
        read(write("a.jsonl", lines[0], *lines[:0:-1]))


@SIZES
def test_an_id_is_that_of_one_record_in_all_files(size, monkeypatch):
    monkeypatch.setattr(line_corpus, "BATCH", size)
    first = write("a.jsonl", "", '{"id":"x","text":"A"}', '{"id":"1","text":"A"}')
    Path("b.jsonl").write_bytes(b"")
    third = write("c.jsonl", '{"id":1,"text":"A"}', " ", '{"id":"x","text":"A"}')
    with pytest.raises(RecordError) as caught:
        read(first, "b.jsonl", third)
    assert str(caught.value).startswith('c.jsonl:3: field "id" must be different in each record')
    assert "got that of a.jsonl:2 again" in str(caught.value)


def test_a_long_file_is_read_to_its_end_with_the_right_numbers():
    lines = [json.dumps({"id": n, "text": "word " * 100}) for n in range(20_000)]
    path = write("a.jsonl", *lines)
    corpus = corpus_of(path)
    sizes = [corpus.size(chunk) for chunk in corpus.chunks()]
    assert corpus.total == (sum(sizes), "B") == (Path(path).stat().st_size, "B")
    assert len(sizes) > 1
    assert [document.id for document in read(path)] == list(range(20_000))
    with pytest.raises(RecordError, match=r"^a\.jsonl:20001: .*that of a\.jsonl:17000 again"):
        read(write("a.jsonl", *lines, lines[16_999]))


@ODD
def test_a_line_of_twenty_million_bytes_is_a_record_like_others(odd):
    text = "word \\u00e9 " * 1_900_000
    lines = ['{"id":1,"text":"A"}', '{"id":2,"text":"' + text + '"}', '{"id":3,"text":"C"}']
    found = but_odd(read(write("a.jsonl", *lines, *odd)))
    assert [document.id for document in found] == [1, 2, 3]
    assert found[1].text == "word é " * 1_900_000
    bad = lines[1].removesuffix('"}')
    with pytest.raises(RecordError, match=r"^a\.jsonl:2: .* unterminated string"):
        read(write("a.jsonl", lines[0], bad, *odd))


def test_one_bad_line_leaves_the_rest_to_be_read_as_a_whole(monkeypatch):
    monkeypatch.setattr(line_corpus, "BATCH", 1000)
    lines = [json.dumps({"id": n, "text": "word " * 50}) for n in range(100)]
    corpus = corpus_of(write("a.jsonl", "no JSON", *lines), aside=io.BytesIO())
    one_by_one = []
    each = line_corpus.BatchFormat._read_each

    def watched(own, chunk, known_bad):
        one_by_one.append(chunk.first)
        return each(own, chunk, known_bad)

    monkeypatch.setattr(line_corpus.BatchFormat, "_read_each", watched)
    assert len(read_first(corpus)) == 100
    assert set(one_by_one) == {1}


# Bad files


def packed(content):
    return gzip.compress(content), zstandard.ZstdCompressor().compress(content)


GZ, ZST = packed(b"".join(b'{"id":%d,"text":"A"}\n' % n for n in range(2000)))
BAD_FILES = {
    "cut.jsonl.gz": (GZ[:-9], None, "compressed data must be whole, but it ends too early"),
    "cut-in-head.jsonl.gz": (GZ[:5], None, "compressed data must be whole, but it ends too early"),
    "cut.jsonl.zst": (ZST[:-9], None, "compressed data must be whole, but it ends too early"),
    "plain.jsonl.gz": (RECORDS, None, "compressed data must be sound, got: "),
    "plain.jsonl.zst": (RECORDS, None, "compressed data must be sound, got: "),
    "packed.jsonl": (GZ, 1, "a line must be a JSON object, got something else"),
    "sum.jsonl.gz": (GZ[:-8] + b"\0" * 8, None, "compressed data must be sound, got: "),
    "array.json": (b"[\n" + RECORDS + b"\n]\n", 1, "a line must be a JSON object, got an array"),
    "pretty.json": (b'{\n  "id": 1\n}\n', 1, "a line must be a JSON object, got invalid JSON"),
    "utf16.jsonl": (RECORDS.decode().encode("utf-16"), 1, "a line must be a JSON object, got some"),
    "latin1.jsonl": (
        RECORDS[:20] + b'{"id":9,"text":"caf\xe9"}\n',
        2,
        'field "text" must be UTF-8, got byte 0xe9 at byte offset 19 of the line',
    ),
    "nul.jsonl": (RECORDS[:20] + b"\0" * 100, 2, "a line must be a JSON object, got something"),
    "cr.jsonl": (
        RECORDS[:41].replace(b"\n", b"\r"), 1, "a line must be a JSON object, got invalid JSON"
    ),
    "two-boms.jsonl": (b"\xef\xbb\xbf" * 2 + RECORDS, 1, "a line must be a JSON object, got some"),
    "html.jsonl": (b"<!DOCTYPE html>\n<html>\n", 1, "a line must be a JSON object, got something"),
    "log.jsonl": (RECORDS[:20] + b"INFO done\n", 2, "a line must be a JSON object, got something"),
    "cut.jsonl": (RECORDS[:37], 4, "a line must be a JSON object, got invalid JSON: unterminated"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD_FILES)
@SIZES
def test_a_bad_file_is_an_error_that_names_the_line(name, size, monkeypatch):
    monkeypatch.setattr(line_corpus, "BATCH", size)
    content, line, said = BAD_FILES[name]
    Path(name).write_bytes(content)
    with pytest.raises(RecordError) as caught:
        read(name)
    assert (caught.value.path, caught.value.line) == (name, line)
    place = name if line is None else f"{name}:{line}"
    assert str(caught.value).startswith(f"{place}: {said}")


@pytest.mark.parametrize("name", [name for name, (_, line, _) in BAD_FILES.items() if line is None])
def test_a_damaged_file_is_an_error_whatever_may_be_set_aside(name):
    Path(name).write_bytes(BAD_FILES[name][0])
    with pytest.raises(RecordError, match="compressed data must be"):
        read_first(corpus_of(name, aside=io.BytesIO()))


# Texts


def test_texts_are_named_by_their_paths(monkeypatch):
    monkeypatch.setattr(text_corpus, "TEXTS", 2)
    Path("press").mkdir()
    paths = [write("press/b.txt", "B"), write("press/a.txt", "A\r\n"), write("c.txt", "")]
    assert read("press", "c.txt") == [
        Document("press/a.txt", "A\r\n"),
        Document("press/b.txt", "B"),
        Document("c.txt", ""),
    ]
    corpus = corpus_of("press", "c.txt")
    sizes = [corpus.size(chunk) for chunk in corpus.chunks()]
    assert len(sizes) == 2
    assert sum(sizes) == corpus.total[0] == sum(Path(path).stat().st_size for path in paths)


def test_a_text_is_given_once():
    with pytest.raises(RecordError, match=r"^a\.txt: a text must be given once, got it twice$"):
        read(write("a.txt", "A"), "a.txt")


def test_a_text_comes_again_as_it_is():
    corpus = corpus_of(write("a.txt", b"A\r\n"))
    assert read_first(corpus) == [Document("a.txt", "A\r\n")]
    assert corpus.text(0) == "A\r\n\n"


@pytest.mark.parametrize(
    ("content", "documents"),
    [
        (b'\xef\xbb\xbf{"id":1,"text":"A"}', [Document(1, "A")]),
        (b"A text.\n", [Document("-", "A text.")]),
        (b"", [Document("-", "")]),
    ],
)
def test_standard_input_is_read_like_a_file(monkeypatch, content, documents):
    stdin = io.TextIOWrapper(io.BytesIO(content))
    monkeypatch.setattr("sys.stdin", stdin)
    assert read_first(corpus_of("-")) == documents


def test_an_empty_file_holds_no_documents():
    Path("a.jsonl").write_bytes(b"")
    assert read("a.jsonl") == []
    assert read(write("a.jsonl", " \r", "")) == []


def test_a_byte_order_mark_is_dropped():
    assert read(write("a.jsonl", b'\xef\xbb\xbf{"id":1,"text":"A"}')) == [Document(1, "A")]


@pytest.mark.parametrize(
    ("paths", "unpacked"),
    [(["a.jsonl"], 71), (["a.jsonl", "b.jsonl.GZ"], 71 + 4 * 20), (["c.txt.zst"], 4 * 10)],
)
def test_of_packed_files_the_size_is_guessed(paths, unpacked):
    assert len(RECORDS) == 71
    for path, content in [
        ("a.jsonl", RECORDS),
        ("b.jsonl.GZ", b"x" * 20),
        ("c.txt.zst", b"y" * 10),
    ]:
        Path(path).write_bytes(content)
    assert corpus_of(*paths).unpacked == unpacked


# The second reading


def test_lines_come_again_without_the_bad_ones():
    corpus = corpus_of(write("a.jsonl", RECORDS), aside=io.BytesIO())
    assert [document.id for document in read_first(corpus)] == [1, 2, 3]
    assert all_lines(corpus) == [(RECORDS.replace(b"no JSON\n", b"") + b"\n", [1, 4, 6])]
    assert all_lines(corpus) == all_lines(corpus)


def changes(path, content):
    """Write to a file so that its time is another, however coarse the clock is."""
    Path(path).write_bytes(content)
    later = time.time_ns() + 5_000_000_000
    os.utime(path, ns=(later, later))


CHANGED = "a.jsonl: must not change while it is read, but it did"


def records_file():
    Path("a.jsonl").write_bytes(RECORDS)
    return corpus_of("a.jsonl", aside=io.BytesIO())


@pytest.mark.parametrize("content", [RECORDS + b"\n", RECORDS.replace(b"B", b"D"), b""])
@pytest.mark.parametrize("again", [all_lines, read_again])
def test_records_that_change_between_the_readings_are_an_error(content, again):
    corpus = records_file()
    read_first(corpus)
    changes("a.jsonl", content)
    with pytest.raises(RecordError) as caught:
        again(corpus)
    assert str(caught.value) == CHANGED


def test_records_that_change_during_the_first_reading_are_an_error():
    corpus = records_file()
    changes("a.jsonl", RECORDS[:41])
    read_first(corpus)
    with pytest.raises(RecordError, match="must not change"):
        all_lines(corpus)


def test_records_that_change_during_the_second_reading_are_an_error():
    corpus = records_file()
    read_first(corpus)
    lines = corpus.pieces(0)
    next(lines)
    changes("a.jsonl", RECORDS)
    with pytest.raises(RecordError, match="must not change"):
        list(lines)


def gzipped(content, size):
    """Return a gzip file of this size: with a name in it that is as long as it takes."""
    sized = {}
    for length in range(1, size):
        stream = io.BytesIO()
        with gzip.GzipFile("n" * length, "wb", fileobj=stream, mtime=0) as file:
            file.write(content)
        sized[len(stream.getvalue())] = stream.getvalue()
    return sized[size]


@pytest.mark.parametrize("content", [RECORDS[:-2], RECORDS + b"\n"])
def test_another_number_of_bytes_is_a_change_whatever_the_file_seems_to_be(content):
    path = Path("a.jsonl.gz")
    path.write_bytes(gzipped(RECORDS, 150))
    corpus = corpus_of("a.jsonl.gz", aside=io.BytesIO())
    read_first(corpus)
    before = path.stat()
    path.write_bytes(gzipped(content, 150))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    with pytest.raises(RecordError, match="must not change"):
        all_lines(corpus)


def test_a_text_that_changes_is_an_error():
    corpus = corpus_of(write("a.txt", "A"))
    read_first(corpus)
    changes("a.txt", b"B")
    for again in (lambda corpus: corpus.text(0), read_again):
        with pytest.raises(RecordError, match=r"^a\.txt: must not change"):
            again(corpus)


def test_a_text_that_is_gone_is_an_error():
    corpus = corpus_of(write("a.txt", "A"))
    read_first(corpus)
    Path("a.txt").unlink()
    with pytest.raises(FileNotFoundError, match=r"a\.txt"):
        read_again(corpus)
