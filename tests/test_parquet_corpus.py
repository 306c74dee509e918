"""Parquet in, Parquet out: rows, columns and packing stay; decisions are those of JSON lines."""

import io
import json
import os
import pty
import re
import subprocess
import sys
import time
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as arrow
import pytest
from click.testing import CliRunner
from formats import FIELDS, WAYS, filtered, marked, records_in
from hypothesis import given, settings
from hypothesis import strategies as st
from newsroom import STORY, stories
from pyarrow import parquet as pq
from readings import documents_of

import dedup
from dedup import DedupError, RecordError
from dedup.choices import PairChoices
from dedup.cli import main
from dedup.corpus_files import Reading, write_pairs, write_repeats
from dedup.document_files import Fields
from dedup.files import clean_files
from dedup.finding import find_documents
from dedup.model import Document
from dedup.opening import open_corpus
from dedup.records import find_sources

BREAD = "Bread is dearer in Velde since the mill stands still."
TEXTS = [STORY, BREAD, STORY.upper(), "", "Café in Mira."]


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def names():
    return sorted(str(path) for path in Path().rglob("*") if path.is_file())


def table(texts=tuple(TEXTS), ids=None, **columns):
    return arrow.table({"id": list(ids or range(1, len(texts) + 1)), "text": texts, **columns})


def write(path="a.parquet", given=None, **options):
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table() if given is None else given, path, **options)
    return path


def unsound(strings):
    """Return an array of strings from bytes that need not be UTF-8, as some programs write them."""
    stored = arrow.array(strings, arrow.binary())
    return arrow.Array.from_buffers(arrow.string(), len(stored), stored.buffers())


RICH = table(
    when=arrow.array([0, 1000, None, 3000, 4000], arrow.timestamp("ns", "Europe/Oslo")),
    price=arrow.array([1, 2, 3, None, 5], arrow.decimal128(9, 2)),
    tags=[["a"], [], None, ["b", "c"], ["d"]],
    meta=[{"a": 1, "b": None}] * 5,
    pairs=arrow.array([[("k", 1)], [], None, [("l", 2)], []], arrow.map_("string", "int8")),
    kind=arrow.array(list("xxyxz")).dictionary_encode(),
    view=arrow.array([*list("abcd"), None], arrow.string_view()),
    raw=arrow.array([b"\xff", b"", None, b"a", b"b"], arrow.large_binary()),
    fixed=arrow.array([b"ab"] * 5, arrow.binary(2)),
    day=arrow.array([1, 2, 3, 4, None], arrow.date32()),
    none=arrow.nulls(5),
    half=arrow.array([1, 2, 3, 4, None], arrow.float16()),
    unsigned=arrow.array([1, 2, 3, 4, 2**64 - 1], arrow.uint64()),
).replace_schema_metadata({"made": "here"})


# What stays


@pytest.mark.parametrize("codec", ["zstd", "gzip", "snappy", "brotli", "lz4", "none"])
@pytest.mark.parametrize("group", [2, 100])
@pytest.mark.parametrize("compliant", [True, False])
def test_rows_stay_or_go_in_their_order_and_with_all_columns(codec, group, compliant):
    options = {"row_group_size": group, "use_compliant_nested_type": compliant}
    write(given=RICH, compression=codec, **options)
    done = filtered(["a.parquet"], "kept.parquet", "dropped.parquet", report="r.json")
    assert (done.kind, done.skipped, done.report.keeper_of(3)) == ("record", 0, 1)
    assert names() == ["a.parquet", "dropped.parquet", "kept.parquet", "r.json"]
    for path, rows in [("kept.parquet", [0, 1, 3, 4]), ("dropped.parquet", [2])]:
        found = pq.read_table(path)
        assert found.schema.equals(pq.read_schema("a.parquet"), check_metadata=True)
        assert found.to_pylist() == [RICH.to_pylist()[row] for row in rows]
        packed = [pq.ParquetFile(name).metadata.row_group(0) for name in ["a.parquet", path]]
        codecs = [[g.column(k).compression for k in range(g.num_columns)] for g in packed]
        assert codecs[0] == codecs[1]


