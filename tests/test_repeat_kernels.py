"""The kernels of repeats against their readable twins."""

import naive
import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from dedup.kernels import canonical, grams, repeats
from dedup.shingle import encode, hash_words

SALT = np.uint64(0x1234567890ABCDEF)
# Few words, so that runs of four return; singles among them.
words = st.lists(st.sampled_from(["one", "two", "three", "中", "文", "so"]), max_size=60)


def tokens_of(some: list[str]) -> np.ndarray:
    return hash_words(encode([" ".join(some)])).tokens


@given(words)
def test_occurrences_equal_the_twins(some: list[str]) -> None:
    tokens = tokens_of(some)
    gram_ends, ids, bounds, places = grams.index_grams(tokens, SALT)[:4]
    expected = naive.grams(tokens.tolist())
    assert gram_ends.tolist() == [start + len(gram) for start, gram in expected.items()]
    numbered: dict[tuple[int, ...], int] = {}
    for start, gram in expected.items():
        assert ids[start] == numbered.setdefault(gram, len(numbered))
    for gram, number in numbered.items():
        where = places[bounds[number] : bounds[number + 1]].tolist()
        assert where == [start for start, other in expected.items() if other == gram]


@given(words, st.integers(0, 2**63 - 1))
def test_occurrences_do_not_depend_on_the_salt(some: list[str], salt: int) -> None:
    tokens = tokens_of(some)
    for one, other in zip(
        grams.index_grams(tokens, SALT)[:4],
        grams.index_grams(tokens, np.uint64(2 * salt + 1))[:4],
        strict=True,
    ):
        assert one.tolist() == other.tolist()


@given(words, words)
def test_coverage_equals_the_twin(some: list[str], others: list[str]) -> None:
    tokens, held = tokens_of(some), tokens_of(others)
    both = np.concatenate([tokens, held])
    index = grams.index_grams(both, SALT)[:4]
    n, m = len(tokens), len(both)
    covered, first, last = repeats.coverage(both, *index, 0, n, n, m)
    assert covered == naive.covered_weight(tokens.tolist(), held.tolist())
    assert (first, last) == (0, 0) if not covered else n <= first < last <= m


@given(st.lists(words, min_size=1, max_size=6))
def test_shares_and_partners_are_what_other_blocks_hold(blocks: list[list[str]]) -> None:
    parts = [tokens_of(block).tolist() for block in blocks]
    tokens = np.array([token for part in parts for token in part], np.uint64)
    starts = np.cumsum([0, *map(len, parts)]).astype(np.int32)
    shares, found = repeats.partners(tokens, *grams.index_grams(tokens, SALT)[:4], starts, 0.8)
    for k, part in enumerate(parts):
        total = sum(map(naive.weight, part))
        held = {
            gram
            for start, gram in naive.grams(tokens.tolist()).items()
            if not starts[k] <= start < starts[k + 1]
        }
        covered: set[int] = set()
        for start, gram in naive.grams(part).items():
            if gram in held:
                covered.update(range(start, start + len(gram)))
        weight = sum(naive.weight(part[i]) for i in covered)
        assert shares[k] == (weight / total if total else 0.0)
        for other in found[k][found[k] >= 0].tolist():
            assert other != k
            assert naive.covered_weight(part, parts[other]) > 0
        if shares[k] < 0.8:
            assert (found[k] == -1).all()


@given(words, st.integers(4, 30), st.integers(2, 12), st.integers(0, 8))
def test_repeated_runs_stand_earlier_word_for_word(
    some: list[str], longest: int, adjacent: int, period: int
) -> None:
    tokens = tokens_of(some)
    runs = repeats.repeated_runs(
        tokens, *grams.index_grams(tokens, SALT)[:4][1:], longest, adjacent, period
    )
    until = 0
    for of, start, length in runs.tolist():
        assert of < start
        assert start >= until
        assert tokens[of : of + length].tolist() == tokens[start : start + length].tolist()
        until = start + length


@given(words.filter(lambda some: len(some) >= 10))
def test_a_text_told_twice_is_one_run(some: list[str]) -> None:
    text = ["alpha", *some, "omega"]
    tokens = tokens_of(text + text)
    weight = 2 * len(tokens) - int((tokens & np.uint64(1)).sum())
    index = grams.index_grams(tokens, SALT)[:4]
    runs = repeats.repeated_runs(tokens, *index[1:], weight // 2, weight // 2, weight // 2)
    assert runs.tolist() == [[0, len(tokens) // 2, len(tokens) // 2]]


@given(st.lists(words, min_size=1, max_size=5), st.sampled_from([0.5, 0.8, 1.0]))
def test_no_suspect_means_no_line_is_held_elsewhere(
    lines: list[list[str]], threshold: float
) -> None:
    encoded = encode(["\n\n".join(" ".join(line) for line in lines)])
    found = hash_words(encoded)
    verdict = repeats.suspects(
        *encoded, found.tokens, found.spans, found.token_offsets, threshold, 12, 36, SALT
    )
    assert verdict[0] == naive.may_repeat(
        [tokens_of(line).tolist() for line in lines], threshold, least=12, longest=36
    )


@given(st.text("ab \n\t\x00\x7fé", max_size=12))
@example("a\na")
@example("a\n\na")
@example("a\n\n\na")
def test_canonical_spaces_equal_the_twin(text: str) -> None:
    expected = text == text.strip(" \n\t") and not any(
        bad in text for bad in ("  ", " \n", "\n ", "\t", "\x00", "\x7f", "\n\n\n")
    )
    expected = expected and "\n" not in text.replace("\n\n", "")
    assert canonical.canonical_spaces(*encode([text])).tolist() == [expected]
