"""``benchmarks.corpus_pass``: the articles of any size, what is measured, and what is shown."""

import gzip
import json
from collections import Counter

import numpy as np
import pytest

import dedup
from benchmarks import corpus_pass, corpus_pass_pages, measured, pass_choices, pass_stages
from benchmarks.corpus_pass import Bench, growths, measure, speed_of
from benchmarks.crawl import GENERATOR, Crawl
from benchmarks.data import BATCH
from benchmarks.found import find
from benchmarks.generated_scores import score_generated
from benchmarks.pass_scores import checked, found_in_files, score_pass
from benchmarks.pass_stages import StageClock
from benchmarks.planted import KINDS, SIZES, planted
from benchmarks.reading import parse, read_raw
from benchmarks.timing import child, summary


@pytest.fixture(scope="module")
def crawl(tmp_path_factory):
    return Crawl(tmp_path_factory.mktemp("crawl"), piece=2000)


def lines(paths):
    return [line for path in paths for line in path.read_bytes().splitlines()]


def documents(records):
    return [
        dedup.Document(r["id"], r["text"], source=r["source"], published=r["published"])
        for r in records
    ]


# Articles


def test_the_first_file_holds_planted_articles_as_a_user_would_have_them(crawl):
    records = [json.loads(line) for line in lines(crawl.files(2000))]
    assert list(records[0]) == ["id", "text", "published", "source", "title"]
    truths = crawl.truths(2000)
    told = [record | {"truth": truths[record["id"]]} for record in records]
    assert told == list(planted(2000))


def test_a_size_is_the_beginning_of_a_larger_one(crawl):
    large = lines(crawl.files(4000))
    assert [len(crawl.files(n)) for n in (1500, 2000, 2500, 4000)] == [1, 1, 2, 2]
    for n in (1500, 2000, 2500):
        assert lines(crawl.files(n)) == large[:n]
        assert list(crawl.truths(n)) == [json.loads(line)["id"] for line in large[:n]]


def test_the_same_articles_are_made_again(crawl, tmp_path):
    again = Crawl(tmp_path, piece=2000)
    assert lines(again.files(3000)) == lines(crawl.files(3000))
    assert again.truths(3000) == crawl.truths(3000)


