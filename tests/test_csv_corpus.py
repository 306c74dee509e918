"""CSV in, CSV out: records are told apart as Python's csv does, and stay byte for byte."""

import csv
import gzip
import io
import json
import os
import re
import time
from pathlib import Path

import pytest
import zstandard
from click.testing import CliRunner
from formats import content, filtered, marked, records_in
from hypothesis import given, settings
from hypothesis import strategies as st
from newsroom import STORY
from readings import documents_of

from dedup import DedupError, RecordError
from dedup.choices import PairChoices
from dedup.cli import main
from dedup.corpus_files import Reading, write_pairs, write_repeats
from dedup.csv_records import AddedColumn, read_header, read_records
from dedup.document_files import Fields
from dedup.files import clean_files, scan_files
from dedup.finding import find_documents
from dedup.model import Document
from dedup.opening import open_corpus
from dedup.records import find_sources

BREAD = "Bread is dearer in Velde since the mill stands still."
HEADER = b'id,"text",published,x\r\n'
RECORDS = [
    b'1,"%s",2026-04-28,"a ""b"", c"\r\n' % STORY.encode(),
    b"b,%s,,\n" % BREAD.encode(),
    b"\n",
    b'"3","%s",2026-04-29T06:00:00+02:00,\xff\n' % STORY.upper().encode(),
    b'd,"","",\r\n',
    b'e,"Caf\xc3\xa9 in\n\n""Mira"".\n",,no end',
]
STAY, GO = b"".join([HEADER, *RECORDS[:3], *RECORDS[4:]]), HEADER + RECORDS[3]


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def write(path, *lines):
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_bytes(b"".join(lines))
    return path


def names():
    return sorted(str(path) for path in Path().rglob("*") if path.is_file())


# What stays


def test_records_stay_or_go_byte_for_byte():
    write("a.csv", HEADER, *RECORDS)
    done = filtered(["a.csv"], "kept.csv", "dropped.csv", report="r.json")
    assert (content("kept.csv"), content("dropped.csv")) == (STAY, GO)
    assert (done.kind, done.skipped, done.report.read) == ("record", 0, 5)
    assert done.report.keeper_of("3") == "1"
    assert names() == ["a.csv", "dropped.csv", "kept.csv", "r.json"]


@pytest.mark.parametrize("packed", ["", ".gz", ".zst"])
@pytest.mark.parametrize("out", ["", ".gz", ".zst"])
def test_the_suffix_says_how_a_file_is_packed(packed, out):
    packers = {"": bytes, ".gz": gzip.compress, ".zst": zstandard.ZstdCompressor().compress}
    write(f"a.csv{packed}", packers[packed](b"".join([HEADER, *RECORDS])))
    filtered([f"a.csv{packed}"], f"kept.csv{out}", f"dropped.csv{out}")
    assert (content(f"kept.csv{out}"), content(f"dropped.csv{out}")) == (STAY, GO)


def test_several_files_become_one_with_one_header():
    write("a.csv", HEADER, *RECORDS[:1], RECORDS[1].rstrip())
    write("b.csv", b"id,text,published,x\n", *RECORDS[2:])
    filtered(["a.csv", "b.csv"], "kept.csv", "dropped.csv")
    assert (content("kept.csv"), content("dropped.csv")) == (STAY, GO)


def test_several_files_keep_their_names_and_headers_in_a_folder():
    other = b"text,id,published\n"
    write("a.csv", HEADER, *RECORDS[:2])
    write("b.csv", other, b'"%s",3,2026-04-29\n' % STORY.encode())
    filtered(["a.csv", "b.csv"], "kept/", "dropped/")
    assert content("kept/a.csv") == HEADER + b"".join(RECORDS[:2])
    assert (content("dropped/a.csv"), content("kept/b.csv")) == (HEADER, other)
    assert content("dropped/b.csv") == content("b.csv")


def test_a_folder_stands_for_its_records():
    write("crawl/b.csv", HEADER, *RECORDS[3:])
    write("crawl/2026/a.csv", HEADER, *RECORDS[:3])
    write("crawl/notes.md", b"no records")
    filtered(["crawl"], "kept.csv", "dropped.csv")
    assert (content("kept.csv"), content("dropped.csv")) == (STAY, GO)
    filtered(["crawl"], "kept/")
    assert [*names()][-2:] == ["kept/2026/a.csv", "kept/b.csv"]


