"""The kernels that find the articles of an index by their keys, against their readable twins."""

from itertools import pairwise

import naive_index
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.index.runs import FILTER_BITS
from dedup.kernels import frequent
from dedup.kernels import postings as kernels
from dedup.kernels import runs as run_kernels
from dedup.kernels.sources import table

ROWS = 160
LAST = 2**32 - 1

# Few, so that texts share them, and some chains hold several; the least and the largest of all.
codes = st.sampled_from([0, 1, 2, 3, 4, 5, 1 << 31, LAST - 1, LAST])
texts = st.lists(st.lists(codes, max_size=8), max_size=6)
# Of a row: it is gone, it cannot be found, it has few keys, many, as many as can be said.
states = st.sampled_from([0, 255, 1, 2, 5, 40, 253])
kept_rows = st.builds(
    lambda usual, others: [others.get(row, usual) for row in range(ROWS)],
    states,
    st.dictionaries(st.integers(0, ROWS - 1), states, max_size=30),
)
# Codes that a few rows have, and codes that so many in sequence have that not all are looked at.
stretches = st.tuples(
    codes,
    st.integers(0, ROWS - 1),
    st.one_of(st.integers(1, 4), st.integers(60, 68), st.just(ROWS)),
)


def rows_of(stretch):
    code, first, n = stretch
    return [(code, row) for row in range(first, min(first + n, ROWS))]


@st.composite
def postings(draw):
    """Draw codes with their rows, by rows, each once."""
    drawn = draw(st.lists(stretches, max_size=5))
    found = {posting for stretch in drawn for posting in rows_of(stretch)}
    return sorted(found, key=lambda posting: (posting[1], posting[0]))


def as_codes(some):
    return np.array(some, np.uint32)


def as_kept(kept):
    return np.array(kept, np.uint8)


def offsets_of(lists):
    return np.cumsum([0, *map(len, lists)]).astype(np.int64)


def flat(lists):
    return [each for own in lists for each in own]


def parted(values, offsets):
    """Return the values of each text as lists."""
    return [own.tolist() for own in np.split(values, offsets[1:-1])][: len(offsets) - 1]


def chained(given_postings, heads=8, cuts=()):
    """Return postings in chains, as the kernels take them; ``cuts`` : where they were put in."""
    own = as_codes([code for code, _ in given_postings])
    rows = np.array([row for _, row in given_postings], np.int32)
    heads, following = np.full(heads, -1, np.int32), np.empty(len(own), np.int32)
    bounds = [0, *sorted(cut % (len(own) + 1) for cut in cuts), len(own)]
    for first, last in pairwise(bounds):
        kernels.chain(own, rows, first, last, heads, following)
    return own, rows, heads, following


def found_as_lists(found):
    offsets, rows = found
    assert offsets[-1] == len(rows)
    return parted(rows, offsets)


# Filters

any_codes = st.lists(st.integers(0, LAST), max_size=200)


def probed(asked, is_sought, bits, firsts, start, base):
    hits = np.empty((len(asked), 4), np.int64)
    sought = np.array(is_sought, np.bool_)
    n = run_kernels.probe(as_codes(asked), sought, bits, as_codes(firsts), start, base, hits, 0)
    return hits[:n].tolist()


def passed_by(bits, asked):
    """Return the places of the codes that pass a filter: all are sought, in a run of one part."""
    return [hit[0] for hit in probed(asked, [True] * len(asked), bits, [0], 0, 0)]


def filled(some, blocks):
    bits = np.zeros(run_kernels.WORDS * blocks, np.uint64)
    run_kernels.fill(as_codes(some), bits)
    return bits


@given(any_codes, any_codes, st.integers(1, 5))
def test_a_filter_passes_whatever_was_put_into_it(some, others, blocks):
    bits = filled(some, blocks)
    asked = [*others, *some]
    found = passed_by(bits, asked)
    assert {*range(len(others), len(asked))} <= {*found}
    assert found == sorted({*found})


