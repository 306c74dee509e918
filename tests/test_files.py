import gzip
import json
import os
from functools import partial
from pathlib import Path

import pytest

import dedup
from dedup.batches import Summary
from dedup.defaults import MIN_WORDS, THRESHOLD
from dedup.errors import DedupError, RecordError
from dedup.files import clean_files, scan_files

FERRY = "The harbor office said on Monday that the ferry would run again from the first day of May."
PRICE = "A ticket for the short crossing will cost four crowns, as it did before the long winter."
TWICE = f"{FERRY}\n\n{PRICE}\n\n{FERRY}"
ONCE = f"{FERRY}\n\n{PRICE}"

OPTIONS = {
    "text_field": "text",
    "id_field": "id",
    "threshold": THRESHOLD,
    "min_words": MIN_WORDS,
}
clean = partial(clean_files, **OPTIONS)
scan = partial(scan_files, **OPTIONS)


@pytest.fixture(autouse=True)
def _in_empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def _names(folder: str = ".") -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in Path(folder).rglob("*"))


def _line(text: str, **fields: object) -> bytes:
    return json.dumps({**fields, "text": text}).encode() + b"\n"


def test_records_come_out_with_only_their_text_changed():
    lines = [
        b'{"id": 12345678901234567890123, "text": "%s", "x": 1.0e5, "y": [ 1 ]}\r\n',
        b'{"y":"\\u00e9","text":"%s"}\n',
        b'\t{"text":"%s","z":"\xff","z":NaN}',
    ]
    for old, new in [(TWICE, ONCE), (ONCE, ONCE), ("One.", "One.")]:
        content = b"".join(line % json.dumps(old)[1:-1].encode() for line in lines)
        Path("a.jsonl").write_bytes(content)
        n_changed = 3 if old != new else 0
        assert clean(["a.jsonl"], "b.jsonl") == Summary("record", 3, n_changed, n_changed, 0)
        expected = b"".join(line % json.dumps(new)[1:-1].encode() for line in lines)
        assert Path("b.jsonl").read_bytes() == expected


def test_a_record_that_is_clean_is_copied_byte_for_byte():
    content = (
        b'\n  {"text" : "Caf\\u00e9 \\/ bar","text2":1}\r\n\r\n \n'
        b'{"a":{},"text":"","b":1E400}\n{"text":"The end."}'
    )
    Path("a.jsonl").write_bytes(content)
    assert clean(["a.jsonl"], "b.jsonl") == Summary("record", 3, 0, 0, 0)
    assert Path("b.jsonl").read_bytes() == content


def test_lone_surrogates_lose_no_record():
    content = b'{"id":"\\ud800","text":"A\\ud800B"}\n{"title":"\\udfff","text":"C"}\n'
    Path("a.jsonl").write_bytes(content)
    assert clean(["a.jsonl"], "b.jsonl") == Summary("record", 2, 1, 0, 0)
    expected = content.replace(b"A\\ud800B", b"A\\ufffdB")
    assert Path("b.jsonl").read_bytes() == expected


def test_a_byte_order_mark_is_dropped():
    Path("a.jsonl").write_bytes(b'\xef\xbb\xbf{"text":"A."}\n')
    clean(["a.jsonl"], "b.jsonl")
    assert Path("b.jsonl").read_bytes() == b'{"text":"A."}\n'
    Path("a.txt").write_bytes(b"\xef\xbb\xbfA.\n")
    clean(["a.txt"], "b.txt")
    assert Path("b.txt").read_bytes() == b"A.\n"


@pytest.mark.parametrize("suffix", ["", ".gz", ".zst"])
@pytest.mark.parametrize("name", ["a.jsonl", "a.txt"])
def test_a_file_can_be_cleaned_in_its_place(name, suffix):
    path = f"{name}{suffix}"
    text = f"{TWICE}\n".encode() if name == "a.txt" else _line(TWICE) * 200
    Path(name).write_bytes(text)
    clean([name], path)
    clean([path], path)
    assert clean([path], path).changed == 0
    clean([path], name)
    expected = f"{ONCE}\n".encode() if name == "a.txt" else _line(ONCE) * 200
    assert Path(name).read_bytes() == expected
    assert _names() == sorted({name, path})


