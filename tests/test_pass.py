"""The law of the pass: memory, threads, batches and order change nothing that is found."""

import random
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from little_memory import little_memory, little_resources
from newsroom import ALL_RELATIONS, STORY, archive, news
from strategies import collections

from dedup import Document, MinHashKeys, deduplicate, pairs, repeated_paragraphs
from dedup.choices import Choices, PairChoices
from dedup.corpus import decide, find_pairs, find_repeats
from dedup.documents import Documents
from dedup.resources import resources

DAY = timedelta(days=1)
MINHASH = MinHashKeys()


def by_length(document):
    """Return what a function of a document may go by."""
    return len(document.text), document.source


# How a result is asked for, of any resources: of the first documents, against others or not.


def decided(**options):
    """Return how a report is asked for; that of all that is decided."""
    choices = Choices(**options)

    def ask(documents, others, own):
        found = decide([Documents(documents)], choices, own)
        ids = found.collection.ids
        keepers = {ids[k]: ids[kept] for k, kept in enumerate(found.keepers.tolist())}
        return found.report.to_dict(), found.report.digest, keepers

    return ask


def paired(**options):
    """Return how pairs are asked for."""
    asked = PairChoices(**options)

    def ask(documents, others, own):
        return [pair.to_dict() for pair in find_pairs([Documents(documents)], asked, own)]

    return ask


def paired_against(**options):
    """Return how pairs of documents with others are asked for."""
    asked = PairChoices(**options)

    def ask(documents, others, own):
        corpora = [Documents(documents), Documents(others)]
        return [pair.to_dict() for pair in find_pairs(corpora, asked, own)]

    return ask


def repeats(keys=None):
    """Return how repeated paragraphs are asked for."""

    def ask(documents, others, own):
        return [p.to_dict() for p in find_repeats(Documents(documents), 0.8, keys, own)]

    return ask


EVERY = {
    "deduplicate": decided(),
    "earliest": decided(keep="earliest"),
    "latest": decided(keep="latest", drop=ALL_RELATIONS),
    "a function": decided(keep=by_length, threshold=0.6),
    "updates": decided(drop=ALL_RELATIONS),
    "decided within": decided(within=DAY),
    "decided across": decided(scope="across-sources", keep="earliest"),
    "decided in sources": decided(scope="same-source", within=3 * DAY),
    "decided by MinHash": decided(keys=MINHASH, keep="latest"),
    "pairs": paired(overlap=True, passages=True),
    "pairs within": paired(within=DAY, overlap=True),
    "pairs across": paired(scope="across-sources", passages=True),
    "pairs in sources": paired(scope="same-source", within=3 * DAY),
    "pairs by MinHash": paired(keys=MINHASH, overlap=True, passages=True),
    "paragraphs": paired(unit="paragraph", overlap=True, passages=True),
    "paragraphs across": paired(unit="paragraph", scope="across-sources", within=DAY),
    "paragraphs in sources": paired(unit="paragraph", scope="same-source", passages=True),
    "paragraphs by MinHash": paired(unit="paragraph", keys=MINHASH),
    "against": paired_against(overlap=True, passages=True),
    "against within": paired_against(within=DAY),
    "against by MinHash": paired_against(keys=MINHASH),
    "paragraphs against": paired_against(unit="paragraph", passages=True),
    "repeats": repeats(),
    "repeats by MinHash": repeats(MINHASH),
}
every = pytest.mark.parametrize("ask", EVERY.values(), ids=EVERY)


class Stages:
    """Keeps what a pass tells of its stages: how much there is of each, and is done."""

    def __init__(self):
        self.totals, self.done = {}, {}

    def stage(self, name, total, unit):
        self.totals[name], self.done[name] = total, 0
        self.name = name

    def advance(self, n):
        self.done[self.name] += n


def in_one_part(ask, documents, others=()):
    """Return what is found by one thread, with memory for everything at once."""
    stages = Stages()
    with resources(1, memory=10**9, folder="/nowhere/at/all", progress=stages) as own:
        found = ask(documents, others, own)
    assert "comparing others" not in stages.totals
    return found


# The law


@every
@settings(max_examples=12, deadline=None)
@given(
    collections(),
    collections(6),
    st.randoms(use_true_random=False),
    st.integers(1, 4),
    st.sampled_from([1, 2, 5, 500]),
    st.sampled_from([20, 200, 10**6]),
    st.tuples(
        st.sampled_from([(1, 1), (500, 500), (1, 10**6), (10**6, 10**6)]),
        st.sampled_from([0, 500, 10**6]),
    ),
)
def test_memory_threads_batches_and_order_make_no_difference(
    ask, documents, others, shuffler, workers, batch, least_keys, blocks
):
    expected = in_one_part(ask, documents, others)
    shuffled = shuffler.sample(documents, len(documents))
    (least, most), near = blocks
    sizes = {"batch": batch, "least_keys": least_keys, "least_block": least, "most_block": most}
    with little_resources(workers, near=near, **sizes) as own:
        assert ask(shuffled, shuffler.sample(others, len(others)), own) == expected


