"""A collection at a glance: lengths, identities, and which text is preferred to which."""

from concurrent.futures import ThreadPoolExecutor

import naive
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dedup import sketches
from dedup.documents import collect
from dedup.kernels.grams import weigh_texts
from dedup.model import Document
from dedup.passages import PassageKeys
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
    with ThreadPoolExecutor(2) as executor:
        whole = sketches.sketch(batch, PassageKeys(), executor)
        monkeypatch.setattr(sketches, "BATCH", size)
        parted = sketches.sketch(batch, PassageKeys(), executor)
    assert parted.keys.offsets.tolist() == whole.keys.offsets.tolist()
    assert parted.keys.keys.tolist() == whole.keys.keys.tolist()
    assert parted.weights.tolist() == whole.weights.tolist()
    assert parted.identities.tolist() == whole.identities.tolist()


def test_no_texts_have_empty_sketches():
    with ThreadPoolExecutor(1) as executor:
        found = sketches.sketch([], PassageKeys(), executor)
    assert found.keys.offsets.tolist() == [0]
    assert (found.weights.shape, found.identities.shape) == ((0, 2), (0, 2))


@given(texts, texts)
def test_texts_are_identical_if_their_words_are(one, other):
    with ThreadPoolExecutor(1) as executor:
        first, second = sketches.sketch([one, other], PassageKeys(), executor).identities.tolist()
    assert (first == second) == (one == other)


def preferred(*documents):
    """Return the ids from the most to the least preferred."""
    collection = collect(documents)
    with ThreadPoolExecutor(1) as executor:
        found = sketches.sketch(collection.texts, PassageKeys(), executor)
    order = sketches.by_preference(collection, found.weights).tolist()
    return [collection.documents[k].id for k in order]


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


@given(st.lists(st.sets(st.integers(0, 9)), min_size=1), st.data())
def test_keys_are_taken_text_by_text(sets, data):
    offsets = np.cumsum([0, *map(len, sets)])
    keys = sketches.Keys(np.array([k for own in sets for k in sorted(own)], np.uint64), offsets)
    chosen = data.draw(st.lists(st.integers(0, len(sets) - 1)))
    taken = sketches.take(keys, np.array(chosen, np.int64))
    parts = np.split(taken.keys, taken.offsets[1:-1]) if chosen else []
    assert [part.tolist() for part in parts] == [sorted(sets[k]) for k in chosen]
