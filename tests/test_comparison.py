"""Two texts beside each other."""

import re
from datetime import UTC, datetime, timedelta

import naive
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from strategies import articles, retold, statements

from dedup import Comparison, Document, compare
from dedup.shingle import words_of

STORY = (
    "Two ferries stayed in the harbor of Mira on Sunday as a storm closed the channel. The port "
    "said that 214 passengers slept in the school hall, and that the first ferry would leave when "
    "the wind dropped. Ada Birk, who runs the bakery, opened at four to give them bread."
)
MORE = " On Monday the wind was still too strong, and the port asked for tents and blankets."
OTHER = "Bread was dearer this spring than in any other since the mill by the old river burned."


@given(retold(60))
@settings(deadline=None)
def test_shares_and_passages_equal_the_twin(texts):
    left, right = texts[:2]
    found = compare(left, right)
    for share, (one, other) in (
        (found.left_in_right, (left, right)),
        (found.right_in_left, (right, left)),
    ):
        tokens, held = words_of(one)[0].tolist(), words_of(other)[0].tolist()
        total = sum(map(naive.weight, tokens))
        anywhere = naive.covered_weight(tokens, held) / max(total, 1)
        anywhere = 1.0 if total and tokens == held else anywhere
        assert share <= round(anywhere, 4)
        if len(held) <= 2 * len(tokens):
            assert share == round(anywhere, 4)
    shingles = [set(naive.shingles(words_of(text)[0].tolist())) for text in (left, right)]
    union = len(shingles[0] | shingles[1])
    assert found.jaccard == round(len(shingles[0] & shingles[1]) / max(union, 1), 4)


@settings(max_examples=50, deadline=None)
@given(st.one_of(retold(40).map(lambda texts: texts[:2]), st.tuples(articles(), articles())))
def test_passages_are_the_same_words_in_both_texts(texts):
    left, right = texts
    found = compare(left, right)
    assert list(found.passages) == sorted(found.passages)
    for a, b, c, d in found.passages:
        assert 0 <= a < b <= len(left)
        assert 0 <= c < d <= len(right)
        assert words_of(left[a:b])[0].tolist() == words_of(right[c:d])[0].tolist()


@settings(max_examples=60, deadline=None)
@given(st.tuples(statements(60), statements(60)) | retold(40).map(lambda texts: texts[:2]))
@example(
    (
        "one one one two 中 中 one one one one one 中 one one one 文 one one 中 one two one one "
        "two two one one one one one one one one one three one one one",
        "one one one 中 1,200 one one one 中 one one one one one three one two one one two one "
        "one one one three one one one one one two 中 one one one 1,200 one",
    )
)
def test_seen_from_the_other_side_left_and_right_change_places(texts):
    left, right = texts
    here, there = compare(left, right), compare(right, left)
    assert (here.left_in_right, here.right_in_left) == (there.right_in_left, there.left_in_right)
    assert sorted((c, d, a, b) for a, b, c, d in here.passages) == sorted(there.passages)
    assert [facts[::-1] for facts in here.facts] == list(there.facts)
    other_way = {"excerpt": "extends", "extends": "excerpt"}
    assert other_way.get(here.relation, here.relation) == there.relation
    assert here.jaccard == there.jaccard


@pytest.mark.parametrize(
    ("left", "right", "relation"),
    [
        (STORY, STORY, "identical"),
        (STORY, STORY.upper().replace("’", "'"), "identical"),
        (STORY, STORY.replace("bakery", "shop"), "copy"),
        (STORY, STORY + MORE + MORE, "excerpt"),
        (STORY + MORE + MORE, STORY, "extends"),
        (STORY, STORY.replace("214", "230"), "update"),
        (STORY, OTHER, None),
        (STORY, "", None),
        ("", "", None),
        ("...", "...", None),
        ("中文", "中文", "identical"),
    ],
)
def test_relations(left, right, relation):
    assert compare(left, right).relation == relation


def test_shares_are_of_each_text_by_itself():
    found = compare(STORY, STORY + MORE)
    n, m = len(words_of(STORY)[0]), len(words_of(STORY + MORE)[0])
    assert (found.left_in_right, found.right_in_left) == (1.0, round(n / m, 4))
    assert found.jaccard == round((n - 4) / (m - 4), 4)
    assert found.passages == ((0, len(STORY) - 1, 0, len(STORY) - 1),)