def test_many_batches_come_out_in_order():
    lines = [_line(f"{'word ' * 20_000}{n}.", id=n) for n in range(130)]
    Path("a.jsonl").write_bytes(b"".join(lines))
    assert clean(["a.jsonl"], "b.jsonl") == Summary("record", 130, 0, 0, 0)
    assert Path("b.jsonl").read_bytes() == b"".join(lines)


def test_several_files_of_records_become_one():
    Path("a.jsonl").write_bytes(_line("A.").rstrip())
    Path("b.jsonl.gz").write_bytes(gzip.compress(_line("B.").rstrip()))
    clean(["a.jsonl", "b.jsonl.gz", "a.jsonl"], "c.jsonl")
    assert Path("c.jsonl").read_bytes() == _line("A.") + _line("B.") + _line("A.").rstrip()


def test_files_of_records_keep_their_names_in_a_folder():
    Path("a.jsonl").write_bytes(_line(TWICE))
    Path("b.jsonl.gz").write_bytes(gzip.compress(_line(TWICE)))
    assert clean(["a.jsonl", "b.jsonl.gz"], "out/") == Summary("record", 2, 2, 2, 0)
    assert Path("out/a.jsonl").read_bytes() == _line(ONCE)
    assert gzip.decompress(Path("out/b.jsonl.gz").read_bytes()) == _line(ONCE)


def _write_folder() -> None:
    Path("in/deep").mkdir(parents=True)
    Path("in/a.txt").write_text(f"{TWICE}\n")
    Path("in/deep/b.txt.gz").write_bytes(gzip.compress(b"B.\n"))
    Path("in/notes.md").write_text("no text")


def test_a_folder_of_texts_becomes_a_folder_of_texts():
    _write_folder()
    assert clean(["in"], "out") == Summary("text", 2, 1, 1, 0)
    assert _names("out") == ["a.txt", "deep", "deep/b.txt.gz"]
    assert Path("out/a.txt").read_text() == f"{ONCE}\n"
    assert gzip.decompress(Path("out/deep/b.txt.gz").read_bytes()) == b"B.\n"


def test_a_folder_can_be_cleaned_in_its_place():
    _write_folder()
    before = _names("in")
    clean(["in"], "in")
    assert clean(["in"], "in").changed == 0
    assert Path("in/a.txt").read_text() == f"{ONCE}\n"
    assert _names("in") == before


@pytest.mark.parametrize("output", ["out.jsonl", "out.ndjson"])
def test_a_folder_of_texts_becomes_records(output):
    _write_folder()
    clean(["in"], output)
    records = [json.loads(line) for line in Path(output).read_bytes().splitlines()]
    assert records == [
        {"id": "in/a.txt", "text": ONCE},
        {"id": "in/deep/b.txt.gz", "text": "B."},
    ]
    assert clean([output], "again.jsonl").changed == 0


def test_the_records_of_texts_have_the_names_of_fields_that_were_asked_for():
    _write_folder()
    options = {**OPTIONS, "id_field": "path", "text_field": "body"}
    clean_files(["in/a.txt", "in/deep/b.txt.gz"], "out.jsonl", **options)
    first = json.loads(Path("out.jsonl").read_bytes().splitlines()[0])
    assert first == {"path": "in/a.txt", "body": ONCE}


@pytest.mark.skipif(os.name == "nt", reason="names are Unicode there")
def test_a_name_that_is_no_unicode_is_written_with_escapes():
    Path(os.fsdecode(b"caf\xe9.txt")).write_text(TWICE)
    clean([os.fsdecode(b"caf\xe9.txt")], "out.jsonl")
    assert json.loads(Path("out.jsonl").read_bytes())["id"] == "caf\\xe9.txt"
    scan([os.fsdecode(b"caf\xe9.txt")], "out.jsonl")
    assert json.loads(Path("out.jsonl").read_bytes())["file"] == "caf\\xe9.txt"


