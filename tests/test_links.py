"""Keys to candidate pairs: which texts are linked, and that they are few."""

from itertools import pairwise

import naive
import naive_pass
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from little_memory import SPREAD, grouped, little_memory, little_resources, sketched, sketches_of

from dedup import PassageKeys, defaults, links
from dedup.kernels import link as kernels
from dedup.kernels.sort import N_BUCKETS
from dedup.links import MIX, Group, Linking, find_links, group, needed_keys
from dedup.resources import resources
from dedup.shingle import encode
from dedup.sketches import sketch

N = 12
few_keys = st.sets(st.integers(0, 9).map(SPREAD.__mul__), max_size=6)
one_bucket = st.sets(st.integers(0, 9).map(N_BUCKETS.__mul__), max_size=6)
many_keys = st.sets(st.integers(0, 60).map(SPREAD.__mul__), max_size=40)
near_keys = st.sets(st.integers(0, 9), max_size=6)
labeled = st.tuples(
    st.one_of(few_keys, many_keys, near_keys, one_bucket), st.integers(-1, 2), st.integers(1, 4)
)
collections = st.lists(labeled, min_size=1, max_size=N)
workers = st.integers(1, 4)

MOST = [defaults.LINKS, defaults.LINKS, defaults.LINKS_TO_SHORTEST]


def columns(drawn):
    sets = [own for own, _, _ in drawn]
    labels = np.array([label for _, label, _ in drawn], np.int32)
    return sets, labels, np.array([weight for _, _, weight in drawn], np.int64)


def members(sets):
    """Return the texts that have each key."""
    return [[k for k, own in enumerate(sets) if key in own] for key in sorted(set().union(*sets))]


def group_of(sets):
    """Return the keys of all texts as one group, alone or not."""
    found = sorted((key, k) for k, own in enumerate(sets) for key in own)
    keys, ranks = zip(*found, strict=True) if found else ((), ())
    return Group(np.array(keys, np.uint64), np.array(ranks, np.int32))


def every(part):
    return part


def texts_of(part):
    """Return the texts of each key of a part."""
    found = {}
    for key, rank in zip(part.keys.tolist(), part.ranks.tolist(), strict=True):
        found.setdefault(key, []).append(rank)
    return list(found.items())


# Groups


@settings(deadline=None)
@given(collections, st.permutations(range(N)), st.integers(0, N), workers, st.sampled_from([1, 9]))
def test_groups_hold_the_texts_of_each_key_in_order_whatever_the_parts(
    drawn, ranks, n_out, n_workers, least
):
    sets, _, _ = columns(drawn)
    # Some take no part; the others are named by their place in the order of preference.
    order = [rank if rank < len(sets) else -1 for rank in ranks][: len(sets)]
    order = [rank if rank >= 0 and k >= n_out else -1 for k, rank in enumerate(order)]
    places = {rank: k for k, rank in enumerate(sorted(rank for rank in order if rank >= 0))}
    order = [places.get(rank, -1) for rank in order]
    with little_resources(n_workers, least_keys=least) as own:
        groups = group(sketched(sets, own), np.array(order, np.int32), own)
        parts = list(groups.each(texts_of))
    keys = [(key, k) for k, each in enumerate(sets) for key in each]
    # In a part the keys are in order; which part they are in is nobody's concern.
    assert all(part == sorted(part) for part in parts)
    assert sorted(each for part in parts for each in part) == naive_pass.groups(keys, order)
    n_keys = {rank: len(own) for rank, own in zip(order, sets, strict=True) if rank >= 0}
    assert groups.n_keys.tolist() == [n_keys[rank] for rank in range(len(n_keys))]


def test_a_few_keys_have_many_parts_where_that_is_asked():
    sets = [{SPREAD * k for k in range(61)} for _ in range(3)]
    with little_resources(least_keys=1) as own:
        assert len(list(grouped(sets, own).each(every))) >= 61
    with resources(2, memory=10**9) as own:
        (part,) = grouped(sets, own).each(every)
    assert (len(part.keys), part.take(part.ranks > 0).ranks.tolist()) == (183, [1, 2] * 61)


