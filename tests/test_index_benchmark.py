"""``benchmarks.index``: the stream, the rule that both sides are judged by, and what is shown."""

import json
import mmap
from argparse import Namespace
from collections import Counter
from functools import partial
from itertools import islice, pairwise

import pytest

import dedup
from benchmarks import index, index_choices, index_pages, index_reads
from benchmarks.crawl import Crawl
from benchmarks.data import BATCH
from benchmarks.found import Found
from benchmarks.index_answers import places, scored
from benchmarks.index_expiry import DAYS, expire
from benchmarks.index_growth import Growth
from benchmarks.index_peers import PEERS, measure
from benchmarks.index_queries import asked_with
from benchmarks.index_scores import (
    AnswerFile,
    by_groups,
    found_in_answers,
    named,
    overall,
    story_recall,
)
from benchmarks.index_stream import (
    COPIES,
    Sample,
    batches,
    documents,
    in_order,
    make_notice,
    over_days,
    questions,
    read,
    stream,
)
from benchmarks.measured import resident
from dedup.index import runs

N = 600


@pytest.fixture(scope="module")
def crawl(tmp_path_factory):
    return Crawl(tmp_path_factory.mktemp("crawl"), piece=1000)


@pytest.fixture(scope="module")
def articles(crawl):
    return list(stream(crawl.files(N), make_notice()))


# The stream


def test_articles_come_in_the_order_in_which_they_were_published(crawl, articles):
    given = {article.id: article for article in read(crawl.files(N))}
    assert {document.id for document in articles} == set(given)
    assert all(one.published <= other.published for one, other in pairwise(articles))
    assert [document.id for document in articles] != list(given)


def test_few_articles_are_held_to_put_them_in_order(crawl):
    seen = 0

    def counted():
        nonlocal seen
        for article in read(crawl.files(4000)):
            seen += 1
            yield article

    ordered = in_order(counted())
    ahead = [seen - place for place, _ in enumerate(islice(ordered, 1500))]
    assert max(ahead) < 2.5 * BATCH


def test_three_in_ten_end_with_the_notice_and_the_others_are_as_they_were(crawl, articles):
    notice = make_notice()
    given = {article.id: article.text for article in read(crawl.files(N))}
    told = Counter(document.text.endswith(f"\n\n{notice}") for document in articles)
    assert 0.25 < told[True] / N < 0.35
    assert all(d.text.removesuffix(f"\n\n{notice}") == given[d.id] for d in articles)


def test_dates_are_spread_over_days_in_the_order_of_the_stream(crawl):
    spread = list(over_days(in_order(read(crawl.files(N))), N, DAYS))
    counts = Counter(article.published[:10] for article in spread)
    assert len(counts) == DAYS
    assert max(counts.values()) - min(counts.values()) <= 1


def test_a_sample_has_no_document_twice_and_is_not_the_beginning(articles):
    sample = Sample(50)
    for some in batches(articles, 70):
        sample.see(some)
    assert len({document.id for document in sample.taken}) == 50
    assert sample.taken != articles[:50]


def test_half_of_the_questions_copy_known_articles_each_in_its_way(articles):
    asked = questions(articles[:30])
    assert asked == questions(articles[:30])
    copies = [question for question in asked if question.of]
    assert len(copies) == len(asked) - len(copies) == 30
    texts = {document.id: document.text for document in articles}
    same = [question for question in copies if question.text == texts[question.of]]
    assert len(same) == 30 // len(COPIES)
    assert not {question.id for question in asked} & set(texts)


def test_the_notice_and_unknown_articles_are_in_no_crawl(crawl, articles):
    unknown = [question.text for question in questions(articles[:30]) if not question.of]
    known = {article.text for article in read(crawl.files(2000))}
    assert not set(unknown) & known
    assert not any(make_notice() in text for text in known)


# The rule


def truth(kind, *of):
    return {"kind": kind, "story": of[0], "of": list(of)}