def test_files_of_other_fields_do_not_go_to_one_file():
    write("a.csv", HEADER, *RECORDS)
    write("b.csv", b"id,text\n8,%s\n" % STORY.encode())
    must = "b.csv: must have the fields of a.csv to go to one file with it, got id, text"
    for output in ["kept.csv", "-"]:
        with pytest.raises(DedupError) as caught:
            filtered(["a.csv", "b.csv"], output)
        assert str(caught.value) == must
    with pytest.raises(DedupError, match=must):
        filtered(["a.csv", "b.csv"], "kept/", "dropped.csv")
    assert names() == ["a.csv", "b.csv"]


def test_the_input_may_be_the_output():
    write("a.csv", HEADER, *RECORDS)
    filtered(["a.csv"], "a.csv", "dropped.csv")
    assert (content("a.csv"), content("dropped.csv")) == (STAY, GO)
    filtered(["a.csv"], "a.csv", "dropped.csv")
    assert (content("a.csv"), content("dropped.csv")) == (STAY, HEADER)


def test_a_byte_order_mark_is_dropped():
    write("a.csv", b"\xef\xbb\xbf", HEADER, *RECORDS)
    filtered(["a.csv"], "kept.csv")
    assert content("kept.csv") == STAY
    write("a.csv", b"\xef\xbb\xbf", b'"id"', HEADER[2:], *RECORDS)
    filtered(["a.csv"], "kept.csv")
    assert content("kept.csv") == b'"id"' + STAY[2:]


def test_tabs_part_the_fields_of_a_tsv_file():
    records = [b"id\ttext\n", b"1\t%s\n" % STORY.encode(), b'2\t"%s"\r\n' % STORY.encode()]
    write("a.tsv.gz", gzip.compress(b"".join(records)))
    filtered(["a.tsv.gz"], "kept.tsv", "dropped.tsv")
    assert content("kept.tsv") == b"".join(records[:2])
    assert content("dropped.tsv") == records[0] + records[2]
    marked(["kept.tsv"], "marked.tsv")
    assert content("marked.tsv").startswith(b"id\ttext\tdedup\n1\tTwo ferries")


@pytest.mark.parametrize(
    ("output", "got"),
    [
        ("kept.jsonl", ".jsonl"),
        ("kept.tsv.gz", ".tsv"),
        ("k.TXT", ".TXT"),
        ("k.parquet", ".parquet"),
    ],
)
def test_an_output_of_another_form_is_refused(output, got):
    write("a.csv", HEADER, *RECORDS)
    for command in [filtered, marked]:
        with pytest.raises(DedupError) as caught:
            command(["a.csv"], output)
        assert str(caught.value) == f"{output}: records need an output of CSV, got a {got} name"
    with pytest.raises(DedupError, match=f"bad records need a file of CSV, got a {got} name"):
        filtered(["a.csv"], "kept.csv", aside=output)
    assert names() == ["a.csv"]


@pytest.mark.parametrize("other", ["b.tsv", "b.jsonl", "b.parquet"])
def test_files_of_two_forms_are_refused(other):
    write("a.csv", HEADER)
    write(other, b"")
    with pytest.raises(
        RecordError, match=f"^{other}: must hold what a.csv holds, got .* among CSV"
    ):
        filtered(["a.csv", other], "kept/")


def test_a_field_may_be_longer_than_python_reads_unless_told():
    write("a.csv", HEADER, b"1,%s,,\n" % (b"word " * 100_000))
    assert filtered(["a.csv"], "kept.csv").report.kept == ("1",)
    assert content("kept.csv") == content("a.csv")


# Marks


def test_marks_are_json_in_one_more_column():
    write("a.csv", HEADER, *RECORDS)
    marked(["a.csv"], "marked.csv")
    lines = content("marked.csv")
    assert lines.startswith(HEADER.rstrip() + b",dedup\r\n" + RECORDS[0].rstrip() + b',"{""role"":')
    assert b"\n\n" in lines
    rows = list(csv.reader(io.StringIO(lines.decode("latin-1"), newline=""), strict=True))
    found = {row[0]: json.loads(row[4]) for row in rows[1:] if row}
    assert {own: mark["keeper"] for own, mark in found.items()} == dict(
        zip("1b3de", "1b1de", strict=True)
    )
    assert list(found["3"]) == [
        *["role", "keeper", "coverage", "copies", "sources", "first_seen", "of"]
    ]
    assert found["3"]["role"] == "identical"