@given(
    st.lists(st.integers(0, 9), min_size=1, max_size=30),
    st.integers(1, 3),
    st.integers(1, 4),
    st.integers(0, 3000),
)
def test_parts_are_all_buckets_and_small_enough_and_no_smaller(sizes, n_bytes, n_workers, memory):
    with (
        little_memory(least_keys=5),
        pytest.MonkeyPatch.context() as patch,
        resources(n_workers, memory=memory + 1) as own,
    ):
        patch.setattr(links, "MOST", 20)
        parts = links._parts(np.array(sizes, np.int64), n_bytes, own)
        fitting = own.part(0.1) // (n_bytes * (n_workers + 1))
    most = max(5, min(fitting, 20))
    assert [each for first, last in parts for each in range(first, last)] == list(range(len(sizes)))
    for first, last in parts:
        full = [size for size in sizes[first:last] if size]
        assert sum(full) <= most or len(full) == 1
    for (first, middle), _ in pairwise(parts):
        assert sum(sizes[first : middle + 1]) > most
        assert sum(sizes[first:middle]) > 0


def test_keys_are_let_go_of_once_they_are_grouped():
    with little_resources() as own:
        sketches = sketched([{1, 2}, {1}], own)
        assert len(sketches.keys.take(0, N_BUCKETS)[0]) == 3
        groups = group(sketches, np.arange(2, dtype=np.int32), own)
        assert len(sketches.keys.take(0, N_BUCKETS)[0]) == 0
        assert sum(map(len, groups.each(texts_of))) == 1
        groups.close()
        assert sum(map(len, groups.each(texts_of))) == 0


# Kernels


ranked = st.lists(
    st.tuples(st.integers(0, 5).map(SPREAD.__mul__), st.integers(0, N - 1)), max_size=30
)


@given(ranked, st.lists(st.integers(-2, N), min_size=N, max_size=N))
def test_collected_keys_equal_the_twin(pairs, ranks):
    keys = np.array([key for key, _ in pairs], np.uint64)
    texts = np.array([text for _, text in pairs], np.int32)
    found = Group(*kernels.collect(keys, texts, np.array(ranks, np.int32)))
    assert texts_of(found) == naive_pass.groups(pairs, ranks)
    assert keys.tolist() == [key for key, _ in pairs]


def test_groups_of_thousands_are_sorted_too():
    texts = np.random.default_rng(1).permutation(20_000).astype(np.int32)
    keys = np.full(20_000, 7, np.uint64)
    found = kernels.collect(keys, texts, np.arange(20_000, dtype=np.int32))
    assert found[1].tolist() == list(range(20_000))


def unpacked(links_found):
    """Return links as the twin tells them: a text, the kind, a partner."""
    return [(own >> 33, own >> 31 & 3, own & 0x7FFFFFFF) for own in links_found.tolist()]


@given(collections, st.booleans())
def test_links_equal_the_twin(drawn, across):
    sets, labels, weights = columns(drawn)
    found = unpacked(kernels.link(*group_of(sets), labels, weights, across))
    expected = naive.links(members(sets), labels.tolist(), weights.tolist(), across)
    for kind in range(3):
        own = [(text, partner) for text, k, partner in found if k == kind]
        assert sorted(own) == sorted(expected[kind])
    assert {kind for _, kind, _ in found} <= {0, 1, 2}


ranks = st.one_of(st.integers(0, 4), st.sampled_from([2**31 - 1, 2**31 - 2, 2**30]))


@given(st.lists(st.tuples(ranks, st.integers(0, 2), ranks), max_size=60), st.data())
@example([(0, 0, 2**31 - 1), (2**31 - 1, 2, 0)], None)
def test_most_frequent_links_equal_the_twin(drawn, data):
    found = [(text, kind, other) for text, kind, other in drawn if text != other]
    numbers = [text << 33 | kind << 31 | other for text, kind, other in found]
    rooms = st.lists(st.integers(1, 16), min_size=3, max_size=3)
    most = data.draw(st.one_of(rooms, st.just(MOST))) if data else MOST
    needed = np.zeros(2**31, np.uint8)  # which takes memory only where it is written
    for rank in {rank for text, _, other in found for rank in (text, other)}:
        needed[rank] = data.draw(st.integers(1, 4)) if data else 2
    pairs = kernels.most_frequent(np.array(numbers, np.uint64), np.array(most, np.int64), needed)
    told = [(own >> 33, own >> 1 & 0x7FFFFFFF, bool(own & 1)) for own in pairs.tolist()]
    assert told == naive_pass.most_frequent(found, most, needed)