KNOWN = {
    "a": truth("original", "a"),
    "b": truth("light", "a"),
    "c": truth("half", "a"),
    "d": truth("original", "d"),
    "e": truth("extract", "d"),
    "r": truth("roundup", "a", "d"),
}
PLACES = {text: place for place, text in enumerate(KNOWN)}


def pair(left, relation, right):
    return dedup.Pair(left, right, relation, 1.0, 1.0, None, None, None, None, ())


def recalls(answers):
    given = [answers.get(text, dedup.Answer()) for text in KNOWN]
    rows = story_recall(KNOWN, found_in_answers(list(KNOWN), given, 0.8), PLACES)
    return {kind: row["recall"] for kind, row in rows.items() if row["pairs"]}


NOTHING = {"light": 0, "half": 0, "extract": 0, "roundup": 0}


@pytest.mark.parametrize(
    ("answers", "found"),
    [
        ({}, {}),
        ({"b": [pair("b", "copy", "a")]}, {"light": 1}),
        # A later copy may be found with an earlier one in place of the original.
        ({"c": [pair("c", "excerpt", "b")]}, {"half": 1}),
        ({"c": [pair("c", "copy", "d")]}, {}),
        ({"b": [pair("b", "template", "a")]}, {}),
        ({"b": [pair("b", "overlap", "a")]}, {}),
        ({"e": [pair("e", "overlap", "d")]}, {"extract": 1}),
        ({"r": [pair("r", "extends", "a")]}, {"roundup": 0.5}),
        ({"r": [pair("r", "extends", "b"), pair("r", "extends", "d")]}, {"roundup": 1}),
    ],
)
def test_a_copy_is_found_with_any_earlier_text_of_its_story(answers, found):
    assert recalls({text: dedup.Answer(own) for text, own in answers.items()}) == NOTHING | found


def test_a_later_text_of_the_story_does_not_count():
    report = dedup.Report("", {}, 0.8, tuple(KNOWN), {}, (), (), ())
    found = Found.of([pair("b", "copy", "c")], report)
    rows = story_recall(KNOWN, found, PLACES)
    assert (rows["light"]["recall"], rows["half"]["recall"]) == (0, 1)


def test_two_that_go_for_one_text_are_found():
    answers = {
        "b": dedup.Answer([pair("b", "copy", "a")], kept="a"),
        "c": dedup.Answer([pair("c", "copy", "a")], kept="a"),
    }
    given = [answers.get(text, dedup.Answer()) for text in KNOWN]
    report = found_in_answers(list(KNOWN), given, 0.8).report
    assert report.kept == ("a", "d", "e", "r")
    assert report.keeper_of("c") == report.keeper_of("b") == "a"


def test_what_is_said_of_a_text_is_said_of_those_of_the_same_words():
    answers = {
        "b": dedup.Answer([pair("b", "revision", "a")]),
        "c": dedup.Answer([pair("c", "identical", "b")], kept="b"),
    }
    assert recalls(answers) == NOTHING | {"light": 1, "half": 1}


def test_a_peer_that_names_texts_says_that_they_are_copied():
    assert recalls({"b": named("b", ["a", "d"])}) == NOTHING | {"light": 1}


def test_answers_in_a_file_are_judged_alike(tmp_path):
    answers = [
        dedup.Answer([pair("b", "copy", "a"), pair("b", "overlap", "d")], kept="a"),
        dedup.Answer([pair("c", "excerpt", "a")]),
        named("d", ["a"]),
    ]
    kept = AnswerFile(tmp_path / "answers.jsonl")
    kept.write("b", answers[:1])
    kept.write("cd", answers[1:])
    texts, told = kept.read()
    assert texts == ["b", "c", "d"]
    assert found_in_answers(texts, told, 0.8) == found_in_answers("bcd", answers, 0.8)