def test_a_column_of_that_name_is_written_over():
    write("a.csv", HEADER, *RECORDS)
    marked(["a.csv"], "once.csv")
    marked(["once.csv"], "twice.csv")
    assert content("twice.csv") == content("once.csv")
    marked(["a.csv"], "x.csv", name="x")
    assert content("x.csv").startswith(HEADER)
    assert [len(row) for row in csv.reader(io.StringIO(content("x.csv").decode(), newline=""))] == [
        *[4, 4, 4, 0, 4, 4, 4]
    ]


def test_two_columns_of_that_name_are_refused():
    write("a.csv", b"id,text,x,x\n")
    with pytest.raises(DedupError, match=r"^a\.csv: must have one field 'x' to write over"):
        marked(["a.csv"], "x.csv", name="x")


FIELD = st.text(st.sampled_from('ab",\n\r é;\t'), max_size=6)


@given(st.lists(FIELD, min_size=1, max_size=4), FIELD, st.data())
def test_a_value_goes_into_its_field_and_no_other_byte_changes(fields, value, data):
    path = Path("a.csv")

    def written(field):
        bare = not field.startswith('"') and not set(field) & set(",\r\n")
        if bare and data.draw(st.booleans()):
            return field
        return '"' + field.replace('"', '""') + '"'

    at = data.draw(st.integers(0, len(fields)))
    parts = [written(field) for field in fields]
    end = data.draw(st.sampled_from(["\n", "\r\n", ""]))
    if parts == [""]:
        return  # a blank line
    header = ",".join(f"f{n}" for n in range(len(fields)))
    path.write_bytes(f"{header}\n{','.join(parts)}{end}".encode())
    (source,) = find_sources(["a.csv"])
    (record,) = read_records(source)
    column = AddedColumn(read_header(source), f"f{at}")
    changed = column.written(record.raw[0], value).decode()
    (row,) = csv.reader(io.StringIO(changed, newline=""), strict=True)
    assert row == [*fields[:at], value, *fields[at + 1 :]]
    before, after = ",".join(parts[:at]), ",".join(parts[at + 1 :])
    assert changed.startswith(before)
    assert changed.endswith(after + end)


# What is read


def read(*paths, fields=None, aside=None):
    corpus = open_corpus(find_sources(list(paths)), fields or Fields(), aside)
    documents = []
    for chunk in corpus.chunks():
        batch = corpus.read(chunk)
        corpus.accept(chunk, batch, [])
        documents += documents_of(batch)
    return documents


def test_ids_are_strings_and_what_is_empty_is_unknown():
    header = b"source,when,body,nr,more\n"
    write("a.csv", header, b"s,2026-11-23,A,7,\n", b',,"",007,"x, y"\n')
    assert read("a.csv", fields=Fields("body", "nr", "when")) == [
        Document("7", "A", source="s", published="2026-11-23"),
        Document("007", ""),
    ]


def test_a_file_may_lack_dates_and_sources():
    write("a.csv", b"text,id\n", b"A,1")
    assert read("a.csv") == [Document("1", "A")]


ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)


@settings(deadline=None)
@given(
    st.lists(st.lists(ANY_TEXT, min_size=2, max_size=2) | st.just([]), max_size=8),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    st.sampled_from([1, 20, 10**6]),
    st.booleans(),
)
def test_records_are_those_that_csv_reads(rows, line_end, quoting, size, bom):
    # A carriage return alone has no quotes there, and then Python cannot read it either.
    rows = [[part.replace("\r", "") for part in row] for row in rows]
    stream = io.StringIO(newline="")
    csv.writer(stream, lineterminator=line_end, quoting=quoting).writerows([["id", "text"], *rows])
    content = (b"\xef\xbb\xbf" if bom else b"") + stream.getvalue().encode()
    Path("a.csv").write_bytes(content)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("dedup.csv_records.CHUNK", size)
        found = list(read_records(*find_sources(["a.csv"])))
        documents = read("a.csv")
    naive = list(csv.reader(io.StringIO(stream.getvalue(), newline="")))[1:]
    assert [values for part in found for values in part.values] == naive
    assert documents == [Document(*row) for row in naive if row]
    header = read_header(*find_sources(["a.csv"])).raw
    raw = b"".join(raw for part in found for raw in part.raw)
    assert header + raw == content.removeprefix(b"\xef\xbb\xbf")
    lines = content.split(b"\n")
    for part in found:
        for line, record in zip(part.lines, part.raw, strict=True):
            assert b"\n".join(lines[line - 1 :]).startswith(record)


