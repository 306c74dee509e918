"""Many documents: the laws that hold of every collection, and what is asked for by options."""

import random
import re
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from newsroom import ALL_RELATIONS, DROP, check_promise, news
from strategies import collections

from dedup import deduplicate, pairs, repeated_paragraphs
from dedup.documents import id_order

KEEPS = ("longest", "earliest", "latest", lambda document: (len(document.text), document.source))


def told(found):
    """Return what must not depend on the way that a result is come by."""
    return found.digest, found.kept, found.dropped, found.stories, found.suspects, found.relations


def told_pairs(documents, **options):
    return [pair.to_dict() for pair in pairs(documents, **options)]


# The promise


@settings(max_examples=120, deadline=None)
@given(
    collections(),
    st.sampled_from([0.6, 0.8, 0.95, 1.0]),
    st.sampled_from(KEEPS),
    st.sampled_from([DROP, ("identical",), ALL_RELATIONS]),
)
def test_every_dropped_text_names_a_kept_one_that_holds_it(documents, threshold, keep, drop):
    check_promise(documents, threshold, keep=keep, drop=drop)


@pytest.mark.parametrize("keep", KEEPS[:3])
def test_every_dropped_article_names_a_kept_one_that_holds_it(keep):
    report = check_promise(news(700)[0], keep=keep)
    assert len(report.dropped) > 50


@pytest.mark.parametrize("scope", ["all", "across-sources", "same-source"])
@pytest.mark.parametrize("within", [None, timedelta(hours=12)], ids=["", "12 hours"])
def test_the_promise_holds_within_limits(scope, within):
    report = check_promise(news()[0], scope=scope, within=within)
    documents = {document.id: document for document in news()[0]}
    for decision in report.dropped:
        left, right = documents[decision.id], documents[decision.kept]
        if scope != "all":
            assert (left.source == right.source) == (scope == "same-source")


# What must make no difference


@settings(max_examples=40, deadline=None)
@given(collections(), st.randoms(use_true_random=False), st.sampled_from(KEEPS))
def test_the_order_and_the_number_of_workers_make_no_difference(documents, shuffler, keep):
    expected = told(deduplicate(documents, keep=keep, workers=1))
    expected_pairs = told_pairs(documents, passages=True, overlap=True, workers=1)
    shuffled = shuffler.sample(documents, len(documents))
    for workers in (2, 3):
        assert told(deduplicate(shuffled, keep=keep, workers=workers)) == expected
    assert told_pairs(shuffled, passages=True, overlap=True, workers=3) == expected_pairs


def test_the_order_of_articles_makes_no_difference():
    documents = news()[0]
    expected, expected_pairs = told(deduplicate(documents)), told_pairs(documents)
    assert len(expected[2]) > 10
    for seed in range(4):
        shuffled = random.Random(seed).sample(documents, len(documents))
        assert told(deduplicate(shuffled, workers=1 + seed % 3)) == expected
        assert told_pairs(shuffled, workers=3 - seed % 3) == expected_pairs


@pytest.mark.parametrize("sizes", [(1, 1, 1), (7, 5, 3_000), (64, 9, 40_000)])
def test_batches_make_no_difference(sizes, monkeypatch):
    documents = news()[0]
    options = [{}, {"keep": "earliest"}]
    expected = [told(deduplicate(documents, **each)) for each in options]
    expected_pairs = told_pairs(documents, passages=True)
    monkeypatch.setattr("dedup.documents.BATCH", sizes[0])
    monkeypatch.setattr("dedup.shingle.BATCH_BYTES", 100 * sizes[1])
    monkeypatch.setattr("dedup.blocks.LEAST", sizes[2])
    monkeypatch.setattr("dedup.blocks.MOST", sizes[2])
    assert [told(deduplicate(documents, **each)) for each in options] == expected
    assert told_pairs(documents, passages=True) == expected_pairs


@pytest.mark.parametrize("salt", [1, 0x1234567890ABCDEF, 2**64 - 1])
def test_the_salt_of_tables_makes_no_difference(salt, monkeypatch):
    documents = news()[0]
    expected, expected_pairs = told(deduplicate(documents)), told_pairs(documents, passages=True)
    monkeypatch.setattr("dedup.sketches.SALT", np.uint64(salt))
    monkeypatch.setattr("dedup.verify.SALT", np.uint64(salt))
    assert told(deduplicate(documents)) == expected
    assert told_pairs(documents, passages=True) == expected_pairs


@settings(max_examples=30, deadline=None)
@given(collections(), st.sampled_from(KEEPS[:3]))
def test_names_make_no_difference_but_by_their_order(documents, keep):
    ordered = sorted((document.id for document in documents), key=id_order)
    names = {own: f"n{k:03}" for k, own in enumerate(ordered)}
    renamed = [replace(document, id=names[document.id]) for document in documents]
    before, after = deduplicate(documents, keep=keep), deduplicate(renamed, keep=keep)
    assert after.kept == tuple(names[own] for own in before.kept)
    assert after.dropped == tuple(
        replace(each, id=names[each.id], kept=names[each.kept]) for each in before.dropped
    )
    assert [story.members for story in after.stories] == [
        tuple(names[own] for own in story.members) for story in before.stories
    ]
    expected = [
        each | {"left": names[each["left"]], "right": names[each["right"]]}
        for each in told_pairs(documents)
    ]
    assert told_pairs(renamed) == expected