def test_ids_are_those_of_the_places_and_copies_stand_in_the_file_of_their_original(crawl):
    truths = crawl.truths(4000)
    assert list(truths) == [f"p{number:08}" for number in range(4000)]
    for name, truth in truths.items():
        assert {int(other[1:]) // 2000 for other in truth["of"]} == {int(name[1:]) // 2000}


def test_each_file_has_the_kinds_of_the_first(crawl):
    kinds = [truth["kind"] for truth in crawl.truths(4000).values()]
    first, second = Counter(kinds[:2000]), Counter(kinds[2000:])
    assert first["original"] == second["original"] == 1600
    # In each of two batches a kind is off by less than one group of the most documents.
    assert [k for k in KINDS if abs(first[k] - second[k]) > 4 * SIZES.get(k, (1, 1))[1]] == []


def test_other_files_have_other_articles(crawl):
    assert len({json.loads(line)["text"] for line in lines(crawl.files(4000))}) > 3900


def test_articles_of_some_ids_are_found(crawl):
    names = ["p00000003", "p00002001"]
    assert [record["id"] for record in crawl.records(names)] == names
    assert list(crawl.records([])) == []


def test_the_beginning_has_as_many_bytes_as_asked_for(crawl):
    size = crawl.files(2000)[0].stat().st_size + 5000
    beginning = crawl.beginning(size)
    assert 0 <= beginning.stat().st_size - size < 50_000
    assert lines(crawl.files(4000))[2010] not in lines([beginning])[:2000]
    assert lines([beginning])[:2000] == lines(crawl.files(2000))


def test_packed_files_hold_the_same(crawl):
    packed = crawl.packed(4000)
    assert [path.suffix for path in packed] == [".gz", ".gz"]
    assert [gzip.decompress(path.read_bytes()) for path in packed] == [
        path.read_bytes() for path in crawl.files(4000)
    ]


def test_articles_of_another_generator_are_not_taken_for_these(tmp_path):
    Crawl(tmp_path)
    with pytest.raises(ValueError, match="another generator: remove it"):
        Crawl(tmp_path, seed=2)
    (tmp_path / GENERATOR).write_text("older\n", encoding="utf-8")
    with pytest.raises(ValueError, match="another generator: remove it"):
        Crawl(tmp_path)


def test_files_are_of_whole_thousands(tmp_path):
    with pytest.raises(ValueError, match=f"piece must be a multiple of {BATCH}, got 1500"):
        Crawl(tmp_path, piece=1500)
    with pytest.raises(ValueError, match=f"first must be a multiple of {BATCH}, got 7"):
        next(planted(1, first=7))


# What is measured


def test_a_process_is_measured_without_the_memory_of_the_one_that_asks():
    held = np.ones(40_000_000)
    took = corpus_pass.run("-c", "import time; b = b'x' * 60_000_000; time.sleep(0.05)")
    assert held.nbytes == 320_000_000
    assert 60_000_000 < took["peak_bytes"] < 200_000_000
    assert 0.05 < took["seconds"] < 20
    assert took["cpu_seconds"] > 0


def test_what_a_measured_process_prints_is_apart_and_its_failure_is_told():
    assert corpus_pass.run("-c", "print('no JSON')").keys() == {
        "seconds",
        "cpu_seconds",
        "peak_bytes",
    }
    with pytest.raises(RuntimeError, match="why it failed"):
        corpus_pass.run("-c", "import sys; sys.exit('why it failed')")


def test_an_exit_code_is_told():
    assert measured.run(("-c", "import sys; sys.exit(3)"))[1] == 3


def test_the_floor_reads_everything_packed_or_not(crawl):
    (path,), (packed,) = crawl.files(2000), crawl.packed(2000)
    texts = [json.loads(line)["text"] for line in lines([path])]
    assert read_raw(str(path)) == read_raw(str(packed)) == path.stat().st_size
    assert parse(str(path)) == parse(str(packed)) == sum(map(len, texts))


def test_the_command_and_the_floor_are_measured(tmp_path):
    bench = Bench(Crawl(tmp_path, piece=1000), rounds=1)
    files = bench.crawl.files(500)
    row = measure(bench, files, 1)
    assert (row["articles"], row["bytes"]) == (500, files[0].stat().st_size)
    assert 0 < row["dropped"] < 100
    assert row["mb_per_s"] == pytest.approx(row["bytes"] / 1e6 / row["seconds"]["median"], abs=0.11)
    assert row["floor"].keys() == {"raw", "parse"}
    assert [path.name for path in bench.outputs.iterdir()] == ["report.json"]


def test_speed_is_that_of_the_median_run():
    runs = [{"seconds": s, "cpu_seconds": 2 * s, "peak_bytes": s * 1e9} for s in (1, 4, 2)]
    speed = speed_of(100_000_000, runs)
    assert speed["mb_per_s"] == 50
    assert speed["peak_mb"] == {"median": 2000, "runs": [1000, 4000, 2000]}


def test_growth_is_over_the_least_time_so_far():
    assert growths([{"us_per_article": t} for t in (40, 20, 15, 18)]) == [1, 1, 1, 1.2]


def test_a_stage_lasts_until_the_next_one_begins():
    times = iter([0, 2, 5, 6, 10])
    clock = StageClock(lambda: next(times))
    clock.stage("keys", 100, "B")
    clock.advance(50)
    clock.stage("link")
    clock.stage("keys")
    assert clock.seconds() == {"start": 2, "keys": 7, "link": 1}


def test_stages_are_printed(crawl, tmp_path):
    paths = [str(path) for path in crawl.files(500)]
    output = tmp_path / "kept.jsonl"
    told = json.loads(child(("-m", "benchmarks.pass_stages", *paths, "-o", str(output))).stdout)
    assert next(iter(told["seconds"])) == pass_stages.START
    assert len(told["seconds"]) >= 2
    peaks = [told["peak_mb"][name] for name in told["seconds"]]
    assert peaks == sorted(peaks)
    assert peaks[0] > 1
    assert 0 < len(lines([output])) < 500


@pytest.mark.parametrize("name", pass_choices.CHOICES)
def test_the_chosen_value_is_among_those_tried(name):
    choice = pass_choices.CHOICES[name]
    assert choice.chosen(name) in choice.values


def test_a_choice_is_changed_for_the_pass_that_is_measured(crawl, tmp_path):
    paths = [str(path) for path in crawl.files(500)]
    for least in (0.125, 1.0):
        output = tmp_path / f"{least}.jsonl"
        change = f"dedup.defaults.LEAST_SHARED={least}"
        child(("-m", "benchmarks.pass_stages", *paths, "-o", str(output), "--change", change))
    assert len(lines([tmp_path / "0.125.jsonl"])) < len(lines([tmp_path / "1.0.jsonl"]))


def test_the_figures_of_each_value_are_measured(crawl, tmp_path, monkeypatch):
    monkeypatch.setattr(
        pass_choices, "CHOICES", {"AHEAD": pass_choices.CHOICES["AHEAD"]._replace(values=(1, 2))}
    )
    bench = corpus_pass.Bench(crawl, 1)
    result = corpus_pass.measure_choices(bench, 500)
    assert result["articles"] == 500
    told = [(row["choice"], row["value"], row["chosen"]) for row in result["rows"]]
    assert told == [("AHEAD", 1, False), ("AHEAD", 2, True)]
    assert result["rows"][0]["dropped"] == result["rows"][1]["dropped"] > 0


# The scores


def test_scores_of_files_are_those_of_the_same_articles_in_memory(crawl, tmp_path):
    n = 1000
    given = documents(json.loads(line) for line in lines(crawl.files(n)))
    pairs, report = tmp_path / "pairs.jsonl", tmp_path / "report.json"
    with pairs.open("w", encoding="utf-8") as stream:
        for pair in dedup.pairs(given, overlap=True):
            stream.write(json.dumps(pair.to_dict()) + "\n")
    report.write_text(json.dumps(dedup.deduplicate(given).to_dict()), encoding="utf-8")
    known = crawl.truths(n)
    scores = score_pass(known, found_in_files(known, pairs, report), crawl.records)
    assert scores == score_generated(list(planted(n)), find(given), sources=True)
    assert scores["promise"]["checked"] > 100


def write_said(folder, *, read, dropped, pairs):
    """Write a report of (id, kept, relation) and pairs of (left, relation, right)."""
    decisions = [
        {"id": i, "kept": k, "relation": relation, "coverage": 1.0} for i, k, relation in dropped
    ]
    told = {"format": "dedup-report/1", "dedup": "0", "recipe": {}, "threshold": 0.8, "read": read,
            "kept": read - len(dropped), "relations": {}, "dropped": decisions, "stories": [],
            "suspects": [], "digest": "0"}  # fmt: skip
    (folder / "report.json").write_text(json.dumps(told), encoding="utf-8")
    rows = [
        dedup.Pair(left, right, relation, 1.0, 1.0, None, None, None, None, ()).to_dict()
        for left, relation, right in pairs
    ]
    (folder / "pairs.jsonl").write_text("".join(f"{json.dumps(r)}\n" for r in rows))
    return folder / "pairs.jsonl", folder / "report.json"


KNOWN = {
    "a": {"kind": "original", "story": "a", "of": ["a"]},
    "b": {"kind": "exact", "story": "a", "of": ["a"]},
    "c": {"kind": "half", "story": "a", "of": ["a"]},
    "d": {"kind": "original", "story": "d", "of": ["d"]},
    "e": {"kind": "template_few", "story": "e", "of": ["e"], "form": "f"},
    "g": {"kind": "template_few", "story": "g", "of": ["g"], "form": "f"},
}


def test_a_hand_made_report_is_scored(tmp_path):
    said = write_said(
        tmp_path,
        read=6,
        dropped=[("b", "a", "identical"), ("d", "a", "copy")],
        pairs=[("b", "identical", "a"), ("d", "copy", "a"), ("e", "template", "g")],
    )
    text = "Two ferries stayed in the harbor of Mira on Sunday as a storm closed the channel."
    texts = {"a": text, "b": text, "d": "Bread is dearer in all towns of the coast."}

    def records(names):
        return [{"id": n, "text": texts[n], "source": "source1.example"} for n in sorted(names)]

    scores = score_pass(KNOWN, found_in_files(KNOWN, *said), records)
    assert scores["documents"] == 6
    assert (scores["recall"]["exact"]["recall"], scores["recall"]["half"]["recall"]) == (1, 0)
    assert scores["pairs"]["precision_of_copies"] == 0.5
    assert scores["templates"]["template_few"] == {
        "pairs": 1, "merged": 0, "same_story": 0, "template": 1,
    }  # fmt: skip
    assert scores["lost"] == {"doubled": 0, "roundup": 0, "stranger": 1}
    assert scores["promise"] == {
        "dropped": 2, "keeper_not_kept": 0, "checked": 2, "not_held": 1, "least_held": 0.0,
    }  # fmt: skip


def test_only_texts_that_are_compared_once_more_are_read():
    decisions = [dedup.Decision("b", "a", "identical", 1.0), dedup.Decision("c", "a", "copy", 1.0)]
    assert checked(KNOWN, decisions) == {"a", "b", "c"}
    assert checked(KNOWN, []) == set()


def test_a_report_of_other_texts_is_refused(tmp_path):
    said = write_said(tmp_path, read=5, dropped=[], pairs=[])
    with pytest.raises(ValueError, match="must be of 6 texts, got 5"):
        found_in_files(KNOWN, *said)


# What is shown


def figures(articles, seconds):
    runs = [{"seconds": seconds, "cpu_seconds": seconds, "peak_bytes": articles * 1000}]
    n_bytes = 2600 * articles
    return {
        "articles": articles,
        "bytes": n_bytes,
        **speed_of(n_bytes, runs),
        "us_per_article": 1e6 * seconds / articles,
        "growth": 1.0,
        "dropped": 13,
        "digest": "5f",
        "floor": {way: speed_of(n_bytes, runs) for way in ("raw", "parse")},
    }


RESULTS = {
    "sizes": {str(n): figures(n, n / 50_000) for n in (10_000, 100_000)},
    "memory": {"memory": "1GB"} | figures(100_000, 4),
    "packed": figures(100_000, 3),
    "hard": {"one story": {"hard": figures(5000, 2), "ordinary": figures(5100, 1), "ratio": 2.0}},
    "plan": {
        "100000": {
            "planned_records": 99_000,
            "planned_seconds": summary([3.0], 3),
            "planned_mb": 800,
            "seconds": summary([4.0], 3),
            "peak_mb": summary([500.0], None),
        }
    },
    "stages": {
        "articles": 100_000,
        "bytes": 260_000_000,
        "seconds": {"start": 0.5, "keys": 1.5},
        "peak_mb": {"start": 200.0, "keys": 500.0},
    },
    "choices": {
        "articles": 100_000,
        "rows": [
            {
                "choice": "WORKERS",
                "value": 2,
                "chosen": False,
                **figures(100_000, 2.0),
                "dropped": 13_050,
            },
            {
                "choice": "WORKERS",
                "value": 3,
                "chosen": True,
                **figures(100_000, 2.0),
                "dropped": 13_050,
            },
        ],
    },
}


def test_tables_show_what_was_measured():
    shown = dict(corpus_pass_pages.shown(RESULTS))
    assert shown.keys() == RESULTS.keys()
    assert shown["sizes"][1][1][:7] == ("100,000", "0.26", "2.0", "130", "0.10", "20.0", "1.00")
    assert [row[0] for row in corpus_pass_pages.others(RESULTS)[1]] == [
        "as above",
        "`--memory 1GB`",
        ".gz in and out",
    ]
    assert shown["hard"][1] == [
        ("one story", "5,000", "13", "2.00", "1.00", "2.00", "0.01", "0.01")
    ]
    assert shown["plan"][1] == [("100,000", "99,000", "3.0", "4.0", "0.80", "0.50")]
    assert shown["stages"][1][1:] == [
        ("keys", "1.50", "75.0 %", "173", "0.50"),
        ("all", "2.00", "", "130", "0.50"),
    ]
    assert [row[:3] + row[-1:] for row in shown["choices"][1]] == [
        ("`WORKERS`", "threads", "2", "13,050"),
        ("`WORKERS`", "threads", "**3**", "13,050"),
    ]


def test_the_page_is_filled_with_what_was_measured_and_keeps_the_rest():
    page = "<!-- table hard -->\nold\n<!-- end -->\n<!-- table quality -->\nold\n<!-- end -->\n"
    once = corpus_pass_pages.filled(page, RESULTS)
    assert "| one story | 5,000 |" in once
    assert once.count("old") == 1
    assert corpus_pass_pages.filled(once, RESULTS) == once


def test_the_page_has_a_place_for_every_table():
    page = corpus_pass_pages.PAGE.read_text(encoding="utf-8")
    names = [match[2] for match in corpus_pass_pages.TABLE.finditer(page)]
    assert names == list(corpus_pass_pages.TABLES)


@pytest.mark.parametrize("name", corpus_pass_pages.PICTURES)
def test_pictures_are_drawn_from_any_sizes(name):
    _, draw = corpus_pass_pages.PICTURES[name]
    one = RESULTS | {"sizes": {"10000": figures(10_000, 1)}}
    assert draw(RESULTS).startswith("<svg")
    assert "nan" not in draw(one)


@pytest.mark.parametrize(("most", "last"), [(9.3, 10), (118, 150), (0.37, 0.4), (5, 5)])
def test_scales_end_at_a_round_number(most, last):
    scale = corpus_pass_pages.rising(most)
    assert scale.high == pytest.approx(last)
    assert scale.ticks[-1] == pytest.approx(last)
    assert 3 <= len(scale.ticks) <= 7


@pytest.mark.parametrize(
    ("n", "name"), [(500, "500"), (10_000, "10k"), (1_500_000, "1.5M"), (10_000_000, "10M")]
)
def test_counts_on_an_axis_are_short(n, name):
    assert corpus_pass_pages.named(n) == name


def test_parts_measured_alone_leave_the_others_in_the_file(tmp_path, monkeypatch):
    target = tmp_path / "result.json"
    target.write_text(json.dumps({"machine": {}, "hard": {"kept": 1}, "memory": {"old": 1}}))
    part = {"memory": RESULTS["memory"]}
    monkeypatch.setattr(corpus_pass, "measured_parts", lambda options: iter([part]))
    corpus_pass.main(["--only", "memory", "--json", str(target)])
    result = json.loads(target.read_text(encoding="utf-8"))
    assert (result["hard"], result["memory"]["memory"]) == ({"kept": 1}, "1GB")
    assert result["machine"]["cores"] >= 1


measured_already = pytest.mark.skipif(
    not corpus_pass.RESULT.exists(), reason="not measured, or results are not part of the sdist"
)


@measured_already
def test_the_page_and_the_pictures_are_those_of_the_results():
    # `python -m benchmarks.corpus_pass --markdown` makes them anew.
    result = json.loads(corpus_pass.RESULT.read_text(encoding="utf-8"))
    page = corpus_pass_pages.PAGE.read_text(encoding="utf-8")
    assert corpus_pass_pages.filled(page, result) == page
    for name, (part, draw) in corpus_pass_pages.PICTURES.items():
        if part in result:
            drawn = (corpus_pass_pages.IMAGES / name).read_text(encoding="utf-8")
            assert drawn == draw(result), name