@pytest.mark.parametrize(
    ("bad", "problem"),
    [
        (b"x,a,\n", "a record must have as many fields as the header, 4, got 3"),
        (b"x,a,,,,\n", "a record must have as many fields as the header, 4, got 6"),
        (b'x,"a"b,,\n', "a record must be CSV, got: ',' expected after '\"'"),
        (b"x,a\rb,,\n", "a record must be CSV, got: a carriage return in a field without quotes"),
        (
            b"x,ab\xff,,\n",
            'field "text" must be UTF-8, got byte 0xff at byte offset 2 of the field',
        ),
        (b"\xe9,a,,\n", 'field "id" must be UTF-8, got byte 0xe9 at byte offset 0 of the field'),
        (
            b"x,a,soon,\n",
            "field \"published\" must be an ISO 8601 date or time, or empty, got 'soon'",
        ),
        (b"b,a,,\n", 'field "id" must be different in each record, got that of a.csv:3 again'),
    ],
    ids=["few", "many", "quote", "cr", "text", "id", "date", "twice"],
)
def test_a_bad_record_is_an_error_that_names_its_line_or_is_set_aside(bad, problem):
    write("a.csv", HEADER, *RECORDS[:3], bad, *RECORDS[3:])
    for command in [filtered, marked]:
        with pytest.raises(RecordError) as caught:
            command(["a.csv"], "kept.csv")
        assert str(caught.value).startswith(f"a.csv:5: {problem}")
        assert str(caught.value).endswith("use --skip-bad FILE") or "FIELD or" in str(caught.value)
    assert names() == ["a.csv"]
    done = filtered(["a.csv"], "kept.csv", "dropped.csv", aside="aside.csv")
    assert (content("kept.csv"), content("dropped.csv")) == (STAY, GO)
    assert (content("aside.csv"), done.skipped) == (HEADER + bad, 1)
    marked(["a.csv"], "marked.csv", aside="aside.csv")
    assert content("marked.csv").count(b'"{""role"":') == 5
    assert content("aside.csv") == HEADER + bad


def test_a_quote_that_nothing_closes_takes_the_rest_of_the_file():
    bad = b'x,"a\n' + b"".join(RECORDS[4:5])
    write("a.csv", HEADER, RECORDS[1], bad)
    with pytest.raises(RecordError, match=r"^a\.csv:3: .*, got: unexpected end of data"):
        filtered(["a.csv"], "kept.csv")


def test_without_bad_records_the_header_stands_alone():
    write("a.csv", HEADER, *RECORDS)
    filtered(["a.csv"], "kept.csv", aside="aside.csv")
    assert content("aside.csv") == HEADER


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ([], "a.csv: a header must name the fields, got an empty file"),
        ([b"\n\r\n"], "a.csv: a header must name the fields, got an empty file"),
        ([b'id,"text\n'], "a.csv:1: a header must name the fields: a record must be CSV, got: "),
        (
            [b"id;text\n"],
            'a.csv:1: field "text" must be in the header once, got no such field among id;text; '
            "use --text FIELD",
        ),
        (
            [b"id,text,id\n"],
            'a.csv:1: field "id" must be in the header once, got it 2 times among id, text, id; ',
        ),
    ],
)
def test_a_header_that_does_not_do_is_an_error(lines, problem):
    write("a.csv", *lines)
    with pytest.raises(RecordError) as caught:
        filtered(["a.csv"], "kept.csv", aside="aside.csv")
    assert str(caught.value).startswith(problem)
    assert names() == ["a.csv"]


def test_a_cut_file_is_an_error():
    write("a.csv.gz", gzip.compress(HEADER + b"".join(RECORDS))[:-9])
    with pytest.raises(RecordError, match="must be whole"):
        filtered(["a.csv.gz"], "kept.csv")


def test_a_file_that_changes_meanwhile_is_an_error():
    write("a.csv", HEADER, *RECORDS)
    corpus = open_corpus(find_sources(["a.csv"]), Fields())
    for chunk in corpus.chunks():
        corpus.accept(chunk, corpus.read(chunk), [])
    later = time.time_ns() + 5_000_000_000
    os.utime("a.csv", ns=(later, later))
    with pytest.raises(RecordError, match=r"^a\.csv: must not change while it is read"):
        list(corpus.again())


# The other commands