def test_shares_of_groups_and_of_all():
    answers = [named(text, ["a"] if text == "b" else []) for text in KNOWN]
    rows = story_recall(KNOWN, found_in_answers(list(KNOWN), answers, 0.8), PLACES)
    assert by_groups(rows)["2-5 % edited"] == 1
    assert by_groups(rows)["update"] is None
    assert overall(rows) == 0.2


def test_an_index_and_a_pass_are_scored_by_the_same_rule(crawl, articles):
    given = list(documents(in_order(read(crawl.files(N)))))
    at = places(crawl, N)
    assert [document.id for document in given] == list(at)
    with dedup.Index() as own:
        found = found_in_answers(list(at), own.extend(given), 0.8)
    scores = scored(crawl, N, found, at)
    report = dedup.deduplicate(given)
    by_pass = scored(crawl, N, Found.of(dedup.pairs(given, overlap=True), report), at)
    assert by_pass["overall_stories"] >= by_pass["overall"] > 0.9
    assert scores["overall_stories"] >= scores["overall"] > 0.6
    assert scores["promise"]["keeper_not_kept"] == 0


# What is measured


def test_an_index_grows_to_a_size_and_is_asked_there(tmp_path, articles):
    growth = Growth(tmp_path / "news.db", iter(articles), rounds=1)
    (row,) = growth.grow([200])
    assert (row["articles"], row["singles"]["articles"]) == (200, 20)
    assert row["queries"]["both"]["questions"] == 400
    assert row["queries"]["copies"]["answered"] > 180
    assert row["bytes"] == (tmp_path / "news.db").stat().st_size
    with dedup.Index(str(tmp_path / "news.db")) as own:
        assert list(own) == [document.id for document in articles[:200]]


def test_a_size_needs_as_many_articles(tmp_path, articles):
    growth = Growth(tmp_path / "news.db", iter(articles[:5]), rounds=1)
    with pytest.raises(ValueError, match="the files must hold 15 articles more"):
        growth.extend(20)
    growth.index.close()


def test_rates_are_those_of_the_batches_between_two_places(tmp_path):
    growth = Growth(tmp_path / "news.db", iter(()), rounds=1)
    growth.added = [(1000, 1000, 0.1), (2000, 1000, 0.3), (3000, 1000, 0.1)]
    assert growth.rate(0, 3000) == 6000
    assert growth.rate(1000, 3000) == 5000
    growth.index.close()


def test_days_are_taken_out_one_after_the_other(crawl):
    with dedup.Index() as own:
        own.extend(documents(over_days(in_order(read(crawl.files(N))), N, DAYS)))
        told = expire(own)
    assert told["articles"] == N
    assert sum(told["gone"]) == N - told["left"]
    assert all(abs(gone - N / DAYS) <= 1 for gone in told["gone"])


def test_fewer_parts_are_read_where_frequent_keys_are_remembered(articles, tmp_path, monkeypatch):
    monkeypatch.setattr("dedup.index.postings.RUN_POSTINGS", 2000)
    monkeypatch.setattr("dedup.index.remembered.BLOCK", 64)
    monkeypatch.setattr(runs, "FAN", 100)
    monkeypatch.setattr(index_reads, "ADDED", 50)
    monkeypatch.setattr(index_reads, "ASKED", 50)
    chosen = runs.FREQUENT
    rows = index_reads.measure(tmp_path / "news.db", N - 150, iter(articles))
    assert chosen in [row["value"] for row in rows]
    assert chosen == runs.FREQUENT
    assert [row["runs"] > 1 for row in rows] == [True] * len(rows), rows
    assert rows[0]["asked"] > rows[-1]["asked"] > 0
    assert [path.name for path in tmp_path.iterdir()] == ["news.db"]


@pytest.mark.parametrize("name", PEERS)
def test_peers_are_added_to_and_asked(crawl, tmp_path, name):
    if name == "rensa":
        pytest.importorskip("rensa")
    told = measure(PEERS[name], tmp_path, crawl, N, make_notice())
    assert told["articles"] == N
    assert told["recall"]["same words"] == 1
    assert told["queries"]["copies"]["answered"] > told["queries"]["copies"]["questions"] / 3