@given(any_codes)
def test_an_empty_filter_passes_nothing(some):
    assert passed_by(filled([], 3), some) == []


@given(any_codes, any_codes)
def test_a_filter_is_the_same_however_it_was_filled(some, others):
    bits = filled(some, 2)
    run_kernels.fill(as_codes(others), bits)
    assert bits.tolist() == filled([*others, *some], 2).tolist()


@pytest.mark.parametrize("seed", range(3))
def test_few_codes_pass_a_filter_that_were_not_put_into_it(seed):
    n = 100_000
    both = np.random.default_rng(seed).integers(0, 2**32, 2 * n, np.uint32)
    inside = np.ascontiguousarray(both[::2])
    outside = np.setdiff1d(both[1::2], inside)
    blocks = FILTER_BITS * len(inside) // (64 * run_kernels.WORDS) + 1
    bits = filled(inside, blocks)
    assert len(passed_by(bits, inside)) == len(inside)
    passed = len(passed_by(bits, outside))
    # Each code sets at most seven of 512 bits; ten bits a code make one in a hundred pass.
    assert 0 < passed < 0.015 * len(outside)


@given(
    st.lists(codes, max_size=8),
    st.sets(codes),
    st.lists(codes, max_size=8),
    st.lists(codes, min_size=1, max_size=8),
    st.integers(0, 1 << 40),
    st.integers(0, ROWS),
)
def test_where_runs_are_asked_equals_the_twin(asked, sought, some, firsts, start, base):
    bits, firsts = filled(some, 2), sorted(firsts)
    is_sought = [code in sought for code in asked]
    passed = {asked[place] for place in passed_by(bits, asked)}
    expected = naive_index.probed(asked, is_sought, passed, firsts, start, base)
    assert probed(asked, is_sought, bits, firsts, start, base) == expected


some_hits = st.lists(
    st.tuples(st.integers(0, 7), st.integers(0, 9), st.integers(-1, 9), st.integers(0, ROWS)).map(
        list
    ),
    max_size=20,
)


def as_hits(hits):
    return np.array(hits, np.int64).reshape(-1, 4)


@given(some_hits)
def test_hits_are_put_in_the_order_of_their_codes(hits):
    arranged, ranks = run_kernels.arrange(as_hits(hits), 8)
    assert arranged.tolist() == sorted(hits, key=lambda hit: hit[0])
    places = [hit[0] for hit in arranged.tolist()]
    assert ranks.tolist() == [places[:at].count(place) for at, place in enumerate(places)]


@given(some_hits, st.integers(0, 7))
def test_the_parts_that_are_read_equal_the_twin(hits, first):
    numbers, chosen = run_kernels.parts_of(as_hits(hits), first)
    assert (numbers.tolist(), chosen.tolist()) == naive_index.parts_of(hits, first)


# Chains


@given(
    st.lists(codes, max_size=8),
    postings(),
    kept_rows,
    st.sampled_from([1, 2, 8, 64]),
    st.lists(st.integers(0, 10**4), max_size=3),
    st.randoms(use_true_random=False),
)
def test_what_chains_hold_equals_the_twin(asked, given_postings, kept, heads, cuts, random):
    """In whatever order postings were put in."""
    shuffled = random.sample(given_postings, len(given_postings))
    found = kernels.walk(as_codes(asked), *chained(shuffled, heads, cuts), as_kept(kept))
    assert found_as_lists(found) == naive_index.walked(asked, given_postings, kept)


# Runs


