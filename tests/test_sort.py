"""The kernels of orders and of rows dealt to buckets, against their readable twins."""

from itertools import chain, pairwise

import naive_pass
import numba
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dedup.kernels import sort as kernels

# Few values, so that many are equal; large ones, so that all bytes are sorted by.
numbers = st.one_of(
    st.integers(0, 3),
    st.integers(0, 3).map(lambda high: high << 56),
    st.integers(0, 2**64 - 1),
    st.sampled_from([2**64 - 1, 2**63, 2**63 - 1, 255, 256]),
)
many = st.lists(numbers, max_size=40)


@given(many, st.data())
@example([5, 5, 5], None)
def test_an_order_equals_the_twin_and_is_stable(keys, data):
    rows = list(range(len(keys)))
    order = data.draw(st.permutations(rows)) if data else rows
    order = order[: data.draw(st.integers(0, len(order)))] if data else order
    given_order = np.array(order, np.int32)
    found = kernels.order_by(np.array(keys, np.uint64), given_order)
    assert found.tolist() == naive_pass.order_by(keys, order)
    assert given_order.tolist() == order


@given(many, many)
def test_orders_by_one_key_after_the_other_are_those_by_both(keys, others):
    n = min(len(keys), len(others))
    first, second = (np.array(each[:n], np.uint64) for each in (keys, others))
    order = kernels.order_by(first, kernels.order_by(second, np.arange(n, dtype=np.int32)))
    assert order.tolist() == np.lexsort((second, first)).tolist()


@given(st.lists(st.integers(0, 5), max_size=40), st.integers(6, 9))
def test_rows_are_dealt_as_the_twin_does(buckets, n_buckets):
    order, bounds = kernels.deal(np.array(buckets, np.int32), n_buckets)
    parts = [order[first:last].tolist() for first, last in pairwise(bounds.tolist())]
    assert parts == naive_pass.dealt(buckets, n_buckets)
    assert (len(bounds), bounds[-1]) == (n_buckets + 1, len(buckets))


@given(st.lists(st.lists(numbers, max_size=9), max_size=6))
def test_keys_are_dealt_as_the_twin_does(texts):
    offsets = np.cumsum([0, *map(len, texts)])
    every = np.array(list(chain.from_iterable(texts)), np.uint64)
    keys, owners, bounds = kernels.deal_keys(every, offsets)
    pairs = list(zip(keys.tolist(), owners.tolist(), strict=True))
    parts = [pairs[first:last] for first, last in pairwise(bounds.tolist())]
    assert parts == naive_pass.dealt_keys(texts, kernels.N_BUCKETS)


runs = st.lists(st.lists(st.integers(0, 4), min_size=3, max_size=3), max_size=5)


@given(runs, st.sampled_from([1, 4, 8]), st.randoms(use_true_random=False))
def test_runs_are_appended_as_the_twin_does(sizes, size, random):
    drawn = [[random.randbytes(size * n) for n in own] for own in sizes]
    expected = naive_pass.merged(drawn, 3)
    places = np.cumsum([0, *map(len, expected)])[:-1]
    merged = np.zeros(sum(map(len, expected)), np.uint8)
    for own, n_rows in zip(drawn, sizes, strict=True):
        bounds = np.cumsum([0, *n_rows])
        kernels.append(np.frombuffer(b"".join(own), np.uint8), bounds, size, merged, places)
    assert merged.tobytes() == b"".join(expected)
    assert places.tolist() == np.cumsum([0, *map(len, expected)])[1:].tolist()


@given(st.lists(st.binary(max_size=20), min_size=1, max_size=5), st.integers(0, 24), st.data())
def test_prefixes_equal_the_twin(strings, at, data):
    offsets = np.cumsum([0, *map(len, strings)])
    rows = data.draw(st.lists(st.integers(0, len(strings) - 1)))
    joined = np.frombuffer(b"".join(strings), np.uint8)
    found = kernels.prefixes(joined, offsets, np.array(rows, np.int32), at)
    assert found.tolist() == [naive_pass.prefix(strings[row], at) for row in rows]


@numba.njit("uint64[::1](uint64[::1], int64, int64)")
def sorted_few(values, first, last):
    """Return the values, some of them sorted by ``sort_few``."""
    values = values.copy()
    kernels.sort_few(values, first, last)
    return values


@given(many, st.data())
def test_a_part_is_sorted_and_no_more(values, data):
    first = data.draw(st.integers(0, len(values)))
    last = data.draw(st.integers(first, len(values)))
    found = sorted_few(np.array(values, np.uint64), first, last).tolist()
    assert found == values[:first] + sorted(values[first:last]) + values[last:]


@numba.njit("uint64[::1](uint64[::1])")
def sorted_numbers(values):
    """Return the values in order, by ``sort_numbers``."""
    return kernels.sort_numbers(values.copy()).copy()


@given(many)
def test_numbers_are_sorted(values):
    assert sorted_numbers(np.array(values, np.uint64)).tolist() == sorted(values)


@pytest.mark.parametrize("n", [1000, 50_000])
@pytest.mark.parametrize("way", ["random", "few", "sorted", "reversed", "equal"])
def test_many_numbers_are_sorted_too(n, way):
    drawn = np.random.default_rng(1).integers(0, 2**64, n, np.uint64)
    ways = {
        "random": drawn,
        "few": drawn % np.uint64(7),
        "sorted": np.sort(drawn),
        "reversed": np.sort(drawn)[::-1].copy(),
        "equal": np.full(n, 2**63, np.uint64),
    }
    keys = ways[way]
    order = kernels.order_by(keys, np.arange(n, dtype=np.int32))
    assert order.tolist() == np.argsort(keys, kind="stable").tolist()
    assert sorted_few(keys, 0, n).tolist() == np.sort(keys).tolist()
    assert sorted_numbers(keys).tolist() == np.sort(keys).tolist()
