"""What kernels say of pairs, beside their readable twins."""

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from naive_relations import Facts, Side, is_preferred, relation, shares

from dedup import defaults
from dedup.kernels import match as columns
from dedup.kernels import relate as kernels
from dedup.relations import bounds

NAMES = ("none", "identical", "copy", "excerpt", "update", "template", "revision", "overlap")

HOURS = st.sampled_from([math.nan, -0.0, 0.0, 5.0, 24.0, 100.0, 1000.0]) | st.floats(-1e6, 1e6)


@st.composite
def sides(draw):
    words = draw(st.integers(0, 20) | st.integers(0, 1000))
    return Side(
        words,
        draw(st.integers(0, words)),
        draw(st.integers(0, words)),
        draw(st.integers(-1, 1)),
        draw(HOURS),
        draw(st.integers(0, 3)),
        draw(st.sampled_from([(0, 0), (0, 1), (1, 0)])),
    )


@st.composite
def measured(draw):
    left, right = draw(sides()), draw(sides())._replace(rank=4)
    few = st.integers(0, 6) | st.integers(0, 40)
    runs = st.integers(0, 4 * defaults.OVERLAP_WORDS)
    covered = []
    for text in (left, right):
        of_all = draw(st.integers(0, text.words) | st.just(text.words))
        covered += [of_all, min(of_all, draw(st.integers(0, text.own) | st.just(text.own)))]
    facts = Facts(draw(runs), draw(runs), *(draw(few) for _ in range(4)))
    return left, right, tuple(covered), facts


@given(st.lists(measured(), max_size=4), st.sampled_from([0.1, 0.5, 0.8, 1.0]))
def test_pairs_are_weighed_and_related_as_their_twins_say(given_pairs, threshold):
    n = len(given_pairs)
    texts = [text for left, right, *_ in given_pairs for text in (left, right)]
    pairs = np.arange(2 * n).reshape(n, 2)
    weights = np.array([[t.words, t.own] for t in texts], np.int64).reshape(n, 2, 2)
    measures = np.zeros((n, columns.MEASURES), np.int64)
    for p, (*_, covered, facts) in enumerate(given_pairs):
        measures[p, : columns.OWN_RUN] = covered
        measures[p, [columns.OWN_RUN, columns.LONGEST_RUN]] = facts[:2]
        measures[p, columns.CHANGED_NUMBERS : columns.FACTS_SHOWN] = facts[2:]
    told, identical, apart, own_left, own_right = kernels.weigh(
        measures,
        pairs,
        weights,
        np.array([t.identity for t in texts], np.uint64).reshape(-1, 2),
        np.array([t.label for t in texts], np.int32),
        np.array([t.hours for t in texts]),
    )
    lefts = np.ascontiguousarray(weights[:, 0])
    found = [
        kernels.relate(measures, told, lefts, identical, apart, threshold, overlap, bounds())
        for overlap in (False, True)
    ]
    for p, (left, right, covered, facts) in enumerate(given_pairs):
        assert tuple(told[p].tolist()) == shares(left, right, covered)
        assert identical[p] == (left.identity == right.identity)
        assert np.array_equal(apart[p], abs(left.hours - right.hours), equal_nan=True)
        assert (own_left[p], own_right[p]) == (left.has_own, right.has_own)
        expected = relation(left, right, covered, facts, threshold)
        assert [NAMES[relations[p]] for relations in found] == expected


@given(st.lists(st.tuples(sides(), sides()), max_size=4))
def test_texts_are_preferred_as_their_twin_says(given_pairs):
    n = len(given_pairs)
    texts = [text for pair in given_pairs for text in pair]
    hours = np.array([t.hours for t in texts])
    found = kernels.preferred(
        np.arange(2 * n).reshape(n, 2),
        np.array([[t.words, t.once] for t in texts], np.int64).reshape(n, 2, 2),
        np.array([[t.words, t.own] for t in texts], np.int64).reshape(n, 2, 2),
        np.where(np.isnan(hours), np.inf, hours),
        np.array([t.rank for t in texts], np.int64),
    )
    assert found.tolist() == [is_preferred(*pair) for pair in given_pairs]
