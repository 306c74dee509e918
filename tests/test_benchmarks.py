"""The benchmarks' own arithmetic: the generator's shares, and the scores of ``clean_quality``."""

import json
import statistics
from itertools import islice

import pytest

from benchmarks.clean_choices import markdown
from benchmarks.clean_quality import Case, bodies_in_context, doubled_texts, gold_bodies, harm
from benchmarks.data import articles, sample_texts, write_jsonl
from benchmarks.removals import Removal, sample
from benchmarks.report import write_result
from benchmarks.scoring import Words, doubled, is_subsequence, labels, none_left, outcome, words
from benchmarks.timing import ROOT
from dedup import defaults
from dedup.model import Scan

FIRST = "The river rose by two meters in the night and took the bridge."
SECOND = "Nobody was hurt, said the mayor, but the school stays closed until Friday."
LONGER = f"{FIRST} It had stood for ninety years."
CHOICES = ROOT / "benchmarks" / "results" / "clean_choices.json"


def document(*lines, repeats=(), **fields):
    return {"id": "d", "text": "\n\n".join(lines), "repeats": list(repeats), "doubled": 0, **fields}


def case(doc, output):
    return Case("pages-a", doc, output, Scan((), output))


def outcomes(doc, output):
    before, after = Words.of(doc["text"]), Words.of(output)
    return [outcome(label, before, after) for label in labels(doc)]


# The generator


def test_same_seed_gives_same_articles_whatever_their_number():
    assert list(articles(1200, 7)) == list(islice(articles(2500, 7), 1200))


def test_another_seed_gives_other_articles():
    assert next(articles(1, 1))["text"] != next(articles(1, 2))["text"]


def test_articles_have_the_length_and_letters_of_news():
    texts = [article["text"] for article in articles(3000)]
    lengths = [len(words(text)) for text in texts]
    assert 310 <= statistics.median(lengths) <= 360
    assert 2200 <= statistics.mean(len(text.encode()) for text in texts) <= 2700
    assert 6 <= statistics.mean(text.count("\n\n") + 1 for text in texts) <= 10
    assert 0.98 <= sum(not text.isascii() for text in texts) / len(texts) <= 0.999


def test_shares_of_doubled_and_messy_articles():
    texts = [article["text"] for article in articles(3000, doubled=0.2, messy=0)]
    share = sum(doubled(Words.of(text)) > 0.5 for text in texts) / len(texts)
    # Four standard deviations of a share of 0.2 among 3,000: 0.03.
    assert 0.17 <= share <= 0.23
    plain = list(articles(3000, doubled=0, messy=0))
    messy = list(articles(3000, doubled=0, messy=0.2))
    changed = [(a, b) for a, b in zip(plain, messy, strict=True) if a["text"] != b["text"]]
    assert 0.17 <= len(changed) / 3000 <= 0.23
    assert all(words(a["text"]) == words(b["text"]) for a, b in changed)


def test_articles_share_no_sentence_by_chance():
    texts = [article["text"] for article in articles(500, doubled=0)]
    assert all(doubled(Words.of(text)) < 0.1 for text in texts)
    assert len(set(texts)) == 500


