"""Passage keys: what is certain of texts that share a passage, and what a key depends on."""

import random

import naive
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from strategies import statements, surrounded

from dedup import PassageKeys
from dedup.shingle import encode, hash_words, shingle

RECIPE = PassageKeys()


def keys_of(*texts, recipe=RECIPE):
    return [set(keys.tolist()) for keys in recipe.keys(texts)]


def shingles_of(text):
    return shingle([text]).hashes.tolist()


@settings(max_examples=60, deadline=None)
@given(surrounded(19))
def test_a_shared_run_of_nineteen_words_is_a_shared_key(drawn):
    one, other = keys_of(*map(" ".join, drawn[1:]))
    assert one & other


@settings(max_examples=60, deadline=None)
@given(surrounded(34))
def test_a_shared_run_of_thirty_four_words_is_two_shared_keys(drawn):
    one, other = keys_of(*map(" ".join, drawn[1:]))
    assert len(one & other) >= 2


@settings(max_examples=40, deadline=None)
@given(surrounded(24), st.integers(1, 20), st.integers(1, 20), st.integers(0, 200))
def test_a_run_of_a_window_and_four_words_is_a_shared_key_by_any_recipe(
    drawn, window, narrower, short_words
):
    recipe = PassageKeys(window, min(narrower, window), short_words)
    run = drawn[0]
    assume(sum(1 if len(word) == 1 else 2 for word in run) >= 2 * (window + 4))
    one, other = keys_of(*map(" ".join, drawn[1:]), recipe=recipe)
    assert one & other


def test_a_run_that_repeats_itself_is_one_key():
    """Two keys need two shingles: a chant has one, however long it is."""
    chant = " ".join(["peace"] * 60)
    assert len(keys_of(chant)[0]) == 1


@pytest.mark.parametrize("n_words", [5, 18, 19, 20, 127, 128, 129, 400])
def test_what_the_wide_window_selects_the_narrow_one_selects_too(n_words):
    text = " ".join(f"word{k % 90}" for k in range(n_words))
    wide, narrow = (
        keys_of(text, recipe=PassageKeys(window, window))[0] for window in (15, 7)
    )  # fmt: skip
    assert wide <= narrow <= set(shingles_of(text))
    assert keys_of(text)[0] == (narrow if n_words < 128 else wide)


def test_a_character_without_spaces_is_half_a_word_of_a_short_text():
    text = "".join(chr(0x4E00 + k) for k in range(256))
    assert keys_of(text) == keys_of(text, recipe=PassageKeys(15, 15))
    assert keys_of(text[:-1]) == keys_of(text[:-1], recipe=PassageKeys(7, 7))


@settings(deadline=None)
@given(
    st.lists(statements(80), max_size=4), st.integers(1, 9), st.integers(0, 9), st.integers(0, 99)
)
def test_keys_equal_the_twin(texts, short_window, wider, short_words):
    recipe = (short_window + wider, short_window, short_words)
    tokens = [hash_words(encode([text])).tokens.tolist() for text in texts]
    expected = [naive.text_keys(own, recipe) for own in tokens]
    assert [keys.tolist() for keys in PassageKeys(*recipe).keys(texts)] == expected


@settings(deadline=None)
@given(st.lists(statements(60), min_size=1, max_size=4))
def test_keys_are_sorted_and_distinct(texts):
    found = RECIPE.of_words(hash_words(encode(texts)))
    for first, last in zip(found.offsets[:-1], found.offsets[1:], strict=True):
        own = found.keys[first:last].tolist()
        assert own == sorted(set(own))
    assert found.offsets[-1] == len(found.keys)


@given(st.lists(statements(40), min_size=1, max_size=4), st.data())
def test_the_keys_of_a_text_do_not_depend_on_the_others(texts, data):
    order = data.draw(st.permutations(range(len(texts))))
    found = RECIPE.keys([texts[k] for k in order])
    assert [keys.tolist() for keys in found] == [RECIPE.keys([texts[k]])[0].tolist() for k in order]


@pytest.mark.parametrize(
    ("text", "n"),
    [
        ("", 0),
        ("... — ¡!\n\n* * *", 0),
        ("\ud800", 0),
        ("Port", 1),
        ("中", 1),
        ("Ferries stay in port", 1),
        ("Ferries stay in port today", 1),
    ],
    ids=["empty", "punctuation", "surrogate", "word", "single", "under a shingle", "a shingle"],
)
def test_a_text_without_words_has_no_key_and_a_short_one_has_one(text, n):
    assert len(keys_of(text)[0]) == n


def test_a_text_shorter_than_a_shingle_meets_only_texts_of_its_words():
    text = "Ferries stay in port"
    same, longer, other = keys_of("ferries: stay, in PORT.", f"{text} today", "Ferries stay in")
    assert keys_of(text)[0] == same
    assert not keys_of(text)[0] & (longer | other)


def test_equal_words_have_equal_keys_however_they_are_set():
    text = "The mayor’s “plan” for the harbor of Mira: two ferries, 14 piers and a café by 2030."
    other = (
        'THE MAYOR\'S "PLAN" FOR THE\nHARBOR OF MIRA — two fer\xadries, 14 piers&nbsp;and a cafe '
        "by 2030"
    )
    assert keys_of(text) == keys_of(other)
    assert keys_of(text) != keys_of(text.replace("14", "15"))


def test_no_texts_have_no_keys():
    assert RECIPE.keys([]) == []
    assert RECIPE.of_words(hash_words(encode([]))).offsets.tolist() == [0]


def test_about_one_shingle_in_eight_is_a_key():
    """Of every window of 15 one: their density is 2 / 16 (Schleimer and others, section 3.2)."""
    words = [f"word{k}" for k in range(20_000)]
    random.Random(1).shuffle(words)
    # Four standard deviations of a share of 1/8 of 20,000, as if each shingle were drawn alone.
    assert abs(len(keys_of(" ".join(words))[0]) / 20_000 - 1 / 8) < 4 * (7 / 64 / 20_000) ** 0.5


@pytest.mark.parametrize(
    ("recipe", "message"),
    [
        ({"window": 0}, "short_window must be from 1 to window, got short_window=7, window=0"),
        ({"window": 5}, "short_window must be from 1 to window, got short_window=7, window=5"),
        (
            {"short_window": 0},
            "short_window must be from 1 to window, got short_window=0, window=15",
        ),
        ({"short_words": -1}, "short_words must be at least 0, got -1"),
    ],
)
def test_a_recipe_that_does_not_nest_is_refused(recipe, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        PassageKeys(**recipe)


def test_what_is_no_string_is_refused():
    with pytest.raises(TypeError, match=r"^text must be a string, got bytes$"):
        RECIPE.keys([b"Ferries"])


def test_a_recipe_is_a_value_that_tells_itself():
    assert PassageKeys(window=31) == PassageKeys(31, 7, 128)
    assert len({PassageKeys(), PassageKeys(15), PassageKeys(31)}) == 2
    assert PassageKeys(window=31).to_dict() == {
        "keys": "passages",
        "window": 31,
        "short_window": 7,
        "short_words": 128,
        "unicode": "14.0.0",
    }
    with pytest.raises(AttributeError):
        RECIPE.window = 3


def test_keys_are_what_they_were():
    """Keys are written into files: they must not change without a new recipe."""
    keys = RECIPE.keys(["One storm closed two ports.", "港口的風雨關閉了渡輪"])
    assert [key.dtype for key in keys] == [np.uint64] * 2
    assert [key.tolist() for key in keys] == [[0xBA34CBFBD38601CD], [0x6B8713A92F22A4C1]]