def test_each_column_is_packed_as_it_was():
    compression = {"id": "none", "text": "zstd", "tags.list.element": "gzip"}
    tags = [["a"], [], None, ["b", "c"], ["d"]]
    write(given=table(tags=tags), compression=compression)
    marked(["a.parquet"], "marked.parquet")
    group = pq.ParquetFile("marked.parquet").metadata.row_group(0)
    columns = [group.column(k) for k in range(group.num_columns)]
    assert [column.compression for column in columns[:3]] == ["UNCOMPRESSED", "ZSTD", "GZIP"]


def test_a_file_without_arrow_s_schema_stays_without():
    write(store_schema=False)
    filtered(["a.parquet"], "kept.parquet")
    assert pq.ParquetFile("kept.parquet").metadata.metadata is None


def test_rows_are_written_in_groups_of_some_size(monkeypatch):
    write(given=table(ids=range(5)), row_group_size=1)
    filtered(["a.parquet"], "kept.parquet")
    assert pq.ParquetFile("kept.parquet").metadata.num_row_groups == 1
    monkeypatch.setattr("dedup.parquet.GROUP", 100)
    monkeypatch.setattr("dedup.parquet.MOST_ROWS", 2)
    filtered(["a.parquet"], "kept.parquet")
    assert pq.ParquetFile("kept.parquet").metadata.num_row_groups == 2
    assert pq.read_table("kept.parquet").column("id").to_pylist() == [0, 1, 3, 4]


@pytest.mark.parametrize("given", [table().slice(0, 0), arrow.table({"id": [], "text": []})])
def test_a_file_may_have_no_rows(given):
    given = given.cast(arrow.schema([("id", arrow.int64()), ("text", arrow.string())]))
    write(given=given)
    write("b.parquet", given, row_group_size=1)
    assert filtered(["a.parquet", "b.parquet"], "kept.parquet", aside="bad").report.kept == ()
    for path in ["kept.parquet", "bad"]:
        assert pq.read_table(path).equals(given)
    marked(["a.parquet"], "marked.parquet")
    assert pq.read_table("marked.parquet").column_names == ["id", "text", "dedup"]


def test_several_files_become_one_or_keep_their_names_in_a_folder():
    write("crawl/a.parquet", table(ids=[1, 2, 3, 4, 5]))
    write("crawl/2026/b.parquet", table(TEXTS[:2], ids=[6, 7]))
    write("crawl/c.md.crc", table())
    filtered(["crawl"], "kept.parquet", "dropped/")
    assert [record["id"] for record in records_in("kept.parquet")] == [6, 7, 4, 5] or [
        record["id"] for record in records_in("kept.parquet")
    ] == [1, 2, 4, 5]
    assert "dropped/2026/b.parquet" in names()
    assert "dropped/a.parquet" in names()


def test_files_of_other_columns_do_not_go_to_one_file():
    write("a.parquet", table(x=[1] * 5))
    others = ["ab", *TEXTS[1:2], "c d", "e f", "g h"]
    write("b.parquet", table(others, ids=range(6, 11), x=list("abcde")))
    must = "b.parquet: must have the columns of a.parquet to go to one file with it, got "
    must += "'x: string' and not 'x: int64'"
    for outputs in [("kept.parquet",), ("kept/", "dropped.parquet"), ("-",)]:
        with pytest.raises(DedupError) as caught:
            filtered(["a.parquet", "b.parquet"], *outputs)
        assert str(caught.value) == must
    with pytest.raises(DedupError, match="must have the columns of"):
        filtered(["a.parquet", "b.parquet"], "kept/", aside="bad.parquet")
    filtered(["a.parquet", "b.parquet"], "kept/")
    assert names() == ["a.parquet", "b.parquet", "kept/a.parquet", "kept/b.parquet"]


def test_the_input_may_be_the_output():
    write()
    filtered(["a.parquet"], "a.parquet", "dropped.parquet")
    assert [record["id"] for record in records_in("a.parquet")] == [1, 2, 4, 5]


@pytest.mark.parametrize(
    ("output", "got"),
    [("k.jsonl", ".jsonl"), ("k.csv.gz", ".csv"), ("k.txt", ".txt"), ("k.parquet.gz", ".gz")],
)
def test_an_output_of_another_form_is_refused(output, got):
    write()
    for command in [filtered, marked]:
        with pytest.raises(DedupError) as caught:
            command(["a.parquet"], output)
        assert str(caught.value) == f"{output}: records need an output of Parquet, got a {got} name"
    assert names() == ["a.parquet"]


