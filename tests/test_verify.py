"""Pairs measured on their words, against the readable twin; batches make no difference."""

import naive_pairs
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from strategies import retold

from dedup import verify
from dedup.kernels import match as kernels
from dedup.shingle import encode
from dedup.sources import NOTHING

SALT = np.uint64(0x1234567890ABCDEF)
NO_LABELS = np.full(99, -1, np.int32)


def prepared(texts, boilerplate=NOTHING, labels=NO_LABELS):
    return verify.prepare(encode(texts), labels[: len(texts)], boilerplate, with_spans=True)


def as_texts(material):
    """Return the texts of a material as the twin reads them."""
    found = []
    for first, last in zip(material.token_offsets[:-1], material.token_offsets[1:], strict=True):
        flags = material.flags[first:last]
        facts = list(zip((flags & 7).tolist(), material.values[first:last].tolist(), strict=True))
        found.append(
            naive_pairs.Text(material.tokens[first:last].tolist(), facts, (flags & 8 != 0).tolist())
        )
    return found


def measured(material, pairs, floor, *, with_runs, salt=SALT):
    """Return what the kernel measures of pairs, each as the twin tells it."""
    pairs = np.array(pairs, np.int64)
    found = kernels.match(*material.compared, pairs, floor, with_runs, salt)
    measures, facts, runs, offsets = (array.tolist() for array in found)
    return [
        naive_pairs.Measured(
            (row[kernels.LEFT_COVERED], row[kernels.LEFT_OWN_COVERED]),
            (row[kernels.RIGHT_COVERED], row[kernels.RIGHT_OWN_COVERED]),
            row[kernels.OWN_RUN],
            row[kernels.LONGEST_RUN],
            row[kernels.START],
            (row[kernels.CHANGED_NUMBERS], row[kernels.CHANGED_NAMES]),
            (row[kernels.AGREEING_NUMBERS], row[kernels.AGREEING_NAMES]),
            [tuple(each) for each in facts[p][: row[kernels.FACTS_SHOWN]]],
            [tuple(run) for run in runs[offsets[p] : offsets[p + 1]]],
        )
        for p, row in enumerate(measures)
    ]


def with_flags(material, flags):
    """Return a material in which some words are boilerplate."""
    chosen = np.resize(np.array(flags, np.uint8), len(material.tokens)) * kernels.BOILERPLATE
    own = (2 - (material.tokens & np.uint64(1)).astype(np.int64)) * (chosen == 0)
    sums = np.concatenate(([0], np.cumsum(own)))[material.token_offsets]
    weights = np.stack([material.weights[:, 0], np.diff(sums)], axis=1)
    return material._replace(flags=material.flags | chosen, weights=weights)


every = st.tuples(st.sampled_from([0.0, 0.3, 0.6, 1.0]), st.booleans())
marks = st.lists(st.booleans(), min_size=1, max_size=30)


@settings(max_examples=250, deadline=None)
@given(retold(120), every, marks)
@example(["one two three so", "one two three so 5 5 5 5 5 Selm one two three so"], (0, True), [0])
@example(["", "one two", "one two three so"], (0, False), [0])
def test_pairs_equal_the_twin(texts, limits, flags):
    material = with_flags(prepared(texts), flags)
    read = as_texts(material)
    pairs = [(a, b) for b in range(len(texts)) for a in range(len(texts)) if a != b]
    floor, with_runs = limits
    found = measured(material, pairs, floor, with_runs=with_runs)
    for (a, b), own in zip(pairs, found, strict=True):
        assert own == naive_pairs.measure(read[a], read[b], floor, with_runs=with_runs)


@settings(max_examples=30, deadline=None)
@given(retold(120), st.integers(0, 2**63 - 1))
def test_the_salt_makes_no_difference(texts, salt):
    material = prepared(texts)
    found = [
        measured(material, [(0, 1), (1, 0)], 0.0, with_runs=True, salt=np.uint64(each))
        for each in (SALT, 2 * salt + 1)
    ]
    assert found[0] == found[1]