@given(
    st.lists(st.integers(0, LAST) | codes, max_size=60),
    st.integers(0, 31),
    st.integers(1, 70),
    st.data(),
)
def test_parts_hold_what_was_put_into_them(some, row_bits, most, data):
    rows = [data.draw(st.integers(0, (1 << row_bits) - 1)) for _ in some]
    every = sorted(zip(some, rows, strict=True))
    entries = np.array([(code << 32) | row for code, row in every], np.uint64)
    packed, bounds = run_kernels.pack(entries, row_bits, most)
    packed.flags.writeable = False
    parts = [packed[first:last].tobytes() for first, last in pairwise(bounds)]
    assert parts == naive_index.packed(every, row_bits, most)
    assert bounds[-1] == len(packed)
    assert run_kernels.unpack(packed, bounds).tolist() == entries.tolist()


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, LAST)), max_size=30), st.integers(1, 9))
def test_of_each_code_the_newest_postings_are_left(some, most):
    every = sorted(some)
    entries = np.array([(code << 32) | row for code, row in every], np.uint64)
    left = naive_index.newest_of_each(every, most)
    expected = [(code << 32) | row for code, row in left]
    assert run_kernels.newest_of_each(entries, most).tolist() == expected


def parts_of(given_postings, base, size):
    """Return postings as the parts of a run: by code and then by row."""
    ordered = sorted((code, row - base) for code, row in given_postings)
    return [ordered[start : start + size] for start in range(0, len(ordered), size)]


@st.composite
def runs(draw):
    """Draw runs, the newest first: postings parted by their rows, and in parts of some size."""
    every = draw(postings())
    size = draw(st.sampled_from([1, 3, 64, 200]))
    bounds = sorted(draw(st.sets(st.integers(1, ROWS - 1), max_size=3)) | {0, ROWS})
    made = []
    for first, last in pairwise(bounds):
        own = [posting for posting in every if first <= posting[1] < last]
        if own:
            made.append((first, parts_of(own, first, size)))
    return made[::-1]


def as_parts(parts):
    """Return parts as the kernels take them, and where each starts."""
    data = [each for part in parts for each in naive_index.packed(part, 8, len(part))]
    bounds = np.cumsum([0, *map(len, data)]).astype(np.int64)
    return np.frombuffer(b"".join(data), np.uint8), bounds


def hits_of(asked, given_runs, passes):
    """Return the hits of each code that may be in a run, with places of parts."""
    hits = []
    n_before = np.cumsum([0, *(len(parts) for _, parts in given_runs)]).tolist()
    for place, code in enumerate(asked):
        for r, (base, parts) in enumerate(given_runs):
            reached = [part for part in parts if part[0][0] <= code]
            is_there = any(own == code for part in parts for own, _ in part)
            # Of the codes that are not there a filter lets some pass.
            if reached and (is_there or (place, r) in passes):
                slot = n_before[r] + len(reached) - 1
                has_before = len(reached) > 1 and reached[-1][0][0] == code
                hits.append([place, slot, slot - 1 if has_before else -1, base])
    return as_hits(hits)


@given(
    st.lists(codes, max_size=8),
    runs(),
    kept_rows,
    st.sets(st.tuples(st.integers(0, 7), st.integers(0, 3))),
)
def test_what_runs_hold_equals_the_twin(asked, given_runs, kept, passes):
    hits = hits_of(asked, given_runs, passes)
    parts = [part for _, own in given_runs for part in own]
    found = run_kernels.gather(as_codes(asked), hits, *as_parts(parts), as_kept(kept))
    assert found_as_lists(found) == naive_index.gathered(asked, given_runs, kept)


def test_more_rows_than_there_is_room_for_at_first_are_all_told():
    n = 40
    kept = np.ones(ROWS, np.uint8)
    every = [(code, row) for row in range(100) for code in range(n)]
    asked = list(range(n))
    parts = parts_of(every, 0, 1016)
    hits = hits_of(asked, [(0, parts)], set())
    found = run_kernels.gather(as_codes(asked), hits, *as_parts(parts), kept)
    assert found_as_lists(found) == [list(range(99, 35, -1))] * n
    found = kernels.walk(as_codes(asked), *chained(every), kept)
    assert found_as_lists(found) == [list(range(99, 35, -1))] * n