@pytest.mark.parametrize("full", ["kept", "dropped", "aside"])
def test_a_full_disk_leaves_all_files_as_they_were(full):
    write(given=table([*TEXTS, None]))
    before = Path("a.parquet").read_bytes()
    outputs = {"kept": "a.parquet", "dropped": "d.parquet", "aside": "bad.parquet"}
    outputs |= {full: "/dev/full"}
    with pytest.raises(OSError, match="No space") as caught:
        filtered(["a.parquet"], **outputs)
    assert caught.value.filename == "/dev/full"
    assert names() == ["a.parquet"]
    assert Path("a.parquet").read_bytes() == before


# Marks


def test_marks_are_a_column_of_structs():
    write(given=RICH)
    marked(["a.parquet"], "marked.parquet")
    found = pq.read_table("marked.parquet")
    assert found.drop_columns("dedup").to_pylist() == RICH.to_pylist()
    assert found.schema.metadata == RICH.schema.metadata
    assert found.schema.field("dedup").type == arrow.struct(
        {
            "role": arrow.string(),
            "keeper": arrow.int64(),
            "coverage": arrow.float64(),
            "copies": arrow.int64(),
            "sources": arrow.int64(),
            "first_seen": arrow.int64(),
            "of": arrow.int64(),
        }
    )
    marks = found.column("dedup").to_pylist()
    assert [(mark["role"], mark["keeper"]) for mark in marks] == [
        *[("keeper", 1), ("single", 2), ("identical", 1), ("single", 4), ("single", 5)]
    ]


def test_a_column_of_that_name_is_written_over_in_its_place():
    write(given=table(dedup=[1] * 5, z=["z"] * 5))
    marked(["a.parquet"], "once.parquet")
    marked(["once.parquet"], "twice.parquet")
    once, twice = pq.read_table("once.parquet"), pq.read_table("twice.parquet")
    assert once.column_names == ["id", "text", "dedup", "z"]
    assert once.equals(twice)


def test_ids_in_marks_are_whole_numbers_where_all_of_them_are():
    large = arrow.array([2**64 - 1, 2**63], arrow.uint64())
    small = arrow.array([3, 4], arrow.int16())
    files = {
        "large": arrow.table({"id": large, "text": ["One.", "Two."]}),
        "small": arrow.table({"id": small, "text": ["Three.", "Four."]}),
        "word": arrow.table({"id": ["x", "y"], "text": ["Five.", "Six."]}),
    }
    for name, rows in files.items():
        write(f"{name}.parquet", rows)
    for chosen, kind in [
        (["large"], arrow.uint64()),
        (["small"], arrow.int64()),
        (["word"], arrow.string()),
        (["large", "small"], arrow.string()),
        (["small", "word"], arrow.string()),
    ]:
        marked([f"{name}.parquet" for name in chosen], "out/")
        for name in chosen:
            found = pq.read_table(f"out/{name}.parquet").column("dedup")
            assert found.type.field("keeper").type == kind
            own = files[name].column("id").to_pylist()
            expected = own if kind != arrow.string() else list(map(str, own))
            assert [mark["of"] for mark in found.to_pylist()] == expected


# What is read


def read(*paths, fields=None):
    corpus = open_corpus(find_sources(list(paths)), fields or Fields())
    documents = []
    for chunk in corpus.chunks():
        batch = corpus.read(chunk)
        corpus.accept(chunk, batch, [])
        documents += documents_of(batch)
    again = [
        corpus.pick(chunk, range(n)).text(row) for chunk, n in corpus.again() for row in range(n)
    ]
    assert again == [document.text for document in documents]
    return documents


STRINGS = [arrow.string(), arrow.large_string(), arrow.string_view()]
STRINGS += [arrow.dictionary(arrow.int32(), kind) for kind in STRINGS[:2]]


@pytest.mark.parametrize("kind", STRINGS, ids=str)
@pytest.mark.parametrize("size", [1, 3, 4096])
def test_strings_are_read_from_columns_of_any_kind(kind, size, monkeypatch):
    monkeypatch.setattr("dedup.parquet.MOST_ROWS", size)
    texts = ["Café", "", "B" * 40, "日本", "e"]
    columns = {"text": texts, "id": list("vwxyz"), "source": ["s", None, "", "t", "s"]}
    write(given=arrow.table({name: arrow.array(c, kind) for name, c in columns.items()}))
    assert read("a.parquet") == [
        Document(own, text, source=source or "")
        for text, own, source in zip(*columns.values(), strict=True)
    ]


