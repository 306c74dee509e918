"""What each text is told of itself: the marks say the same as the report and the pairs."""

import random
from collections import defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from newsroom import ALL_RELATIONS, DROP, STORY, news
from strategies import collections

from dedup import Document, pairs
from dedup.choices import Choices
from dedup.corpus import decide
from dedup.documents import Documents, id_order
from dedup.marking import mark
from dedup.model import Mark
from dedup.resources import resources

MORE = " On Monday the wind was still too strong, and the port asked for tents and blankets."


def decided_of(documents, **choices):
    """Decide of documents."""
    with resources(1, memory=10**9) as own:
        return decide([Documents(documents)], Choices(**choices), own)


def marked(documents, **choices):
    """Return the report, and the mark of each document by its id."""
    decided = decided_of(documents, **choices)
    marks = mark(decided)
    return decided.report, dict(zip((d.id for d in documents), marks, strict=True))


def preference(documents):
    """Return the ids from the most to the least preferred one."""
    decided = decided_of(documents)
    return [documents[place].id for place in decided.related.order.tolist()]


def check(documents, **choices):
    report, marks = marked(documents, **choices)
    drop = choices.get("drop", DROP)
    gone = {d.id for d in report.dropped}
    # What the page of the command promises: filter drops exactly these.
    assert {own for own, m in marks.items() if m.role in drop and m.keeper != own} == gone
    assert {own for own, m in marks.items() if m.keeper != own} == gone
    assert all(m.keeper == report.keeper_of(own) for own, m in marks.items())
    for decision in report.dropped:
        told = marks[decision.id]
        assert (told.role, told.coverage, told.of) == (
            decision.relation,
            decision.coverage,
            decision.kept,
        )
    stories = {story.kept: story for story in report.stories}
    sources = {document.id: document.source for document in documents}
    for own, told in marks.items():
        story = stories.get(told.keeper)
        if story is None:
            expected = (1, int(sources[own] != ""), own)
        else:
            expected = (len(story.members), len(story.sources), story.first_seen)
        assert (told.copies, told.sources, told.first_seen) == expected
        assert (told.role == "keeper") == (own in stories)
        assert (told.of == own) == (told.role in ("single", "keeper"))
    check_relations(documents, marks, gone, stories, choices.get("threshold", 0.8))
    return report, marks


def check_relations(documents, marks, gone, stories, threshold):
    """Hold the marks of texts that stay and are alone against the public pairs."""
    place = {own: rank for rank, own in enumerate(preference(documents))}
    related = defaultdict(list)
    for pair in pairs(documents, threshold=threshold):
        related[pair.left].append(pair)
    for own in marks.keys() - gone - stories.keys():
        told = marks[own]
        if not related[own]:
            assert (told.role, told.of, told.coverage) == ("single", own, 1.0)
            continue
        first = min(related[own], key=lambda pair: place[pair.right])
        share = first.left_in_right if first.own_left is None else first.own_left
        assert (told.role, told.of, told.coverage) == (first.relation, first.right, share)


@settings(max_examples=60, deadline=None)
@given(
    collections(),
    st.sampled_from([0.6, 0.8, 1.0]),
    st.sampled_from(["longest", "earliest", "latest"]),
    st.sampled_from([DROP, (), ("identical",), ("update", "copy"), ALL_RELATIONS]),
)
def test_marks_say_what_the_report_and_the_pairs_say(documents, threshold, keep, drop):
    check(documents, threshold=threshold, keep=keep, drop=drop)


def test_marks_of_articles_say_what_the_report_and_the_pairs_say():
    documents = news()[0]
    _, marks = check(documents)
    assert {told.role for told in marks.values()} >= {
        "single",
        "keeper",
        "identical",
        "copy",
        "excerpt",
        "update",
    }
    shuffled = random.Random(3).sample(documents, len(documents))
    assert marked(shuffled)[1] == marks


def test_a_story_is_marked():
    documents = [
        Document("a", STORY + MORE, source="x", published="2026-01-02"),
        Document("b", STORY, source="y", published="2026-01-01"),
        Document(3, STORY.upper(), source="y"),
        Document("d", "Bread is dearer.", source="z"),
        Document("e", ""),
    ]
    _, marks = marked(documents)
    assert marks == {
        "a": Mark("keeper", "a", 1.0, 3, 2, "b", "a"),
        "b": Mark("excerpt", "a", 1.0, 3, 2, "b", "a"),
        3: Mark("excerpt", "a", 1.0, 3, 2, "b", "a"),
        "d": Mark("single", "d", 1.0, 1, 1, "d", "d"),
        "e": Mark("single", "e", 1.0, 1, 0, "e", "e"),
    }


def test_a_text_that_stays_names_what_it_is_related_to():
    told = STORY + MORE
    documents = [
        Document("a", told),
        Document("b", told.replace("214", "220")),
        Document("c", STORY),
    ]
    report, marks = marked(documents, drop=("copy",))
    assert report.dropped == ()
    assert marks["a"] == Mark("single", "a", 1.0, 1, 0, "a", "a")
    assert (marks["b"].role, marks["b"].keeper, marks["b"].of) == ("update", "b", "a")
    assert 0.9 < marks["b"].coverage < 1
    assert (marks["c"].role, marks["c"].keeper, marks["c"].of) == ("excerpt", "c", "a")


@pytest.mark.parametrize("documents", [[], [Document(1, "")]])
def test_where_nothing_is_told_nothing_is_related(documents):
    check(documents)


def test_ids_of_the_same_digits_are_two():
    _, marks = marked([Document("7", STORY), Document(7, STORY)])
    assert {own: told.keeper for own, told in marks.items()} == {"7": "7", 7: "7"}
    assert sorted(marks, key=id_order) == ["7", 7]
