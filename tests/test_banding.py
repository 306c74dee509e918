"""Bands: how likely a pair shares one, and which ones find enough."""

import re
from fractions import Fraction
from itertools import pairwise

import naive_minhash
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.banding import Banding, choose_banding

shares = st.fractions(0, 1, max_denominator=1000)


@given(st.integers(1, 500), st.integers(1, 500), shares)
def test_the_probability_is_that_of_the_formula(bands, rows, jaccard):
    expected = float(naive_minhash.probability(bands, rows, jaccard))
    assert Banding(bands, rows).probability(float(jaccard)) == pytest.approx(expected, abs=1e-12)


def test_a_tiny_probability_is_not_lost():
    """1 - (1 - p) ** n is 0 in floats for a p below 2e-16."""
    assert Banding(20, 13).probability(0.04) == pytest.approx(20 * 0.04**13)


@given(st.integers(1, 60), st.integers(1, 60))
def test_the_probability_grows_from_nothing_to_certainty(bands, rows):
    found = [Banding(bands, rows).probability(step / 50) for step in range(51)]
    assert (found[0], found[-1]) == (0, 1)
    assert all(low <= high for low, high in pairwise(found))


@given(st.integers(1, 40), shares, shares)
def test_the_choice_is_that_of_the_twin(num_perm, threshold, recall):
    # Of exact numbers: a float may fall on the other side of an equality.
    for b in range(1, num_perm + 1):
        for r in range(1, num_perm // b + 1):
            if abs(naive_minhash.probability(b, r, threshold) - recall) < Fraction(1, 10**9):
                return
    expected = naive_minhash.choose_banding(num_perm, threshold, recall)
    if expected is None:
        with pytest.raises(ValueError, match=r"finds at most .* of the pairs at threshold"):
            choose_banding(num_perm, float(threshold), float(recall))
    else:
        assert choose_banding(num_perm, float(threshold), float(recall)) == Banding(*expected)


@pytest.mark.parametrize(
    ("num_perm", "threshold", "recall", "expected"),
    [
        (128, 0.5, 0.95, (23, 3)),
        (128, 0.7, 0.95, (17, 5)),
        (128, 1, 1, (1, 128)),
        (1, 0.5, 0.5, (1, 1)),
        (2, 0.5, 0.6, (2, 1)),
    ],
    ids=str,
)
def test_bands_are_as_steep_as_the_recall_allows(num_perm, threshold, recall, expected):
    banding = choose_banding(num_perm, threshold, recall)
    assert (banding.bands, banding.rows) == expected
    assert banding.columns <= num_perm
    assert banding.probability(threshold) >= recall


def test_a_recall_that_cannot_be_had_is_refused():
    message = (
        "num_perm=4 finds at most 0.344 of the pairs at threshold=0.1, got recall=0.99; ask for "
        "less of them, or for more permutations"
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        choose_banding(4, 0.1, 0.99)


@pytest.mark.parametrize("jaccard", [-0.1, 1.5, float("nan")])
def test_a_jaccard_index_is_a_share(jaccard):
    with pytest.raises(ValueError, match=f"^jaccard must be between 0 and 1, got {jaccard}$"):
        Banding(14, 8).probability(jaccard)


@pytest.mark.parametrize(("bands", "rows"), [(0, 3), (3, 0), (-1, -1)])
def test_there_is_at_least_one_band_of_one_row(bands, rows):
    message = f"^bands and rows must be at least 1, got bands={bands}, rows={rows}$"
    with pytest.raises(ValueError, match=message):
        Banding(bands, rows)
