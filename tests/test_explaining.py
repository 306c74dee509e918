"""Why a text went or stayed, with and without the texts."""

import json
from pathlib import Path

import pytest
from newsroom import STORY

from dedup import RecordError, deduplicate
from dedup.choices import Choices
from dedup.corpus_files import Reading
from dedup.decision_files import Outputs, filter_files
from dedup.document_files import Fields
from dedup.explaining import explain
from dedup.report_files import report_content

MORE = " On Monday the wind was still too strong, and the port asked for tents and blankets."
TEXTS = {"a": STORY + MORE, "b": STORY, 7: STORY.upper(), "c": "Bread is dearer."}


@pytest.fixture(autouse=True)
def _files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    lines = [json.dumps({"id": own, "text": text}) + "\n" for own, text in TEXTS.items()]
    Path("a.jsonl").write_text("".join(lines[:2]), encoding="utf-8")
    Path("b.jsonl").write_text("no JSON\n" + "".join(lines[2:]), encoding="utf-8")
    Path("r.json").write_bytes(report_content(deduplicate(TEXTS.items())))


def test_a_text_that_went_is_explained_by_the_report_alone():
    told = explain("b", "r.json", [], Fields())
    assert told.finding.decision == deduplicate(TEXTS.items()).dropped[1]
    assert (told.documents, told.comparison) == (None, None)
    assert "comparison" not in told.to_dict()


def test_both_texts_are_compared_where_they_are_given():
    told = explain("7", "r.json", ["a.jsonl", "b.jsonl"], Fields())
    assert [document.text for document in told.documents] == [TEXTS[7], TEXTS["a"]]
    assert told.comparison.relation == told.finding.decision.relation == "excerpt"
    assert told.comparison.left_in_right == 1.0
    assert told.to_dict()["comparison"] == told.comparison.to_dict()


def test_a_text_that_was_kept_for_others_is_compared_with_none():
    told = explain("a", "r.json", ["a.jsonl"], Fields())
    assert told.finding.story.members == (7, "a", "b")
    assert told.comparison is None


def test_a_text_that_is_in_no_story_is_looked_for():
    told = explain("c", "r.json", ["a.jsonl", "b.jsonl"], Fields())
    assert told.to_dict() == {
        "id": "c", "kept": "c", "relation": None, "coverage": None, "story": None, "suspect": None,
    }  # fmt: skip


def test_a_number_that_is_in_no_story_is_looked_for():
    Path("r.json").write_bytes(report_content(deduplicate([])))
    assert explain("7", "r.json", ["b.jsonl"], Fields()).finding.id == 7
    for name in ["07", "--7", "²", "9" * 5000]:
        with pytest.raises(RecordError, match="got no such record"):
            explain(name, "r.json", ["b.jsonl"], Fields())


@pytest.mark.parametrize(
    ("name", "inputs", "problem"),
    [
        ("c", [], "r.json: must name 'c', got a report in which it neither goes nor others go"),
        ("d", ["a.jsonl"], "a.jsonl: field \"id\" of a record must be 'd', got no such record"),
        ("7", ["a.jsonl"], "a.jsonl: field \"id\" of a record must be '7', got no such record"),
    ],
)
def test_a_text_that_is_not_there_is_an_error(name, inputs, problem):
    with pytest.raises(RecordError) as caught:
        explain(name, "r.json", inputs, Fields())
    assert str(caught.value).startswith(problem)


def test_texts_in_a_folder_are_found_by_their_paths():
    Path("press").mkdir()
    for own, text in TEXTS.items():
        Path(f"press/{own}.txt").write_text(text + "\n", encoding="utf-8")
    outputs = Outputs("kept.jsonl", None, "r.json")
    filter_files(Choices(), ["press"], outputs, Reading(), most=None)
    told = explain("press/b.txt", "r.json", ["press"], Fields())
    assert told.finding.kept == "press/a.txt"
    assert told.comparison.left_in_right == 1.0
