"""Which texts go and which stay."""

from datetime import datetime, timedelta

import pytest
from newsroom import ALL_RELATIONS, STORY, check_promise, stories

from dedup import Document, deduplicate, pairs

MORE = "On Monday the wind was still too strong, and the port asked for tents and blankets."


def test_no_story_of_a_round_up_goes_and_none_is_joined_to_another():
    five = stories(5)
    documents = [(f"s{k}", text) for k, text in enumerate(five)]
    documents.append(("round-up", "\n\n".join(five)))
    report = deduplicate(documents)
    assert report.kept == ("round-up", "s0", "s1", "s2", "s3", "s4")
    assert report.stories == ()
    found = {(pair.left, pair.relation, pair.right) for pair in pairs(documents)}
    assert found == {(f"s{k}", "excerpt", "round-up") for k in range(5)}


def test_copies_of_the_stories_of_a_round_up_go_to_their_own_story():
    five = stories(5)
    documents = [(f"s{k}", text) for k, text in enumerate(five)]
    documents += [(f"t{k}", text.upper()) for k, text in enumerate(five)]
    documents.append(("round-up", "\n\n".join(five)))
    report = deduplicate(documents)
    assert {d.id: d.kept for d in report.dropped} == {f"t{k}": f"s{k}" for k in range(5)}


@pytest.mark.parametrize("times", [2, 3])
def test_a_doubled_scrape_never_wins_over_its_clean_original(times):
    for k, text in enumerate(stories(6)):
        documents = [("a", "\n\n".join([text] * times)), ("z", text), ("b", text.upper())]
        report = deduplicate(documents)
        assert len(report.kept) == 1
        assert report.kept[0] in ("b", "z"), k
        assert deduplicate(documents[:2]).kept == ("z",)


def test_a_doubled_scrape_with_more_around_it_does_not_win_either():
    for text in stories(6):
        longer = f"{text}\n\n{text}\n\nShare this page with your friends or write to us."
        assert deduplicate([("a", longer), ("z", text)]).kept == ("z",)


def test_boilerplate_of_one_source_counts_where_another_has_the_same_words():
    """What a source says everywhere need not be held; of the same words elsewhere it must."""
    closing = " ".join(f"closing{k}" for k in range(120))
    told_by, fuller, *others = stories(8)
    pages = [Document(f"p{k}", f"{text}\n\n{closing}", source="a") for k, text in enumerate(others)]
    told_by = " ".join(told_by.split()[:100])
    twins = [
        Document(own_id, f"{told_by}\n\n{closing}", source=source)
        for own_id, source in (("x", "a"), ("y", "b"), ("z", "c"))
    ]
    holder = Document("k", f"{told_by}\n\n{' '.join(fuller.split()[:300])}", source="d")
    report = check_promise([*pages, *twins, holder])
    assert {decision.id: decision.kept for decision in report.dropped} == {"x": "k", "z": "y"}


@pytest.mark.parametrize("text", ["", " \n\t", "...", "— * —", "\ud800\x00", "¡! ¿?", "\u200b\xad"])
def test_texts_without_words_are_never_duplicates(text):
    documents = [(k, text) for k in range(6)] + [("x", "Yes."), ("y", STORY), ("z", STORY)]
    report = deduplicate(documents)
    assert report.kept == (0, 1, 2, 3, 4, 5, "x", "y")
    assert {(pair.left, pair.right) for pair in pairs(documents, overlap=True)} == {("z", "y")}


@pytest.mark.parametrize("n", [2, 4, 6])
def test_all_wraps_around_a_story_stay_related_to_it(n):
    told_by, *others = stories(1 + 2 * n)
    wraps = [f"{others[2 * k][:300]}\n\n{told_by}\n\n{others[2 * k + 1][:400]}" for k in range(n)]
    documents = [("story", told_by), *((f"wrap{k}", text) for k, text in enumerate(wraps))]
    found = {(pair.left, pair.right): pair.relation for pair in pairs(documents)}
    about = {pair: found[pair] for pair in found if "story" in pair}
    assert about == {("story", f"wrap{k}"): "excerpt" for k in range(n)}


def test_a_chain_of_pairs_is_no_story():
    """The middle one is alike both ends, which are not alike: only what it holds goes for it."""
    words = [f"word{k}" for k in range(400)]
    one, middle, other = (" ".join(words[first : first + 260]) for first in (0, 40, 80))
    documents = [("a", one), ("b", middle), ("c", other)]
    found = {(pair.left, pair.right) for pair in pairs(documents)}
    assert found == {("b", "a"), ("c", "b"), ("c", "a")} or found == {("b", "a"), ("c", "b")}
    report = deduplicate(documents, drop=ALL_RELATIONS)
    assert report.kept == ("a", "c")
    assert [(story.kept, story.members) for story in report.stories] == [("a", ("a", "b"))]


def test_a_long_chain_leaves_a_kept_text_for_each_that_goes():
    words = [f"word{k}" for k in range(2000)]
    documents = [Document(f"{k:03}", " ".join(words[20 * k :][:260])) for k in range(40)]
    report = check_promise(documents, drop=ALL_RELATIONS)
    assert 8 <= len(report.kept) <= 20


