"""Which pairs of a collection are looked for: within a time, a scope, against others."""

from datetime import datetime, timedelta
from itertools import combinations, product

import naive
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from newsroom import STORY, news, read, stories
from strategies import collections

from dedup import Document, PassageKeys, compare, deduplicate, pairs
from dedup.shingle import words_of

DAY = datetime(2026, 1, 1)
MORE = " On Monday the wind was still too strong, and the port asked for tents and blankets."


def dated(own_id, hours, text=STORY, source=""):
    published = None if hours is None else DAY + timedelta(hours=hours)
    return Document(own_id, text, source=source, published=published)


def ids_of(found):
    return {(pair.left, pair.right) for pair in found}


def test_labels_number_names_as_they_come_and_unknown_ones_not():
    names = ["b", "", "a", "b", ""]
    collection, _ = read([Document(k, "", source=name) for k, name in enumerate(names)])
    assert collection.labels.tolist() == [0, -1, 1, 0, -1]
    assert [collection.source(k) for k in range(5)] == names
    assert read([])[0].labels.dtype == np.int32


# Within


@pytest.mark.parametrize(
    ("within", "expected"),
    [
        (None, [("b", "a"), ("c", "a"), ("d", "a")]),
        (timedelta(hours=2), [("b", "a")]),
        (timedelta(hours=1, minutes=59), []),
        (timedelta(days=3), [("b", "a"), ("c", "a"), ("c", "b")]),
        (timedelta(hours=70), [("b", "a"), ("c", "b")]),
    ],
    ids=str,
)
def test_texts_within_are_at_most_so_far_apart_and_dated(within, expected):
    documents = [dated("a", 0), dated("b", 2), dated("c", 72), dated("d", None)]
    assert sorted(ids_of(pairs(documents, within=within))) == expected


@settings(max_examples=40, deadline=None)
@given(collections(), st.sampled_from([0.5, 4, 5, 24, 30, 75]))
def test_no_pair_within_is_further_apart(documents, hours):
    within = timedelta(hours=hours)
    when = {document.id: document.published for document in documents}
    for pair in pairs(documents, within=within, overlap=True):
        assert abs(when[pair.left] - when[pair.right]) <= within
        assert pair.hours_apart <= hours


@given(st.lists(st.integers(0, 100), min_size=2, max_size=9), st.integers(1, 40))
@settings(max_examples=40, deadline=None)
def test_of_copies_one_within_is_found_for_each_that_has_one(hours, within):
    """Texts of one length are in the order of their dates: the next one is linked."""
    documents = [dated(k, own) for k, own in enumerate(hours)]
    found = ids_of(pairs(documents, within=timedelta(hours=within)))
    for k, own in enumerate(hours):
        others = [j for j, other in enumerate(hours) if j != k and abs(other - own) <= within]
        assert bool(others) == any(k in pair for pair in found)


def test_dates_before_1970_are_within_too():
    documents = [
        Document("a", STORY, published="1912-04-15T02:20"),
        Document("b", STORY, published="1912-04-15T03:00"),
        Document("c", STORY, published="1912-04-20"),
    ]
    assert ids_of(pairs(documents, within=timedelta(hours=1))) == {("b", "a")}


# Scope

SOURCED = [
    dated("a1", 0, source="a"),
    dated("a2", 1, source="a"),
    dated("b1", 2, source="b"),
    dated("b2", 3, f"{STORY} More.", source="b"),
    dated("x", 4),
]


def test_same_source_pairs_texts_of_one_known_source():
    assert ids_of(pairs(SOURCED, scope="same-source")) == {("a2", "a1"), ("b1", "b2")}
    dropped = deduplicate(SOURCED, scope="same-source").dropped
    assert {d.id: d.kept for d in dropped} == {"a2": "a1", "b1": "b2"}


@settings(max_examples=40, deadline=None)
@given(collections(), st.sampled_from(["same-source", "across-sources"]))
def test_scope_is_of_known_sources(documents, scope):
    known = {document.id: document.source for document in documents}
    for pair in pairs(documents, scope=scope):
        assert known[pair.left]
        assert known[pair.right]
        assert pair.same_source == (known[pair.left] == known[pair.right])
        assert pair.same_source == (scope == "same-source")