def test_a_shared_passage_of_thirty_words_is_an_overlap():
    words = STORY.replace(".", "").split()
    long = " ".join([*words[:31], *OTHER.split(), *MORE.split(), *OTHER.upper().split()[3:8]])
    short = " ".join([*words[:28], *OTHER.split(), *MORE.split()])
    away = " ".join(f"word{k}" for k in range(40))
    assert compare(f"{' '.join(words[:31])} {away}", long).relation == "overlap"
    assert compare(f"{' '.join(words[:28])} {away}", short).relation is None


def test_facts_that_differ_are_told_as_they_are_written():
    right = STORY.replace("214", "1,230").replace("Ada", "Orla").replace("Sunday", "Friday")
    assert compare(STORY, right).facts == (("Sunday", "Friday"), ("214", "1,230"))
    assert compare(right, STORY).facts == (("Friday", "Sunday"), ("1,230", "214"))
    inside = STORY.replace("and that", "and Ada Birk said that").replace("Ada Birk,", "She")
    other = inside.replace("Ada", "Orla")
    assert compare(inside, other).facts == (("Ada", "Orla"),)


def test_dates_count_where_both_are_known():
    left, right = Document("a", STORY, published="2026-01-01T10:00"), STORY
    assert compare(left, right).hours_apart is None
    right = Document("b", STORY, published=datetime(2026, 1, 1, 12, 20, tzinfo=UTC))
    assert compare(left, right).hours_apart == compare(right, left).hours_apart == 2.33
    later = STORY.replace("214", "230")
    days = {
        hours: compare(
            left,
            Document("b", later, published=datetime(2026, 1, 1, 10) + timedelta(hours=hours)),
        ).relation
        for hours in (0, 11, 71, 73, 200)
    }
    assert days == {0: "update", 11: "update", 71: "update", 73: "template", 200: "template"}


def test_ids_titles_and_sources_do_not_count():
    plain = compare(STORY, STORY + MORE)
    left = Document("x", STORY, title="Storm", source="a.example", extra={"k": 1})
    assert compare(left, Document("x", STORY + MORE, title="Wind", source="a.example")) == plain


def test_a_threshold_is_how_much_a_copy_holds():
    words = STORY.split()
    for k in range(4, len(words), 7):
        words[k : k + 2] = "so", "it"
    found = compare(" ".join(words), STORY)
    assert 0.6 < found.left_in_right < 0.8
    assert found.relation == "revision"
    assert compare(" ".join(words), STORY, threshold=0.6).relation == "copy"
    assert compare(STORY.replace("bakery", "shop"), STORY, threshold=1).relation == "revision"


@pytest.mark.parametrize("threshold", [0, -0.1, 1.01, 70, float("nan")])
def test_a_threshold_that_is_no_share_is_refused(threshold):
    message = f"^threshold must be over 0 and at most 1, got {re.escape(str(threshold))}$"
    with pytest.raises(ValueError, match=message):
        compare(STORY, STORY, threshold=threshold)


@pytest.mark.parametrize("given", [None, b"bytes", 5, ("a", "text")])
def test_what_is_no_text_is_refused(given):
    with pytest.raises(TypeError, match="must be a string, got"):
        compare(STORY, given)


def test_a_comparison_is_a_value_that_tells_itself():
    found = compare(STORY, STORY.replace("214", "230"))
    assert isinstance(found, Comparison)
    assert found == compare(STORY, STORY.replace("214", "230"))
    told = found.to_dict()
    assert list(told) == [
        "relation", "left_in_right", "right_in_left", "jaccard", "hours_apart", "passages", "facts",
    ]  # fmt: skip
    assert told["facts"] == (("214", "230"),)


def test_a_number_that_changed_is_seen_however_deep_the_text_stands():
    words = [f"w{'abcdefghij'[k // 10]}{'abcdefghij'[k % 10]}" for k in range(60)]
    story = [*words[:31], "3", *words[31:]]
    told = [f"x{word}" if k % 8 == 4 else word for k, word in enumerate(story)]
    told[31] = "17"
    around = [f"y{'abcdefghij'[k // 10]}{'abcdefghij'[k % 10]}" for k in range(90)]
    found = compare(" ".join(told), " ".join([*around, *story, *around[:30]]))
    assert found.left_in_right >= 0.8
    assert found.facts == (("17", "3"),)
    assert found.relation not in ("copy", "excerpt")
