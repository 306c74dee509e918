"""A collection at a glance: lengths, identities, and which text is preferred to which."""

from itertools import combinations

import naive
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from little_memory import little_resources
from newsroom import read

from dedup import documents, shingle, sketches
from dedup.kernels.grams import weigh_texts
from dedup.kernels.relate import preferred as first_is_preferred
from dedup.kernels.sort import N_BUCKETS
from dedup.model import Document
from dedup.passages import PassageKeys
from dedup.reading import read_all
from dedup.shingle import encode, hash_words

FEW = ["one", "two", "three", "four", "中", "文"]
texts = st.lists(st.sampled_from(FEW), max_size=60).map(" ".join)


@given(st.lists(texts, max_size=5), st.integers(0, 2**63 - 1))
@example(["one " * 5, "one " * 9, "one two " * 5, "中" * 12, "one two three four one"], 0)
def test_weights_equal_the_twin_whatever_the_salt(batch, salt):
    words = hash_words(encode(batch))
    weights = weigh_texts(words.tokens, words.token_offsets, np.uint64(2 * salt + 1))
    tokens = [part.tolist() for part in np.split(words.tokens, words.token_offsets[1:-1])]
    expected = [[sum(map(naive.weight, own)), naive.told_once(own)] for own in tokens]
    assert weights.tolist() == (expected if batch else [])


@pytest.mark.parametrize("size", [1, 3, 1000])
def test_batches_make_no_difference(size, monkeypatch):
    batch = ["", "Ferries stay in the harbor of Mira.", "", "中文", "One more " * 200]
    whole = sketches.sketch(encode(batch), PassageKeys())
    monkeypatch.setattr(documents, "BATCH", size)
    monkeypatch.setattr(shingle, "BATCH_BYTES", 10 * size)
    _, parted = read(enumerate(batch))
    found = list(zip(*(column.tolist() for column in parted.keys), strict=True))
    own = np.split(whole.keys.keys, whole.keys.offsets[1:-1])
    assert sorted(found) == sorted((key, k) for k, keys in enumerate(own) for key in keys.tolist())
    assert parted.n_keys.tolist() == list(map(len, own))
    assert parted.weights.tolist() == whole.weights.tolist()
    assert parted.identities.tolist() == whole.identities.tolist()


@given(st.lists(texts, max_size=5))
def test_keys_are_dealt_by_their_lowest_bits(batch):
    recipe = PassageKeys()
    with little_resources(batch=2) as own:
        corpus = documents.Documents(enumerate(batch))
        _, found = read_all([corpus], recipe, own, by_paragraph=False)
        assert len(found.keys.sizes) == N_BUCKETS
        for bucket in np.flatnonzero(found.keys.sizes).tolist():
            keys, of_texts = found.keys.take(bucket, bucket + 1)
            assert set((keys % np.uint64(N_BUCKETS)).tolist()) == {bucket}
            assert of_texts.tolist() == sorted(of_texts.tolist())
        assert found.keys.sizes.sum() == sum(map(len, recipe.keys(batch)))


def test_no_texts_have_empty_sketches():
    found = sketches.sketch(encode([]), PassageKeys())
    assert found.keys.offsets.tolist() == [0]
    assert (found.weights.shape, found.identities.shape) == ((0, 2), (0, 2))
    collection, kept = read([])
    assert len(collection) == len(kept.n_keys) == 0
    assert (kept.weights.shape, kept.identities.shape) == ((0, 2), (0, 2))


@given(texts, texts)
def test_texts_are_identical_if_their_words_are(one, other):
    first, second = sketches.sketch(encode([one, other]), PassageKeys()).identities.tolist()
    assert (first == second) == (one == other)


def preferred(*given):
    """Return the ids from the most to the least preferred."""
    collection, found = read(given)
    return [collection.id(k) for k in sketches.by_preference(collection, found.weights).tolist()]


STORY = "Ferries stay in the harbor of Mira until the wind drops, the port said on Sunday."
LONGER = STORY + " They sail again on Monday."


def test_the_longer_text_is_preferred():
    assert preferred(("a", STORY), ("b", LONGER)) == ["b", "a"]


def test_what_is_told_twice_makes_no_text_longer():
    assert preferred(("a", f"{STORY} {STORY} {STORY}"), ("b", STORY)) == ["b", "a"]
    assert preferred(("a", f"{STORY}\n\n{STORY}"), ("b", LONGER), ("c", STORY)) == ["b", "c", "a"]


def test_of_equal_length_the_earlier_is_preferred_and_an_unknown_date_comes_last():
    documents = [
        Document("a", STORY),
        Document("b", STORY, published="2026-01-03"),
        Document("c", STORY, published="2026-01-02T23:00"),
    ]
    assert preferred(*documents) == ["c", "b", "a"]


def test_of_equal_length_and_date_the_smaller_id_is_preferred_a_string_before_a_number():
    documents = [(10, STORY), ("9", STORY), (9, STORY), ("10", STORY), ("b", STORY)]
    assert preferred(*documents) == ["10", 10, "9", 9, "b"]


@given(st.lists(texts, max_size=6), st.data())
def test_preference_does_not_depend_on_the_order(batch, data):
    documents = list(enumerate(batch))
    assert preferred(*data.draw(st.permutations(documents))) == preferred(*documents)


weighed = st.tuples(
    st.integers(0, 3),
    st.integers(0, 3),
    st.sampled_from([None, "1912-04-15", "1969-12-31T23:59:59.999999", "1970-01-01", "2026-01-03"]),
)


@given(st.lists(weighed, max_size=8))
def test_preference_is_an_order_of_own_words_then_words_then_dates_then_ids(drawn):
    given_documents = [Document(k, "", published=when) for k, (_, _, when) in enumerate(drawn)]
    collection, _ = read(given_documents)
    weights = np.array([(more + own, own) for own, more, _ in drawn], np.int64).reshape(-1, 2)
    found = sketches.by_preference(collection, weights).tolist()
    dates = [drawn[k][2] or "9" for k in range(len(drawn))]
    expected = [(-weights[k, 1], weights[k, 0], dates[k], str(k)) for k in range(len(drawn))]
    assert found == sorted(range(len(drawn)), key=expected.__getitem__)
    # And so of each two of them, of which none has boilerplate.
    moments, ranks = sketches.moments_of(collection), collection.order()
    for order, is_so in ((found, True), (found[::-1], False)):
        pairs = np.array([*combinations(order, 2)], np.int64).reshape(-1, 2)
        nothing = np.zeros((len(pairs), 2, 2), np.int64)
        told = first_is_preferred(pairs, weights[pairs], nothing, moments, ranks)
        assert told.tolist() == [is_so] * len(pairs)