@given(st.data(), st.integers(0, 5))
def test_what_else_was_found_comes_after_what_was(data, n):
    rows = st.lists(st.integers(0, ROWS), max_size=3) | st.just(list(range(40)))
    before, more = (data.draw(st.lists(rows, min_size=n, max_size=n)) for _ in range(2))
    both = [
        np.array(part, dtype)
        for own in (before, more)
        for part, dtype in ((offsets_of(own), np.int64), (flat(own), np.int32))
    ]
    expected = [(own + other)[: run_kernels.MOST] for own, other in zip(before, more, strict=True)]
    assert found_as_lists(run_kernels.join(*both)) == expected


@given(st.lists(st.lists(st.integers(0, ROWS), max_size=3), max_size=6), st.randoms())
def test_what_was_found_of_sorted_codes_is_put_back(lists, random):
    order = random.sample(range(len(lists)), len(lists))
    rows, places = np.array(flat(lists), np.int32), np.array(order, np.int64)
    found = found_as_lists(run_kernels.put_back(offsets_of(lists), rows, places))
    assert [found[place] for place in order] == lists


@given(some_hits, st.integers(0, 3), st.integers(0, 4), st.lists(st.integers(0, 70), min_size=8))
def test_hits_of_a_turn_are_of_codes_that_lack_some(hits, first, n, sizes):
    arranged, ranks = run_kernels.arrange(as_hits(hits), 8)
    offsets = np.cumsum([0, *sizes]).astype(np.int64)
    chosen = run_kernels.of_turn(arranged, ranks, first, first + n, offsets)
    assert chosen.tolist() == [
        hit
        for hit, rank in zip(arranged.tolist(), ranks.tolist(), strict=True)
        if first <= rank < first + n and sizes[hit[0]] < run_kernels.MOST
    ]


# What texts are asked by


@st.composite
def both_postings(draw):
    """Draw postings in chains, and lists of rows by code as runs tell them, which are older."""
    every = draw(postings())
    border = draw(st.integers(0, ROWS))
    older = naive_index.by_code([posting for posting in every if posting[1] < border])
    newer = [posting for posting in every if posting[1] >= border]
    return newer, older


def told_of_runs(asked, older, kept):
    """Return offsets and rows that runs tell for each code: 64 that are there."""
    rows = [[row for row in older.get(code, []) if kept[row]][: run_kernels.MOST] for code in asked]
    return offsets_of(rows), np.array(flat(rows), np.int32), rows


keyed_texts = st.lists(
    st.lists(st.tuples(st.integers(0, 1), codes), max_size=8), min_size=1, max_size=4
)
boilerplate = st.sets(st.tuples(st.integers(0, 1), codes, st.integers(0, 2)), max_size=8)


