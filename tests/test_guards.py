"""Too much would go: of all texts, or of one source."""

from functools import cache

import pytest
from newsroom import STORY, stories

from dedup import Document
from dedup.choices import Choices
from dedup.corpus import decide
from dedup.documents import Documents
from dedup.errors import LossError
from dedup.guards import check_losses, largest_stories
from dedup.resources import resources


def decided_of(documents):
    """Decide of documents."""
    with resources(1, memory=10**9) as own:
        return decide([Documents(documents)], Choices(), own)


@cache
def decided(*groups):
    """Decide of texts by source: how many stand there, of how many stories."""
    texts = stories(12)
    documents, first = [], 0
    for source, size, different in groups:
        own = texts[first : first + different]
        first += different
        documents += [
            Document(f"{source}-{k:02}", own[k % different], source=source) for k in range(size)
        ]
    return decided_of(documents)


@pytest.mark.parametrize(("size", "stops"), [(5, False), (6, True)])
def test_more_than_a_share_of_all_texts_is_too_much(size, stops):
    found = decided(("a", size, 2))  # three of five, four of six
    if not stops:
        check_losses(found, 0.6)
        return
    with pytest.raises(LossError) as caught:
        check_losses(found, 0.6)
    assert str(caught.value) == (
        "at most 60% of the texts may go, got 4 of 6; nothing is written; "
        "use --max-drop 100% if this is meant"
    )
    assert [story.kept for story in caught.value.stories] == ["a-00", "a-01"]


@pytest.mark.parametrize(
    ("size", "different", "stops"),
    [(20, 1, True), (20, 2, False), (19, 1, False), (21, 2, True)],
    ids=["19 of 20", "18 of 20", "too small a source", "19 of 21"],
)
def test_nearly_all_of_a_source_is_too_much(size, different, stops):
    found = decided(("wall", size, different), ("b", 10, 10 - different))
    if not stops:
        check_losses(found, 0.9)
        return
    with pytest.raises(
        LossError, match=f"^at most 90% of the texts of the source 'wall' may go, got 19 of {size};"
    ):
        check_losses(found, 0.9)


def test_what_is_allowed_of_all_is_allowed_of_a_source():
    found = decided(("wall", 20, 1), ("b", 10, 9))
    check_losses(found, 0.95)
    check_losses(found, 1)
    with pytest.raises(LossError, match="'wall'"):
        check_losses(found, 0.94)


def test_texts_of_unknown_sources_are_no_source():
    check_losses(decided(("", 25, 1), ("b", 10, 10)), 0.9)


def test_nothing_may_go():
    check_losses(decided_of([("a", STORY), ("b", "Bread.")]), 0)
    check_losses(decided_of([]), 0)
    with pytest.raises(LossError, match="at most 0% of the texts may go, got 1 of 2"):
        check_losses(decided_of([("a", STORY), ("b", STORY)]), 0)


def test_the_largest_stories_are_three_and_come_in_a_fixed_order():
    found = decided(("a", 4, 2), ("b", 9, 3))
    assert [(story.kept, len(story.members)) for story in largest_stories(found.report)] == [
        ("b-00", 3), ("b-01", 3), ("b-02", 3),
    ]  # fmt: skip