@settings(max_examples=40, deadline=None)
@given(collections(), st.sampled_from([DROP, ALL_RELATIONS]))
def test_what_is_kept_of_a_story_does_not_change_the_stories(documents, drop):
    found = [deduplicate(documents, keep=keep, drop=drop) for keep in KEEPS]
    members = [sorted((story.members for story in each.stories), key=str) for each in found]
    assert all(each == members[0] for each in members)
    assert all(each.relations == found[0].relations for each in found)


def test_a_generator_is_read_once():
    documents = news()[0]
    read = Counter()

    def given_once():
        for document in documents:
            read[document.id] += 1
            yield document

    assert told(deduplicate(given_once())) == told(deduplicate(documents))
    assert told_pairs(given_once()) == told_pairs(documents)
    assert list(repeated_paragraphs(given_once())) == list(repeated_paragraphs(documents))
    assert set(read.values()) == {3}


@settings(max_examples=30, deadline=None)
@given(collections())
def test_pairs_are_in_the_order_of_right_and_left_and_each_stands_once(documents):
    found = list(pairs(documents, overlap=True))
    order = [(id_order(pair.right), id_order(pair.left)) for pair in found]
    assert order == sorted(order)
    assert len({frozenset((pair.left, pair.right)) for pair in found}) == len(found)
    assert all(pair.left != pair.right for pair in found)
    assert all(0 <= pair.left_in_right <= 1 and 0 <= pair.right_in_left <= 1 for pair in found)


# What is refused


def call(function, **options):
    found = function([("a", "Bread is dearer."), ("b", "Bread is dearer.")], **options)
    return found if function is deduplicate else list(found)


EVERY = [deduplicate, pairs, repeated_paragraphs]


@pytest.mark.parametrize("function", EVERY, ids=lambda function: function.__name__)
@pytest.mark.parametrize("threshold", [0, -1, 1.0001, 80, float("nan")])
def test_a_threshold_that_is_no_share_is_refused(function, threshold):
    message = f"threshold must be over 0 and at most 1, got {threshold}"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        call(function, threshold=threshold)


@pytest.mark.parametrize("function", EVERY, ids=lambda function: function.__name__)
@pytest.mark.parametrize("workers", [0, -2])
def test_no_workers_are_refused(function, workers):
    with pytest.raises(ValueError, match=f"^workers must be at least 1, got {workers}$"):
        call(function, workers=workers)


SCOPES = "scope must be one of all, across-sources, same-source, got"
KEPT = "keep must be one of longest, earliest, latest, or a function, got"
DROPPED = "drop must hold some of identical, copy, excerpt, update, template, revision, got"
WITHIN, DAY = "within must be more than no time, got", timedelta(1)
AGAINST = {"against": [], "scope": "same-source"}


@pytest.mark.parametrize(
    ("function", "options", "message"),
    [
        (pairs, {"scope": "some"}, f"{SCOPES} 'some'"),
        (deduplicate, {"scope": ""}, f"{SCOPES} ''"),
        (pairs, {"unit": "word"}, "unit must be one of document, paragraph, got 'word'"),
        (pairs, {"within": timedelta(0)}, f"{WITHIN} 0:00:00"),
        (deduplicate, {"within": -DAY}, f"{WITHIN} -1 day, 0:00:00"),
        (pairs, AGAINST, "scope must be all where documents are compared with others"),
        (deduplicate, {"keep": "best"}, f"{KEPT} 'best'"),
        (deduplicate, {"keep": None}, f"{KEPT} None"),
        (deduplicate, {"drop": ["copy", "overlap"]}, f"{DROPPED} 'overlap'"),
        (deduplicate, {"drop": ["extends"]}, f"{DROPPED} 'extends'"),
    ],
)
def test_a_choice_that_is_none_is_refused(function, options, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        call(function, **options)


def test_a_wrong_choice_is_told_before_any_document_is_read():
    def never():
        raise AssertionError
        yield

    with pytest.raises(ValueError, match=r"^threshold"):
        deduplicate(never(), threshold=2)
    with pytest.raises(ValueError, match=r"^keep"):
        deduplicate(never(), keep="best")
    with pytest.raises(ValueError, match=r"^scope"):
        next(pairs(never(), scope="best"))


def test_the_ends_of_what_is_allowed_are_allowed():
    assert call(deduplicate, threshold=1, workers=1, drop=()).kept == ("a", "b")
    assert call(deduplicate, threshold=1e-9, workers=7).kept == ("a",)
    assert len(call(pairs, within=timedelta.max, scope="all")) == 0
    assert len(call(pairs, threshold=1)) == 1
