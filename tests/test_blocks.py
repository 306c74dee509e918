"""Texts that are compared with each other come in blocks, whole and in order."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from little_memory import little_memory, little_resources, open_files
from newsroom import read_corpora
from strategies import articles, texts

from dedup import blocks
from dedup.blocks import Block, Near, block_size, read_blocks
from dedup.documents import Documents
from dedup.resources import resources
from dedup.shingle import encode

STAGES = ("comparing", "comparing others")
some_texts = st.lists(st.one_of(articles(), texts()), max_size=6)


class Told:
    """Keeps what is told of the progress."""

    def __init__(self):
        self.stages, self.done = [], {}

    def stage(self, name, total, unit):
        self.stages.append((name, total, unit))
        self.done[name] = 0

    def advance(self, n):
        self.done[self.stages[-1][0]] += n


def told(number, block):
    """Return what a block is: its number, its texts and their places."""
    return number, [(place, block.texts.text(row)) for row, place in enumerate(block.places)]


@settings(max_examples=80, deadline=None)
@given(
    st.lists(some_texts, min_size=1, max_size=2),
    st.booleans(),
    st.sampled_from([1, 2, 500]),
    st.integers(1, 4),
    st.sampled_from([-1, 0, 12, 1000]),
    st.data(),
)
def test_each_block_holds_the_texts_that_are_asked_for(
    drawn, by_paragraph, batch, workers, room, data
):
    corpora = [Documents(list(enumerate(each))) for each in drawn]
    collection, _ = read_corpora(corpora, by_paragraph=by_paragraph)
    every = [text for each in drawn for text in each]
    if by_paragraph:
        spans = collection.spans.tolist() if len(collection) else []
        owners = collection.owners.tolist() if len(collection) else []
        every = [every[k][start:end] for k, (start, end) in zip(owners, spans, strict=True)]
    asked = st.tuples(st.integers(0, max(len(every) - 1, 0)), st.integers(0, 4))
    members = data.draw(st.lists(asked, max_size=12)) if every else []
    # Blocks are numbered from 0 on, and each has a text.
    numbers = {block: k for k, block in enumerate(sorted({block for _, block in members}))}
    members = [(text, numbers[block]) for text, block in members]
    given_members = np.array(members, np.int64).reshape(-1, 2)
    progress = Told()
    with little_resources(workers, batch=batch, progress=progress) as own:
        half_words = np.full(len(collection), 2)
        near = Near.of(given_members[:, 0], half_words, own)._replace(room=room)
        found = read_blocks(corpora, collection, given_members, near, own, told, stages=STAGES)
    expected = [
        sorted({text for text, block in members if block == b}) for b in range(len(numbers))
    ]
    assert found == [(b, [(k, every[k]) for k in own]) for b, own in enumerate(expected)]
    # Of six bytes each; of which as many fit between the first and the last one of a block.
    asked_for = sorted({text for text, _ in members})
    n_far = sum(
        6 * asked_for.index(own[-1]) - 6 * asked_for.index(own[0]) > room for own in expected
    )
    stages = [(STAGES[0], len(asked_for), "texts"), (STAGES[1], n_far, "blocks")]
    assert progress.stages == stages[: 1 + (n_far > 0)]
    assert progress.done == {name: total for name, total, _ in progress.stages}


def test_rows_are_where_texts_stand_in_their_block():
    block = Block(np.array([2, 3, 9]), encode(["b", "c", "i"]))
    assert block.rows(np.array([[9, 2], [3, 3]])).tolist() == [[2, 0], [1, 1]]


@pytest.mark.parametrize(
    ("total", "memory", "workers", "expected"),
    [
        (10**9, 10**9, 1, 500),  # no more than the most
        (1600, 10**9, 1, 400),  # four for each thread
        (1600, 10**9, 2, 200),
        (40, 10**9, 1, 50),  # no less than the least
        (10**9, 9600, 1, 120),  # the words of a block for each thread, and of one more, fit
        (10**9, 9600, 2, 80),
        (10**9, 1, 1, 50),
    ],
)
def test_a_block_is_as_large_as_fits(total, memory, workers, expected):
    with (
        little_memory(least_block=50, most_block=500),
        resources(workers, memory=memory + 1) as own,
    ):
        assert (blocks.BLOCK_SHARE, blocks.MATERIAL_BYTES) == (0.4, 16)
        assert block_size(total, own) == expected


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="open files are not told here")
def test_texts_are_let_go_of_after_the_last_block(tmp_path):
    corpus = Documents([(k, f"Text {k}.") for k in range(9)])
    collection, _ = read_corpora([corpus])
    members = np.stack([np.arange(9), np.arange(9) // 3], axis=1)
    numbers = []

    def see(number, block):
        numbers.append(number)
        assert len(open_files(tmp_path)) == 2

    with little_memory(), resources(1, memory=1, folder=str(tmp_path)) as own:
        near = Near.of(members[:, 0], np.ones(9, np.int64), own)._replace(room=-1)
        read_blocks([corpus], collection, members, near, own, see, stages=STAGES)
        assert open_files(tmp_path) == []
    assert numbers == [0, 1, 2]


def test_what_stands_near_is_worked_on_as_soon_as_it_is_read(tmp_path):
    corpus = Documents([(k, f"Text {k}.") for k in range(9)])
    collection, _ = read_corpora([corpus])
    # The last block holds the first text and the last one.
    members = np.array([(k, k // 3) for k in range(9)] + [(0, 3), (8, 3)])
    with little_resources(1, batch=1) as own:
        near = Near.of(members[:, 0], np.ones(9, np.int64), own)
        assert (near.places.tolist(), near.room) == (list(range(0, 27, 3)), 0)
        progress = Told()
        seen = []

        def see(number, block):
            seen.append((number, progress.stages[-1][0]))
            return number

        found = read_blocks(
            [corpus], collection, members, near._replace(room=6),
            own._replace(progress=progress), see, stages=STAGES,
        )  # fmt: skip
    assert found == [0, 1, 2, 3]
    assert seen == [(0, STAGES[0]), (1, STAGES[0]), (2, STAGES[0]), (3, STAGES[1])]


def test_what_waits_keeps_nothing_of_what_was_read_with_it():
    read = encode(["one", "two", "three"])
    dealt = blocks._Dealt(np.array([4, 5, 6]), read, np.array([0, 2, 3]), 3)
    places, part = dealt.part(1, 3)
    assert (places.tolist(), part.text(0), part.text(1)) == ([5, 6], "two", "three")
    assert (places.base, part.data.base) == (None, None)
