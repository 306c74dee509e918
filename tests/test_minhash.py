"""MinHash keys: the numbers of datasketch, the candidates of its index, and every door."""

import os
import pickle
import random
import re
import subprocess
import sys
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import datasketch
import fakeredis
import naive_minhash
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from newsroom import check_promise, news, stories
from strategies import collections, statements, texts

import dedup
from benchmarks import minhash_pages
from dedup import Document, MinHashKeys, PassageKeys, deduplicate, pairs, repeated_paragraphs
from dedup import minhash as module
from dedup.banding import Banding
from dedup.kernels.permute import BLOCK, hash_bands, sign
from dedup.shingle import encode, hash_words, shingle

RECIPE = MinHashKeys()
PAGE = minhash_pages.PAGE.read_text(encoding="utf-8")
LARGEST = 0xFFFFFFFF

some_texts = st.lists(
    st.one_of(texts(), statements(80), st.sampled_from(["", "Port", "中"])), max_size=5
)
seeds = st.sampled_from([0, 1, 7, LARGEST])


def recipe_of(num_perm, seed):
    return MinHashKeys(num_perm, seed=seed, bands=1, rows=num_perm)


def as_datasketch(recipe, text):
    """Return what datasketch makes of the shingles of a text."""
    found = datasketch.MinHash(
        num_perm=recipe.num_perm, seed=recipe.seed, hashfunc=lambda h: h, scheme="affine32"
    )
    found.update_batch(recipe.shingles(text).tolist())
    return found


# Signatures


@settings(deadline=None)
@given(some_texts, st.sampled_from([1, 2, 3, 64, 100, 128, 256, 300]), seeds)
def test_signatures_are_those_of_datasketch(batch, num_perm, seed):
    recipe = recipe_of(num_perm, seed)
    signatures = recipe.signatures(batch)
    assert (signatures.dtype, signatures.shape) == (np.uint32, (len(batch), num_perm))
    for row, text in zip(signatures, batch, strict=True):
        expected = as_datasketch(recipe, text)
        assert row.tolist() == expected.hashvalues.tolist()
        assert recipe.to_datasketch(row) == expected


@pytest.mark.parametrize("num_perm", [128, 286])
def test_signatures_of_articles_are_those_of_datasketch(num_perm):
    recipe = recipe_of(num_perm, 1)
    batch = [document.text for document in news()[0]][:60]
    expected = [as_datasketch(recipe, text).hashvalues.tolist() for text in batch]
    assert recipe.signatures(batch).tolist() == expected


@settings(deadline=None)
@given(
    st.lists(st.lists(st.integers(0, (1 << 64) - 1), max_size=2 * BLOCK + 2), max_size=4),
    st.integers(1, 40),
    seeds,
)
def test_the_kernel_equals_the_twin(batch, num_perm, seed):
    hashes = np.array([value for own in batch for value in own], np.uint64)
    offsets = np.cumsum([0, *map(len, batch)])
    signatures = np.zeros((len(batch), num_perm), np.uint32)
    sign(hashes, offsets, *recipe_of(num_perm, seed)._permutations, signatures)
    assert signatures.tolist() == [naive_minhash.signature(own, num_perm, seed) for own in batch]


def test_the_signature_of_a_text_does_not_depend_on_the_others():
    batch = [document.text for document in news(700)[0]]
    assert len(batch) > 3 * module.BATCH
    signatures = RECIPE.signatures(batch)
    for k in (0, module.BATCH - 1, module.BATCH, 3 * module.BATCH + 1):
        assert signatures[k].tolist() == RECIPE.signatures([batch[k]])[0].tolist()


def test_no_texts_have_no_signatures():
    assert RECIPE.signatures([]).shape == (0, 128)
    assert RECIPE.keys([]) == []


@pytest.mark.parametrize("text", ["", "... — ¡!", "\ud800"], ids=["empty", "marks", "surrogate"])
def test_a_text_without_words_has_the_signature_of_nothing_and_no_key(text):
    assert set(RECIPE.signatures([text])[0].tolist()) == {LARGEST}
    assert RECIPE.to_datasketch(RECIPE.signatures([text])[0]).is_empty()
    assert len(RECIPE.shingles(text)) == 0
    assert len(RECIPE.keys([text])[0]) == 0


def test_shingles_are_the_low_halves_of_their_hashes_once_and_in_order():
    text = stories(1)[0]
    found = RECIPE.shingles(f"{text}\n\n{text}")
    hashes = shingle([f"{text}\n\n{text}"]).hashes.tolist()
    assert found.dtype == np.uint32
    assert found.tolist() == sorted({value & LARGEST for value in hashes})
    assert len(found) < len(hashes)


