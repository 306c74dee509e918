"""What scrapers bring that nobody wrote: nothing fails, and nothing costs more than its length."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from newsroom import ALL_RELATIONS, STORY, check_promise
from strategies import texts

from dedup import Document, compare, deduplicate, pairs, repeated_paragraphs
from dedup import collection as steps

ODD = {
    "surrogates": "\ud800\udfff ".join(STORY.split()),
    "NULs": STORY.replace("e", "e\x00"),
    "controls": "".join(map(chr, range(32))) + STORY,
    "marks": "a" + "\u0301" * 5000 + STORY,
    "entities": "&amp;" * 3000 + STORY.replace(" ", "&nbsp;"),
    "directions": f"\u202e{STORY}\u202c",
}


@settings(max_examples=40, deadline=None)
@given(st.lists(texts(), max_size=5))
def test_any_unicode_is_read(given_texts):
    documents = list(enumerate(given_texts))
    report = deduplicate(documents, drop=ALL_RELATIONS)
    assert report.read == len(documents)
    for unit in ("document", "paragraph"):
        list(pairs(documents, unit=unit, overlap=True, passages=True))
    list(repeated_paragraphs(documents))
    for text in given_texts[1:]:
        compare(given_texts[0], text)


@pytest.mark.parametrize("text", ODD.values(), ids=ODD)
def test_what_is_no_word_hides_no_copy(text):
    documents = [("a", STORY), ("b", text), ("c", "Bread is dearer.")]
    found = [(pair.relation, {pair.left, pair.right}) for pair in pairs(documents, passages=True)]
    assert [ids for _, ids in found] == [{"a", "b"}]
    assert found[0][0] in ("identical", "copy", "excerpt")
    assert len(deduplicate(documents).kept) == 2


@pytest.mark.parametrize("unit", ["document", "paragraph"])
def test_one_line_of_five_million_bytes_is_a_text_like_others(unit):
    line = " ".join(f"word{k}" for k in range(520_000))
    assert len(line) > 5_000_000
    documents = [("line", f"{STORY} {line}"), ("again", line), ("story", STORY), ("a", "Yes.")]
    found = {(pair.left, pair.right): pair.relation for pair in pairs(documents, unit=unit)}
    assert found == {("again", "line"): "copy", ("story", "line"): "excerpt"}
    alone = compare(line, line + " more")
    assert (alone.relation, alone.passages) == ("copy", ((0, len(line), 0, len(line)),))


def test_two_thousand_identical_texts_are_a_pair_each():
    documents = [Document(k, STORY, source=f"s{k % 300}") for k in range(2000)]
    assert len(list(pairs(documents))) == 1999
    report = deduplicate(documents)
    assert (report.kept, len(report.dropped)) == ((0,), 1999)
    (found,) = repeated_paragraphs(documents)
    assert (found.articles, found.sources, len(found.spans)) == (2000, 300, 20)
    assert deduplicate(documents, keep="latest").stories[0].members == report.stories[0].members


def linked(documents, monkeypatch, **options):
    """Return how many pairs of texts are compared, and the report."""
    counted = []
    match_pairs = steps.match_pairs

    def counting(material, linked_pairs, *given_to_it, **given_by_name):
        counted.append(len(linked_pairs))
        return match_pairs(material, linked_pairs, *given_to_it, **given_by_name)

    monkeypatch.setattr(steps, "match_pairs", counting)
    report = deduplicate(documents, **options)
    return sum(counted), report


def test_a_text_of_one_word_over_and_over_costs_no_pairs(monkeypatch):
    documents = [("long", "peace " * 100_000)]
    documents += [(f"{k:04}", f"peace {STORY} number{k} word{k} item{k}") for k in range(1000)]
    n_linked, report = linked(documents, monkeypatch)
    assert n_linked <= 3 * 1000
    assert report.kept[-1] == "long"
    assert len(list(pairs(documents))) <= 3 * 1000


def test_texts_of_one_word_some_times_meet_in_one_key(monkeypatch):
    documents = [(k, "peace " * (5 + k % 200)) for k in range(3000)]
    n_linked, report = linked(documents, monkeypatch)
    assert n_linked <= 3 * 200  # texts of the same words are one
    assert len(report.kept) < 200


@pytest.mark.parametrize("scope", ["all", "across-sources", "same-source"])
def test_a_passage_in_five_thousand_texts_costs_three_links_each(scope, monkeypatch):
    passage = " ".join(f"shared{k}" for k in range(19))
    documents = [
        Document(k, f"{passage} own{k} more{k} else{k}", source=f"s{k % 7}") for k in range(5000)
    ]
    n_linked, report = linked(documents, monkeypatch, scope=scope)
    assert n_linked <= 3 * 3 * 5000  # three keys, three links
    assert len(report.kept) + len(report.dropped) == 5000


def test_a_page_that_tells_one_paragraph_ten_thousand_times_is_measured_like_others():
    page = "\n\n".join([STORY] * 10_000)
    documents = [("page", page), ("story", STORY), ("cut", STORY[:120])]
    found = {(pair.left, pair.right) for pair in pairs(documents)}
    assert ("cut", "story") in found
    assert check_promise([Document(*each) for each in documents]).kept == ("story",)


def test_two_hundred_chains_of_one_story_are_decided_alike():
    """Each version holds most of the next one: none is dropped for one that is gone."""
    words = [f"word{k}" for k in range(3000)]
    documents = [Document(f"{k:03}", " ".join(words[9 * k :][:200])) for k in range(200)]
    check_promise(documents, threshold=0.9, drop=ALL_RELATIONS)
