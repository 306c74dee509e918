import gzip
import io
import json
import sys
from pathlib import Path

import pytest
from newsroom import STORY

from dedup.choices import PairChoices
from dedup.corpus_files import Found, Reading, write_pairs, write_repeats
from dedup.errors import DedupError, RecordError

ALL = PairChoices()


@pytest.fixture(autouse=True)
def _files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("a.jsonl").write_text(
        '{"id":1,"text":"A"}\n{"id":"2","text":"B"}\n{"id":3,"text":"A"}\n', encoding="utf-8"
    )
    Path("b.jsonl").write_text(
        '{"id":1,"text":"B"}\nno JSON\n{"id":4,"text":"A"}', encoding="utf-8"
    )
    Path("press").mkdir()
    Path("press/x.txt").write_text("A\n", encoding="utf-8")
    Path("press/y.txt").write_text("A", encoding="utf-8")


def _lines(path: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in Path(path).read_bytes().splitlines()]


def test_a_pair_is_a_line():
    found = write_pairs(ALL, ["a.jsonl"], "out.jsonl", Reading())
    assert Path("out.jsonl").read_bytes() == (
        b'{"left":3,"right":1,"relation":"identical","left_in_right":1.0,"right_in_left":1.0,'
        b'"own_left":null,"own_right":null,"hours_apart":null,"same_source":null,"facts":[]}\n'
    )
    assert found == Found("record", 3, None, 0, 1, {"identical": 1})


def test_texts_are_paired_by_their_paths():
    found = write_pairs(ALL, ["press"], "out.jsonl", Reading())
    assert [(line["left"], line["right"]) for line in _lines("out.jsonl")] == [
        ("press/y.txt", "press/x.txt")
    ]
    assert found == Found("text", 2, None, 0, 1, {"identical": 1})


def test_another_collection_may_have_the_same_ids_and_be_of_another_kind():
    found = write_pairs(ALL, ["a.jsonl"], "out.jsonl", Reading(skip_bad="aside"), against="b.jsonl")
    ids = [(line["left"], line["right"]) for line in _lines("out.jsonl")]
    assert ids == [("2", 1), (1, 4), (3, 4)]
    assert found == Found("record", 3, 2, 1, 3, {"identical": 3})
    found = write_pairs(ALL, ["press/x.txt"], "out.jsonl", Reading(), against="a.jsonl")
    assert found == Found("text", 1, 3, 0, 2, {"identical": 2})


def test_bad_lines_of_both_collections_are_set_aside():
    Path("a.jsonl").write_bytes(b'{"id":1,"text":"A"}\n[]')
    write_pairs(ALL, ["a.jsonl"], "out.jsonl", Reading(skip_bad="aside"), against="b.jsonl")
    assert Path("aside").read_bytes() == b"[]\nno JSON\n"


def test_a_repeat_is_a_line():
    found = write_repeats(0.8, None, ["a.jsonl"], "out.jsonl.gz", Reading())
    first, *_ = gzip.decompress(Path("out.jsonl.gz").read_bytes()).splitlines()
    assert first == (
        b'{"text":"A","words":1.0,"articles":2,"sources":0,"first_seen":1,'
        b'"spans":[[1,0,1],[3,0,1]]}'
    )
    assert found == Found("record", 3, None, 0, 1, {})


def test_half_of_a_surrogate_pair_is_written_as_it_was_read():
    line = b'{"id":"%s","text":"\\udc00 \xc3\xa9"}\n'
    Path("a.jsonl").write_bytes(line.replace(b"%s", b"\\ud800") + line.replace(b"%s", b"\\ud801"))
    write_repeats(0.8, None, ["a.jsonl"], "out.jsonl", Reading())
    (line,) = _lines("out.jsonl")
    assert (line["first_seen"], line["text"]) == ("\ud800", "\udc00 é")