@every
@pytest.mark.parametrize(
    ("workers", "batch", "least_keys", "least_block", "near"),
    [(1, 500, 100, 1, 0), (4, 7, 500, 5000, 0), (3, 20, 500, 5000, 20_000)],
    ids=["tiny", "small", "near"],
)
def test_news_are_told_alike_in_no_memory(ask, workers, batch, least_keys, least_block, near):
    documents = news(250)[0]
    documents, others = documents[:170], documents[170:]
    expected = in_one_part(ask, documents, others)
    assert expected
    shuffled = random.Random(workers).sample(documents, len(documents))
    sizes = {"batch": batch, "least_keys": least_keys, "least_block": least_block, "near": near}
    stages = Stages()
    with little_resources(workers, progress=stages, most_block=least_block, **sizes) as own:
        assert ask(shuffled, others, own) == expected
    assert near or stages.totals["comparing others"] > 2
    told = {name: total for name, total in stages.totals.items() if total}
    assert told == {name: stages.done[name] for name in told}


@every
def test_the_archive_is_told_alike_in_no_memory(ask):
    documents = archive()
    others = [Document(d.id, d.text, published=d.published) for d in documents[::7]]
    expected = in_one_part(ask, documents, others)
    shuffled = random.Random(5).sample(documents, len(documents))
    sizes = {"batch": 9, "least_keys": 50, "least_block": 5000, "most_block": 5000}
    with little_resources(3, **sizes) as own:
        assert ask(shuffled, others, own) == expected


def test_what_everybody_calls_is_that_pass():
    documents = news(250)[0]
    others = documents[200:]
    assert deduplicate(documents).to_dict() == in_one_part(EVERY["deduplicate"], documents)[0]
    found = [pair.to_dict() for pair in pairs(documents, overlap=True, passages=True)]
    assert found == in_one_part(EVERY["pairs"], documents)
    found = [pair.to_dict() for pair in pairs(documents, against=others, within=DAY)]
    assert found == in_one_part(EVERY["against within"], documents, others)
    found = [paragraph.to_dict() for paragraph in repeated_paragraphs(documents)]
    assert found == in_one_part(EVERY["repeats"], documents)


# Room on disk


def test_what_does_not_fit_in_memory_is_spilled():
    with (
        little_memory(),
        resources(2, memory=1, folder="/nowhere/at/all") as own,
        pytest.raises(FileNotFoundError, match="temporary file in /nowhere/at/all"),
    ):
        EVERY["deduplicate"]([("a", STORY), ("b", STORY)], (), own)


@every
def test_no_file_is_left_whether_a_pass_ends_or_not(ask, tmp_path):
    documents = [Document(d.id, d.text, source=d.source) for d in news(250)[0][:60]]
    bad = [*documents[:59], Document("bad", 5)]
    with little_memory(batch=10):
        with resources(2, memory=1, folder=str(tmp_path)) as own:
            ask(documents, documents[:9], own)
        with (
            pytest.raises(TypeError, match="text of 'bad'"),
            resources(2, memory=1, folder=str(tmp_path)) as own,
        ):
            ask(bad, documents[:9], own)
    assert list(tmp_path.iterdir()) == []


def test_pairs_that_nobody_takes_leave_no_thread_and_no_file():
    """A file that is not closed warns when it is let go of, which is an error here."""
    documents = [(k, f"{STORY} More{'abcdefghij'[k]}.") for k in range(10)]
    with little_memory(batch=4), pytest.MonkeyPatch.context() as patch:
        patch.setattr("dedup.resources.default_memory", lambda: 1)
        found = pairs(documents)
        assert next(found).relation == "copy"
        found.close()
        assert len(list(pairs(documents))) >= 9


# Many texts at once


@pytest.mark.parametrize("ask", [EVERY["deduplicate"], EVERY["pairs"]], ids=["decided", "pairs"])
def test_one_story_larger_than_a_block_is_parted(ask):
    documents = [(k, f"{STORY} number{k} word{k % 5}") for k in range(300)]
    expected = in_one_part(ask, documents)
    stages = Stages()
    with little_resources(2, progress=stages, least_block=2000, most_block=2000) as own:
        assert ask(documents, (), own) == expected
    assert stages.totals["comparing others"] > 20


def test_a_text_larger_than_a_block_is_read_for_each_that_it_is_compared_in():
    long = " ".join(f"word{k}" for k in range(5000))
    documents = [("long", long), *((k, long[7000 * k : 7000 * k + 900]) for k in range(5))]
    expected = in_one_part(EVERY["pairs"], documents)
    assert {pair["right"] for pair in expected} == {"long"}
    assert len(expected) == 5
    with little_resources(2, least_block=10, most_block=10) as own:
        assert EVERY["pairs"](documents, (), own) == expected


def test_the_keepers_are_those_of_the_report():
    documents = news(250)[0]
    with little_resources(2) as own:
        found = decide([Documents(documents)], Choices(), own)
    ids, keepers = found.collection.ids, found.keepers
    assert [ids[k] for k in np.flatnonzero(keepers == np.arange(len(ids)))] == [
        document.id for document in documents if document.id in set(found.report.kept)
    ]
    assert all(ids[keepers[k]] == found.report.keeper_of(ids[k]) for k in range(len(ids)))