def test_signatures_are_what_they_were():
    """People keep signatures: they must not change without a line in the changelog."""
    text = "One storm closed two ports in the north."
    assert RECIPE.shingles(text).tolist() == [2486438653, 3458712350, 3548774861, 4070015211]
    assert RECIPE.signatures([text])[0, :4].tolist() == [
        1090583059,
        346648572,
        201674906,
        386313981,
    ]
    assert [key.tolist() for key in MinHashKeys(bands=2, rows=3).keys([text])] == [
        [8968429237929504027, 12548953665260819964]
    ]


def test_equal_words_have_equal_signatures_however_they_are_set():
    one = "The mayor’s “plan” for the harbor of Mira: two ferries, 14 piers and a café."
    other = (
        'THE MAYOR\'S "PLAN" FOR THE\nHARBOR OF MIRA — two fer\xadries, 14 piers&nbsp;and a cafe'
    )
    first, second = RECIPE.signatures([one, other])
    assert first.tolist() == second.tolist()


# datasketch


def test_a_signature_goes_to_datasketch_and_comes_back():
    one, other = stories(2)
    rows = RECIPE.signatures([one, other, f"{one}\n\n{other}"])
    first, second, both = map(RECIPE.to_datasketch, rows)
    assert RECIPE.from_datasketch(first).tolist() == rows[0].tolist()
    assert RECIPE.from_datasketch(datasketch.LeanMinHash(first)).tolist() == rows[0].tolist()
    assert pickle.loads(pickle.dumps(first)) == first
    assert first.jaccard(second) == float(np.mean(rows[0] == rows[1]))
    first.update_batch(RECIPE.shingles(other).tolist())
    # But for the shingles across the seam, which only the joined text has.
    assert np.all(first.hashvalues >= both.hashvalues)
    assert first == datasketch.MinHash.union(RECIPE.to_datasketch(rows[0]), second)
    assert rows.tolist() == RECIPE.signatures([one, other, f"{one}\n\n{other}"]).tolist()


def test_what_comes_back_is_a_copy():
    minhash = RECIPE.to_datasketch(RECIPE.signatures(["Port"])[0])
    RECIPE.from_datasketch(minhash)[:] = 0
    assert minhash.hashvalues.any()


@pytest.mark.parametrize(
    ("other", "message"),
    [
        ({"scheme": "legacy"}, "scheme must be 'affine32', got 'legacy'"),
        ({"scheme": "affine64"}, "scheme must be 'affine32', got 'affine64'"),
        ({"seed": 2}, "seed must be 1, got 2"),
        ({"num_perm": 64}, "num_perm must be 128, got 64"),
    ],
    ids=str,
)
def test_a_signature_of_another_recipe_is_refused(other, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        RECIPE.from_datasketch(datasketch.MinHash(**other))


@pytest.mark.parametrize("shape", [(64,), (1, 128), ()])
def test_what_is_no_signature_is_refused(shape):
    message = f"a signature must have 128 numbers, got shape {shape}"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        RECIPE.to_datasketch(np.zeros(shape, np.uint32))


def test_signatures_and_keys_do_not_load_datasketch():
    code = (
        "import sys, dedup\n"
        "recipe = dedup.MinHashKeys()\n"
        "recipe.signatures(['Two ferries stay.']), recipe.keys(['Port']), recipe.to_dict()\n"
        "list(dedup.pairs([('a', 'Port'), ('b', 'Port')], keys=recipe))\n"
        "print('datasketch' in sys.modules)"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(dedup.__file__).parents[1])}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, check=True, capture_output=True, text=True
    )
    assert done.stdout == "False\n"


# Keys


def keys_of(batch, recipe):
    return [set(keys.tolist()) for keys in recipe.keys(batch)]


@settings(deadline=None)
@given(some_texts, st.integers(1, 12), st.integers(1, 12), seeds)
def test_keys_equal_the_twin(batch, bands, rows, seed):
    recipe = MinHashKeys(bands * rows + 3, seed=seed, bands=bands, rows=rows)
    found = recipe.keys(batch)
    for keys, row, text in zip(found, recipe.signatures(batch).tolist(), batch, strict=True):
        has_words = len(recipe.shingles(text)) > 0
        assert keys.tolist() == (naive_minhash.band_keys(row, bands, rows) if has_words else [])


