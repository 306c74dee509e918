"""Planted collections keep what they promise of each kind of copy."""

import json
import re
import statistics
from collections import Counter, defaultdict
from datetime import datetime, timedelta
from difflib import SequenceMatcher
from functools import cache
from itertools import combinations, islice

import pytest

from benchmarks import planted as kinds
from benchmarks.data import boilerplate, one_story, ordinary, shared_boilerplate
from benchmarks.planted import KINDS, planted, write_planted
from benchmarks.scoring import words
from benchmarks.words import WEEKDAYS, WORD


@cache
def planted_once():
    return list(planted(4000, 5, copies=0.4))


@cache
def by_id():
    return {document["id"]: document for document in planted_once()}


def original(name):
    return by_id()[name]


def of_kind(*names):
    return [document for document in planted_once() if document["truth"]["kind"] in names]


def pairs(*names):
    """Return originals and their copies, as bodies."""
    return [(body(original(copy["truth"]["story"])), body(copy)) for copy in of_kind(*names)]


def closing(document):
    return boilerplate(int(re.sub(r"\D", "", document["source"])))


def body(document):
    return document["text"].removesuffix(f"\n\n{closing(document)}")


def facts(text):
    """Return what holds a digit or a capital, weekdays and months among it."""
    return [word for word in text.split() if re.search(r"[0-9A-Z]", word)]


def edits(before, after):
    codes = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    return sum(max(b - a, d - c) for kind, a, b, c, d in codes if kind != "equal")


def published(document):
    return datetime.fromisoformat(document["published"])


def forms(kind):
    issues = defaultdict(list)
    for document in of_kind(kind):
        issues[document["truth"]["form"]].append(document)
    return list(issues.values())


# Collections


def test_same_seed_gives_same_documents_whatever_their_number():
    assert list(planted(1200, 7)) == list(islice(planted(2500, 7), 1200))


def test_another_seed_gives_other_documents():
    assert next(planted(1, 1))["text"] != next(planted(1, 2))["text"]


def test_share_of_originals_is_what_was_asked_for():
    assert len(of_kind("original")) == 2400
    assert all(document["truth"]["kind"] == "original" for document in planted(1000, copies=0))
    assert len(list(planted(1000, copies=0.95))) == 1000


@pytest.mark.parametrize("kind", KINDS)
def test_kinds_are_about_equally_frequent(kind):
    expected = 1600 / (len(KINDS) - 0.9) * kinds.RARE.get(kind, 1)
    # In each of the four batches a kind is off by less than one group of the most documents.
    assert abs(len(of_kind(kind)) - expected) <= 4 * (1 + kinds.SIZES.get(kind, (1, 1))[1])


def test_all_originals_a_document_holds_words_of_come_before_it():
    earlier = set()
    for document in planted_once():
        truth = document["truth"]
        if truth["kind"] == "original":
            earlier.add(document["id"])
        is_own = truth["kind"] in ("original", "roundup", *kinds.SLOTS)
        assert (truth["story"] == document["id"]) == is_own
        assert is_own or truth["of"] == [truth["story"]]
        assert truth["of"] == [document["id"]] or earlier.issuperset(truth["of"])


def test_copies_are_published_hours_to_two_days_later_and_mostly_elsewhere():
    copies = of_kind(*kinds.COPYING)
    delays = [published(copy) - published(original(copy["truth"]["story"])) for copy in copies]
    assert min(delays) >= timedelta(hours=2)
    assert max(delays) <= timedelta(hours=48)
    elsewhere = [copy["source"] != original(copy["truth"]["story"])["source"] for copy in copies]
    assert statistics.mean(elsewhere) > 0.75


def test_documents_have_the_length_and_the_facts_of_news():
    documents = list(planted(3000))
    sizes = [len(document["text"].encode()) for document in documents]
    assert 2200 <= statistics.mean(sizes) <= 2700
    found = Counter()
    for text in (document["text"] for document in documents):
        inner = re.findall(r"(?<=\w )\w\S*", text)
        found["words"] += len(text.split())
        found["names"] += sum(word[0].isupper() for word in inner)
        found["numbers"] += sum(word[0].isdigit() for word in inner)
        found["weekdays"] += sum(word in WEEKDAYS for word in inner)
    shares = {name: found[name] / found["words"] for name in found}
    assert 0.05 <= shares["names"] <= 0.08
    assert 0.01 <= shares["numbers"] <= 0.03
    assert 0.003 <= shares["weekdays"] <= 0.006


