"""Paragraphs of documents as texts: pairs of them, and those that stand in several articles."""

from collections import defaultdict
from datetime import datetime, timedelta

import naive
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from newsroom import STORY, news, stories
from strategies import collections

from dedup import Document, PassageKeys, pairs, repeated_paragraphs
from dedup.shingle import words_of
from dedup.text import blocks

NOTE = "Write to the desk of the paper in Selm, or call us on any day before noon."
LINE = "Read more on our pages."


def test_pairs_of_paragraphs_say_where_they_stand():
    one, other = stories(2)
    documents = [("a", f"{NOTE}\n\n{one}"), ("b", f"{other}\n\n{NOTE}")]
    (found,) = pairs(documents, unit="paragraph", passages=True)
    assert (found.left, found.right, found.relation) == ("b", "a", "identical")
    assert found.left_span == (len(other) + 2, len(other) + 2 + len(NOTE))
    assert found.right_span == (0, len(NOTE))
    # Passages, too, are in characters of the documents.
    start = found.left_span.start
    assert found.passages == ((start, start + len(NOTE) - 1, 0, len(NOTE) - 1),)
    assert found.to_dict()["right_span"] == (0, len(NOTE))


@settings(max_examples=30, deadline=None)
@given(collections(10), st.sampled_from(["all", "same-source", "across-sources"]))
def test_pairs_of_paragraphs_are_of_two_documents(documents, scope):
    texts = {document.id: document.text for document in documents}
    known = {document.id: document.source for document in documents}
    for pair in pairs(documents, unit="paragraph", scope=scope):
        assert pair.left != pair.right
        left = words_of(texts[pair.left][slice(*pair.left_span)])[0].tolist()
        right = words_of(texts[pair.right][slice(*pair.right_span)])[0].tolist()
        if pair.relation == "identical":
            assert left == right
        else:
            assert pair.left_in_right <= round(share(left, right), 4)
        if scope != "all":
            assert (known[pair.left] == known[pair.right]) == (scope == "same-source")


def share(tokens, holder):
    return naive.covered_weight(tokens, holder) / sum(map(naive.weight, tokens))


def test_a_paragraph_told_again_in_one_document_is_no_pair():
    assert list(pairs([("a", f"{STORY}\n\n{NOTE}\n\n{STORY}")], unit="paragraph")) == []


def test_paragraphs_are_compared_with_those_of_other_documents():
    ours, theirs = [("a", f"{NOTE}\n\n{STORY}")], [("a", f"{STORY}\n\n{LINE}"), ("b", NOTE)]
    found = list(pairs(ours, against=theirs, unit="paragraph"))
    assert [(pair.left, pair.right) for pair in found] == [("a", "a"), ("a", "b")]
    assert [pair.left_span.start for pair in found] == [len(NOTE) + 2, 0]


def test_short_paragraphs_are_found_by_a_short_window():
    words = STORY.replace(".", "").split()
    own = [[f"own{k}x{j}" for j in range(8)] for k in range(2)]
    documents = [(k, " ".join([*own[k], *words[:19], *own[k][::-1]])) for k in range(2)]
    assert len(list(pairs(documents, unit="paragraph", overlap=True))) <= 1
    documents = [(k, " ".join([own[k][0], *words[:19]])) for k in range(2)]
    assert len(list(pairs(documents, unit="paragraph"))) == 1
    wide = PassageKeys(window=40, short_window=40)
    assert len(list(pairs(documents, unit="paragraph", keys=wide))) <= 1


# Paragraphs that stand in several articles


def spans_of(found):
    return {(own, start, end) for own, start, end in found.spans}


def test_repeated_paragraphs_say_how_often_where_and_how_long():
    texts = stories(3)
    documents = [
        Document(k, f"{NOTE}\n\n{text}", source="ab"[k % 2], published=datetime(2026, 1, 3 - k))
        for k, text in enumerate(texts)
    ]
    (found,) = repeated_paragraphs(documents)
    assert (found.text, found.words) == (NOTE, 17)
    assert (found.articles, found.sources, found.first_seen) == (3, 2, 2)
    assert found.spans == tuple((k, 0, len(NOTE)) for k in (2, 1, 0))
    assert found.to_dict()["spans"] == found.spans