@pytest.mark.parametrize(
    ("content", "cleaned", "n_changed"),
    [
        (b"", b"", 0),
        (b"\n", b"", 0),
        (b"One.", b"One.\n", 0),
        (b"One.\n", b"One.\n", 0),
        (b"One.\r\n", b"One.\n", 1),
        (b"One.\n\n\n", b"One.\n", 1),
    ],
)
def test_a_text_file_ends_in_one_line_end_unless_it_is_empty(content, cleaned, n_changed):
    Path("a.txt").write_bytes(content)
    assert clean(["a.txt"], "b.txt") == Summary("text", 1, n_changed, 0, 0)
    assert Path("b.txt").read_bytes() == cleaned


@pytest.mark.parametrize(
    ("paths", "output", "message"),
    [
        (["in"], "out.txt", "out.txt: several texts need a folder or a .jsonl file to go to"),
        (["in"], "old.md", "old.md: several texts need a folder or a .jsonl file to go to"),
        (
            ["a.jsonl"],
            "out.txt",
            "out.txt: records need an output of JSON lines, got a .txt name",
        ),
        (
            ["in/a.txt", "in/a.txt"],
            "out",
            "out: files need different names to go to one folder",
        ),
        (
            ["in/a.txt", "other/a.txt"],
            "out",
            "out: files need different names to go to one folder",
        ),
    ],
)
def test_an_output_that_does_not_suit_the_input_is_refused(paths, output, message):
    _write_folder()
    Path("other").mkdir()
    Path("other/a.txt").write_text("A.")
    Path("old.md").write_text("old")
    Path("a.jsonl").write_bytes(_line("A."))
    before = _names()
    with pytest.raises(DedupError) as caught:
        clean(paths, output)
    assert str(caught.value) == message
    assert _names() == before


BAD_LINES = [
    ("a number", b'{"text":1}', 'field "text" must be a string, got a number', "--text FIELD or "),
    ("null", b'{"text":null}', 'field "text" must be a string, got null', "--text FIELD or "),
    (
        "no such field",
        b'{"body":"A."}',
        'field "text" must be a string, got no such field among body',
        "--text FIELD or ",
    ),
    ("an array", b"[1]", "a line must be a JSON object, got an array", ""),
    (
        "cut off",
        b'{"text":"A',
        "a line must be a JSON object, got invalid JSON: "
        "unterminated string starting at byte offset 8",
        "",
    ),
    (
        "no UTF-8",
        b'{"text":"Caf\xe9"}',
        'field "text" must be UTF-8, got byte 0xe9 at byte offset 12 of the line',
        "",
    ),
    (
        "a tab",
        b'{"text":"A\tB"}',
        "a line must be a JSON object, got invalid JSON: "
        "invalid control character at byte offset 10",
        "",
    ),
]


@pytest.mark.parametrize(("line", "problem", "option"), [b[1:] for b in BAD_LINES])
@pytest.mark.parametrize("command", [clean, scan])
def test_a_bad_line_is_named_and_nothing_is_written(command, line, problem, option):
    content = _line("A.") * 1041 + line + b"\n" + _line("B.")
    Path("crawl.jsonl.gz").write_bytes(gzip.compress(content))
    with pytest.raises(RecordError) as caught:
        command(["crawl.jsonl.gz"], "out.jsonl")
    use = f"use {option}--skip-bad FILE"
    assert str(caught.value) == f"crawl.jsonl.gz:1042: {problem}; {use}"
    assert (caught.value.path, caught.value.line) == ("crawl.jsonl.gz", 1042)
    assert _names() == ["crawl.jsonl.gz"]


@pytest.mark.parametrize("line", [b[1] for b in BAD_LINES], ids=[b[0] for b in BAD_LINES])
@pytest.mark.parametrize("end", [b"\n", b"\r\n", b""])
def test_a_bad_line_is_set_aside_as_it_is(line, end):
    good = _line("A.")
    Path("a.jsonl").write_bytes(good + line + b"\n" + good + line + end)
    assert clean(["a.jsonl"], "b.jsonl", skip_bad="bad.jsonl") == Summary("record", 2, 0, 0, 2)
    assert Path("b.jsonl").read_bytes() == good + good
    assert Path("bad.jsonl").read_bytes() == line + b"\n" + line + (end or b"\n")