def test_most_originals_end_in_the_boilerplate_of_their_source():
    originals = of_kind("original")
    closed = [original["text"].endswith(closing(original)) for original in originals]
    # Four standard deviations of a share of 0.7 among 2,400: 0.04.
    assert 0.66 <= statistics.mean(closed) <= 0.74
    lengths = [[len(p.split()) for p in boilerplate(i).split("\n\n")] for i in range(200)]
    assert {len(paragraphs) for paragraphs in lengths} == {1, 2, 3}
    assert all(30 <= n <= 80 for paragraphs in lengths for n in paragraphs)
    assert len({original["source"] for original in originals}) > 150


def test_written_lines_are_the_documents(tmp_path):
    write_planted(tmp_path / "p.jsonl", 120, seed=3, copies=0.5)
    lines = (tmp_path / "p.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line) for line in lines] == list(planted(120, 3, copies=0.5))


# Copies


def test_exact_copies_are_equal():
    assert all(
        copy["text"] == original(copy["truth"]["story"])["text"] for copy in of_kind("exact")
    )


def test_typography_changes_a_text_but_no_word():
    for copy in of_kind("typography"):
        text = original(copy["truth"]["story"])["text"]
        assert copy["text"] != text
        assert words(copy["text"]) == words(text)


@pytest.mark.parametrize(("kind", "least", "most"), [("light", 0.01, 0.06), ("edited", 0.07, 0.11)])
def test_edits_are_of_a_share_of_the_words_and_of_no_fact(kind, least, most):
    for story, copy in pairs(kind):
        assert facts(copy) == facts(story)
    shares = [
        edits(story.split(), copy.split()) / len(story.split()) for story, copy in pairs(kind)[:25]
    ]
    assert least <= min(shares)
    assert max(shares) <= most


def test_headline_copies_bring_a_headline_a_byline_and_boilerplate():
    for copy in of_kind("headline"):
        story = original(copy["truth"]["story"])
        own = closing(copy).partition("\n\n")[0]
        rest = copy["text"].replace(body(story), "").replace(own, "").strip()
        assert re.fullmatch(rf"{story['title']}\n\nBy \w+ \w+", rest)


@pytest.mark.parametrize(("kind", "share"), [("half", 0.5), ("third", 0.3)])
def test_first_parts_are_of_their_share_and_end_with_a_sentence_where_they_can(kind, share):
    stops = []
    for document, (story, copy) in zip(of_kind(kind), pairs(kind), strict=True):
        assert story.startswith(copy)
        start, stop = document["truth"]["span"]
        assert WORD.findall(story)[start:stop] == WORD.findall(copy)
        assert stop / len(WORD.findall(story)) == pytest.approx(share, abs=0.06)
        stops.append(copy[-1] in ".?!”")
    assert statistics.mean(stops) > 0.75


def test_embedded_stories_stand_whole_in_a_text_of_twice_their_length():
    ratios = []
    for story, copy in pairs("embedded"):
        before, found, after = copy.partition(f"\n\n{story}\n\n")
        assert before
        assert found
        assert after
        ratios.append(len(copy.split()) / len(story.split()))
    assert 1.9 <= statistics.median(ratios) <= 2.1


def test_extracts_are_a_paragraph_of_sixty_consecutive_words():
    for document, (story, copy) in zip(of_kind("extract"), pairs("extract"), strict=True):
        start, stop = document["truth"]["span"]
        extract = WORD.findall(story)[start:stop]
        assert len(extract) == 60
        assert extract in [WORD.findall(paragraph) for paragraph in copy.split("\n\n")]
        assert 200 <= len(copy.split()) <= 650


def test_reordered_copies_have_the_same_paragraphs_in_another_order():
    for story, copy in pairs("reordered"):
        assert Counter(story.split("\n\n")) == Counter(copy.split("\n\n"))
        assert story != copy


def test_doubled_copies_have_the_body_twice():
    found = Counter()
    for story, copy in pairs("doubled"):
        again = copy.removeprefix(f"{story}\n\n")
        found[again == story] += 1
        assert again in (story, story.partition("\n\n")[2])
    assert min(found[True], found[False]) > 10


def test_roundups_hold_ten_whole_stories():
    for roundup in of_kind("roundup"):
        stories = [body(original(story)) for story in roundup["truth"]["of"]]
        assert len(set(stories)) == 10
        assert body(roundup) == "\n\n".join(stories)


def test_wraps_put_words_of_their_own_around_the_same_story():
    wraps = defaultdict(list)
    for document, (story, copy) in zip(of_kind("wrap"), pairs("wrap"), strict=True):
        before, found, after = copy.partition(f"\n\n{story}\n\n")
        assert found
        wraps[document["truth"]["story"]] += [*before.split("\n\n"), *after.split("\n\n")]
    assert all(len(set(paragraphs)) == len(paragraphs) for paragraphs in wraps.values())
    sizes = Counter(wrap["truth"]["story"] for wrap in of_kind("wrap"))
    assert {3, 4, 5, 6} <= set(sizes.values())


def test_updates_have_higher_numbers_and_at_most_one_sentence_more():
    for document, (story, copy) in zip(of_kind("update"), pairs("update"), strict=True):
        first = original(document["truth"]["story"])
        assert timedelta(hours=2) <= published(document) - published(first)
        assert published(document) - published(first) <= timedelta(hours=20)
        changed, added = [], []
        for before, after in zip(story.split("\n\n"), copy.split("\n\n"), strict=True):
            old, new = before.split(), after.split()
            changed += [(a, b) for a, b in zip(old, new, strict=False) if a != b]
            added += [new[len(old) :]] if len(new) > len(old) else []
        numbers = [(int(a.strip(".")), int(b.strip("."))) for a, b in changed]
        assert all(a < b for a, b in numbers)
        assert sorted(a for a, _ in numbers) == sorted(first["truth"]["toll"])
        assert sorted(b for _, b in numbers) == sorted(document["truth"]["toll"])
        assert len(added) <= 1


# Templates


@pytest.mark.parametrize("kind", kinds.SLOTS)
def test_issues_of_a_form_differ_in_its_slots_alone(kind):
    least, most = kinds.SLOTS[kind]
    for issues in forms(kind):
        rows = [body(issue).split(" ") for issue in issues]
        assert len({len(row) for row in rows}) == 1
        assert 150 <= len(body(issues[0]).split()) <= 400
        slots = [set(column) for column in zip(*rows, strict=True) if len(set(column)) > 1]
        assert len(slots) <= most
        assert len(rows) == 1 or len(slots) >= least / 2
        assert all(re.fullmatch(r"\d+|[A-Z]\w+", filler) for slot in slots for filler in slot)
    assert len(forms(kind)) > 10


def test_issues_of_a_form_come_a_week_apart_or_from_other_sources():
    for issues in [*forms("template_few"), *forms("template_many")]:
        for one, other in combinations(issues, 2):
            apart = abs(published(one) - published(other)) >= timedelta(days=7)
            assert apart != (one["source"] != other["source"])


# Stress


def test_one_story_is_half_exact_and_half_slightly_edited():
    documents = list(one_story(3000))
    text = documents[0]["text"]
    assert documents[:100] == list(one_story(100))
    assert all(document["truth"]["of"] == ["p00000000"] for document in documents)
    # Four standard deviations of a share of 0.5 among 3,000: 0.04.
    assert 0.46 <= statistics.mean(document["text"] == text for document in documents) <= 0.54
    assert len({document["source"] for document in documents}) == 200
    light = [document["text"] for document in documents if document["text"] != text]
    assert all(facts(copy) == facts(text) for copy in light)
    shares = [edits(text.split(), copy.split()) / len(text.split()) for copy in light[:25]]
    assert min(shares) >= 0.005
    assert max(shares) <= 0.035


def test_shared_boilerplate_ends_all_texts_and_a_long_page():
    documents = list(shared_boilerplate(30, page_words=5000))
    ends = {tuple(document["text"].split("\n\n")[-3:]) for document in documents}
    assert len(ends) == 1
    lengths = [len(document["text"].split()) for document in documents]
    assert 5000 <= lengths[10] <= 5500
    assert documents[10]["text"].count("\n\n") > 50
    assert documents[:20] == list(shared_boilerplate(20, page_words=5000))


def test_ordinary_articles_are_unrelated():
    documents = list(ordinary(1200, 7))
    assert documents == list(islice(ordinary(2500, 7), 1200))
    paragraphs = Counter(p for document in documents for p in document["text"].split("\n\n"))
    assert max(paragraphs.values()) == 1
    assert len({document["id"] for document in documents}) == 1200