def test_pairs_and_repeats_read_csv():
    write("a.csv", HEADER, *RECORDS)
    write("b.csv", b"id,text\n1,%s\n" % BREAD.encode())
    found = write_pairs(PairChoices(), ["a.csv"], "pairs.jsonl", Reading())
    assert (found.read, found.relations) == (5, {"identical": 1})
    assert json.loads(content("pairs.jsonl"))["right"] == "1"
    found = write_pairs(PairChoices(), ["a.csv"], "pairs.jsonl", Reading(), "b.csv")
    assert (found.read, found.others, found.relations) == (5, 1, {"identical": 1})
    assert write_repeats(0.8, None, ["a.csv"], "repeats.jsonl", Reading()).found == 1


def test_bad_records_of_two_collections_share_a_header_or_are_refused():
    write("a.csv", HEADER, RECORDS[0], b"x\n")
    write("b.csv", HEADER, RECORDS[0], b"y\n")
    write("c.csv", b"id,text\n")
    write("d.jsonl", b"{}\n")
    reading = Reading(skip_bad="aside.csv")
    assert write_pairs(PairChoices(), ["a.csv"], "-", reading, "b.csv").skipped == 2
    assert content("aside.csv") == HEADER + b"x\ny\n"
    with pytest.raises(DedupError, match=r"^c\.csv: must have the fields of a\.csv"):
        write_pairs(PairChoices(), ["a.csv"], "-", reading, "c.csv")
    with pytest.raises(DedupError, match=r"^aside\.csv: bad records of CSV and JSON lines cannot"):
        write_pairs(PairChoices(), ["a.csv"], "-", reading, "d.jsonl")


def test_documents_are_found_by_their_ids():
    header = b"id,title,text,published,source\n"
    write("a.csv", header, b"1\n", b"2,T,A,2026-04-28,s\n", b"2,,B,,\n", b"3,,\xff,,\n")
    fields = Fields(title="title")
    found = find_documents(find_sources(["a.csv"]), ["1", "2", 2], fields)
    assert found == {"2": Document("2", "A", title="T", source="s", published="2026-04-28")}
    with pytest.raises(RecordError, match=r'^a\.csv:5: field "text" must be UTF-8'):
        find_documents(find_sources(["a.csv"]), ["3"], fields)


def test_clean_and_scan_say_what_they_read():
    write("a.csv", HEADER)
    options = {"text_field": "text", "id_field": "id", "threshold": 0.8, "min_words": 9}
    for command, name in [(clean_files, "clean"), (scan_files, "scan")]:
        with pytest.raises(RecordError) as caught:
            command(["a.csv"], "-", **options)
        assert str(caught.value) == f"a.csv: dedup {name} reads texts and JSON lines, got CSV"


def test_outputs_hold_the_records_of_the_input():
    write("a.csv", HEADER, *(record for record in RECORDS if b"\xff" not in record))
    filtered(["a.csv"], "kept.csv")
    assert records_in("kept.csv") == records_in("a.csv")


def seen(*arguments):
    """Return what a person sees of a command, without the time that it took."""
    result = CliRunner().invoke(main, arguments, prog_name="dedup")
    return result.exit_code, re.sub(r"; [\d.]+ s,", ";", result.output)


def test_a_session_with_csv():
    write("a.csv", b"id,title,text\n", *(b'%d,T%d,"%s"\n' % (n, n, STORY.encode()) for n in (7, 8)))
    outputs = ["-o", "k.csv", "--dropped", "d.csv", "--report", "r.json"]
    exit_code, shown = seen("filter", "a.csv", *outputs)
    assert exit_code == 0
    assert shown.startswith(
        "2 records read, 1 kept, 1 dropped (1 identical); largest story: 2 texts"
    )
    exit_code, shown = seen("why", "8", "r.json", "--in", "a.csv")
    assert "LEFT   8 T8\nRIGHT  7 T7\n\nLEFT has the same words as RIGHT.\n" in shown
    exit_code, shown = seen("compare", "a.csv:8", "k.csv:7")
    assert shown.startswith("LEFT   8 T8\nRIGHT  7 T7\n")
    assert seen("compare", "a.csv:9", "k.csv:7")[0] == 2
    exit_code, shown = seen("pairs", "a.csv")
    assert shown.endswith("2 records read, 1 pair: 1 identical\n")
    assert seen("filter", "--check", "a.csv")[0] == 1
    assert seen("filter", "--dry-run", "k.csv")[0] == 0
    assert seen("filter", "a.csv", "-o", "k.jsonl") == (
        2,
        "dedup: k.jsonl: records need an output of CSV, got a .jsonl name\n",
    )
    assert names() == ["a.csv", "d.csv", "k.csv", "r.json"]
