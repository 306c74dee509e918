"""Threads, memory and room on disk for a pass, which are let go of whatever happens."""

import threading
from itertools import count, islice
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from little_memory import little_memory, open_files

from dedup import defaults
from dedup.memory import default_memory
from dedup.resources import AHEAD, ahead, resources

SECONDS = 10
"""More than any step of these tests takes."""


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(), max_size=30), st.integers(1, 4))
def test_what_is_made_of_items_comes_in_their_order(items, workers):
    with resources(workers, memory=1) as own:
        found = list(own.in_order(lambda item: 2 * item, items))
    assert found == [(item, 2 * item) for item in items]


def test_items_are_worked_on_side_by_side_and_the_first_comes_first():
    """The first waits for the second, which only another thread can do."""
    is_done = threading.Event()

    def work(item):
        return is_done.wait(SECONDS) if item == 0 else is_done.set()

    with resources(2, memory=1) as own:
        assert list(own.in_order(work, range(2))) == [(0, True), (1, None)]


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_only_a_few_items_are_taken_ahead(workers):
    taken = []
    items = (taken.append(k) or k for k in count())
    with resources(workers, memory=1) as own:
        for k, (item, _) in enumerate(islice(own.in_order(str, items), 50)):
            assert item == k
            assert len(taken) <= k + AHEAD * workers + 1


@pytest.mark.parametrize("workers", [1, 3])
def test_an_error_comes_in_its_turn_and_cancels_what_is_after_it(workers):
    started, found = [], []
    is_over = threading.Event()

    def work(item):
        started.append(item)
        if item == 5:
            raise KeyError(item)
        if item > 5:
            is_over.wait(SECONDS)
        return item

    with resources(workers, memory=1) as own:
        with pytest.raises(KeyError, match="5"):
            found.extend(item for item, _ in own.in_order(work, range(100)))
        is_over.set()
    assert found == list(range(5))
    # Of those after it only some that the other threads had begun were worked on.
    assert len(started) <= 6 + workers


def test_an_error_of_the_items_is_raised_and_cancels_too():
    def items():
        yield from range(3)
        raise OSError("no more")

    with resources(1, memory=1) as own, pytest.raises(OSError, match="no more"):
        list(own.in_order(str, items()))


def test_who_stops_early_waits_for_no_more_than_was_begun():
    started = []
    with resources(1, memory=1) as own:
        found = own.in_order(started.append, range(100))
        assert next(found) == (0, None)
        found.close()
    assert len(started) <= 3


@given(st.lists(st.one_of(st.none(), st.integers(0, 1)), max_size=20))
def test_what_is_made_ahead_is_what_was_given(items):
    assert list(ahead(iter(items))) == items


def test_the_next_item_is_made_while_one_is_worked_on_and_no_more():
    made, is_made = [], [threading.Event() for _ in range(9)]

    def items():
        for k in range(9):
            made.append(k)
            is_made[k].set()
            yield k

    for k, item in enumerate(ahead(items())):
        assert is_made[min(k + 1, 8)].wait(SECONDS)
        assert (item, len(made)) == (k, min(k + 2, 9))


def test_an_error_of_what_is_made_ahead_comes_in_its_turn():
    def items():
        yield from range(3)
        raise OSError("no more")

    found, before = [], threading.active_count()
    with pytest.raises(OSError, match="no more"):
        found.extend(ahead(items()))
    assert found == [0, 1, 2]
    assert threading.active_count() == before


def test_threads_end_with_the_resources():
    before = threading.active_count()
    with resources(3, memory=1) as own:
        list(own.in_order(str, range(10)))
        assert threading.active_count() > before
    assert threading.active_count() == before


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="open files are not told here")
def test_spills_are_closed_with_the_resources_whatever_happens(tmp_path):
    def spill_twice():
        with little_memory(), resources(1, memory=1, folder=str(tmp_path)) as own:
            for _ in range(2):
                own.spill(2, np.uint64, share=0.3).put(1, np.arange(5, dtype=np.uint64))
            assert len(open_files(tmp_path)) == 2
            raise KeyError

    with pytest.raises(KeyError):
        spill_twice()
    assert open_files(tmp_path) == []


@pytest.mark.parametrize(
    ("memory", "expected"),
    [(1, 10_000_000), (450_000_000, 10_000_000), (500_000_000, 10_000_000), (10**9, 60_000_000)],
)
def test_shares_are_of_what_the_program_does_not_take(memory, expected):
    with resources(1, memory=memory) as own:
        assert own.part(0.1) == expected


def test_unless_told_memory_is_a_share_of_what_is_free():
    with resources(1) as own:
        assert 0.5 < own.memory / default_memory() < 2
    assert 0 < defaults.MEMORY_SHARE < 1
