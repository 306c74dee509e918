"""What a source says everywhere is boilerplate of it, and of no other."""

import math

import naive
import naive_pairs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from little_memory import SPREAD, grouped, little_resources, sketches_of

from dedup import defaults
from dedup.kernels import sources as kernels
from dedup.links import group
from dedup.passages import PassageKeys
from dedup.shingle import Shingles, encode, hash_words, shingle
from dedup.sources import find_boilerplate, mark_boilerplate

FEW = ["one", "two", "three", "four", "中", "文"]
texts = st.lists(st.sampled_from(FEW), max_size=40).map(" ".join)
CLOSING = (
    "Write to the desk of the paper in Selm or call us on any day before noon and say who you are "
    "where you live what you have seen and whether we may print your name beside your letter"
)


def marked(batch, labels, common, window):
    """Return which words of a batch the kernel marks; ``common`` are keys with their labels."""
    keys = np.array([key for key, _ in common], np.uint64)
    table = kernels.table(keys, np.array([label for _, label in common], np.int32))
    words, found = hash_words(encode(batch)), shingle(batch)
    tokens, offsets = words.tokens, words.token_offsets
    marks = kernels.mark(*found, tokens, offsets, np.array(labels, np.int32), *table, window)
    return [part.tolist() for part in np.split(marks, offsets[1:-1])]


@given(st.lists(st.tuples(texts, st.integers(-1, 2)), min_size=1, max_size=5), st.data())
def test_marks_equal_the_twin(drawn, data):
    batch, labels = [text for text, _ in drawn], [label for _, label in drawn]
    window = data.draw(st.integers(1, 15))
    every = sorted({int(each) for each in shingle(batch).hashes})
    some = st.sets(st.sampled_from(every), max_size=5) if every else st.just(set())
    common = {label: data.draw(some) for label in range(3)}
    marks = marked(batch, labels, [(k, label) for label in common for k in common[label]], window)
    for text, label, found in zip(batch, labels, marks, strict=True):
        tokens = hash_words(encode([text])).tokens.tolist()
        expected = naive_pairs.boilerplate_words(tokens, common.get(label, set()), window)
        assert found == expected


@pytest.mark.parametrize(("apart", "between"), [(5, 0), (8, 3), (9, 0)])
def test_what_stands_between_two_common_shingles_in_one_window_is_marked(apart, between):
    text = " ".join(f"word{k}" for k in range(30))
    every = shingle([text]).hashes.tolist()
    (marks,) = marked([text], [0], [(every[3], 0), (every[3 + apart], 0)], 8)
    assert [k for k, is_common in enumerate(marks) if is_common] == [
        *range(3, 8 + between),
        *range(3 + apart, 8 + apart),
    ]


@given(st.lists(st.tuples(st.integers(0, 2**64 - 1), st.integers(0, 9)), unique=True))
def test_a_table_holds_each_key_of_a_source_and_leaves_half_of_it_free(pairs):
    slots, sieve = kernels.table(
        np.array([key for key, _ in pairs], np.uint64), np.array([k for _, k in pairs], np.int32)
    )
    assert np.count_nonzero(slots) == len(pairs)
    assert len(slots) == len(sieve) >= 2 * len(pairs)


def boilerplate_of(texts, labels):
    """Return which words of texts of some sources are boilerplate, as they are written."""
    words, found = hash_words(encode(texts)), Shingles(*shingle(texts))
    keys, labels = PassageKeys().of_words(words), np.array(labels, np.int32)
    with little_resources() as own:
        groups = group(sketches_of(*keys, own), np.arange(len(texts), dtype=np.int32), own)
        commons, boilerplate = find_boilerplate(groups, labels, defaults.WINDOW)
    marks = mark_boilerplate(boilerplate, words, found, labels)
    split = np.split(marks, words.token_offsets[1:-1])
    shown = [
        " ".join(word for word, is_common in zip(text.split(), own, strict=True) if is_common)
        for text, own in zip(texts, split, strict=True)
    ]
    return shown, (groups.n_keys - commons.n_own).tolist()


def pages(n, first=0):
    """Return pages of other words each that close alike."""
    return [" ".join(f"word{first + n}x{k}" for k in range(30)) + " " + CLOSING for n in range(n)]


@pytest.mark.parametrize(("n", "expected"), [(4, ""), (5, CLOSING), (6, CLOSING)])
def test_what_five_texts_of_a_source_say_is_boilerplate(n, expected):
    shown, n_keys = boilerplate_of(pages(n), [0] * n)
    assert all(own in expected for own in shown)
    # All from the first key to the last: at either edge one window less one may be missing.
    assert all(len(own.split()) >= len(expected.split()) - 12 for own in shown)
    assert all((count > 0) == bool(expected) for count in n_keys)


