"""Decisions as a report: stories, suspects, counts, and a digest of it all."""

import json
from datetime import date, datetime

import pytest
from hypothesis import given, settings
from newsroom import ALL_RELATIONS, STORY, news, stories
from strategies import collections

import dedup
from dedup import Decision, Document, deduplicate
from dedup.documents import id_order

MORE = " On Monday the wind was still too strong, and the port asked for tents and blankets."
WALL = "Please enable cookies and turn off your ad blocker to read this page, then reload it."


def test_a_report_says_what_went_for_what():
    report = deduplicate(
        [("b", STORY), ("a", STORY + MORE), ("c", "Bread is dearer."), ("d", STORY)]
    )
    assert report.kept == ("a", "c")
    assert report.dropped == (
        Decision("b", "a", "excerpt", 1.0),
        Decision("d", "a", "excerpt", 1.0),
    )
    assert [report.keeper_of(own) for own in "abcd"] == ["a", "a", "c", "a"]
    assert (report.read, report.threshold, report.dedup) == (4, 0.8, dedup.__version__)
    assert report.relations == {"identical": 1, "excerpt": 1}
    with pytest.raises(KeyError):
        report.keeper_of("e")


@settings(max_examples=40, deadline=None)
@given(collections())
def test_a_report_holds_every_document_once_in_the_order_of_ids(documents):
    report = deduplicate(documents, drop=ALL_RELATIONS)
    gone = [decision.id for decision in report.dropped]
    suspects, kept = (own.id for own in report.suspects), (own.kept for own in report.stories)
    for ids in map(list, (report.kept, gone, suspects, kept)):
        assert ids == sorted(ids, key=id_order)
    assert sorted([*report.kept, *gone], key=id_order) == sorted(
        (document.id for document in documents), key=id_order
    )
    members = [own for story in report.stories for own in story.members]
    assert sorted(members, key=id_order) == sorted(
        [*gone, *(story.kept for story in report.stories)], key=id_order
    )
    for story in report.stories:
        assert {report.keeper_of(own) for own in story.members} == {story.kept}
    assert json.loads(json.dumps(report.to_dict()))["digest"] == report.digest


def test_a_story_says_its_sources_and_who_was_first():
    documents = [
        Document("a", STORY, source="x", published=date(2026, 1, 3)),
        Document("b", STORY, source="", published="2026-01-02T09:00Z"),
        Document("c", STORY, source="y", published=datetime(2026, 1, 2, 10)),
        Document("d", STORY, source="x"),
    ]
    (story,) = deduplicate(documents).stories
    assert (story.kept, story.members, story.sources) == ("b", ("a", "b", "c", "d"), ("x", "y"))
    assert (story.first_seen, story.first_published) == ("b", "2026-01-02T09:00Z")
    (story,) = deduplicate(documents[2:]).stories
    assert (story.first_seen, story.first_published) == ("c", "2026-01-02T10:00:00")
    (story,) = deduplicate([("q", STORY), ("p", STORY)]).stories
    assert (story.first_seen, story.first_published, story.sources) == ("p", None, ())


def test_equal_decisions_have_equal_digests():
    one = deduplicate([("a", STORY), ("b", STORY)])
    again = deduplicate([("b", STORY + MORE.lower()[:9]), ("a", STORY + MORE.lower()[:9])])
    other = deduplicate([("a", STORY), ("c", STORY)])
    assert one.digest == again.digest != other.digest
    numbers, digits = (deduplicate([(kind(1), STORY), (kind(2), STORY)]) for kind in (int, str))
    assert numbers.digest != digits.digest
    assert one.digest == "a451074d644acb1e"
    assert deduplicate([("a", STORY)]).digest == deduplicate([]).digest


def test_a_recipe_is_all_that_changes_the_result():
    documents = news()[0]
    told = deduplicate(documents, drop=["copy", "identical"], keep=len_of_text).recipe
    assert told == {
        "keys": "passages", "window": 15, "short_window": 7, "short_words": 128,
        "unicode": "14.0.0", "threshold": 0.8, "drop": ["copy", "identical"],
        "keep": "len_of_text", "within": None, "scope": "all",
    }  # fmt: skip


def len_of_text(document):
    return len(document.text)


# Suspects


@pytest.mark.parametrize(("n", "is_suspect"), [(4, False), (5, True), (9, True)])
def test_the_same_words_under_five_ids_of_one_source_are_suspect(n, is_suspect):
    documents = [Document(k, WALL, source="a") for k in range(n)]
    suspects = deduplicate(documents).suspects
    assert [own.id for own in suspects] == [0] * is_suspect
    assert all(own.reason == f"the same words under {n} ids of its source" for own in suspects)
    kept = deduplicate(documents, drop=()).suspects
    assert [own.id for own in kept] == list(range(n)) * is_suspect


def test_the_same_words_in_two_sources_or_in_unknown_ones_are_no_suspects():
    assert deduplicate([Document(k, WALL, source="ab"[k % 2]) for k in range(12)]).suspects == ()
    assert deduplicate([Document(k, WALL) for k in range(12)]).suspects == ()


def test_a_text_of_which_all_is_boilerplate_is_suspect():
    closing = " ".join(f"closing{k}" for k in range(60))
    documents = [
        Document(k, f"{text[:150]}\n\n{closing}", source="a") for k, text in enumerate(stories(8))
    ]
    report = deduplicate([*documents, Document("bare", closing, source="a")])
    assert [own.id for own in report.suspects] == ["bare"]
    assert report.suspects[0].reason == "nothing of its own: it is boilerplate of its source"