def test_across_sources_a_text_is_linked_to_those_of_others_only():
    """Ten copies of one source do not hide the one of another."""
    many = [dated(k, k, source="a") for k in range(10)]
    other = dated("z", 50, source="b")
    found = ids_of(pairs([*many, other], scope="across-sources"))
    assert found == {("z", 0)} | {("z", k) for k in range(10) if ("z", k) in found}
    assert ids_of(pairs([*many, other], scope="same-source")) == {(k, 0) for k in range(1, 10)}


# Against


def test_against_pairs_each_left_one_with_others_only():
    ours = [("a", STORY), ("b", STORY + MORE), ("c", "Bread is dearer.")]
    theirs = [("x", STORY), ("y", STORY + MORE + MORE.upper()), ("z", "The ferry sails.")]
    found = {(pair.left, pair.right): pair.relation for pair in pairs(ours, against=theirs)}
    assert {left for left, _ in found} == {"a", "b"}
    assert {right for _, right in found} == {"x", "y"}
    assert found["a", "x"] == "identical"
    assert found["a", "y"] == "excerpt"
    assert found["b", "x"] == "extends"


def test_against_ids_may_stand_on_both_sides():
    found = list(pairs([("a", STORY)], against=[("a", STORY), ("b", STORY + MORE)]))
    assert [(pair.left, pair.right) for pair in found] == [("a", "a"), ("a", "b")]


@settings(max_examples=40, deadline=None)
@given(collections(10), collections(6))
def test_against_equals_what_is_told_of_two_texts(ours, theirs):
    """Sources may make words boilerplate; without them a pair is what ``compare`` tells."""
    ours, theirs = ([Document(d.id, d.text) for d in each] for each in (ours, theirs))
    mine, others = ({document.id: document for document in each} for each in (ours, theirs))
    for pair in pairs(ours, against=theirs, passages=True):
        alone = compare(mine[pair.left], others[pair.right])
        assert pair.left_in_right == alone.left_in_right
        assert pair.right_in_left == alone.right_in_left
        # Which of two texts of one length is measured in the other hangs on ids here.
        lengths = {length(text) for text in (mine[pair.left].text, others[pair.right].text)}
        if pair.relation != "identical" and len(lengths) == 2:
            assert (pair.facts, pair.passages) == (alone.facts, alone.passages)
            # A template may be told by the form alone.
            assert pair.relation in (alone.relation, "template")


def length(text):
    tokens = words_of(text)[0].tolist()
    return naive.told_once(tokens), sum(map(naive.weight, tokens))


def test_against_nothing_and_of_nothing_there_are_no_pairs():
    assert list(pairs([], against=[("a", STORY)])) == []
    assert list(pairs([("a", STORY), ("b", STORY)], against=[])) == []
    assert list(pairs([], against=[])) == list(pairs([])) == []
    assert deduplicate([]).to_dict()["read"] == 0


def test_against_within_is_both():
    theirs = [dated("x", 0), dated("y", 10), dated("z", None)]
    found = pairs([dated("a", 9), dated("b", None)], against=theirs, within=timedelta(hours=2))
    assert ids_of(found) == {("a", "y")}


# What is told of a pair


def test_what_is_told_of_a_pair():
    left = dated("l", 3.5, STORY.replace("214", "230"), source="a")
    right = dated("r", 0, STORY + MORE, source="b")
    found = next(pairs([left, right], passages=True))
    assert (found.left, found.right, found.relation) == ("l", "r", "update")
    assert (found.hours_apart, found.same_source) == (3.5, False)
    assert found.facts == (("230", "214"),)
    assert found.own_left == found.left_in_right < 1
    assert found.own_right == found.right_in_left < found.left_in_right
    assert [left.text[a:b] == right.text[c:d] for a, b, c, d in found.passages] == [True, True]
    assert (found.left_span, found.right_span) == (None, None)
    told = found.to_dict()
    assert "left_span" not in told
    assert told["facts"] == (("230", "214"),)
    plain = next(pairs([replace_source(left, ""), right]))
    assert (plain.own_left, plain.same_source, plain.passages) == (None, None, None)
    assert "passages" not in plain.to_dict()