def test_boilerplate_of_a_source_is_none_of_another_or_of_an_unknown_one():
    shown, n_keys = boilerplate_of(pages(12), [0] * 5 + [1] * 4 + [-1] * 3)
    assert all(shown[:5])
    assert not any(shown[5:])
    assert n_keys[5:] == [0] * 7


def test_in_a_large_source_it_is_what_one_text_in_a_hundred_says():
    often, others = pages(12), [" ".join(f"other{n}x{k}" for k in range(30)) for n in range(1200)]
    assert any(boilerplate_of(often + others[:1188], [0] * 1200)[0])
    assert not any(boilerplate_of(often + others, [0] * 1212)[0])


def test_a_text_of_which_all_is_common_is_all_boilerplate():
    texts = [*pages(5), CLOSING]
    shown, _ = boilerplate_of(texts, [0] * 6)
    tokens = hash_words(encode([CLOSING])).tokens.tolist()
    keys = [naive.text_keys(hash_words(encode([t])).tokens.tolist()) for t in texts]
    common = {key for key, _ in naive.common_keys(keys, [0] * 6, [5])}
    expected = naive_pairs.boilerplate_words(tokens, common)
    assert shown[5] == " ".join(w for w, m in zip(CLOSING.split(), expected, strict=True) if m)


def test_where_no_source_is_known_nothing_is():
    shown, n_keys = boilerplate_of(pages(8), [-1] * 8)
    assert (any(shown), n_keys) == (False, [0] * 8)


few_keys = st.sets(st.integers(0, 9).map(SPREAD.__mul__), max_size=6)
sourced = st.lists(st.tuples(few_keys, st.integers(-1, 2)), max_size=12)


def boilerplate_by_the_twin(sets, labels, texts, share, most):
    """Return the common keys with their labels; texts of which more are common do not count."""
    numbers = range(max(labels, default=-1) + 1)
    least = [max(texts, math.ceil(share * labels.count(label))) for label in numbers]
    common = naive.common_keys(sets, labels, least)
    both = list(zip(sets, labels, strict=True))
    n_common = [sum((key, label) in common for key in own) for own, label in both]
    versions = [n > most * len(own) for n, own in zip(n_common, sets, strict=True)]
    counted = [set() if is_one else own for is_one, own in zip(versions, sets, strict=True)]
    return naive.common_keys(counted, labels, least)


@settings(max_examples=150, deadline=None)
@given(
    sourced,
    st.integers(2, 3),
    st.sampled_from([0.01, 0.3, 0.5]),
    st.sampled_from([0.5, 0.8, 1.0]),
    st.sampled_from([1, 5, 1000]),
    st.integers(1, 3),
)
def test_boilerplate_equals_the_twin_and_own_keys_are_the_others(
    drawn, texts, share, most, least_keys, n_workers
):
    sets, labels = [own for own, _ in drawn], [label for _, label in drawn]
    marks = np.array(labels, np.int32)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(defaults, "BOILERPLATE_TEXTS", texts)
        patch.setattr(defaults, "BOILERPLATE_SHARE", share)
        patch.setattr(defaults, "COMMON_SHARE", most)
        with little_resources(n_workers, least_keys=least_keys) as own:
            groups = grouped(sets, own)
            commons, boilerplate = find_boilerplate(groups, marks, 15)
            parts = list(groups.where(commons.own).each(tuple))
    common = boilerplate_by_the_twin(sets, labels, texts, share, most)
    keys = np.array([key for key, _ in common], np.uint64)
    slots, sieve = kernels.table(keys, np.array([label for _, label in common], np.int32))
    assert sorted(boilerplate.slots.tolist()) == sorted(slots.tolist())
    assert boilerplate.sieve.tolist() == sieve.tolist()
    both = list(zip(sets, labels, strict=True))
    others = [{key for key in own if (key, label) not in common} for own, label in both]
    assert commons.n_own.tolist() == list(map(len, others))
    # A text that has no other keys keeps those it has.
    kept = [other or own for other, own in zip(others, sets, strict=True)]
    found = [pair for part in parts for pair in zip(*map(np.ndarray.tolist, part), strict=True)]
    shared = [key for key in set().union(*sets) if sum(key in own for own in sets) > 1]
    own_keys = sorted((key, k) for k, own in enumerate(kept) for key in own if key in shared)
    assert sorted(found) == own_keys
