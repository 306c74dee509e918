import gzip
import json
from collections.abc import Iterable, Iterator
from itertools import combinations, product
from pathlib import Path

import pytest

from dedup.corpus_files import Found, Reading, write_pairs, write_repeats
from dedup.errors import DedupError, RecordError
from dedup.model import Document, Pair, RepeatedParagraph


def same_texts(
    documents: Iterable[Document], *, against: Iterable[Document] | None = None
) -> Iterator[Pair]:
    """Relate documents of the same text: what files are turned into is all that is tested here."""
    held = list(documents)
    for left, right in combinations(held, 2) if against is None else product(held, list(against)):
        if left.text == right.text:
            yield Pair(
                left.id,
                right.id,
                "identical",
                1.0,
                1.0,
                None,
                None,
                None,
                None,
                ((left.text, "5"),),
            )


def each_text(documents: Iterable[Document]) -> Iterator[RepeatedParagraph]:
    for document in documents:
        span = (document.id, 0, len(document.text))
        yield RepeatedParagraph(document.text, 1.5, 2, 1, document.id, (span,))


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
    found = write_pairs(same_texts, ["a.jsonl"], "out.jsonl", Reading())
    assert Path("out.jsonl").read_bytes() == (
        b'{"left":1,"right":3,"relation":"identical","left_in_right":1.0,"right_in_left":1.0,'
        b'"own_left":null,"own_right":null,"hours_apart":null,"same_source":null,'
        b'"facts":[["A","5"]]}\n'
    )
    assert found == Found("record", 3, None, 0, 1, {"identical": 1})


def test_texts_are_paired_by_their_paths():
    found = write_pairs(same_texts, ["press"], "out.jsonl", Reading())
    assert [(line["left"], line["right"]) for line in _lines("out.jsonl")] == [
        ("press/x.txt", "press/y.txt")
    ]
    assert found == Found("text", 2, None, 0, 1, {"identical": 1})


def test_another_collection_may_have_the_same_ids_and_be_of_another_kind():
    found = write_pairs(
        same_texts, ["a.jsonl"], "out.jsonl", Reading(skip_bad="aside"), against="b.jsonl"
    )
    ids = [(line["left"], line["right"]) for line in _lines("out.jsonl")]
    assert ids == [(1, 4), ("2", 1), (3, 4)]
    assert found == Found("record", 3, 2, 1, 3, {"identical": 3})
    found = write_pairs(same_texts, ["press/x.txt"], "out.jsonl", Reading(), against="a.jsonl")
    assert found == Found("text", 1, 3, 0, 2, {"identical": 2})


def test_bad_lines_of_both_collections_are_set_aside():
    Path("a.jsonl").write_bytes(b'{"id":1,"text":"A"}\n[]')
    write_pairs(same_texts, ["a.jsonl"], "out.jsonl", Reading(skip_bad="aside"), against="b.jsonl")
    assert Path("aside").read_bytes() == b"[]\nno JSON\n"


def test_a_repeat_is_a_line():
    found = write_repeats(each_text, ["a.jsonl"], "out.jsonl.gz", Reading())
    first, *_ = gzip.decompress(Path("out.jsonl.gz").read_bytes()).splitlines()
    assert first == (
        b'{"text":"A","words":1.5,"articles":2,"sources":1,"first_seen":1,"spans":[[1,0,1]]}'
    )
    assert found == Found("record", 3, None, 0, 3, {})


def test_half_of_a_surrogate_pair_is_written_as_it_was_read():
    Path("a.jsonl").write_bytes(b'{"id":"\\ud800","text":"\\udc00 \xc3\xa9"}\n')
    write_repeats(each_text, ["a.jsonl"], "out.jsonl", Reading())
    (line,) = _lines("out.jsonl")
    assert (line["first_seen"], line["text"]) == ("\ud800", "\udc00 é")


def test_a_path_that_is_not_utf8_is_shown():
    try:
        Path("press/\udcff.txt").write_bytes(b"A")
    except OSError:
        pytest.skip("this file system has names in UTF-8 only")
    write_repeats(each_text, ["press"], "out.jsonl", Reading())
    assert "press/\\xff.txt" in [line["first_seen"] for line in _lines("out.jsonl")]


def test_the_output_may_be_the_input():
    write_repeats(each_text, ["a.jsonl"], "a.jsonl", Reading())
    assert [line["first_seen"] for line in _lines("a.jsonl")] == [1, "2", 3]


def test_a_run_that_fails_writes_nothing():
    Path("out.jsonl").write_bytes(b"of an earlier run")
    with pytest.raises(RecordError, match=r"^b\.jsonl:2: a line must be a JSON object"):
        write_repeats(each_text, ["b.jsonl"], "out.jsonl", Reading())
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
        (["press"], None, "aside", "press/x.txt: bad lines can be set aside from JSON lines only"),
        (["a.jsonl"], None, "a.jsonl", "a.jsonl: bad lines need a file of their own"),
        (["a.jsonl"], None, "out.jsonl", "out.jsonl: bad lines need a file of their own"),
        (["a.jsonl"], "b.jsonl", "b.jsonl", "b.jsonl: bad lines need a file of their own"),
        (["-"], "-", None, "-: standard input must be given once, got it twice"),
        (["a.jsonl"], "empty", None, "empty: a folder must hold .txt files, got none"),
    ],
)
def test_files_that_cannot_go_together_are_refused(paths, against, skip_bad, message):
    Path("empty").mkdir()
    with pytest.raises(DedupError) as caught:
        write_pairs(same_texts, paths, "out.jsonl", Reading(skip_bad=skip_bad), against=against)
    assert str(caught.value) == message
    assert not Path("out.jsonl").exists()


def test_progress_is_told_of_all_bytes():
    told = []
    reading = Reading(progress=lambda size, total: told.append((size, total)))
    write_pairs(same_texts, ["a.jsonl"], "out.jsonl", reading, against="press")
    total = sum(Path(path).stat().st_size for path in ["a.jsonl", "press/x.txt", "press/y.txt"])
    assert {seen for _, seen in told} == {total}
    assert sum(size for size, _ in told) == total