def test_a_run_without_bad_lines_says_so_by_an_empty_file():
    Path("bad.jsonl").write_bytes(b"of an earlier run")
    Path("a.jsonl").write_bytes(_line("A."))
    assert scan(["a.jsonl"], "b.jsonl", skip_bad="bad.jsonl").skipped == 0
    assert Path("bad.jsonl").read_bytes() == b""


@pytest.mark.parametrize(
    ("path", "skip_bad", "message"),
    [
        ("a.jsonl", "a.jsonl", "a.jsonl: bad lines need a file of their own"),
        ("a.jsonl", "./out.jsonl", "./out.jsonl: bad lines need a file of their own"),
        ("a.txt", "bad", "a.txt: bad lines can be set aside from records only"),
    ],
)
def test_bad_lines_need_a_place_of_their_own(path, skip_bad, message):
    Path("a.jsonl").write_bytes(_line("A."))
    Path("a.txt").write_text("A.")
    for command in (clean, scan):
        with pytest.raises(DedupError) as caught:
            command([path], "out.jsonl", skip_bad=skip_bad)
        assert str(caught.value) == message


def test_a_cut_file_is_an_error_and_not_a_short_one():
    content = b"".join(_line(f"{FERRY} {n * n}", id=n) for n in range(9000))
    packed = gzip.compress(content)
    Path("a.jsonl.gz").write_bytes(packed[: len(packed) // 2])
    with pytest.raises(RecordError, match=r"^a\.jsonl\.gz: compressed data must be whole"):
        clean(["a.jsonl.gz"], "b.jsonl", skip_bad="bad.jsonl")
    assert _names() == ["a.jsonl.gz"]


def test_without_an_output_nothing_is_written():
    Path("a.jsonl").write_bytes(_line(TWICE) + b"bad\n")
    summary = clean(["a.jsonl"], None, skip_bad="bad.jsonl")
    assert summary == Summary("record", 1, 1, 1, 1)
    assert _names() == ["a.jsonl"]


def test_a_scan_of_records_lists_every_repeat():
    Path("a.jsonl").write_bytes(_line("A.", id=0) + b"\n" + _line(TWICE, id=1.50) + _line(TWICE))
    assert scan(["a.jsonl"], "b.jsonl") == Summary("record", 3, 2, 2, 0)
    lines = Path("b.jsonl").read_bytes().splitlines()
    assert lines[0].startswith(b'{"id":1.5,"start":')
    found = [json.loads(line) for line in lines]
    (repeat,) = dedup.scan(TWICE).repeats
    assert TWICE[repeat.start : repeat.end] == TWICE[repeat.of_start : repeat.of_end] == FERRY
    for record, record_id, line in zip(found, [1.5, None], [3, 4], strict=True):
        assert list(record) == ["id", *repeat.to_dict(), "file", "line"]
        assert record == {"id": record_id, **repeat.to_dict(), "file": "a.jsonl", "line": line}


def test_a_scan_of_texts_lists_every_repeat():
    _write_folder()
    assert scan(["in"], "b.jsonl") == Summary("text", 2, 1, 1, 0)
    found = json.loads(Path("b.jsonl").read_bytes())
    (repeat,) = dedup.scan(TWICE).repeats
    assert list(found) == ["file", *repeat.to_dict()]
    assert found == {"file": "in/a.txt", **repeat.to_dict()}


def test_spans_count_the_characters_of_the_file():
    text = f"\ufeff{FERRY}\r\n\r\n\U0001f600\r\n\r\n{FERRY}\r\n"
    Path("a.txt").write_bytes(text.encode())
    scan(["a.txt"], "b.jsonl")
    found = json.loads(Path("b.jsonl").read_bytes())
    assert text[found["start"] : found["end"]].strip() == FERRY
    assert text[found["of_start"] : found["of_end"]].strip("\ufeff") == FERRY