@pytest.mark.parametrize("kind", [arrow.int8(), arrow.uint64(), arrow.int64()], ids=str)
def test_whole_numbers_are_ids(kind):
    write(given=table(["A", "B"], ids=arrow.array([0, 100], kind).to_pylist()))
    assert read("a.parquet") == [Document(0, "A"), Document(100, "B")]


WHEN = datetime(2026, 7, 1, 12, 0, 0, 250_000)


@pytest.mark.parametrize(
    ("kind", "given", "told"),
    [
        (arrow.string(), "2026-07-01T14:00+02:00", "2026-07-01T14:00+02:00"),
        (arrow.date32(), date(2026, 7, 1), "2026-07-01"),
        (arrow.date64(), date(2026, 7, 1), "2026-07-01"),
        (arrow.timestamp("s"), WHEN.replace(microsecond=0), "2026-07-01T12:00:00"),
        (arrow.timestamp("ns"), WHEN, "2026-07-01T12:00:00.250000"),
        (arrow.timestamp("ms", "UTC"), WHEN, "2026-07-01T12:00:00.250000+00:00"),
        (arrow.timestamp("us", "+02:00"), WHEN, "2026-07-01T14:00:00.250000+02:00"),
        (
            arrow.timestamp("us", "America/New_York"),
            WHEN.replace(tzinfo=UTC),
            "2026-07-01T08:00:00.250000-04:00",
        ),
        (arrow.null(), None, None),
    ],
    ids=str,
)
def test_dates_are_read_from_columns_of_any_kind(kind, given, told):
    write(given=table(["A", "B"], published=arrow.array([given, None], kind)))
    assert read("a.parquet") == [Document(1, "A", published=told), Document(2, "B")]


def test_fields_have_the_names_that_they_are_given():
    given = arrow.table({"a.b": ["A"], "a": [{"b": 1}], "nr": [7], "text": ["x"], "when": ["2026"]})
    write(given=given.set_column(4, "when", [["2026-11-23"]]))
    fields = Fields("a.b", "nr", "when", "nowhere")
    assert read("a.parquet", fields=fields) == [Document(7, "A", published="2026-11-23")]