def test_a_paragraph_that_stands_twice_in_one_article_is_one_article():
    first, second = stories(2)
    twice = f"{NOTE}\n\n{first}\n\n{NOTE}"
    assert list(repeated_paragraphs([("a", twice)])) == []
    (found,) = repeated_paragraphs([("a", twice), ("b", f"{second}\n\n{NOTE}")])
    assert found.articles == 2
    assert len(found.spans) == 3


def test_unknown_sources_are_not_counted_and_unknown_dates_come_last():
    documents = [Document(k, NOTE, source="a" if k == 2 else "") for k in range(3)]
    documents.append(Document(9, NOTE, published="2026-01-01"))
    (found,) = repeated_paragraphs(documents)
    assert (found.articles, found.sources, found.first_seen) == (4, 1, 9)
    assert [own for own, _, _ in found.spans] == [9, 0, 1, 2]


def test_the_most_frequent_paragraphs_come_first_then_the_longest():
    documents = [
        ("a", f"{NOTE}\n\n{STORY}\n\n{LINE}"),
        ("b", f"{STORY}\n\n{NOTE}\n\n{LINE}"),
        ("c", NOTE),
    ]
    found = list(repeated_paragraphs(documents))
    assert [(each.text, each.articles) for each in found] == [(NOTE, 3), (STORY, 2), (LINE, 2)]


def test_copies_of_a_paragraph_are_one_and_those_with_another_number_are_not():
    told = ("three people", "a storm"), ("three people", "the wind"), ("nine people", "a storm")
    texts = [STORY.replace("214 passengers", who).replace("a storm", what) for who, what in told]
    (found,) = repeated_paragraphs(enumerate(texts))
    assert {own for own, _, _ in found.spans} == {0, 1}


def test_a_long_paragraph_is_shown_in_part_and_at_twenty_places():
    text = " ".join(f"word{k}" for k in range(100))
    (found,) = repeated_paragraphs([(k, text) for k in range(25)])
    assert (found.text, found.articles, found.words) == (text[:300], 25, 100)
    assert found.spans == tuple((k, 0, len(text)) for k in sorted(range(25), key=str)[:20])


@settings(max_examples=30, deadline=None)
@given(collections(12), st.randoms(use_true_random=False))
def test_counts_are_of_the_places_and_do_not_depend_on_the_order(documents, shuffler):
    found = list(repeated_paragraphs(documents))
    texts = {document.id: document.text for document in documents}
    for each in found:
        assert 2 <= each.articles == len({own for own, _, _ in each.spans}) or len(each.spans) == 20
        first, start, end = each.spans[0]
        assert (first, texts[first][start:end][:300]) == (each.first_seen, each.text)
    assert [each.articles for each in found] == sorted((e.articles for e in found), reverse=True)
    shuffled = shuffler.sample(documents, len(documents))
    assert list(repeated_paragraphs(shuffled, workers=3)) == found


def test_every_equal_paragraph_of_planted_news_is_found():
    documents = news()[0]
    places = defaultdict(set)
    for document in documents:
        for block in blocks(document.text):
            text = document.text[block.start : block.end]
            places[tuple(words_of(text)[0].tolist())].add((document.id, block.start, block.end))
    repeated = {key: own for key, own in places.items() if key and len({i for i, _, _ in own}) > 1}
    found = [spans_of(each) for each in repeated_paragraphs(documents)]
    # Places of the same words stand in one of the paragraphs found, which may hold near ones too.
    assert len(repeated) > 20
    for own in repeated.values():
        assert any(own <= each or len(each) == 20 for each in found)


@pytest.mark.parametrize("threshold", [0, 2])
def test_a_threshold_that_is_no_share_is_refused(threshold):
    message = f"^threshold must be over 0 and at most 1, got {threshold}$"
    with pytest.raises(ValueError, match=message):
        list(repeated_paragraphs([], threshold=threshold))


def test_within_is_of_the_dates_of_documents():
    documents = [
        Document(k, f"{NOTE}\n\n{text}", published=datetime(2026, 1, 1) + timedelta(hours=8 * k))
        for k, text in enumerate(stories(3))
    ]
    found = pairs(documents, unit="paragraph", within=timedelta(hours=9))
    assert {(pair.left, pair.right) for pair in found} == {(1, 0), (2, 1)}