@settings(max_examples=300)
@given(keyed_texts, both_postings(), kept_rows, boilerplate, st.data())
def test_a_survey_equals_the_twin(given_texts, split, kept, common, data):
    newer, older = split
    n = len(given_texts)
    labels = data.draw(st.lists(st.integers(-1, 2), min_size=n, max_size=n))
    own_label, period = data.draw(st.tuples(st.integers(-1, 2), st.integers(1, 5)))
    row_labels = [own_label if row % period else row % 3 for row in range(ROWS)]
    label_texts = data.draw(st.lists(st.integers(0, ROWS), min_size=3, max_size=3))
    origin, until = sorted(data.draw(st.tuples(st.integers(0, ROWS), st.integers(0, ROWS))))
    least, share = data.draw(st.integers(2, 5)), data.draw(st.sampled_from([0.01, 0.3, 0.9]))
    most_common = data.draw(st.sampled_from([0.0, 0.5, 0.8, 1.0]))

    # Two keys of one code are two keys, and what is boilerplate is known of keys.
    texts_of_keys = [[(high << 40) | code for high, code in text] for text in given_texts]
    common = {((high << 40) | code, label) for high, code, label in common}
    asked = [code for text in given_texts for _, code in text]
    _, _, told = told_of_runs(asked, older, kept)
    text_labels, offsets = np.array(labels, np.int32), offsets_of(given_texts)
    is_own, is_sought = kernels.screen(
        np.array(flat(texts_of_keys), np.uint64), offsets, text_labels,
        *table(
            np.array([key for key, _ in common], np.uint64),
            np.array([label for _, label in common], np.int32),
        ),
    )  # fmt: skip
    # Nobody needs to know what runs hold of the others.
    told = [own if sought else [] for own, sought in zip(told, is_sought, strict=True)]
    hit_offsets, hit_rows = offsets_of(told), np.array(flat(told), np.int32)
    found = kernels.survey(
        as_codes(asked), is_own, offsets, text_labels, hit_offsets, hit_rows, *chained(newer),
        origin, until, as_kept(kept), np.array(row_labels, np.int32),
        np.array(label_texts, np.int64), least, share, most_common,
    )  # fmt: skip

    rows = naive_index.by_code(newer)
    screened = naive_index.screened(texts_of_keys, labels, common)
    assert (is_own.tolist(), is_sought.tolist()) == (flat(screened[0]), flat(screened[1]))
    every = iter(
        [*rows.get(code, []), *own]
        for code, own in zip(asked, told_of_runs(asked, older, kept)[2], strict=True)
    )
    known = naive_index.Known(
        [[next(every) for _ in text] for text in given_texts],
        origin, until, kept, row_labels, label_texts, common,
    )  # fmt: skip
    nominates, own, is_learned = naive_index.surveyed(
        texts_of_keys, labels, known, least, share, most_common
    )
    assert found[0].tolist() == flat(nominates)
    assert found[1].tolist() == own
    assert found[2].tolist() == flat(is_learned)


def masks(given_texts):
    n = sum(map(len, given_texts))
    return st.lists(st.booleans(), min_size=n, max_size=n)


@given(texts, st.data())
def test_levels_equal_the_twin(given_texts, data):
    chosen, offsets = data.draw(masks(given_texts)), offsets_of(given_texts)
    nominates = np.array(chosen, np.bool_)
    found = kernels.levels(as_codes(flat(given_texts)), offsets, nominates)
    expected = naive_index.levels(given_texts, parted(nominates, offsets))
    assert found.tolist() == expected


@given(texts, st.data())
def test_texts_of_one_level_do_not_nominate_each_other(given_texts, data):
    chosen, offsets = data.draw(masks(given_texts)), offsets_of(given_texts)
    nominates = np.array(chosen, np.bool_)
    found = kernels.levels(as_codes(flat(given_texts)), offsets, nominates)
    own = parted(nominates, offsets)
    for later, codes_of, level in zip(range(len(given_texts)), given_texts, found, strict=True):
        asked = {code for code, asks in zip(codes_of, own[later], strict=True) if asks}
        for earlier in range(later):
            assert not asked & {*given_texts[earlier]} or found[earlier] < level


