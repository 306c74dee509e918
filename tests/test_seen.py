"""The table of seen ids against its readable twin."""

import math

import naive_strings
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.kernels.seen import insert, regrow

# Equal ones, counted ones, ones that differ in some bits only, any.
hashes = st.one_of(
    st.integers(0, 3),
    st.integers(0, 30),
    st.builds(lambda n, shift: n << shift, st.integers(0, 15), st.integers(0, 60)),
    st.integers(0, 2**64 - 1),
)


def empty(size):
    return np.zeros(size, np.uint64), np.full(size, -1, np.int32)


def entries(slot_hashes, slot_rows):
    full = slot_rows >= 0
    return dict(zip(slot_hashes[full].tolist(), slot_rows[full].tolist(), strict=True))


def inserted(batches, size):
    """Return what is found for each hash, in a table grown so that it stays half empty."""
    table, found = empty(size), []
    for batch in batches:
        least = 2 * (len(found) + len(batch))
        if least > table[1].size:
            larger = empty(1 << (least - 1).bit_length())
            regrow(*table, *larger)
            table = larger
        found += insert(np.array(batch, np.uint64), len(found), *table).tolist()
    return found


@given(st.lists(st.lists(hashes, max_size=20), max_size=8), st.sampled_from((1, 2, 8, 256)))
def test_earlier_rows_equal_the_twin_however_the_table_grew(batches, size):
    flat = [each for batch in batches for each in batch]
    assert inserted(batches, size) == naive_strings.earlier_rows(flat)


@given(st.lists(hashes, max_size=32), st.sampled_from((128, 256, 1024)))
def test_a_larger_table_holds_the_same_rows(some, size):
    table, larger = empty(64), empty(size)
    insert(np.array(some, np.uint64), 7, *table)
    before = entries(*table)
    regrow(*table, *larger)
    assert entries(*larger) == entries(*table) == before
    known = np.array(list(before), np.uint64)
    assert insert(known, 1000, *larger).tolist() == list(before.values())
    assert entries(*larger) == before


def test_the_first_row_is_told_and_not_the_last():
    table = empty(8)
    assert insert(np.array([5, 6, 5, 5], np.uint64), 10, *table).tolist() == [-1, -1, 10, 10]
    assert insert(np.array([6, 7, 5], np.uint64), 14, *table).tolist() == [11, -1, 10]
    assert entries(*table) == {5: 10, 6: 11, 7: 15}


def test_no_hash_is_taken_for_an_empty_slot():
    table = empty(8)
    assert insert(np.zeros(2, np.uint64), 0, *table).tolist() == [-1, 0]


def test_the_last_row_that_can_be_numbered_is_told():
    table, last = empty(8), 2**31 - 1
    assert insert(np.array([3, 3], np.uint64), last, *table)[1] == last


@pytest.mark.parametrize("shift", range(0, 53, 4))
def test_hashes_that_differ_in_few_bits_do_not_crowd_together(shift):
    n = 1 << 11
    counted = np.arange(n, dtype=np.uint64) << np.uint64(shift)
    table = empty(2 * n)
    insert(counted, 0, *table)
    full = np.concatenate([table[1], table[1]]) >= 0
    longest = max(map(len, "".join(map("01".__getitem__, full.tolist())).split("0")))
    # In a run of k full slots at least k hashes start, where k / 2 are expected. By Chernoff's
    # bound chance does that with probability (sqrt(e) / 2)**k; here one in a million tables.
    assert longest < math.log(2 * n * 1e6) / math.log(2 / math.sqrt(math.e))
