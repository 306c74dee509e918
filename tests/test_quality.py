"""The arithmetic of ``benchmarks.quality``: what counts as found, as dropped, as lost."""

import re

import numpy as np
import pytest

import dedup
from benchmarks import generated_scores, labeled_scores, linking, pictures, relation_markdown
from benchmarks.data import boilerplate
from benchmarks.errors import errors
from benchmarks.found import Found, find
from benchmarks.labeled import Labeled, iso_date
from benchmarks.quality import main
from benchmarks.scoring import words
from dedup import defaults
from dedup.kernels import match

FERRY = "Two ferries stayed in the harbor of Mira on Sunday as a storm closed the channel."
BREAD = "The price of bread in Tolland rises by a tenth in May, the bakers of the town have said."


def pair(left, relation, right):
    return dedup.Pair(left, right, relation, 1.0, 1.0, None, None, None, None, ())


def report(*decisions, kept=(), suspects=()):
    """Return a report of decisions given as (text, keeper, relation)."""
    dropped = tuple(dedup.Decision(text, keeper, why, 1.0) for text, keeper, why in decisions)
    kept = tuple(sorted({*kept, *(decision.kept for decision in dropped)}))
    suspects = tuple(dedup.Suspect(text, "") for text in suspects)
    return dedup.Report("0", {}, 0.8, kept, {}, dropped, (), suspects)


def found(*pairs, decisions=(), kept="abcdef", suspects=()):
    gone = {text for text, *_ in decisions}
    kept = [text for text in kept if text not in gone]
    return Found.of([pair(*p) for p in pairs], report(*decisions, kept=kept, suspects=suspects))


def labeled(*pairs, texts=None):
    """Return a collection of texts a to f with pairs given as (one, label, other)."""
    records = [{"id": name, "text": (texts or {}).get(name, name)} for name in "abcdef"]
    rows = [{"a": a, "b": b} | ({"label": label} if label else {}) for a, label, b in pairs]
    return Labeled("t", records, rows)


# What counts as found


def test_a_pair_counts_from_both_sides():
    pairs = found(("a", "copy", "b"))
    assert (pairs.relation("a", "b"), pairs.relation("b", "a")) == ("copy", "copy")
    assert pairs.relation("a", "c") is None


@pytest.mark.parametrize(
    ("relation", "is_same"),
    [("identical", True), ("excerpt", True), ("update", True), ("revision", True),
     ("template", False), ("overlap", False)],
)  # fmt: skip
def test_templates_and_overlaps_are_other_stories(relation, is_same):
    assert found(("a", relation, "b")).is_same_story("a", "b") is is_same


def test_an_overlap_counts_where_it_is_asked_for():
    assert found(("a", "overlap", "b")).is_same_story("a", "b", overlap=True)


def test_what_is_said_of_a_text_is_said_of_those_of_the_same_words():
    pairs = found(("a", "identical", "b"), ("c", "identical", "b"), ("b", "update", "d"))
    assert pairs.relation("a", "c") == "identical"
    assert pairs.relation("c", "d") == "update"


def test_chains_do_not_count_but_one_keeper_does():
    chain = (("a", "copy", "b"), ("b", "copy", "c"))
    assert not found(*chain).is_same_story("a", "c")
    decisions = [("a", "b", "copy"), ("c", "b", "copy")]
    assert found(*chain, decisions=decisions).is_same_story("a", "c")


def test_a_collection_is_asked_as_its_pairs_and_report_are():
    documents = [dedup.Document("a", FERRY), dedup.Document("b", FERRY + " It is cold.")]
    asked = find(documents)
    assert asked.pairs == list(dedup.pairs(documents, overlap=True))
    assert asked.report == dedup.deduplicate(documents)


# Labeled collections


def test_f1_is_the_harmonic_mean():
    scores = labeled_scores.f1(6, 2, 4)
    assert (scores["precision"], scores["recall"]) == (0.75, 0.6)
    assert scores["f1"] == round(2 * 0.75 * 0.6 / (0.75 + 0.6), 4)
    assert labeled_scores.f1(0, 0, 0)["f1"] is None


def test_pairs_that_may_be_either_are_left_out():
    collection = labeled(
        ("a", "dup", "b"), ("c", "dup", "d"), ("a", "series", "c"), ("a", "ambiguous", "d"),
        ("b", None, "d"),
    )  # fmt: skip
    pairs = found(("a", "copy", "b"), ("a", "update", "c"), ("a", "copy", "d"), ("b", "copy", "d"))
    scores = labeled_scores.same_story(collection.pairs, pairs)
    assert (scores["right"], scores["wrong"], scores["missed"]) == (1, 1, 1)


