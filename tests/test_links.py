"""Keys to candidate pairs: which texts are linked, and that they are few."""

import naive
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup import defaults
from dedup.kernels import link as kernels
from dedup.links import find_links, group, regroup, without
from dedup.passages import Keys, PassageKeys

N = 12
few_keys = st.sets(st.integers(0, 9), max_size=6)
collections = st.lists(
    st.tuples(few_keys, st.integers(-1, 2), st.integers(1, 4)), min_size=1, max_size=N
)

MOST = [defaults.LINKS, defaults.LINKS, defaults.LINKS_TO_SHORTEST]


def keys_of(sets):
    """Return sets of keys as the keys of a batch of texts."""
    offsets = np.cumsum([0, *map(len, sets)])
    return Keys(np.array([key for own in sets for key in sorted(own)], np.uint64), offsets)


def columns(drawn):
    sets = [own for own, _, _ in drawn]
    labels = np.array([label for _, label, _ in drawn], np.int32)
    return sets, labels, np.array([weight for _, _, weight in drawn], np.int64)


def members(sets):
    """Return the texts that have each key."""
    return [[k for k, own in enumerate(sets) if key in own] for key in sorted(set().union(*sets))]


@given(collections)
def test_groups_hold_the_texts_of_each_key_in_order(drawn):
    sets, _, _ = columns(drawn)
    keys = keys_of(sets)
    groups = group(keys)
    assert keys.keys[groups.places].tolist() == groups.keys.tolist()
    found = {}
    for key, rank in zip(groups.keys.tolist(), groups.ranks.tolist(), strict=True):
        found.setdefault(key, []).append(rank)
    assert list(found) == sorted(found)
    assert list(found.values()) == members(sets)


@given(collections, st.booleans())
def test_links_equal_the_twin(drawn, across):
    sets, labels, weights = columns(drawn)
    groups = group(keys_of(sets))
    found = kernels.link(groups.keys, groups.ranks, labels, weights, across)
    told = [[(link >> 32, link & 0xFFFFFFFF) for link in links.tolist()] for links in found]
    assert told == naive.links(members(sets), labels.tolist(), weights.tolist(), across)


@given(collections, st.lists(st.booleans(), min_size=N, max_size=N))
def test_common_keys_equal_the_twin(drawn, chosen):
    sets, labels, _ = columns(drawn)
    least, counted = np.array([1, 2, 3], np.int64), np.array(chosen[: len(sets)], np.bool_)
    groups = group(keys_of(sets))
    is_common, keys, found = kernels.common_keys(groups.keys, groups.ranks, labels, counted, least)
    pairs = list(zip(keys.tolist(), found.tolist(), strict=True))
    assert len(set(pairs)) == len(pairs)
    known = [own if is_counted else set() for own, is_counted in zip(sets, chosen, strict=False)]
    assert set(pairs) == naive.common_keys(known, labels.tolist(), least.tolist())
    owned = zip(groups.keys.tolist(), labels[groups.ranks].tolist(), strict=True)
    assert is_common.tolist() == [each in pairs for each in owned]


@given(collections, st.data())
def test_common_keys_are_left_out_but_where_a_text_has_no_others(drawn, data):
    sets, _, _ = columns(drawn)
    keys = keys_of(sets)
    groups = group(keys)
    size = len(groups.keys)
    common = np.array(data.draw(st.lists(st.booleans(), min_size=size, max_size=size)), np.bool_)
    left_out = {
        (int(key), int(rank))
        for key, rank in zip(groups.keys[common], groups.ranks[common], strict=True)
    }
    kept = [{key for key in own if (key, k) not in left_out} or own for k, own in enumerate(sets)]
    own_keys, own_groups = without(keys, groups, common)
    parts = np.split(own_keys.keys, own_keys.offsets[1:-1])
    assert [part.tolist() for part in parts] == [sorted(own) for own in kept]
    again = group(keys_of(kept))
    assert own_groups.keys.tolist() == again.keys.tolist()
    assert own_groups.ranks.tolist() == again.ranks.tolist()


many_keys = st.sets(st.integers(0, 60), max_size=40)


@given(st.lists(st.one_of(few_keys, many_keys), min_size=2, max_size=6))
def test_sharing_enough_equals_the_twin(sets):
    pairs = [(a, b) for a in range(len(sets)) for b in range(len(sets))]
    enough = kernels.share_enough(*keys_of(sets), np.array(pairs, np.int64))
    assert enough.tolist() == [naive.share_enough(list(sets[a]), list(sets[b])) for a, b in pairs]


@given(collections, st.booleans(), st.booleans())
def test_pairs_are_linked_and_share_enough_and_stand_in_order(drawn, across, one_is_enough):
    sets, labels, weights = columns(drawn)
    keys = keys_of(sets)
    marks = labels if across else None
    pairs = find_links(group(keys), keys, weights, marks, one_is_enough=one_is_enough).tolist()
    links = naive.links(members(sets), labels.tolist(), weights.tolist(), across)
    expected = [
        (right, left)
        for left, right in naive.linked_pairs(links, MOST)
        if one_is_enough or naive.share_enough(list(sets[left]), list(sets[right]))
    ]
    assert [(right, left) for left, right in pairs] == sorted(expected)
    assert all(left > right for left, right in pairs)
    assert len(pairs) <= sum(MOST) * len(sets)


def test_groups_need_no_order_of_the_keys_they_are_given():
    keys, ranks = np.array([5, 3, 5, 3], np.uint64), np.array([0, 0, 1, 2], np.int32)
    found = regroup(keys, ranks)
    assert (found.keys.tolist(), found.ranks.tolist()) == ([3, 3, 5, 5], [0, 2, 0, 1])


@pytest.mark.parametrize("n", [2, 100, 5000])
@pytest.mark.parametrize("across", [False, True])
def test_keys_that_all_texts_share_cost_three_links_a_text(n, across):
    keys = Keys(np.tile(np.arange(40, dtype=np.uint64), n), np.arange(n + 1) * 40)
    weights = np.random.default_rng(1).integers(1, 9, n)
    labels = np.random.default_rng(3).integers(0, 3, n).astype(np.int32)
    pairs = find_links(group(keys), keys, weights, labels if across else None)
    assert n - 1 <= len(pairs) <= 3 * n


def test_no_keys_give_no_links():
    keys = PassageKeys().keys(["", "..."])
    empty = Keys(np.concatenate(keys), np.zeros(3, np.int64))
    assert find_links(group(empty), empty, np.zeros(2, np.int64)).shape == (0, 2)