@settings(max_examples=20, deadline=None)
@given(st.lists(retold(40).map(" ".join), min_size=2, max_size=6), st.data())
def test_batches_make_no_difference(texts, data):
    pairs = [(a, b) for b in range(len(texts)) for a in range(len(texts)) if a != b]
    whole = prepared(texts)
    found = verify.match_pairs(whole, np.array(pairs), floor=0.3, with_runs=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("dedup.shingle.BATCH_BYTES", data.draw(st.integers(1, 300)))
        parted = prepared(texts)
    again = verify.match_pairs(parted, np.array(pairs), floor=0.3, with_runs=True)
    for one, other in zip([*whole, *found], [*parted, *again], strict=True):
        assert one.tolist() == other.tolist()


@given(st.lists(st.integers(0, 3), max_size=5), st.data())
def test_matches_are_taken_with_their_runs(sizes, data):
    offsets = np.cumsum([0, *sizes])
    matches = verify.Matches(
        np.arange(len(sizes))[:, None],
        np.arange(len(sizes))[:, None, None],
        np.repeat(np.arange(len(sizes)), sizes)[:, None],
        offsets,
    )
    chosen = data.draw(st.lists(st.integers(0, len(sizes) - 1), max_size=9)) if sizes else []
    taken = matches.take(np.array(chosen, np.int64))
    assert taken.measures[:, 0].tolist() == taken.facts[:, 0, 0].tolist() == chosen
    assert taken.runs[:, 0].tolist() == [k for k in chosen for _ in range(sizes[k])]
    assert np.diff(taken.run_offsets).tolist() == [sizes[k] for k in chosen]


def pair(left, right, floor=0.0, **given_marks):
    """Return what is measured of two texts, with shares in words."""
    material = prepared([left, right])
    if given_marks:
        material = with_flags(material, given_marks["marks"])
    return measured(material, [(0, 1)], floor, with_runs=True)[0]


STORY = "two ferries stayed in the harbor of a town on its coast while a storm closed the channel"
OTHER = "bread was dearer this spring than in any other since the mill by the old river burned down"


def test_coverage_is_of_words_in_shared_runs_of_four():
    found = pair(STORY, STORY.replace("town", "city"))
    assert found.left[0] == found.right[0] == 2 * 17
    assert found.own_run == 2
    # Between the two stand two words: no run.
    found = pair(STORY, STORY.replace("town", "city").replace("coast", "shore"))
    assert found.left[0] == found.right[0] == 2 * 14
    assert found.own_run == 8


def test_a_text_that_is_told_twice_is_covered_as_a_whole():
    found = pair(f"{STORY} {STORY}", STORY)
    assert found.left[0] == 4 * len(STORY.split())
    assert found.right[0] == 2 * len(STORY.split())


def test_only_the_best_stretch_of_a_long_text_counts():
    """A long page holds a bit of everything: what is strewn over it is no copy."""
    words = STORY.split()
    halves = " ".join(words[:9]), " ".join(words[9:])
    near = f"{halves[1]} {halves[0]}"
    far = f"{OTHER} {halves[1]} {OTHER} {OTHER} {OTHER} {halves[0]} {OTHER}"
    assert pair(STORY, near).left[0] == 2 * len(words)
    assert pair(STORY, far).left[0] == 2 * 9
    assert pair(far, STORY).left[0] == 2 * len(words)


def test_own_runs_and_own_coverage_leave_boilerplate_out():
    text = f"{STORY} {OTHER}"
    found = pair(text, STORY, marks=[False] * 18 + [True] * 18 + [False] * 18)
    assert (found.left, found.own_run) == ((36, 36), 0)
    found = pair(text, STORY, marks=[False] * 18 + [True] * 9 + [False] * 27)
    assert (found.left, found.own_run) == ((36, 36), 18)
    found = pair(text, STORY, marks=[True] * 8 + [False] * 46)
    assert (found.left, found.own_run) == ((36, 20), 36)
    assert (found.right, found.longest_run) == ((36, 36), 20)


def test_start_is_where_the_text_would_start_by_its_longest_run():
    assert pair(STORY, f"{OTHER} {STORY}").start == len(OTHER.split())
    assert pair(f"{OTHER} {STORY}", STORY).start == -len(OTHER.split())
    assert pair(STORY, STORY).start == 0


def test_a_pair_below_the_floor_is_measured_no_further():
    material = prepared([STORY, f"{OTHER} {' '.join(STORY.split()[:9])}"])
    found = measured(material, [(0, 1)], 0.6, with_runs=False)[0]
    assert (found.left[0], found.own_run) == (18, 18)
    assert (found.right, found.longest_run) == ((0, 0), 0)
    assert measured(material, [(0, 1)], 0.5, with_runs=False)[0].longest_run == 18


@pytest.mark.parametrize(("n_own", "is_measured"), [(3, False), (4, True), (17, True)])
def test_the_floor_is_of_own_words_where_a_text_has_four(n_own, is_measured):
    boilerplate = [False] * n_own + [True] * (36 - n_own) + [False] * 18
    material = with_flags(prepared([f"{STORY} {OTHER}", STORY]), boilerplate)
    found = measured(material, [(0, 1)], 0.6, with_runs=False)[0]
    assert found.left == (36, 2 * n_own)
    assert (found.longest_run > 0) == is_measured


FRAME = "{} and later the port of the town said that {} had been seen in the channel on {}"


@pytest.mark.parametrize(
    ("left", "right", "changed", "agreeing"),
    [
        (("At noon", "5 ferries", "May 3"), ("At noon", "5 ferries", "May 3"), (0, 0), (3, 0)),
        (("At noon", "5 ferries", "May 3"), ("At noon", "7 ferries", "May 3"), (1, 0), (2, 0)),
        (("At noon", "5 ferries", "May 3"), ("At noon", "7 boats", "June 4"), (3, 0), (0, 0)),
        (("At noon", "5 ferries", "May 3"), ("At noon", "many boats", "May 3"), (0, 0), (2, 0)),
        (("At noon", "1,200 men", "May 3"), ("At noon", "1200 women", "May 3"), (0, 0), (3, 0)),
        (("At noon", "-5 ferries", "it"), ("At noon", "5 ferries", "it"), (1, 0), (0, 0)),
        (("At noon", "six ferries", "it"), ("At noon", "6 boats", "it"), (0, 0), (1, 0)),
        (("At noon", "Ada Birk", "it"), ("At noon", "Orla Birk", "it"), (0, 1), (0, 1)),
        (("At noon", "Ada Birk", "it"), ("At noon", "Birk, Ada", "it"), (0, 0), (0, 2)),
        (("At noon", "Ada Birk", "it"), ("At noon", "a woman", "it"), (0, 0), (0, 0)),
        (("Noon", "3 or 4 of 5", "it"), ("Noon", "4 or 3 of 6", "it"), (1, 0), (2, 0)),
    ],
    ids=[
        "equal", "number", "number and date", "left out", "spelling", "sign", "spelled out", "name",
        "order of names", "name left out", "order of numbers",
    ],
)  # fmt: skip
def test_facts_are_compared_where_one_text_has_another_word(left, right, changed, agreeing):
    found = pair(FRAME.format(*left), FRAME.format(*right))
    assert (found.changed, found.agreeing) == (changed, agreeing)
    assert len(found.shown) == sum(changed)
    back = pair(FRAME.format(*right), FRAME.format(*left))
    assert (back.changed, back.agreeing) == (changed, agreeing)


@pytest.mark.parametrize(
    ("left", "right", "changed"),
    [
        ("12 in all", "15 in all", (1, 0)),
        ("12,500 in all", "12,700 in all", (1, 0)),
        ("12 in all", "15 of us", (0, 0)),
        ("12 in all", "May in all", (0, 0)),
        ("12 in all", "12 in all", (0, 0)),
        ("12", "15", (0, 0)),
    ],
)
def test_a_number_right_after_a_run_counts_however_much_follows_the_next_word(left, right, changed):
    closed = f"{STORY} and {{}}. {OTHER} and {OTHER.upper()}"
    one, other = f"{STORY} and {left}.", closed.format(right)
    found, back = pair(one, other), pair(other, one)
    assert (found.changed, back.changed) == (changed, changed)
    assert len(found.shown) == sum(changed)


def test_no_more_than_ten_facts_are_shown():
    texts = [
        "now we count {} and so on".format(" and so it is ".join(map(str, range(k, k + 14))))
        for k in (0, 50)
    ]
    found = pair(*texts)
    assert (found.changed[0], len(found.shown)) == (14, 10)


def test_runs_are_told_in_the_order_of_the_left_text():
    first, second = STORY, OTHER
    n, m = len(first.split()), len(second.split())
    assert pair(f"{first} and {second}", f"{second} so {first}").runs == [
        (0, n, m + 1, m + 1 + n),
        (n + 1, n + 1 + m, 0, m),
    ]


def test_nothing_is_measured_of_no_pairs():
    found = verify.match_pairs(prepared([]), np.zeros((0, 2), np.int64), floor=0.6)
    assert (len(found.measures), len(found.runs), found.run_offsets.tolist()) == (0, 0, [0])


@pytest.mark.parametrize("n", [0, 1, 3])
def test_of_pairs_that_are_not_compared_nothing_is_known(n):
    nothing = verify.Matches.empty(n)
    pairs = np.array([[0, 1]] * n, np.int64).reshape(-1, 2)
    other = verify.match_pairs(prepared([STORY, OTHER]), pairs, floor=0.0)
    shapes = [(column.shape[1:], column.dtype) for column in other]
    assert [(column.shape[1:], column.dtype) for column in nothing] == shapes
    assert [len(column) for column in nothing] == [n, n, 0, n + 1]
    assert not any(column.any() for column in nothing)