def test_each_label_is_counted_by_relation():
    collection = labeled(("a", "dup", "b"), ("c", "dup", "d"), ("a", None, "c"))
    rows = labeled_scores.by_label(
        collection.pairs, found(("a", "copy", "b")), lambda p: p.get("label")
    )
    assert rows["dup"] == {"pairs": 2, "found": 1, "relations": {"copy": 1, "none": 1}}
    assert rows["none"] == {"pairs": 1, "found": 0, "relations": {"none": 1}}


def test_dropped_texts_are_counted_by_the_label_of_text_and_keeper():
    collection = labeled(("a", "dup", "b"), ("c", "template", "b"), ("d", "dup", "b"))
    decisions = [
        ("a", "b", "copy"), ("c", "b", "copy"), ("d", "b", "identical"), ("e", "b", "excerpt"),
    ]  # fmt: skip
    counts = labeled_scores.dropped(collection, found(decisions=decisions))
    assert counts["labels"] == {"dup": 2, "template": 1, "unlisted": 1}
    assert counts["labels_not_identical"] == {"dup": 1, "template": 1, "unlisted": 1}
    assert counts["precision"] == round(2 / 3, 4)


def test_pairs_outside_the_labels_are_counted_by_relation():
    collection = labeled(("a", "dup", "b"), ("a", None, "c"))
    pairs = found(("a", "copy", "b"), ("a", "copy", "c"), ("a", "update", "d"))
    assert labeled_scores.unlisted(collection, pairs) == {"update": 1}


def test_lengths_are_those_of_the_shorter_text():
    texts = {"a": "word " * 59, "b": "word " * 500, "c": "word " * 120}
    collection = labeled(("a", "dup", "b"), ("b", "dup", "c"), texts=texts)
    scores = labeled_scores.by_length(collection, found(("a", "copy", "b")))
    assert {name: (row["right"], row["missed"]) for name, row in scores.items()} == {
        "under 60": (1, 0), "60 to 119": (0, 0), "from 120 on": (0, 1),
    }  # fmt: skip


def test_failed_pages_are_counted_as_texts():
    collection = labeled(("a", "failed_page", "b"), ("a", "failed_page", "c"), ("d", "dup", "e"))
    decisions = [("b", "a", "identical"), ("c", "a", "identical"), ("e", "d", "copy")]
    counts = labeled_scores.failed_pages(collection, found(decisions=decisions, suspects="af"))
    assert counts == {
        "texts": 3, "suspects": 1, "dropped_for_a_suspect": 2, "other_suspects": 1,
        "others_dropped_for_a_suspect": 0,
    }  # fmt: skip


def test_errors_are_what_is_missed_reported_and_not_listed():
    collection = labeled(("a", "dup", "b"), ("a", "series", "c"), ("c", "dup", "d"))
    pairs = found(
        ("a", "update", "c"), ("c", "copy", "d"), ("e", "copy", "f"), ("e", "template", "a")
    )
    assert errors(collection, pairs) == {
        "missed": [("a", "b")], "wrong": [("a", "c")], "not listed": [("e", "f")],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("date", "read"),
    [("1987-02-26T15:01:01", "1987-02-26T15:01:01"), ("2026-05-11", "2026-05-11"),
     ("1843", None), ("", None), (None, None)],
)  # fmt: skip
def test_only_iso_dates_are_read(date, read):
    assert iso_date({"date": date}) == read


# Generated collections


def truths(**kinds):
    """Return truths given as id=(kind, of)."""
    return {
        text: {"kind": kind, "of": list(of)} | ({"form": "f"} if kind in FORMS else {})
        for text, (kind, of) in kinds.items()
    }


FORMS = ("template_few", "template_many")


def test_recall_counts_each_story_of_a_round_up():
    known = truths(a=("original", "a"), b=("original", "b"), c=("roundup", "ab"))
    rows = generated_scores.recall(known, found(("a", "excerpt", "c")))
    assert (rows["roundup"]["pairs"], rows["roundup"]["found"]) == (2, 1)
    assert rows["roundup"]["recall"] == 0.5
    assert rows["exact"]["recall"] is None


def test_an_overlap_finds_an_extract_and_nothing_else():
    known = truths(a=("original", "a"), b=("extract", "a"), c=("third", "a"))
    rows = generated_scores.recall(known, found(("b", "overlap", "a"), ("c", "overlap", "a")))
    assert (rows["extract"]["found"], rows["third"]["found"]) == (1, 0)


def test_precision_tells_issues_from_strangers():
    known = truths(
        a=("original", "a"), b=("exact", "a"), c=("template_few", "c"), d=("template_few", "d")
    )
    pairs = found(
        ("b", "copy", "a"), ("c", "update", "d"), ("a", "copy", "c"), ("a", "template", "d")
    )
    scores = generated_scores.precision(known, pairs)
    assert scores["wrong"] == {"issues, update": 1, "strangers, copy": 1}
    assert scores["precision"] == round(1 / 3, 5)
    assert scores["precision_of_copies"] == 0.5
    assert scores["precision_without_forms"] == 0.5


