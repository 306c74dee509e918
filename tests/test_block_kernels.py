"""The kernels that deal pairs to blocks, against their readable twins."""

import naive_pass
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dedup.kernels import blocks as kernels

N = 9
pairs = st.lists(
    st.tuples(st.integers(0, N - 1), st.integers(0, N - 1)).filter(lambda pair: len({*pair}) == 2),
    max_size=20,
)


def as_array(given_pairs):
    return np.array(given_pairs, np.int64).reshape(-1, 2)


@given(pairs)
@example([(7, 8), (6, 7), (5, 6), (8, 0)])
def test_families_equal_the_twin(given_pairs):
    found = kernels.families(as_array(given_pairs), N)
    assert found.tolist() == naive_pass.families(given_pairs, N)


@pytest.mark.parametrize("way", [1, -1])
def test_a_long_chain_is_one_family(way):
    n = 100_000
    chain = np.stack([np.arange(n - 1), np.arange(1, n)], axis=1)[::way]
    assert not kernels.families(np.ascontiguousarray(chain), n).any()


@given(pairs, st.lists(st.integers(0, 5), min_size=N, max_size=N), st.integers(0, 20))
def test_blocks_equal_the_twin(given_pairs, sizes, most):
    found = kernels.part(as_array(given_pairs), np.array(sizes, np.int64), most)
    assert found.tolist() == naive_pass.parted(given_pairs, sizes, most)


@given(pairs, st.lists(st.integers(1, 5), min_size=N, max_size=N), st.integers(0, 20))
def test_a_block_is_no_larger_than_is_asked_or_its_largest_text_twice(given_pairs, sizes, most):
    blocks = kernels.part(as_array(given_pairs), np.array(sizes, np.int64), most).tolist()
    assert sorted({*blocks}) == list(range(max(blocks, default=-1) + 1))
    for block in {*blocks}:
        own = [pair for pair, at in zip(given_pairs, blocks, strict=True) if at == block]
        texts = [sizes[text] for text in {text for pair in own for text in pair}]
        assert sum(texts) <= max(texts) + max(most, *texts)


def test_a_text_that_is_larger_than_a_block_is_in_few():
    pairs = [(0, k) for k in range(1, 1001)]
    blocks = kernels.part(as_array(pairs), np.array([500] + [1] * 1000, np.int64), 10)
    assert np.bincount(blocks).tolist() == [500, 500]