@settings(max_examples=300)
@given(texts, both_postings(), kept_rows, st.data())
def test_candidates_equal_the_twin(given_texts, split, kept, data):
    newer, older = split
    n = len(given_texts)
    chosen = data.draw(masks(given_texts))
    own = data.draw(st.lists(st.integers(0, 40), min_size=n, max_size=n))
    rows = data.draw(st.lists(st.integers(0, ROWS), min_size=n, max_size=n))
    places = data.draw(st.lists(st.integers(0, n - 1), max_size=n, unique=True)) if n else []
    least, most = data.draw(st.integers(1, 3)), data.draw(st.integers(1, 8))
    most_alike = data.draw(st.integers(0, most))
    labels = data.draw(st.lists(st.integers(-1, 2), min_size=n, max_size=n))
    own_label, period = data.draw(st.tuples(st.integers(-1, 2), st.integers(1, 5)))
    row_labels = [own_label if row % period else row % 3 for row in range(ROWS)]
    share = data.draw(st.sampled_from([0.0, 0.0625, 0.125, 0.375]))

    asked, offsets = flat(given_texts), offsets_of(given_texts)
    hit_offsets, hit_rows, told = told_of_runs(asked, older, kept)
    found, n_found = kernels.nominate(
        np.array(places, np.int64), as_codes(asked), offsets, np.array(labels, np.int32),
        np.array(chosen, np.bool_), np.array(own, np.int64), np.array(rows, np.int64),
        hit_offsets, hit_rows, *chained(newer), as_kept(kept), np.array(row_labels, np.int32),
        least, share, most, most_alike,
    )  # fmt: skip

    newest = naive_index.by_code(newer)
    assert found.shape == (len(places), most)
    for k, candidates, n_own in zip(places, found.tolist(), n_found.tolist(), strict=True):

        def before(those, row=rows[k]):
            found = [each for each in those if each < row]
            return [each for each in found if naive_index.can_be_found(kept[each])]

        rows_by_key = []
        for at in range(offsets[k], offsets[k + 1]):
            if chosen[at]:
                first = before(newest.get(asked[at], []))[: run_kernels.MOST]
                # Of what runs tell, the newest are taken before it is seen which can be found.
                rows_by_key.append(first + before(told[at][: run_kernels.MOST - len(first)]))
        is_alike = [labels[k] >= 0 and label == labels[k] for label in row_labels]
        expected = naive_index.nominated(
            rows_by_key, own[k], kept, is_alike, least, share, most, most_alike
        )
        assert candidates == expected + [-1] * (most - len(expected))
        assert n_own == len(expected)


def test_candidates_are_told_apart_whatever_was_counted_before():
    """Many texts of many keys: the table of rows is made larger, and is empty for each text."""
    n = 60
    kept = np.full(ROWS, 10, np.uint8)
    every = [(code, row) for row in range(100) for code in range(row, row + 3)]
    given_texts = [list(range(k, k + 60)) for k in range(n)]
    asked, offsets = flat(given_texts), offsets_of(given_texts)
    found, n_found = kernels.nominate(
        np.arange(n), as_codes(asked), offsets, np.full(n, -1, np.int32),
        np.ones(len(asked), np.bool_), np.full(n, 60, np.int64), np.full(n, ROWS, np.int64),
        np.zeros(len(asked) + 1, np.int64), np.zeros(0, np.int32), *chained(every), kept,
        np.full(ROWS, -1, np.int32), 3, 0.125, 8, 6,
    )  # fmt: skip
    assert n_found.tolist() == [8] * n
    assert found.tolist() == [list(range(k, k + 8)) for k in range(n)]


# Frequent codes

steps = st.lists(
    st.tuples(st.booleans(), postings(), st.lists(st.tuples(codes, st.booleans()), max_size=8)),
    max_size=6,
)


@given(steps, st.sampled_from([1, 2, 4, 16]))
def test_frequent_codes_are_remembered_with_what_came_since(drawn, n_slots):
    naive = naive_index.Frequent(n_slots)
    own = np.zeros(n_slots, np.uint32), np.full((n_slots, naive_index.MOST), -1, np.int32)
    base = 7
    for is_new_run, some, asked in drawn:
        wanted, sought = as_codes([c for c, _ in asked]), np.array([s for _, s in asked], np.bool_)
        *found, left = frequent.recall(wanted, sought, *own)
        known = [naive.recalled(code) if is_sought else None for code, is_sought in asked]
        assert found_as_lists(found) == [rows or [] for rows in known]
        assert left.tolist() == [s and k is None for (_, s), k in zip(asked, known, strict=True)]
        if is_new_run:
            naive.renew([(code, base + row) for code, row in some])
            entries = np.array(sorted((code << 32) | row for code, row in some), np.uint64)
            frequent.renew(*own, entries, base)
        else:
            told = {code: rows for code, rows in naive_index.by_code(some).items() if rows}
            told = {code: rows[:64] for code, rows in told.items()}
            frequent.remember(
                as_codes([*told]),
                offsets_of(list(told.values())),
                np.array(flat(told.values()), np.int32),
                *own,
            )
            for code, rows in told.items():
                naive.remember(code, rows)