def test_issues_are_merged_if_they_name_one_keeper():
    known = truths(a=("template_many", "a"), b=("template_many", "b"), c=("template_many", "c"))
    decisions = [("a", "d", "copy"), ("b", "d", "copy")]
    pairs = found(("a", "template", "c"), ("b", "update", "c"), decisions=decisions)
    rows = generated_scores.templates(known, pairs)
    assert rows["template_many"] == {"pairs": 3, "merged": 1, "same_story": 1, "template": 1}


def test_texts_lost_to_doubled_copies_round_ups_and_strangers_are_seen():
    known = truths(
        a=("original", "a"), b=("doubled", "a"), c=("original", "c"), d=("roundup", "ac"),
        e=("half", "a"), f=("half", "c"),
    )  # fmt: skip
    decisions = [
        ("a", "b", "copy"), ("c", "d", "excerpt"), ("e", "b", "excerpt"), ("f", "b", "excerpt"),
    ]  # fmt: skip
    lost = generated_scores.lost(known, found(decisions=decisions))
    assert lost == {"doubled": 1, "roundup": 1, "stranger": 1}


def test_what_a_source_closes_texts_with_need_not_be_held():
    record = {"source": "source3.example"}
    closing = boilerplate(3).split("\n\n")[0].upper().replace(" ", "\n")
    run = words(f"{FERRY} {closing}")
    assert generated_scores.without_closing(run, [record]) == words(FERRY)


def test_a_keeper_that_does_not_hold_a_text_breaks_the_promise():
    records = [{"id": name, "text": text} for name, text in (("a", FERRY), ("b", FERRY))]
    records.append({"id": "c", "text": BREAD})
    decisions = [("a", "b", "identical"), ("c", "b", "copy")]
    broken = generated_scores.promise(
        records, found(decisions=decisions, kept="abc"), sources=False
    )
    assert (broken["dropped"], broken["not_held"], broken["keeper_not_kept"]) == (2, 1, 0)
    assert broken["least_held"] == 0


def test_the_command_measures_and_writes(tmp_path, capsys):
    main(["--articles", "300", "--json", str(tmp_path / "q.json")])
    assert "300 generated articles, known: neither: recall by kind" in capsys.readouterr().out


# Links


KEYS = np.array([1, 1, 1, 2, 3, 3], np.uint64)
RANKS = np.array([0, 2, 3, 1, 1, 3], np.int32)
WEIGHTS = np.array([9, 8, 4, 7])


def linked(linker):
    links = linker(KEYS, RANKS, WEIGHTS)
    return [(int(link >> np.uint64(32)), int(link & linking.LOW)) for link in links]


@pytest.mark.parametrize(
    ("linker", "expected"),
    [
        (linking.to_first, [(2, 0), (3, 0), (3, 1)]),
        (linking.to_predecessor, [(2, 0), (3, 1), (3, 2)]),
        (linking.to_shortest, [(2, 0), (3, 1), (3, 2)]),
        (linking.to_all, [(3, 1), (2, 0), (3, 0), (3, 2)]),
    ],
)
def test_texts_of_a_group_are_linked(linker, expected):
    assert linked(linker) == expected


def test_other_links_lead_to_the_same_decisions_where_groups_are_small():
    documents = [dedup.Document("a", FERRY), dedup.Document("b", f"{FERRY} It is cold.")]
    counted = []
    with linking.linked(linking.LINKINGS["all pairs"], counted):
        report = dedup.deduplicate(documents)
    assert report == dedup.deduplicate(documents)
    assert counted == [1]


# The page


PAGE = relation_markdown.PAGE.read_text(encoding="utf-8")
measured = pytest.mark.skipif(
    not relation_markdown.RESULTS.exists(), reason="results are not part of the sdist"
)


@measured
def test_tables_of_the_page_are_those_of_the_results():
    # `python -m benchmarks.quality --markdown` makes them anew.
    assert relation_markdown.filled(PAGE) == PAGE


@measured
@pytest.mark.parametrize("name", pictures.PICTURES)
def test_pictures_are_drawn_from_the_results(name):
    assert (pictures.IMAGES / name).read_text(encoding="utf-8") == pictures.PICTURES[name]()


def test_constants_named_in_the_page_are_those_of_the_code():
    units = r"( %| words| hours|)"
    named = re.findall(rf"([\d.]+){units}\s+\(`([A-Z_]+)`\)", PAGE)
    for value, unit, name in named:
        number = float(value) / (100 if unit == " %" else 1)
        assert getattr(defaults, name) == pytest.approx(number), name
    assert {name for *_, name in named} == set(re.findall(r"\(`([A-Z_]+)`\)", PAGE))


def test_the_slot_named_in_the_page_is_that_of_the_kernel():
    assert f"at most {match.SLOT // 2} words on either side" in PAGE
    assert f"from {match.ANCHOR // 2} words" in PAGE