def test_a_peer_that_is_too_slow_is_stopped_and_not_scored(crawl, tmp_path, monkeypatch):
    monkeypatch.setattr("benchmarks.index_peers.batches", partial(batches, size=1000))
    told = measure(PEERS["datasketch"], tmp_path, crawl, 2000, make_notice(), -1.0)
    assert told["articles"] == 1000
    assert "recall" not in told


def test_memory_is_that_of_this_process():
    before = resident()
    with mmap.mmap(-1, 60_000_000) as held:  # pages of its own: none that were freed before
        held.write(b"." * len(held))
        after = resident()
        assert len(held) / 1e6 < after["mb"] - before["mb"] + 5
    assert after["peak_mb"] >= after["mb"]


def test_questions_are_timed_by_kind(articles):
    asked = questions(articles[:20])
    told = asked_with(lambda document: [document] * document.id.startswith("q"), asked)
    assert {kind: row["answered"] for kind, row in told.items()} == {
        "unknown": 0, "copies": 20, "both": 20,
    }  # fmt: skip


@pytest.mark.parametrize("name", index_choices.CHOICES)
def test_the_chosen_value_is_among_those_tried(name):
    assert index_choices.chosen(name) in index_choices.CHOICES[name][1]


def test_a_constant_in_python_is_changed(monkeypatch):
    monkeypatch.setattr("dedup.index.matching.CANDIDATES", 8)
    index_choices.change("CANDIDATES", 2)
    assert index_choices.chosen("CANDIDATES") == 2


# What is shown


def asked_for(p50):
    row = {"questions": 10, "p50_us": p50, "p99_us": 3 * p50, "most_us": 9 * p50, "answered": 5}
    return dict.fromkeys(("unknown", "copies", "both"), row)


def size(n):
    return {
        "articles": n, "per_s": 9000.0, "first_per_s": 10_000.0, "last_per_s": 8000.0,
        "singles": {"per_s": 2500.0}, "resident_mb": 250.0, "peak_mb": 290.0,
        "bytes_per_article": 1540, "words_per_article": 440, "open_ms": {"median": 12.34},
        "reader_mb": {"median": 220.0}, "queries": asked_for(300),
    }  # fmt: skip


SHARES = {group: 0.5 for group in index_pages.GROUPS}
RESULTS = {
    "growth": {"sizes": {str(n): size(n) for n in (10_000, 100_000)}, "rates": []},
    "expiry": {
        "100000": {
            "articles": 100_000, "gone": [14_286, 14_286, 14_285], "peak_mb": 260.0,
            "seconds": {"median": 0.2, "runs": [0.31, 0.2, 0.2]},
        }
    },
    "peers": {
        name: {"10000": {
            "articles": 10_000, "per_s": 1500.0, "resident_mb": 300.0, "queries": asked_for(400),
            "recall": SHARES, "overall": 0.5, "precision_without_forms": 0.9,
        }} for name in PEERS
    },
    "reads": {
        "articles": 300_000,
        "rows": [{"value": 4096, "runs": 14, "added": 4.0, "asked": 13.96}],
    },
    "sources": {
        "articles": 200_000,
        "rows": [{
            "value": 12, "overall_stories": 0.5,
            "recall": {"third": 0.99727, "half": 1.0, "update": 0.9},
        }],
    },
    "choices": {
        "articles": 50_000,
        "rows": [{
            "choice": "MOST", "value": 64, "us_per_add": 99.6, "p50_us": 300,
            "p99_us": 900, "bytes_per_article": 1540, "recall": SHARES, "overall": 0.5,
            "precision_without_forms": 0.9,
        }],
    },
}  # fmt: skip


