"""What a person sees of a comparison; tests/test_cli.py has the command."""

import re
from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.cli.comparison import drawn
from dedup.cli.terminal import one_line, visible
from dedup.model import Comparison, Document, Relation

LEFT = Document("w-7", "The ferry runs. Nobody knows why.", title="Ferry", source="coast.example")
RIGHT = Document(2, "Today: the ferry runs again.", published="2026-05-01")
COMPARISON = Comparison("excerpt", 0.98999, 0.29, 0.2, 3.0, ((0, 14, 7, 21),), (("four", "5"),))
SHOWN = """\
LEFT   w-7 Ferry (coast.example)
RIGHT  2 (2026-05-01)

LEFT is an excerpt of RIGHT: 98 % of the words of LEFT stand in RIGHT, 29 % of
those of RIGHT in LEFT. Published 3 h apart.
Facts that differ: four → 5.

LEFT
‹1: The ferry runs›. Nobody knows why.

RIGHT
Today: ‹1: the ferry runs› again.
"""


def _drawn(
    comparison: Comparison = COMPARISON,
    left: Document = LEFT,
    right: Document = RIGHT,
    width: int = 80,
    in_color: bool = False,
) -> str:
    return drawn(comparison, left, right, width=width, in_color=in_color)


@pytest.fixture(autouse=True)
def _a_terminal_with_colors(monkeypatch):
    monkeypatch.setenv("TERM", "xterm-256color")
    for name in ["NO_COLOR", "FORCE_COLOR", "COLORTERM", "COLUMNS"]:
        monkeypatch.delenv(name, raising=False)


def test_a_comparison_is_a_sentence_and_two_marked_texts():
    assert _drawn() == SHOWN


def test_colors_add_nothing_but_color():
    colored = _drawn(in_color=True)
    assert "\x1b[1;36m‹1: \x1b[0m\x1b[36mThe ferry runs\x1b[0m\x1b[1;36m›\x1b[0m. Nobody" in colored
    assert re.sub(r"\x1b\[[\d;]*m", "", colored) == SHOWN


def test_colors_can_be_turned_off(monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[36m" not in _drawn(in_color=True)


def test_lines_are_as_wide_as_the_terminal():
    left = replace(LEFT, text="word " * 100 + "日本" * 50)
    lines = _drawn(left=left, width=40).splitlines()
    assert max(len(line) for line in lines) <= 40
    assert "日本" * 10 in lines  # twice as wide as others


def test_every_relation_has_its_sentence():
    relations = [*get_args(Relation), None]
    shown = [_drawn(replace(COMPARISON, relation=relation), width=500) for relation in relations]
    sentences = {lines.splitlines()[3].partition(":")[0] for lines in shown}
    assert len(sentences) == len(relations)
    assert all(sentence.startswith("LEFT ") for sentence in sentences)


@pytest.mark.parametrize(
    ("share", "shown"),
    [(0.0, "0 %"), (0.001, "less than 1 %"), (0.29, "29 %"), (0.9999, "99 %"), (1.0, "100 %")],
)
def test_a_share_is_never_rounded_up(share, shown):
    comparison = replace(COMPARISON, left_in_right=share)
    assert f": {shown} of the words of LEFT" in _drawn(comparison)


@pytest.mark.parametrize(
    ("hours", "shown"),
    [
        (None, "LEFT."),
        (0.0, "LEFT. Published at the same time."),
        (0.5, "LEFT. Published 30 min apart."),
        (71.6, "LEFT. Published 72 h apart."),
        (100.0, "LEFT. Published 4 days apart."),
        (24_000.0, "LEFT. Published 1,000 days apart."),
    ],
)
def test_time_is_told_in_its_unit(hours, shown):
    sentence = _drawn(replace(COMPARISON, hours_apart=hours), width=500).splitlines()[3]
    assert sentence.endswith(f"RIGHT in {shown}")


def test_without_a_passage_no_text_is_shown():
    assert _drawn(replace(COMPARISON, passages=())) == SHOWN.partition("\nLEFT\n")[0]


def test_passages_have_the_same_number_in_both_texts():
    comparison = replace(COMPARISON, passages=((16, 22, 0, 5), (0, 14, 7, 21)))
    shown = _drawn(comparison)
    assert "‹1: The ferry runs›. ‹2: Nobody› knows why." in shown
    assert "‹2: Today›: ‹1: the ferry runs› again." in shown


def test_passages_may_overlap():
    comparison = replace(COMPARISON, passages=((0, 9, 0, 5), (4, 14, 0, 5)))
    shown = _drawn(comparison)
    assert "‹1: The ‹2: ferry› runs›." in shown
    assert "‹1: ‹2: Today››:" in shown


def test_what_a_terminal_would_obey_is_not_shown():
    hostile = "a\x1b[31m\x07\x9b2Jb\r\u202ec\ud800\x00 [red]markup[/red] :smile:\r\n"
    documents = [Document(hostile, hostile, title=hostile, source=hostile) for _ in range(2)]
    comparison = replace(COMPARISON, facts=((hostile, hostile),), passages=((0, 1, 0, 1),))
    shown = _drawn(comparison, *documents, width=1000)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\ud800]", shown)
    assert shown.count("\n") == 13
    assert shown.count("a�[31m��2Jb��c�� [red]markup[/red] :smile:") == 8
    assert shown.count("‹1: a›�[31m��2Jb��c�� [red]markup[/red] :smile:") == 2


@given(st.text(st.characters(), max_size=40))
def test_visible_text_holds_nothing_to_obey(text):
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]", visible(text))
    assert "\n" not in one_line(text)
    if text.isprintable():
        assert one_line(text) == text
