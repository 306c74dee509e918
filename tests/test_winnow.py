"""The kernel of passage keys against its readable twin."""

import naive
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.kernels.winnow import FEW, winnow

# Few hashes, so that equal ones stand in one window, or are keys of two.
GREATEST = 2**64 - 1
hashes = st.one_of(
    st.integers(0, 3),
    st.integers(0, 9),
    st.integers(0, GREATEST),
    st.integers(GREATEST - 2, GREATEST),
)
texts = st.lists(hashes, max_size=60)
windows = st.one_of(st.integers(1, 3), st.integers(1, 20))


def winnowed(batch, sizes):
    offsets = np.cumsum([0, *map(len, batch)])
    every = np.array([each for text in batch for each in text], np.uint64)
    keys, key_offsets = winnow(every, offsets, np.array(sizes, np.int64))
    return [part.tolist() for part in np.split(keys, key_offsets[1:-1])] if batch else []


@given(st.lists(st.tuples(texts, windows), max_size=6))
def test_keys_equal_the_twin(batch):
    keys = winnowed([text for text, _ in batch], [window for _, window in batch])
    assert keys == [naive.passage_keys(text, window) for text, window in batch]


@given(texts, windows, st.integers(0, 20))
def test_what_a_window_selects_a_narrower_one_selects_too(text, window, wider):
    (wide,), (narrow,) = winnowed([text], [window + wider]), winnowed([text], [window])
    assert set(wide) <= set(narrow)


def test_a_key_of_two_windows_stands_once():
    assert winnowed([[0, 1, 0, 2, 0], [3, 9, 9, 3]], [1, 2]) == [[0, 1, 2], [3, 9]]


def test_many_keys_are_sorted_too():
    text = np.random.default_rng(1).integers(0, 2**63, 20_000).tolist()
    assert winnowed([text, text[::-1]], [1, 3]) == [
        sorted(text),
        naive.passage_keys(text[::-1], 3),
    ]


@pytest.mark.parametrize("n", [FEW - 1, FEW, FEW + 1, 5 * FEW])
@pytest.mark.parametrize("n_values", [3, FEW, 10**9])
@pytest.mark.parametrize("greatest", [GREATEST, 10**10])
def test_keys_are_sorted_in_either_way(n, n_values, greatest):
    drawn = np.random.default_rng(n).integers(0, n_values, (3, n), np.uint64)
    batch = [[greatest - each for each in own] for own in drawn.tolist()]
    sizes = [1, 2, 1000]
    both = zip(batch, sizes, strict=True)
    assert winnowed(batch, sizes) == [naive.passage_keys(text, window) for text, window in both]


def test_no_texts_give_no_keys():
    keys, offsets = winnow(np.empty(0, np.uint64), np.zeros(1, np.int64), np.empty(0, np.int64))
    assert (keys.tolist(), offsets.tolist()) == ([], [0])
