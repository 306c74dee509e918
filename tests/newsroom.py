"""What several tests of collections share: planted news, a story of Mira, and the promise."""

import json
from functools import cache
from itertools import pairwise
from pathlib import Path

import naive
import numpy as np
import pytest

from benchmarks.planted import planted
from dedup import Document, PassageKeys, deduplicate
from dedup import candidates as steps
from dedup.documents import Documents, id_order
from dedup.kernels.sort import N_BUCKETS
from dedup.reading import read_all
from dedup.resources import resources
from dedup.shingle import Shingles, encode, hash_words, shingle
from dedup.sources import mark_boilerplate

SEEDS = Path(__file__).parents[1] / "seeds" / "archive.jsonl"
THRESHOLD = 0.8

DROP = ("identical", "copy", "excerpt")
ALL_RELATIONS = (*DROP, "update", "template", "revision")
STORY = (
    "Two ferries stayed in the harbor of Mira on Sunday as a storm closed the channel. The port "
    "said that 214 passengers slept in the school hall, and that the first ferry would leave when "
    "the wind dropped. Ada Birk, who runs the bakery, opened at four to give them bread."
)


@cache
def news(n=250, seed=11):
    """Return planted documents, half of them copies, and by id what is true of them."""
    records = list(planted(1000, seed, copies=0.5))[:n]
    documents = [
        Document(r["id"], r["text"], source=r["source"], published=r["published"]) for r in records
    ]
    return documents, {record["id"]: record["truth"] for record in records}


@cache
def archive():
    """Return the articles of the seed archive."""
    with SEEDS.open(encoding="utf-8") as lines:
        records = [json.loads(line) for line in lines]
    return [
        Document(
            record["id"],
            record["text"],
            title=record["title"],
            source=record["source"] or "",
            published=record["published"],
        )
        for record in records
    ]


def stories(n):
    """Return texts of stories that have nothing in common, each of 200 words or more."""
    documents, truth = news(700)
    found = [d.text for d in documents if truth[d.id]["kind"] == "original" and len(d.text) > 1200]
    return found[:n]


def decided(documents, **options):
    """Return a report, and how to tell the boilerplate of a text: the words, as the run had it."""
    found = []

    def watched(*given_to_it):
        found.append(steps_find(*given_to_it))
        return found[-1]

    steps_find = steps.find_boilerplate
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(steps, "find_boilerplate", watched)
        report = deduplicate(documents, **options)
    return report, found[0][1]


def read(documents, **options):
    """Return what is kept of documents, and of their texts, after the first reading."""
    return read_corpora([Documents(documents)], **options)


def read_corpora(corpora, *, by_paragraph=False, keys=None, workers=1, memory=10**9):
    """Return what is kept of corpora, the keys as two columns: all of them, and their texts."""
    with resources(workers, memory) as own:
        recipe = keys or PassageKeys()
        collection, sketches = read_all(corpora, recipe, own, by_paragraph=by_paragraph)
        return collection, sketches._replace(keys=sketches.keys.take(0, N_BUCKETS))


def own_words(documents, boilerplate):
    """Return the words of each document, and which of them are no boilerplate of its source."""
    words = hash_words(encode([document.text for document in documents]))
    numbers = {}
    labels = [numbers.setdefault(d.source, len(numbers)) if d.source else -1 for d in documents]
    found = Shingles(*shingle([document.text for document in documents]))
    marked = mark_boilerplate(boilerplate, words, found, np.array(labels, np.int32))
    bounds = pairwise(words.token_offsets.tolist())
    return [(words.tokens[a:b].tolist(), (~marked[a:b]).tolist()) for a, b in bounds]


def held(tokens, own, holder):
    """Return which share of a text's own words stand in runs that another has, anywhere in it."""
    grams, theirs = naive.grams(tokens), set(naive.grams(holder).values())
    covered = set()
    for start, gram in grams.items():
        if gram in theirs:
            covered.update(range(start, start + len(gram)))
    counted = {k for k in range(len(tokens)) if own[k]}
    if sum(naive.weight(tokens[k]) for k in counted) < 8:
        counted = set(range(len(tokens)))
    total = sum(naive.weight(tokens[k]) for k in counted)
    return sum(naive.weight(tokens[k]) for k in counted & covered) / total


def check_promise(documents, threshold=THRESHOLD, **options):
    """Check that each dropped text names a kept one that holds ``threshold`` of its words."""
    report, boilerplate = decided(documents, threshold=threshold, **options)
    kept, ids = set(report.kept), [document.id for document in documents]
    assert sorted([*report.kept, *(d.id for d in report.dropped)], key=id_order) == sorted(
        ids, key=id_order
    )
    words = dict(zip(ids, own_words(documents, boilerplate), strict=True))
    for decision in report.dropped:
        assert decision.kept in kept
        (tokens, own), (holder, _) = words[decision.id], words[decision.kept]
        if decision.relation == "identical":
            assert tokens == holder
        else:
            assert held(tokens, own, holder) >= threshold
    return report
