"""Strings and ids in little memory are what was given, and are in the order of Python."""

from enum import Enum
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dedup.columns import Chosen, Ids, Strings, pack, pack_ids
from dedup.documents import id_order

# Surrogates stand alone, in pairs, and between letters that are encoded before and after them.
_LETTERS = "ab\0\x01\x7f\x80éߏࠀ\ud7ff\ud800\udbff\udc00\udfff\ue000\uffff\U00010000\U0010ffff"
letters = st.text(st.sampled_from(_LETTERS), max_size=12)
# Prefixes of each other, with ends at eight bytes and around it, and zeros after them.
alike = st.builds(
    "{0:{fill}<{1}}{2}".format,
    st.sampled_from(["", "a", "news/2026/", "é", "é" * 3, "abcdefgh" * 40]),
    st.integers(0, 26),
    st.sampled_from(["", "\0", "\0\0", "a", "b", "\ud800"]),
    fill=st.sampled_from(["\0", "a", "x"]),
)
strings = st.one_of(letters, alike, st.text())
many = st.lists(strings, max_size=12)
numbers = st.one_of(st.integers(-20, 20), st.integers(), st.integers(10**19, 10**21))
ids = st.lists(st.one_of(strings, numbers, numbers.map(str)), max_size=14)


def parts_of(data, values):
    """Return values in parts, of which some are empty."""
    ends = st.integers(0, len(values))
    cuts = sorted(data.draw(st.lists(ends, max_size=3))) if data else []
    bounds = [0, *cuts, len(values)]
    return [values[first:last] for first, last in pairwise(bounds)]


def some_of(data, values):
    """Return some places, in any order and more than once."""
    places = st.integers(0, len(values) - 1) if values else st.nothing()
    return np.array(data.draw(st.lists(places)), np.int64)


@given(many, st.data())
def test_strings_are_those_that_were_given(values, data):
    found = Strings([pack(part) for part in parts_of(data, values)])
    assert len(found) == len(values)
    assert list(found) == [found[k] for k in range(len(values))] == values
    first, last = data.draw(st.integers(-15, 15)), data.draw(st.integers(-15, 15))
    assert found[first:last] == values[first:last]
    encoded = [value.encode("utf-8", "surrogatepass") for value in values]
    assert pack(values).split() == encoded
    assert found.take(places := some_of(data, values)) == [values[k] for k in places]


@given(many, st.data())
@example(["a\0", "a", "a\0\0", "a" * 8, "a" * 9, "a" * 16, "a" * 8 + "\0"], None)
@example(["\U00010000", "\ud800", "\uffff", "\ud800\udc00", "\ue000", "\ud7ff"], None)
@example(["", "", ""], None)
@example(["a" * 8 + "z" * 8 + "2", "a" * 8 + "z" * 8 + "3", "b" * 8 + "z" * 8 + "1"] * 2, None)
def test_strings_are_in_the_order_of_their_code_points(values, data):
    marks = st.lists(st.booleans(), min_size=len(values), max_size=len(values))
    last = data.draw(marks) if data else [False] * len(values)
    found = Strings([pack(part) for part in parts_of(data, values)])
    order = found.order(np.array(last, np.bool_)).tolist()
    # Of equal strings with equal marks each stands after those that were given before it.
    assert order == sorted(range(len(values)), key=lambda k: (values[k], last[k]))


def test_many_strings_with_long_prefixes_in_common_are_in_order():
    random = np.random.default_rng(1)
    numbers_drawn = random.integers(0, 10**6, 5000).tolist()
    values = ["/".join(["https://news.example"] * 30) + f"/{k:x}" for k in numbers_drawn]
    found = Strings([pack(values)])
    order = found.order(np.zeros(len(values), np.bool_)).tolist()
    assert order == sorted(range(len(values)), key=values.__getitem__)


@given(ids, st.data())
def test_ids_are_those_that_were_given_and_of_their_type(values, data):
    found = Ids([pack_ids(part) for part in parts_of(data, values)])
    assert [(own, type(own)) for own in found] == [(own, type(own)) for own in values]
    assert (len(found), found[:], found[::-1]) == (len(values), values, values[::-1])
    assert [found[k] for k in range(len(values))] == values
    taken, own = found.take(places := some_of(data, values)), [values[k] for k in places]
    assert [(each, type(each)) for each in taken] == [(each, type(each)) for each in own]


class Letter(str, Enum):  # noqa: UP042 (a StrEnum has no other name)
    A = "a"


class Number(int, Enum):
    ONE = 1


@pytest.mark.parametrize("values", [[Letter.A], [Number.ONE, "b"], [Letter.A, Number.ONE]], ids=str)
def test_members_of_enumerations_are_the_ids_that_they_equal(values):
    found = Ids([pack_ids(values)])
    assert list(found) == values
    assert {type(own) for own in found} <= {str, int}


@given(ids, st.data())
def test_chosen_ids_are_as_a_tuple_of_them(values, data):
    places = some_of(data, values)
    own = tuple(values[k] for k in places)
    found = Chosen(Ids([pack_ids(values)]), places)
    assert tuple(found) == own == found == list(own)
    assert (len(found), repr(found), found[1:-1]) == (len(own), repr(own), list(own[1:-1]))
    assert [found[k] for k in range(-len(own), len(own))] == [*own, *own]
    assert found != (*own, "more") != found
    assert all(each in found for each in own)


def test_thousands_of_chosen_ids_come_one_after_the_other():
    ids = Ids([pack_ids(range(2500))])
    assert list(Chosen(ids, np.arange(2500))) == list(range(2500))


@given(ids)
@example([10, "9", 9, "10", "b", "B", -1, "é", ""])
@example(["1", 1, "1", 1])
def test_places_are_those_in_the_order_of_ids(values):
    found = Ids([pack_ids(values)])
    order = sorted(range(len(values)), key=lambda k: id_order(values[k]))
    assert [order.index(k) for k in range(len(values))] == found.places().tolist()


@pytest.mark.parametrize("at", [-1, 2, 99])
def test_there_is_no_string_before_the_first_and_after_the_last(at):
    with pytest.raises(IndexError, match=f"^at must be from 0 to 1, got {at}$"):
        Strings([pack(["a", "b"])])[at]


def test_of_nothing_there_is_nothing():
    assert (list(Strings([])), list(Ids([]))) == ([], [])
    assert Strings([]).order(np.zeros(0, np.bool_)).tolist() == []
    assert Ids([]).places().tolist() == []