BAD = {
    "text": (None, "x", None, None, 'field "text" must be a string, got null; use --text FIELD'),
    "bytes": (
        b"a\xff", "x", None, None, 'field "text" must be UTF-8, got byte 0xff at byte offset 1'
    ),
    "id": ("a", None, None, None, 'field "id" must be a string or a whole number, got null; use '),
    "id's bytes": ("a", b"\xe9", None, None, 'field "id" must be UTF-8, got byte 0xe9 at byte off'),
    "date": (
        "a", "x", "soon", None, 'field "published" must be an ISO 8601 date or time, or null, got '
    ),
    "source": ("a", "x", None, b"\x80", 'field "source" must be UTF-8, got byte 0x80 at byte off'),
    "twice": ("a", "1", None, None, 'field "id" must be different in each record, got that of a'),
    "several": (None, None, "soon", b"\x80", 'field "text" must be a string, got null; use --text'),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("size", [1, 2, 4096])
def test_a_bad_row_is_an_error_that_names_it_or_is_set_aside(name, size, monkeypatch):
    monkeypatch.setattr("dedup.parquet.MOST_ROWS", size)
    *bad, problem = BAD[name]
    good = [[text, str(n), None, None] for n, text in enumerate(TEXTS, start=1)]
    rows = [*good[:3], bad, *good[3:]]
    columns = zip(("text", "id", "published", "source"), zip(*rows, strict=True), strict=True)
    given = arrow.table({name: unsound(column) for name, column in columns})
    write(given=given)
    for command in [filtered, marked]:
        with pytest.raises(RecordError) as caught:
            command(["a.parquet"], "kept.parquet")
        assert str(caught.value).startswith(f"a.parquet:4: {problem}")
        assert str(caught.value).endswith(" or --skip-bad FILE")
    assert names() == ["a.parquet"]
    done = filtered(["a.parquet"], "kept.parquet", "dropped.parquet", aside="bad.parquet")
    assert done.skipped == 1
    assert pq.read_table("bad.parquet").equals(given.slice(3, 1))
    assert records_in("kept.parquet") == given.take([0, 1, 4, 5]).to_pylist()
    assert records_in("dropped.parquet") == given.take([2]).to_pylist()
    marked(["a.parquet"], "marked.parquet", aside="bad.parquet")
    found = pq.read_table("marked.parquet")
    assert found.drop_columns("dedup").equals(given.take([0, 1, 2, 4, 5]))
    assert [mark["of"] for mark in found.column("dedup").to_pylist()] == list("12145")


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        (
            {"body": ["A"], "id": [1]},
            'field "text" must be a column of strings, got no such field among body, id; '
            "use --text FIELD",
        ),
        ({"text": [1], "id": [1]}, 'field "text" must be a column of strings, got integer; use '),
        ({"text": [b"A"], "id": [1]}, 'field "text" must be a column of strings, got binary; use '),
        (
            {"text": ["A"], "id": [1.0]},
            'field "id" must be a column of strings or whole numbers, got double; use --id FIELD',
        ),
        ({"text": ["A"], "id": [True]}, 'field "id" must be a column of strings or whole numbers,'),
        (
            {"text": ["A"], "id": [1], "published": [7]},
            'field "published" must be a column of strings, dates or timestamps, got integer; use ',
        ),
        ({"text": ["A"], "id": [1], "source": [7]}, 'field "source" must be a column of strings, '),
        ({"text": [None], "id": [1]}, 'field "text" must be a column of strings, got null; use '),
    ],
)
def test_a_column_that_does_not_do_is_an_error(given, problem):
    write(given=arrow.table(given))
    with pytest.raises(RecordError) as caught:
        filtered(["a.parquet"], "kept.parquet", aside="bad.parquet")
    assert str(caught.value).startswith(f"a.parquet: {problem}")
    assert names() == ["a.parquet"]


def test_two_columns_of_one_name_are_refused_where_they_are_needed():
    twice = arrow.table([[1], ["A"], ["B"]], names=["id", "text", "text"])
    write(given=twice)
    with pytest.raises(RecordError, match="got several of that name; use --text FIELD"):
        filtered(["a.parquet"], "kept.parquet")
    write(given=arrow.table([[1], ["A"], ["B"], ["C"]], names=["id", "text", "x", "x"]))
    filtered(["a.parquet"], "kept.parquet")
    assert pq.read_schema("kept.parquet").names == ["id", "text", "x", "x"]
    with pytest.raises(DedupError, match="must have one column 'x' to write over"):
        marked(["a.parquet"], "kept.parquet", name="x")


@pytest.mark.parametrize("content", [b"", b"no Parquet" * 9, b"PAR1" + b"x" * 50 + b"PAR1"])
def test_a_file_that_is_none_is_an_error(content):
    Path("a.parquet").write_bytes(content)
    with pytest.raises(RecordError, match=r"^a\.parquet: must be sound Parquet, got: \w"):
        filtered(["a.parquet"], "kept.parquet")


def test_damaged_pages_are_an_error():
    texts = [f"{n} {STORY}" for n in range(200)]
    write(given=table(texts), compression="zstd", use_dictionary=False)
    content = bytearray(Path("a.parquet").read_bytes())
    content[2500:2600] = bytes(100)
    Path("a.parquet").write_bytes(content)
    with pytest.raises(RecordError, match=r"^a\.parquet: must be sound Parquet, got: "):
        filtered(["a.parquet"], "kept.parquet")
    assert names() == ["a.parquet"]


def test_a_file_that_changes_meanwhile_is_an_error():
    write()
    corpus = open_corpus(find_sources(["a.parquet"]), Fields())
    for chunk in corpus.chunks():
        corpus.accept(chunk, corpus.read(chunk), [])
    later = time.time_ns() + 5_000_000_000
    os.utime("a.parquet", ns=(later, later))
    with pytest.raises(RecordError, match=r"^a\.parquet: must not change while it is read"):
        list(corpus.again())