def test_unrelated_articles_are_all_kept():
    texts = stories(100)
    assert len(deduplicate(list(enumerate(texts))).kept) == len(texts) > 50


# Which text of a story is shown

DAY = datetime(2026, 1, 5)
VERSIONS = [
    Document("first", STORY, published=DAY),
    Document("full", f"{STORY} It was the third storm of the month.", published=DAY + timedelta(1)),
    Document("cut", STORY.split(". ")[0], published=DAY - timedelta(1)),
    Document("again", STORY.upper(), published=DAY + timedelta(hours=36)),
]


@pytest.mark.parametrize(
    ("keep", "kept"),
    [
        ("longest", "full"),
        ("earliest", "first"),  # the cut is earlier, and does not hold the others
        ("latest", "again"),
        (lambda document: document.id != "again", "again"),
        (lambda document: len(document.text), "again"),
        (lambda document: 0, "again"),
    ],
)
def test_the_text_that_is_shown_holds_all_others(keep, kept):
    report = deduplicate(VERSIONS, keep=keep)
    assert report.kept == (kept,)
    assert report.stories[0].members == ("again", "cut", "first", "full")
    assert all(decision.coverage >= 0.8 for decision in report.dropped)


def test_relations_are_told_as_seen_from_the_text_that_is_shown():
    told = {d.id: d.relation for d in deduplicate(VERSIONS, keep="earliest").dropped}
    assert told == {"again": "identical", "cut": "excerpt", "full": "copy"}


def test_an_unknown_date_is_neither_the_earliest_nor_the_latest():
    documents = [Document("a", STORY), Document("b", STORY, published=DAY)]
    assert deduplicate(documents, keep="earliest").kept == ("b",)
    assert deduplicate(documents, keep="latest").kept == ("b",)
    assert deduplicate([("b", STORY), ("a", STORY)], keep="latest").kept == ("a",)


def test_of_a_story_told_with_other_numbers_the_latest_is_shown():
    tolls = [
        Document(k, STORY.replace("214", str(214 + 9 * k)), published=DAY + timedelta(hours=k))
        for k in range(3)
    ]
    assert deduplicate(tolls).kept == (0, 1, 2)
    report = deduplicate(tolls, drop=ALL_RELATIONS)
    assert report.kept == (2,)
    assert {decision.relation for decision in report.dropped} == {"update"}
    assert deduplicate(tolls, drop=ALL_RELATIONS, keep="earliest").kept == (0,)


# What is a reason to go


@pytest.mark.parametrize(
    ("drop", "gone"),
    [
        ((), []),
        (("identical",), ["same"]),
        (("copy",), ["copy"]),
        (("identical", "copy"), ["copy", "same"]),
        (("excerpt",), ["cut"]),
        (("update",), ["update"]),
    ],
    ids=str,
)
def test_only_what_is_asked_for_goes(drop, gone):
    text = f"{STORY} {MORE}"
    documents = [
        ("a story", text),
        ("same", text.upper()),
        ("copy", text.replace("bakery", "shop")),
        ("cut", STORY.split(" Ada")[0]),
        ("update", text.replace("214", "230")),
    ]
    report = deduplicate(documents, drop=drop)
    assert sorted(decision.id for decision in report.dropped) == gone
    assert {decision.relation for decision in report.dropped} <= set(drop)


def test_a_cut_goes_and_a_small_extract_inside_a_long_text_stays():
    extract, *rest = stories(5)
    long = "\n\n".join(rest)
    part = extract[:400]
    lead = [("part", part), ("long", f"{part}\n\n{long}")]
    inside = [("part", part), ("long", f"{long}\n\n{part}")]
    large = [("part", extract), ("long", f"{rest[0]}\n\n{extract}")]
    assert deduplicate(lead).kept == ("long",)
    assert deduplicate(inside).kept == ("long", "part")
    assert deduplicate(large).kept == ("long",)
    assert [pair.relation for pair in pairs(inside)] == ["excerpt"]


@pytest.mark.parametrize("keep", ["longest", "earliest", "latest"])
def test_a_text_does_not_go_for_one_that_came_too_long_before(keep):
    def at(name, hours, text):
        return Document(name, text, published=datetime(2026, 3, 1) + timedelta(hours=hours))

    documents = [at("k", 0, f"{STORY} More."), at("g", 5, STORY), at("x", 10, STORY)]
    report = deduplicate(documents, within=timedelta(hours=6), keep=keep)
    came = {document.id: document.published for document in documents}
    assert report.dropped
    assert all(abs(came[d.id] - came[d.kept]) <= timedelta(hours=6) for d in report.dropped)


def test_across_sources_a_twin_does_not_go_for_a_text_of_its_own_source():
    documents = [
        Document("b2", f"{STORY} More.", source="b"),
        Document("a1", STORY, source="a"),
        Document("b1", STORY, source="b"),
    ]
    report = deduplicate(documents, scope="across-sources")
    source = {document.id: document.source for document in documents}
    assert report.dropped
    assert all(source[d.id] != source[d.kept] for d in report.dropped)