@settings(deadline=None)
@given(some_texts)
def test_keys_are_sorted_and_distinct(batch):
    found = RECIPE.of_words(hash_words(encode(batch)))
    assert found.offsets[-1] == len(found.keys)
    for first, last in zip(found.offsets[:-1], found.offsets[1:], strict=True):
        own = found.keys[first:last].tolist()
        assert own == sorted(set(own))


def test_equal_values_in_other_bands_are_other_keys():
    signatures = np.full((1, 12), 5, np.uint32)
    keys, _ = hash_bands(signatures, np.array([0, 1]), 4, 3)
    assert len(set(keys.tolist())) == 4


def met(sets):
    """Return the pairs of texts that share a key."""
    return {(a, b) for a, b in combinations(range(len(sets)), 2) if sets[a] & sets[b]}


def met_in_datasketch(batch, recipe):
    """Return the pairs that an index of datasketch with the same bands finds."""
    lsh = datasketch.MinHashLSH(
        num_perm=recipe.num_perm, params=(recipe.banding.bands, recipe.banding.rows)
    )
    signed = [as_datasketch(recipe, text) for text in batch]
    for place, minhash in enumerate(signed):
        lsh.insert(place, minhash)
    return {(a, b) for b, minhash in enumerate(signed) for a in lsh.query(minhash) if a < b}


BANDINGS = [
    RECIPE,
    MinHashKeys(bands=14, rows=9),
    MinHashKeys(112, bands=14, rows=8),
    MinHashKeys(60, seed=3, bands=30, rows=2),
    MinHashKeys(bands=128, rows=1),
]
bandings = pytest.mark.parametrize(
    "recipe", BANDINGS, ids=lambda recipe: f"{recipe.banding.bands}x{recipe.banding.rows}"
)


@bandings
def test_articles_meet_as_in_an_index_of_datasketch(recipe):
    batch = [document.text for document in news()[0]]
    expected = met_in_datasketch(batch, recipe)
    assert len(expected) > 20
    assert met(keys_of(batch, recipe)) == expected


@settings(deadline=None, max_examples=50)
@given(st.lists(statements(30), min_size=2, max_size=5))
def test_texts_with_words_meet_as_in_an_index_of_datasketch(batch):
    batch = [text for text in batch if len(RECIPE.shingles(text))]
    for recipe in BANDINGS[2:]:
        assert met(keys_of(batch, recipe)) == met_in_datasketch(batch, recipe)


def test_texts_without_words_meet_nobody():
    """In an index of datasketch they all meet."""
    batch = ["", "...", "Port", "port!"]
    assert met_in_datasketch(batch, RECIPE) == {(0, 1), (2, 3)}
    assert met(keys_of(batch, RECIPE)) == {(2, 3)}


def test_a_text_shorter_than_a_shingle_meets_only_texts_of_its_words():
    same, other, longer = "ferries: stay, in PORT.", "Ferries stay in", "Ferries stay in port today"
    found = keys_of(["Ferries stay in port", same, other, longer], RECIPE)
    assert met(found) == {(0, 1)}


# What estimates and bands are worth


def random_pairs(n, jaccard, size, seed):
    """Return hashes and offsets of n pairs of random sets with this Jaccard index."""
    rng = np.random.default_rng(seed)
    shared = round(2 * size * jaccard / (1 + jaccard))
    union = rng.integers(0, 1 << 32, (n, 2 * size - shared), dtype=np.uint64)
    both = np.stack([union[:, :size], union[:, size - shared :]], axis=1)
    return both.reshape(-1), np.arange(2 * n + 1) * size, shared / (2 * size - shared)


@pytest.mark.parametrize("size", [10, 60, 400])
@pytest.mark.parametrize("jaccard", [0.3, 0.5, 0.8])
def test_estimates_err_as_much_as_they_should(jaccard, size):
    n = 2000
    hashes, offsets, exact = random_pairs(n, jaccard, size, seed=size)
    signatures = np.zeros((2 * n, 128), np.uint32)
    sign(hashes, offsets, *RECIPE._permutations, signatures)
    errors = np.mean(signatures[::2] == signatures[1::2], axis=1) - exact
    expected = (exact * (1 - exact) / 128) ** 0.5
    # Four standard deviations: of a mean of n, and of the root mean square of n normal errors.
    assert abs(errors.mean()) < 4 * expected / n**0.5
    assert abs((errors**2).mean() ** 0.5 / expected - 1) < 4 / (2 * n) ** 0.5