def test_written_lines_are_the_articles(tmp_path):
    write_jsonl(tmp_path / "a.jsonl", 20, seed=3)
    lines = (tmp_path / "a.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line) for line in lines] == list(articles(20, 3))


@pytest.mark.parametrize(
    ("language", "letters"),
    [("english", "etaoin"), ("accented", "éšč"), ("cyrillic", "оеа"), ("chinese", "，。")],
)
def test_sample_texts_are_written_in_their_script(language, letters):
    texts = sample_texts(language, 50)
    assert all(any(letter in text for letter in letters) for text in texts)
    assert texts == sample_texts(language, 50)


# The scores


def test_words_ignore_what_a_reader_cannot_see():
    assert words("so\u00adft\u200b ﬁne\u00a0A\u030a") == ["soft", "fine", "å"]


def test_lines_joined_without_a_space_lose_no_word():
    assert words("逮捕さ\nれた iPhone 12") == words("逮捕された iPhone 12") != []


def test_removed_copy_counts_as_removed():
    doc = document(FIRST, SECOND, FIRST, repeats=[[0, 2, "exact", "body_once"]])
    assert outcomes(doc, f"{FIRST}\n\n{SECOND}") == ["removed"]


def test_kept_copy_counts_as_kept():
    doc = document(FIRST, SECOND, FIRST, repeats=[[0, 2, "exact", "body_once"]])
    assert outcomes(doc, doc["text"]) == ["kept"]


def test_block_glued_to_its_neighbor_is_not_removed():
    doc = document(FIRST, SECOND, FIRST, repeats=[[0, 2, "exact", "body_once"]])
    assert outcomes(doc, f"{FIRST}\n\n{SECOND} {FIRST}") == ["kept"]


def test_copies_side_by_side_are_counted_apart():
    assert Words.of(f"{FIRST} {FIRST} {FIRST}").count(words(FIRST)) == 3


def test_ends_of_longer_words_are_not_counted():
    assert Words.of("The start of the party").count(["art", "of", "the", "part"]) == 0


def test_half_a_copy_removed_counts_as_partly():
    doc = document(FIRST, SECOND, FIRST, repeats=[[0, 2, "exact"]])
    assert outcomes(doc, f"{FIRST}\n\n{SECOND}\n\nThe river rose by two meters.") == ["partly"]


def test_label_counts_once_for_the_same_words():
    repeats = [[0, 1, "exact"], [0, 2, "exact"], [0, 3, "inside"]]
    found = labels(document(FIRST, FIRST, FIRST, LONGER, repeats=repeats))
    assert [(label.kind, label.where) for label in found] == [("exact", "none")]


def test_either_of_two_similar_blocks_may_go():
    other = FIRST.replace("two", "three")
    doc = document(FIRST, other, repeats=[[0, 1, "near"]])
    assert outcomes(doc, FIRST) == outcomes(doc, other) == ["removed"]
    assert outcomes(doc, doc["text"]) == ["kept"]


def test_block_inside_a_longer_one_is_removed_when_only_the_longer_one_is_left():
    doc = document(FIRST, SECOND, LONGER, repeats=[[0, 2, "inside", "body_once"]])
    assert outcomes(doc, f"{SECOND}\n\n{LONGER}") == ["removed"]


def test_copy_of_the_longer_block_removed_does_not_count_for_the_shorter():
    repeats = [[0, 1, "inside"], [0, 2, "inside"], [1, 2, "exact"]]
    doc = document(FIRST, LONGER, LONGER, repeats=repeats)
    assert outcomes(doc, f"{FIRST}\n\n{LONGER}") == ["removed", "kept"]


def test_no_copy_left_is_seen():
    (label,) = labels(document(FIRST, FIRST, repeats=[[0, 1, "exact"]]))
    assert none_left(label, Words.of(SECOND))
    assert not none_left(label, Words.of(FIRST))


def test_coverage_counts_words_in_runs_of_four():
    assert Words.of(FIRST).covers(words("rose by two meters in April")) == 5 / 6
    assert Words.of(FIRST).covers(words("the night and the bridge")) == 0


def test_harm_counts_bodies_that_lose_words():
    lost = harm([case(document(FIRST, SECOND), FIRST), case(document(FIRST), f"{FIRST}\n")])
    assert (lost["bodies"], lost["losing"], lost["share"]) == (2, 1, 0.5)
    assert lost["words_lost"] == len(words(SECOND))


def test_moved_words_are_no_subsequence():
    first, second = Words.of(FIRST), Words.of(SECOND)
    both = Words((*first.run, *second.run))
    assert is_subsequence(second, both)
    assert not is_subsequence(Words((*second.run, *first.run)), both)


def test_clean_bodies_are_distinct():
    docs = [("pages-a", document(FIRST, gold_body=body)) for body in (FIRST, SECOND, FIRST, None)]
    assert [doc["text"] for _, doc in gold_bodies(docs)] == [FIRST, SECOND]


def test_body_loses_a_block_only_if_its_last_copy_goes():
    body = f"{FIRST}\n{SECOND}"
    doc = document(FIRST, FIRST, SECOND, gold_body=body)
    assert bodies_in_context([case(doc, body)])["losing"] == 0
    assert bodies_in_context([case(doc, FIRST)])["ids"] == {"d": 1}


def test_doubled_body_is_mended_when_its_second_half_is_gone():
    doc = document(FIRST, SECOND, FIRST, SECOND, gold_body=f"{FIRST}\n{SECOND}", doubled=1)
    (mended,) = doubled_texts([case(doc, f"{FIRST}\n\n{SECOND}")])
    (left,) = doubled_texts([case(doc, doc["text"])])
    assert (mended["judged_doubled"], mended["mended"], left["mended"]) == (True, True, False)


def test_sample_for_reading_holds_each_text_once():
    removals = [
        Removal("d", "exact", 1.0, 1.0, "x", "x", "", "", ("word",) * n) for n in (*range(90), 5)
    ]
    chosen = sample(removals)
    lengths = {name: [len(removal.words) for removal in part] for name, part in chosen.items()}
    assert lengths["shortest"] == list(range(20))
    assert lengths["longest"] == list(range(89, 69, -1))
    assert len(set(lengths["random"])) == 20
    assert chosen == sample(removals)


def test_result_file_says_machine_and_versions(tmp_path):
    write_result(tmp_path / "new" / "r.json", {"figure": 1})
    result = json.loads((tmp_path / "new" / "r.json").read_text(encoding="utf-8"))
    assert result["figure"] == 1
    assert {"dedup", "python", "numba"} <= result["versions"].keys()
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["r.json"]


@pytest.mark.skipif(not CHOICES.exists(), reason="results are not part of the sdist")
def test_costs_of_defaults_in_the_docs_are_those_measured():
    result = json.loads(CHOICES.read_text(encoding="utf-8"))
    assert markdown(result) in (ROOT / "docs" / "cleaning.md").read_text(encoding="utf-8")
    rows, n_doubled = result["rows"], result["of"]["doubled_mended"]
    assert [row for row in rows if row["doubled_mended"] != n_doubled] == []
    chosen = {row["default"]: row["value"] for row in rows if row["chosen"]}
    assert chosen == {name: json.loads(json.dumps(getattr(defaults, name))) for name in chosen}
    assert chosen.keys() == {row["default"] for row in rows}