def test_tables_show_what_was_measured():
    shown = dict(index_pages.shown(RESULTS))
    assert shown.keys() == index_pages.SHOWN.keys() - {"quality"}
    assert shown["growth"][1][0] == (
        "10,000", "9,000", "8,000", "80.0 %", "2,500", "250", "290", "1.54", "1.40", "12.3",
    )  # fmt: skip
    assert shown["queries"][1][2] == ("10,000", "both", "300", "900", "50.0 %", "220")
    assert shown["reads"][1] == [("**4,096**", "4.00", "13.96")]
    assert shown["sources"][1] == [("**12**", "99.73 %", "100.00 %", "90.00 %", "50.00 %")]
    assert shown["expiry"][1] == [("100,000", "14,286", "0.31", "0.20, 0.20", "260")]
    assert all(len(row) == len(head) for head, rows in shown.values() for row in rows)


def test_a_peer_that_was_stopped_says_how_far_it_came():
    row = RESULTS["peers"]["rensa"]["10000"] | {"articles": 4000}
    del row["recall"], row["precision_without_forms"]
    _, rows = index_pages.peers({"peers": {"rensa": {"10000": row}}})
    assert (rows[0][1], rows[0][-1]) == ("4,000 of 10,000", "-")


def test_the_page_is_filled_with_what_was_measured_and_keeps_the_rest():
    page = "<!-- table growth -->\nold\n<!-- end -->\n<!-- table quality -->\nold\n<!-- end -->\n"
    once = index_pages.filled(page, RESULTS)
    assert "| 10,000 | 9,000 |" in once
    assert once.count("old") == 1
    assert index_pages.filled(once, RESULTS) == once


def test_the_page_has_a_place_for_every_table():
    page = index_pages.PAGE.read_text(encoding="utf-8")
    names = [match[2] for match in index_pages.corpus_pass_pages.TABLE.finditer(page)]
    assert names == list(index_pages.TABLES)


@pytest.mark.parametrize("name", index_pages.PICTURES)
def test_pictures_are_drawn_from_any_sizes(name):
    _, draw = index_pages.PICTURES[name]
    one = RESULTS | {"growth": {"sizes": {"10000": size(10_000)}, "rates": []}}
    assert draw(RESULTS).startswith("<svg")
    assert "nan" not in draw(one)


def test_parts_measured_alone_leave_the_others_in_the_file(tmp_path, monkeypatch):
    target = tmp_path / "result.json"
    target.write_text(json.dumps({"machine": {}, "growth": {"sizes": {}}, "expiry": {"old": 1}}))
    part = {"expiry": RESULTS["expiry"]}
    monkeypatch.setattr(index, "measured_parts", lambda options: iter([part]))
    index.main(["--only", "expiry", "--json", str(target)])
    result = json.loads(target.read_text(encoding="utf-8"))
    assert (result["growth"], result["expiry"]) == ({"sizes": {}}, RESULTS["expiry"])
    assert result["machine"]["cores"] >= 1


def test_each_measurement_is_a_process_of_its_own(crawl, tmp_path):
    options = Namespace(expiry=[300], place=tmp_path / "place")
    told = index.Measurements(crawl, options).expiry()
    assert told["300"]["articles"] == 300
    assert list(options.place.iterdir()) == []


measured_already = pytest.mark.skipif(
    not index.RESULT.exists(), reason="not measured, or results are not part of the sdist"
)


@measured_already
def test_the_page_and_the_pictures_are_those_of_the_results():
    # `python -m benchmarks.index --markdown` makes them anew.
    result = json.loads(index.RESULT.read_text(encoding="utf-8"))
    page = index_pages.PAGE.read_text(encoding="utf-8")
    assert index_pages.filled(page, result) == page
    for name, (part, draw) in index_pages.PICTURES.items():
        if part in result:
            drawn = (index_pages.corpus_pass_pages.IMAGES / name).read_text(encoding="utf-8")
            assert drawn == draw(result), name