def replace_source(document, source):
    return Document(document.id, document.text, source=source, published=document.published)


def test_texts_of_the_same_words_are_shown_as_one_passage():
    found = next(pairs([("a", f" {STORY}"), ("b", f"“{STORY.upper()}”")], passages=True))
    assert (found.left, found.right, found.relation) == ("b", "a", "identical")
    assert found.passages == ((1, len(STORY), 1, len(STORY)),)
    assert (found.left_in_right, found.right_in_left) == (1.0, 1.0)


@pytest.mark.parametrize("overlap", [False, True])
def test_a_shared_passage_is_an_overlap_if_it_is_asked_for(overlap):
    one, other, shared = stories(3)
    passage = " ".join(shared.split()[:40])
    documents = [("a", f"{one} {passage}"), ("b", f"{passage} {other}")]
    found = [(pair.left, pair.relation, pair.right) for pair in pairs(documents, overlap=overlap)]
    assert [relation for _, relation, _ in found] == ["overlap"] * overlap


def test_keys_say_how_texts_find_each_other():
    words = STORY.split()
    host = [f"word{k}" for k in range(400)]
    documents = [("a", " ".join(words[:24])), ("b", " ".join([*host, *words[:24], *host]))]
    assert len(list(pairs(documents))) == 1
    documents[0] = ("a", " ".join([*words[:24], *words[:24:-1][:20]]))
    wide = PassageKeys(window=200, short_window=200)
    assert list(pairs(documents, keys=wide)) == []


@pytest.mark.parametrize("n", [2, 3, 10, 60])
def test_copies_cost_a_few_pairs_each(n):
    texts = [f"{STORY} {MORE} number{k}" for k in range(n)]
    assert n - 1 <= len(list(pairs(enumerate(texts)))) <= 3 * n
    assert len(list(pairs(enumerate([STORY] * n)))) == n - 1


def test_all_linked_pairs_of_a_small_collection_are_what_compare_tells():
    documents = [Document(d.id, d.text, published=d.published) for d in news()[0][:120]]
    by_id = {document.id: document for document in documents}
    found = {frozenset((pair.left, pair.right)): pair for pair in pairs(documents)}
    assert len(found) > 20
    for pair in found.values():
        alone = compare(by_id[pair.left], by_id[pair.right])
        assert pair.left_in_right == alone.left_in_right
        if pair.relation not in ("template", "identical"):
            assert (pair.relation, pair.facts) == (alone.relation, alone.facts)
    # And of all pairs of texts those that are copies are linked, or stand in one group of copies.
    groups = {document.id: {document.id} for document in documents}
    for one, other in map(tuple, found):
        union = groups[one] | groups[other]
        for member in union:
            groups[member] = union
    for one, other in combinations(documents[:40], 2):
        if compare(one, other).relation in ("identical", "copy"):
            assert other.id in groups[one.id]


def test_no_scope_is_lost_by_pairs_of_sources():
    """What is found of all is found of one source or across sources, and nothing else."""
    documents = [dated(k, k, f"{STORY} n{k}", source="ab"[k % 2]) for k in range(6)]
    within = ids_of(pairs(documents, scope="same-source"))
    across = ids_of(pairs(documents, scope="across-sources"))
    odd = {(a, b) for a, b in product(range(6), range(6)) if (a - b) % 2}
    assert across <= odd
    assert not within & odd
    assert len(across) >= 5
    assert len(within) >= 4


def test_against_all_texts_of_the_same_words_are_told():
    ours = [("a", STORY), ("a2", STORY), ("a3", STORY)]
    found = pairs(ours, against=[("x", STORY)])
    assert [(pair.left, pair.relation, pair.right) for pair in found] == [
        ("a", "identical", "x"), ("a2", "identical", "x"), ("a3", "identical", "x"),
    ]  # fmt: skip