@pytest.mark.parametrize("recipe", [RECIPE, MinHashKeys(threshold=0.7, recall=0.9)], ids=str)
def test_the_recall_at_the_threshold_is_the_one_asked_for(recipe):
    n = 3000
    hashes, offsets, exact = random_pairs(n, recipe.threshold, 380, seed=1)
    signatures = np.zeros((2 * n, recipe.num_perm), np.uint32)
    sign(hashes, offsets, *recipe._permutations, signatures)
    keys, _ = hash_bands(signatures, offsets, recipe.banding.bands, recipe.banding.rows)
    each = keys.reshape(n, 2, -1)
    found = np.mean([bool(set(one) & set(other)) for one, other in each.tolist()])
    expected = recipe.banding.probability(exact)
    assert expected > recipe.recall - 0.01
    assert abs(found - expected) < 4 * (expected * (1 - expected) / n) ** 0.5


# Recipes


def test_bands_follow_from_the_recall_or_are_given():
    assert RECIPE.banding == Banding(23, 3)
    assert RECIPE.banding.probability(RECIPE.threshold) >= RECIPE.recall
    assert MinHashKeys(threshold=0.7).banding == Banding(17, 5)
    assert MinHashKeys(112, bands=14, rows=8).banding == Banding(14, 8)
    assert replace(RECIPE, threshold=0.7).banding == Banding(17, 5)


def test_a_recipe_is_a_value_that_tells_itself():
    assert MinHashKeys(64) == MinHashKeys(num_perm=64)
    assert len({MinHashKeys(), MinHashKeys(128), MinHashKeys(seed=2)}) == 2
    assert MinHashKeys(threshold=0.7, seed=5).to_dict() == {
        "keys": "minhash",
        "num_perm": 128,
        "seed": 5,
        "bands": 17,
        "rows": 5,
        "unicode": "14.0.0",
    }
    with pytest.raises(AttributeError):
        RECIPE.seed = 3