@given(collections, st.data())
def test_counts_of_shared_groups_equal_the_twin(drawn, data):
    sets, _, _ = columns(drawn)
    places = range(len(sets))
    pairs = [(a, b) for a in places for b in places if a > b and data.draw(st.booleans())]
    offsets = np.cumsum([0, *(sum(a == text for a, _ in pairs) for text in places)])
    partners = np.array([b for _, b in pairs], np.int32)
    start, least = (
        data.draw(st.lists(st.integers(0, most), min_size=len(pairs), max_size=len(pairs)))
        for most in (2, 4)
    )
    counts = np.array(start, np.uint8)
    part = group_of(sets)
    kernels.count_shared(*part, offsets, partners, np.array(least, np.uint8), counts)
    expected = zip(start, naive_pass.shared(texts_of(part), pairs), least, strict=True)
    told = [max(before, min(before + more, most)) for before, more, most in expected]
    assert counts.tolist() == told


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), max_size=20))
def test_tallies_equal_the_twin(drawn):
    ranks, chosen = [rank for rank, _ in drawn], [own for _, own in drawn]
    counts = np.arange(6)
    kernels.tally(np.array(ranks, np.int32), np.array(chosen, np.bool_), counts)
    assert (counts - np.arange(6)).tolist() == naive_pass.tallied(ranks, chosen, 6)


@given(collections, st.lists(st.booleans(), min_size=N, max_size=N))
def test_common_keys_equal_the_twin(drawn, chosen):
    sets, labels, _ = columns(drawn)
    least, counted = np.array([1, 2, 3], np.int64), np.array(chosen[: len(sets)], np.bool_)
    part = group_of(sets)
    is_common, keys, found = kernels.common_keys(*part, labels, counted, least)
    pairs = list(zip(keys.tolist(), found.tolist(), strict=True))
    assert len(set(pairs)) == len(pairs)
    known = [own if is_counted else set() for own, is_counted in zip(sets, chosen, strict=False)]
    assert set(pairs) == naive.common_keys(known, labels.tolist(), least.tolist())
    owned = zip(part.keys.tolist(), labels[part.ranks].tolist(), strict=True)
    assert is_common.tolist() == [each in pairs for each in owned]


# Links


def salts_of(drawn, n, way):
    """Return what texts must have in common to meet: nothing, one mark, or one of two windows."""
    marks = np.array(drawn[:n], np.uint64)
    ways = {"none": (), "one": (marks,), "windows": (marks, marks + np.uint64(1))}
    return ways[way]


def expected_pairs(sets, labels, weights, salts, left_out, most, *, across, share):
    """Return the pairs that are linked and share enough, by the twins."""
    own = [{key for key in each if (key, k) not in left_out} for k, each in enumerate(sets)]
    marks = [{int(salt[k]) for salt in salts} or {0} for k in range(len(own))]
    groups = [
        [k for k in range(len(own)) if key in own[k] and mark in marks[k]]
        for key in sorted(set().union(*own))
        for mark in sorted(set().union(*marks))
    ]
    found = naive.links(groups, labels.tolist(), weights.tolist(), across)
    pairs = naive.linked_pairs(found, most)
    return sorted(p for p in pairs if naive.share_enough(*(sorted(own[k]) for k in p), share))


@settings(max_examples=300, deadline=None)
@given(
    collections,
    st.lists(st.integers(0, 3), min_size=N, max_size=N),
    st.sampled_from(["none", "one", "windows"]),
    st.booleans(),
    st.sampled_from([0, 0.125, 0.375, 0.75]),
    st.sampled_from([1, 7, 1000]),
    workers,
    st.data(),
)
def test_pairs_are_linked_and_share_enough_and_stand_in_order_whatever_the_parts(
    drawn, marks, way, across, share, least, n_workers, data
):
    sets, labels, weights = columns(drawn)
    salts = salts_of(marks, len(sets), way)
    # Some keys do not count, as do those that are boilerplate of a source.
    every_key = sorted((key, k) for k, own in enumerate(sets) for key in own)
    some = st.sets(st.sampled_from(every_key), max_size=5) if every_key else st.just(set())
    left_out = data.draw(some)

    def choose(_, part):
        both = zip(part.keys.tolist(), part.ranks.tolist(), strict=True)
        return part.take(np.array([each not in left_out for each in both], np.bool_))

    sizes = [sum((key, k) not in left_out for key in own) for k, own in enumerate(sets)]
    needed = needed_keys(np.array(sizes, np.int64), share)
    linking = Linking(weights, needed, labels if across else None, salts)
    n_links, n_shortest = data.draw(st.sampled_from([MOST[1:], (1, 8), (8, 1)]))
    with (
        pytest.MonkeyPatch.context() as patch,
        little_resources(n_workers, least_keys=least) as own,
    ):
        patch.setattr(defaults, "LINKS", n_links)
        patch.setattr(defaults, "LINKS_TO_SHORTEST", n_shortest)
        groups = grouped(sets, own)
        pairs = find_links(groups.where(choose), linking, own)
    most = [n_links, n_links, n_shortest]
    expected = expected_pairs(
        sets, labels, weights, salts, left_out, most, across=across, share=share
    )
    assert list(map(tuple, pairs.tolist())) == expected
    assert all(left > right for left, right in pairs.tolist())
    assert len(pairs) <= sum(most) * len(sets)