def test_progress_is_told_of_all_bytes():
    write(given=table([f"Text {n}." for n in range(100)]), row_group_size=7)
    corpus = open_corpus(find_sources(["a.parquet"]), Fields())
    sizes = [corpus.size(chunk) for chunk in corpus.chunks()]
    assert corpus.total == (sum(sizes), "B") == (Path("a.parquet").stat().st_size, "B")
    assert corpus.unpacked > 100 * len("Text 0.")


def test_a_pipe_is_read_twice(tmp_path):
    write("real.parquet")
    os.mkfifo("a.parquet")
    with subprocess.Popen(["cp", "real.parquet", "a.parquet"]):
        filtered(["a.parquet"], "kept.parquet")
    assert [record["id"] for record in records_in("kept.parquet")] == [1, 2, 4, 5]


# The same decisions


SOURCES = [None, "coast.example", "velde.example"]
RECORDS = st.fixed_dictionaries(
    {
        "text": st.sampled_from(
            [*stories(3), STORY, STORY.replace("214", "215"), BREAD, "", "Ä\n"]
        ),
        "published": st.sampled_from([None, "2026-04-28", "2026-04-28T09:00:00+02:00"]),
        "source": st.sampled_from(SOURCES),
    }
)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(RECORDS, max_size=8), min_size=1, max_size=2), st.data())
def test_decisions_do_not_depend_on_the_form(files, data):
    n_records = sum(map(len, files))
    ids = data.draw(st.permutations([f"{n:x}" for n in range(n_records)]))
    named = iter(ids)
    files = [[{"id": next(named), **record} for record in records] for records in files]
    found = {}
    for form, write_as in WAYS.items():
        paths = [f"{number}.{form}" for number in range(len(files))]
        for path, records in zip(paths, files, strict=True):
            write_as(path, records)
        done = filtered(paths, f"kept.{form}", f"dropped.{form}")
        marked(paths, f"marked.{form}")
        pairs = write_pairs(PairChoices(passages=True), paths, "pairs.jsonl", Reading())
        outputs = [records_in(f"{name}.{form}") for name in ("kept", "dropped", "marked")]
        found[form] = done.report, outputs, pairs, Path("pairs.jsonl").read_bytes()
    assert all(own == found["jsonl"] for own in found.values())
    report, (kept, dropped, marks), *_ = found["jsonl"]
    assert [record["id"] for record in kept] == [own for own in ids if own in set(report.kept)]
    assert len(kept) + len(dropped) == len(marks) == n_records
    assert all(list(record) == list(FIELDS) for record in kept + dropped)


# The other commands


def test_pairs_and_repeats_read_parquet():
    write()
    Path("b.jsonl").write_text(json.dumps({"id": 1, "text": BREAD}))
    assert write_pairs(PairChoices(), ["a.parquet"], "-", Reading()).found == 1
    found = write_pairs(PairChoices(), ["a.parquet"], "pairs.jsonl", Reading(), "b.jsonl")
    assert (found.read, found.others, found.relations) == (5, 1, {"identical": 1})
    assert write_repeats(0.8, None, ["a.parquet"], "-", Reading()).found == 1


def test_documents_are_found_by_their_ids():
    extra = {
        "title": ["T", None, None, None, None],
        "published": arrow.array([date(2026, 4, 28)] * 5),
    }
    write(given=table([*TEXTS[:4], None], ids=[7, 8, 9, 10, 11], **extra))
    fields = Fields(title="title")
    found = find_documents(find_sources(["a.parquet"]), [7, "7", 8], fields)
    when = "2026-04-28"
    assert found == {
        7: Document(7, STORY, title="T", published=when),
        8: Document(8, BREAD, published=when),
    }
    with pytest.raises(
        RecordError, match=r'^a\.parquet:5: field "text" must be a string, got null'
    ):
        find_documents(find_sources(["a.parquet"]), [11], fields)


def test_clean_says_what_it_reads():
    write()
    options = {"text_field": "text", "id_field": "id", "threshold": 0.8, "min_words": 9}
    with pytest.raises(RecordError, match="reads texts and JSON lines, got Parquet"):
        clean_files(["a.parquet"], "-", **options)


def seen(*arguments):
    """Return what a person sees of a command, without the time that it took."""
    result = CliRunner().invoke(main, arguments, prog_name="dedup")
    return result.exit_code, re.sub(r"; [\d.]+ s,", ";", result.output)