def test_a_path_that_is_not_utf8_is_shown():
    try:
        Path("press/\udcff.txt").write_bytes(b"A")
    except OSError:
        pytest.skip("this file system has names in UTF-8 only")
    write_repeats(0.8, None, ["press"], "out.jsonl", Reading())
    (line,) = _lines("out.jsonl")
    assert "press/\\xff.txt" in [own for own, _, _ in line["spans"]]


def test_the_output_may_be_the_input():
    write_repeats(0.8, None, ["a.jsonl"], "a.jsonl", Reading())
    assert [line["first_seen"] for line in _lines("a.jsonl")] == [1]


def test_a_run_that_fails_writes_nothing():
    Path("out.jsonl").write_bytes(b"of an earlier run")
    with pytest.raises(RecordError, match=r"^b\.jsonl:2: a line must be a JSON object"):
        write_repeats(0.8, None, ["b.jsonl"], "out.jsonl", Reading())
    assert Path("out.jsonl").read_bytes() == b"of an earlier run"
    assert sorted(path.name for path in Path().iterdir()) == [
        "a.jsonl",
        "b.jsonl",
        "out.jsonl",
        "press",
    ]


@pytest.mark.parametrize(
    ("paths", "against", "skip_bad", "message"),
    [
        (["press"], None, "aside", "press/x.txt: bad lines can be set aside from records only"),
        (["a.jsonl"], None, "a.jsonl", "a.jsonl: bad lines need a file of their own"),
        (["a.jsonl"], None, "out.jsonl", "out.jsonl: bad lines need a file of their own"),
        (["a.jsonl"], "b.jsonl", "b.jsonl", "b.jsonl: bad lines need a file of their own"),
        (["-"], "-", None, "-: standard input must be given once, got it twice"),
        (["a.jsonl"], "empty", None, "empty: a folder must hold .txt files, or records, got none"),
    ],
)
def test_files_that_cannot_go_together_are_refused(paths, against, skip_bad, message):
    Path("empty").mkdir()
    with pytest.raises(DedupError) as caught:
        write_pairs(ALL, paths, "out.jsonl", Reading(skip_bad=skip_bad), against=against)
    assert str(caught.value) == message
    assert not Path("out.jsonl").exists()


@pytest.mark.parametrize(("output", "aside"), [("missing/out", None), ("out", "missing/aside")])
def test_a_file_that_cannot_be_written_is_an_error_before_anything_is_read(
    output, aside, monkeypatch
):
    content = io.BytesIO(b'{"id":1,"text":"A"}\n' * 300_000)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(content))
    with pytest.raises(FileNotFoundError) as caught:
        write_pairs(ALL, ["-"], output, Reading(skip_bad=aside))
    assert caught.value.filename in (output, aside)
    assert content.read() != b""


@pytest.mark.parametrize("threshold", [0, 1.1, float("nan")])
def test_what_cannot_be_a_share_is_refused(threshold):
    with pytest.raises(ValueError, match="threshold must be over 0 and at most 1"):
        write_repeats(threshold, None, ["a.jsonl"], "out.jsonl", Reading())
    assert not Path("out.jsonl").exists()


class Told:
    """Keeps what it is told of the stages of a pass."""

    def __init__(self):
        self.done, self.totals = {}, {}

    def stage(self, name, total, unit):
        self.done[name], self.totals[name] = 0, (total, unit)
        self._name = name

    def advance(self, n):
        self.done[self._name] += n


def test_progress_is_told_of_all_bytes():
    told = Told()
    Path("press/z.txt").write_text(STORY, encoding="utf-8")
    Path("a.jsonl").write_text(json.dumps({"id": 1, "text": STORY.replace("214", "220")}) + "\n")
    write_pairs(ALL, ["a.jsonl"], "out.jsonl", Reading(progress=told), against="press")
    files = ["a.jsonl", "press/x.txt", "press/y.txt", "press/z.txt"]
    total = sum(Path(path).stat().st_size for path in files)
    assert (told.totals["reading"], told.done["reading"]) == ((total, "B"), total)
    assert (told.totals["comparing"], told.done["comparing"]) == ((2, "texts"), 2)
    assert "comparing others" not in told.totals