@pytest.mark.parametrize(("shared", "expected"), [(1, []), (2, [[1, 0]])])
def test_a_key_that_two_texts_share_in_two_windows_is_one_key(shared, expected):
    own = [{SPREAD * (10 * k + j) for j in range(5)} for k in range(1, 3)]
    sets = [each | {SPREAD * j for j in range(shared)} for each in own]
    marks = np.array([3, 3], np.uint64)
    needed = np.full(2, 2, np.uint8)
    linking = Linking(np.ones(2, np.int64), needed, None, (marks, marks + np.uint64(1)))
    with little_resources() as resources_given:
        groups = grouped(sets, resources_given)
        assert find_links(groups, linking, resources_given).tolist() == expected


@pytest.mark.parametrize("way", ["neighbor", "lightest"])
def test_most_links_are_of_each_kind_as_many_as_its_default_says(way, monkeypatch):
    """The last text meets each of the others in a group of its own, and so in equally many."""
    others = [{SPREAD * k, SPREAD * (k + 10), SPREAD * (k + 20)} for k in range(1, 7)]
    sets = [*others, set().union(*others)]
    weights = np.array([*[1 if way == "lightest" else 9] * 6, 5])
    monkeypatch.setattr(defaults, "LINKS", 0 if way == "lightest" else 4)
    monkeypatch.setattr(defaults, "LINKS_TO_SHORTEST", 5 if way == "lightest" else 0)
    with little_resources() as own:
        groups = grouped(sets, own)
        needed = np.full(len(sets), 2, np.uint8)
        pairs = find_links(groups, Linking(weights, needed), own).tolist()
    assert pairs == [[6, k] for k in range(5 if way == "lightest" else 4)]


def test_the_salted_keys_of_a_text_are_told_apart():
    part = Group(np.array([5, 5, 9], np.uint64), np.array([0, 1, 1], np.int32))
    marks = np.array([3, 4], np.uint64)
    found = links._salted(part, (marks, marks + np.uint64(1)))
    assert texts_of(found) == [(5 ^ 5 * int(MIX) % 2**64, [0, 1])]


@pytest.mark.parametrize("n", [2, 100, 5000])
@pytest.mark.parametrize("across", [False, True])
def test_keys_that_all_texts_share_cost_three_links_a_text(n, across):
    keys = np.tile(np.arange(40, dtype=np.uint64) * np.uint64(SPREAD), n)
    weights = np.random.default_rng(1).integers(1, 9, n)
    labels = np.random.default_rng(3).integers(0, 3, n).astype(np.int32)
    linking = Linking(weights, np.full(n, 2, np.uint8), labels if across else None)
    found = []
    for way in (little_resources(least_keys=1000), resources(2, memory=10**9)):
        with way as own:
            sketches = sketches_of(keys, np.arange(n + 1) * 40, own)
            groups = group(sketches, np.arange(n, dtype=np.int32), own)
            found.append(find_links(groups, linking, own).tolist())
    assert found[0] == found[1]
    assert n - 1 <= len(found[0]) <= 3 * n


@pytest.mark.parametrize("n", [0, 2])
def test_no_keys_give_no_links(n):
    keys = sketch(encode(["", "..."][:n]), PassageKeys()).keys
    nothing = np.zeros(n, np.int64)
    linking = Linking(nothing, needed_keys(nothing, 0.125))
    with little_resources() as own:
        groups = group(sketches_of(*keys, own), np.arange(n, dtype=np.int32), own)
        pairs = find_links(groups, linking, own)
    assert (pairs.shape, pairs.dtype) == ((0, 2), np.int64)


@pytest.mark.parametrize(
    ("share", "expected"),
    [(0, [1, 1, 1, 2, 2, 2, 2, 2, 2]), (0.125, [1, 1, 1, 2, 2, 3, 7, 8, 255])],
)
def test_of_an_eighth_of_the_keys_so_many_are_needed(share, expected):
    sizes = np.array([0, 1, 2, 3, 16, 17, 56, 57, 10**6])
    assert needed_keys(sizes, share).tolist() == expected