def test_a_session_with_parquet():
    extra = {"title": list("TUVWX"), "source": ["s", "t", "u", None, "s"]}
    write(given=table(**extra))
    said = "5 records read, 4 kept, 1 dropped (1 identical); "
    said += "largest story: 2 texts of 2 sources, kept as 1; digest "
    outputs = ["-o", "k.parquet", "--dropped", "d.parquet", "--report", "r.json"]
    exit_code, shown = seen("filter", "a.parquet", *outputs)
    assert (exit_code, shown[:-17]) == (0, said)
    exit_code, shown = seen("why", "3", "r.json", "--in", "a.parquet")
    assert shown.startswith("3 was dropped: 1, which is kept, has the same words.\n")
    assert "LEFT   3 V (u)\nRIGHT  1 T (s)\n\nLEFT has the same words as RIGHT.\n" in shown
    assert seen("why", "2", "r.json", "--in", "a.parquet") == (
        0,
        "2 was kept: no text went for it.\n",
    )
    exit_code, shown = seen("compare", "a.parquet:3", "k.parquet:1")
    assert shown.startswith("LEFT   3 V (u)\nRIGHT  1 T (s)\n")
    exit_code, shown = seen("mark", "a.parquet", "-o", "m.parquet")
    assert shown.startswith("5 records read, 4 would be kept, 1 would be dropped (1 identical)")
    assert seen("filter", "--check", "a.parquet")[0] == 1
    assert seen("filter", "--check", "k.parquet")[0] == 0
    assert seen("scan", "a.parquet") == (
        2,
        "dedup: a.parquet: dedup scan reads texts and JSON lines, got Parquet\n",
    )
    assert names() == ["a.parquet", "d.parquet", "k.parquet", "m.parquet", "r.json"]


def run(*arguments, **options):
    environment = os.environ | {"PYTHONPATH": str(Path(dedup.__file__).parents[1])}
    command = [sys.executable, "-m", "dedup.cli", *arguments]
    return subprocess.run(command, env=environment, check=False, **options)


def test_standard_output_takes_parquet():
    write(given=table([*TEXTS, None]))
    done = run("filter", "a.parquet", "--skip-bad", "bad.parquet", capture_output=True)
    assert done.returncode == 0
    assert pq.read_table(io.BytesIO(done.stdout)).column("id").to_pylist() == [1, 2, 4, 5]
    assert pq.read_table("bad.parquet").column("id").to_pylist() == [6]
    assert b"5 records read, 1 bad line set aside, 4 kept, 1 dropped" in done.stderr


def test_a_terminal_takes_no_parquet():
    write()
    master, terminal = pty.openpty()
    for command in ["filter", "mark"]:
        done = run(command, "a.parquet", stdout=terminal, stderr=subprocess.PIPE)
        assert done.returncode == 2
        assert done.stderr == b"dedup: -: Parquet is not for a terminal; use -o FILE.parquet\n"
    os.close(terminal)
    os.close(master)


def test_without_pyarrow_the_error_says_what_to_install():
    write()
    code = "import sys; sys.modules['pyarrow'] = None; from dedup.cli import main; main()"
    environment = os.environ | {"PYTHONPATH": str(Path(dedup.__file__).parents[1])}
    for command in [["filter"], ["pairs"], ["mark"]]:
        done = subprocess.run(
            [sys.executable, "-c", code, *command, "a.parquet"],
            env=environment, check=False, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 2
        assert done.stderr == (
            "dedup: Parquet needs pyarrow, which is not installed: "
            "pip install 'newsdedup[parquet]'\n"
        )


def test_a_reader_that_stops_ends_the_run_quietly():
    texts = [" ".join(f"word{n}x{k}" for k in range(300)) for n in range(2000)]
    write(given=table(texts), compression="none")
    environment = os.environ | {"PYTHONPATH": str(Path(dedup.__file__).parents[1])}
    process = subprocess.Popen(
        [sys.executable, "-m", "dedup.cli", "filter", "a.parquet"],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    with process:
        assert process.stdout.read(4) == b"PAR1"
        process.stdout.close()
        assert process.wait(timeout=60) == 141
        assert process.stderr.read() == b""
    assert names() == ["a.parquet"]