@pytest.mark.parametrize(
    ("given_to_it", "message"),
    [
        ({"num_perm": 0}, "num_perm must be at least 1, got 0"),
        ({"seed": -1}, "seed must be from 0 to 4294967295, got -1"),
        ({"seed": 1 << 32}, "seed must be from 0 to 4294967295, got 4294967296"),
        ({"threshold": 0}, "threshold must be over 0 and at most 1, got 0"),
        ({"threshold": 70}, "threshold must be over 0 and at most 1, got 70"),
        ({"recall": 1.5}, "recall must be over 0 and at most 1, got 1.5"),
        ({"bands": 14}, "bands and rows must be given together, got bands=14, rows=None"),
        ({"bands": 14, "rows": 0}, "bands and rows must be at least 1, got bands=14, rows=0"),
        ({"bands": 14, "rows": 10}, "bands * rows must be at most num_perm, got 14 * 10 > 128"),
        (
            {"threshold": 0.01},
            "num_perm=128 finds at most 0.724 of the pairs at threshold=0.01, got recall=0.95; "
            "ask for less of them, or for more permutations",
        ),
    ],
    ids=str,
)
def test_a_recipe_that_cannot_be_is_refused(given_to_it, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        MinHashKeys(**given_to_it)


# Every door


def edited(text, every):
    """Return a text with one word in so many replaced."""
    words = text.split(" ")
    words[every // 2 :: every] = [f"new{k}" for k in range(len(words[every // 2 :: every]))]
    return " ".join(words)


def test_one_band_in_common_is_enough():
    """Of passage keys one is too little."""
    text = stories(1)[0]
    batch = [text, edited(text, 12)]
    recipes = [MinHashKeys(seed=seed) for seed in range(100)]
    shared = [len(set.intersection(*keys_of(batch, recipe))) for recipe in recipes]
    assert {0, 1} <= set(shared)
    for recipe, n_shared in zip(recipes, shared, strict=True):
        assert len(list(pairs(enumerate(batch), keys=recipe))) == min(n_shared, 1)


def test_what_is_said_of_a_pair_does_not_depend_on_the_keys():
    """An estimate is never shown: pairs that both find are told in the same numbers."""
    documents = [replace(document, source="") for document in news(700)[0]]
    by_passages = {(p.left, p.right): p for p in pairs(documents)}
    by_minhash = {(p.left, p.right): p for p in pairs(documents, keys=RECIPE)}
    both = by_passages.keys() & by_minhash.keys()
    assert len(both) > 100
    exact = ("left_in_right", "right_in_left", "hours_apart", "facts")
    for ids in both:
        one, other = by_passages[ids].to_dict(), by_minhash[ids].to_dict()
        assert [one[name] for name in exact] == [other[name] for name in exact]


def test_boilerplate_is_not_looked_for():
    documents = news(700)[0]
    assert any(pair.own_left is not None for pair in pairs(documents))
    found = list(pairs(documents, keys=RECIPE))
    assert [pair for pair in found if (pair.own_left, pair.own_right) != (None, None)] == []
    assert any(pair.same_source is not None for pair in found)


@settings(max_examples=40, deadline=None)
@given(collections(), st.sampled_from([0.6, 0.8, 1.0]))
def test_every_dropped_text_names_a_kept_one_that_holds_it(documents, threshold):
    check_promise(documents, threshold, keys=RECIPE)


def test_the_order_and_the_number_of_workers_make_no_difference():
    documents = news()[0]
    expected = deduplicate(documents, keys=RECIPE, workers=1)
    shuffled = random.Random(1).sample(documents, len(documents))
    found = deduplicate(shuffled, keys=RECIPE, workers=3)
    assert (found.digest, found.dropped) == (expected.digest, expected.dropped)
    assert len(found.dropped) > 10
    assert found.recipe["keys"] == "minhash"


@pytest.mark.parametrize("scope", ["all", "across-sources", "same-source"])
def test_limits_are_kept(scope):
    documents = {document.id: document for document in news(700)[0]}
    found = list(pairs(documents.values(), keys=RECIPE, scope=scope))
    assert found
    for pair in found:
        same = documents[pair.left].source == documents[pair.right].source
        assert scope == "all" or same == (scope == "same-source")


def test_documents_are_compared_with_others():
    one, other = stories(2)
    found = pairs([("x", edited(one, 40))], against=[("x", one), ("y", other)], keys=RECIPE)
    assert [(pair.left, pair.right) for pair in found] == [("x", "x")]


def test_paragraphs_take_the_same_keys():
    shared = (
        "The harbor office of Mira expects three hundred passengers a day in the first week of "
        "May, and twice as many when the schools close in June."
    )
    other = "Bread is dearer than it was a year ago, says Ada Birk, who runs the bakery in Velde."
    documents = [Document("a", f"{other}\n\n{shared}"), Document("b", f"{shared}\n\nNo more news.")]
    (pair,) = pairs(documents, unit="paragraph", keys=RECIPE)
    assert (pair.left, pair.right, pair.relation) == ("b", "a", "identical")
    assert documents[1].text[slice(*pair.left_span)] == shared
    (repeat,) = repeated_paragraphs(documents, keys=RECIPE)
    assert (repeat.text, repeat.articles) == (shared, 2)
    (same,) = repeated_paragraphs(documents)
    assert same == repeat


def test_passage_keys_find_what_minhash_does_not():
    """A text in one four times as long: docs/minhash.md has the figures."""
    story, *others = stories(6)
    documents = [("story", story[:800]), ("round-up", "\n\n".join([story, *others]))]
    assert list(pairs(documents, keys=RECIPE)) == []
    assert [pair.relation for pair in pairs(documents, keys=PassageKeys())] == ["excerpt"]


# docs/minhash.md


measured = pytest.mark.skipif(
    not minhash_pages.RESULT.exists(), reason="results are not part of the sdist"
)


@measured
def test_tables_of_the_page_are_those_of_the_results():
    # `python -m benchmarks.minhash --markdown` makes them anew.
    assert minhash_pages.filled(PAGE) == PAGE


@measured
@pytest.mark.parametrize("name", minhash_pages.PICTURES)
def test_pictures_are_drawn_from_the_results(name):
    picture = (minhash_pages.IMAGES / name).read_text(encoding="utf-8")
    assert picture == minhash_pages.PICTURES[name]()


def test_a_redis_index_is_filled_from_signatures():
    (block,) = re.findall(r"<!-- redis -->\n\n```python\n(.*?)```", PAGE, re.DOTALL)
    line = 'redis = {"host": "localhost", "port": 6379}\n'
    assert block.count(line) == 1
    server = fakeredis.FakeServer()

    def client():
        return {"connection_pool": fakeredis.FakeRedis(server=server).connection_pool}

    documents = {document.id: document.text for document in news(100)[0]}
    names = {"documents": documents, "redis": client()}
    exec(block.replace(line, ""), names)
    # Another process opens the same index.
    lsh = datasketch.MinHashLSH(
        num_perm=128,
        params=(23, 3),
        storage_config={"type": "redis", "basename": b"news", "redis": client()},
    )
    ids = list(documents)
    expected = met_in_datasketch(list(documents.values()), RECIPE)
    for place, row in enumerate(RECIPE.signatures(list(documents.values()))):
        found = {ids.index(key) for key in lsh.query(RECIPE.to_datasketch(row))}
        assert found == {place} | {a + b - place for a, b in expected if place in (a, b)}
