"""Reports in files: what is written is read, and what is none is refused."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from strategies import collections

from dedup import Decision, RecordError, Story, Suspect, deduplicate
from dedup.report_files import Finding, find, read_report, report_content

REPORT = {
    "format": "dedup-report/1",
    "dedup": "0.1.0",
    "recipe": {},
    "threshold": 0.8,
    "read": 6,
    "kept": 3,
    "relations": {"copy": 2},
    "dropped": [
        {"id": "b", "kept": "a", "relation": "copy", "coverage": 0.9},
        {"id": 7, "kept": "7", "relation": "excerpt", "coverage": 1.0},
    ],
    "stories": [
        {"kept": "7", "members": [7, "7"], "sources": [], "first_seen": 7, "first_published": None},
        {
            "kept": "a",
            "members": ["a", "b"],
            "sources": ["x"],
            "first_seen": "b",
            "first_published": "2026-01-01",
        },
    ],
    "suspects": [{"id": 5, "reason": "nothing of its own"}],
    "digest": "0123456789abcdef",
}


@pytest.fixture(autouse=True)
def _in_empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def stored(**changes):
    Path("r.json").write_text(json.dumps(REPORT | changes), encoding="utf-8")
    return read_report("r.json")


@settings(max_examples=25, deadline=None)
@given(collections())
def test_what_is_written_is_read(documents):
    report = deduplicate(documents)
    Path("r.json").write_bytes(report_content(report))
    told = read_report("r.json")
    assert tuple(told.dropped) == report.dropped
    assert tuple(told.stories) == report.stories
    assert tuple(told.suspects) == report.suspects
    assert json.loads(Path("r.json").read_bytes()) == json.loads(json.dumps(report.to_dict()))


def test_ids_that_only_escapes_can_write_are_read():
    report = deduplicate(
        [("\ud800", "One text of four words."), (10**30, "One text of four words.")]
    )
    Path("r.json").write_bytes(report_content(report))
    assert tuple(read_report("r.json").dropped) == report.dropped
    assert {report.dropped[0].id, report.dropped[0].kept} == {"\ud800", 10**30}


STORIES = {
    "7": Story("7", (7, "7"), (), 7, None),
    "a": Story("a", ("a", "b"), ("x",), "b", "2026-01-01"),
}


@pytest.mark.parametrize(
    ("name", "finding"),
    [
        ("b", Finding("b", Decision("b", "a", "copy", 0.9), STORIES["a"], None)),
        ("a", Finding("a", None, STORIES["a"], None)),
        ("7", Finding("7", None, STORIES["7"], None)),
        ("5", Finding(5, None, None, Suspect(5, "nothing of its own"))),
        ("05", None),
        ("c", None),
        ("", None),
    ],
)
def test_a_text_is_found_by_how_its_id_is_written(name, finding):
    assert find(stored(), name) == finding


def test_a_number_is_found_where_no_string_is_written_so():
    report = stored(dropped=REPORT["dropped"][1:], stories=[])
    report.dropped[0] = Decision(7, "a", "copy", 0.9)
    assert find(report, "7") == Finding(7, Decision(7, "a", "copy", 0.9), None, None)


def test_a_finding_is_an_object():
    assert find(stored(), "b").to_dict() == {
        "id": "b",
        "kept": "a",
        "relation": "copy",
        "coverage": 0.9,
        "story": REPORT["stories"][1] | {"members": ("a", "b"), "sources": ("x",)},
        "suspect": None,
    }
    assert find(stored(), "5").to_dict() == {
        "id": 5,
        "kept": 5,
        "relation": None,
        "coverage": None,
        "story": None,
        "suspect": "nothing of its own",
    }


def test_a_newer_format_is_refused_with_both_versions():
    with pytest.raises(RecordError) as caught:
        stored(format="dedup-report/2", dedup="3.1.4")
    assert str(caught.value) == (
        "r.json: must be of the format dedup-report/1 at most, which dedup 0.1.0 knows, "
        "got dedup-report/2, written by dedup 3.1.4"
    )


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "a report must be JSON, got Expecting value: line 1 column 1"),
        (b'{"format": ', "a report must be JSON, got "),
        (b"\xff\xfe", "a report must be JSON, got "),
        (b"[" * 100_000, "a report must be JSON, got "),
        (b'{"a":1}\n{"b":2}\n', "a report must be JSON, got Extra data: line 2"),
        (b"[]", "must be a report of the format dedup-report/1, got no format"),
        (b'{"id":1,"text":"A"}', "must be a report of the format dedup-report/1, got no format"),
        (b'{"format":1}', "must be a report of the format dedup-report/1, got format 1"),
        (b'{"format":"x/1"}', "must be a report of the format dedup-report/1, got format 'x/1'"),
        (b'{"format":"dedup-report/1.5"}', "must be a report of the format dedup-report/1, got"),
        (b'{"format":"dedup-report/%s"}' % (b"9" * 5000), "must be a report of the format"),
        (
            b'{"format":"dedup-report/1"}',
            "must be a report of the format dedup-report/1: Object missing",
        ),
    ],
)
def test_what_is_no_report_is_refused(content, problem):
    Path("r.json").write_bytes(content)
    with pytest.raises(RecordError) as caught:
        read_report("r.json")
    assert str(caught.value).startswith(f"r.json: {problem}")
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    "changes",
    [
        {"dropped": [{"id": True, "kept": 1, "relation": "copy", "coverage": 1}]},
        {"dropped": [{"id": "a", "kept": 1, "relation": "alike", "coverage": 1}]},
        {"dropped": {}},
        {"stories": [{"kept": "a"}]},
        {"threshold": "high"},
    ],
)
def test_a_report_that_holds_something_else_is_refused(changes):
    with pytest.raises(RecordError, match=r"^r\.json: must be a report of the format \S+: "):
        stored(**changes)
