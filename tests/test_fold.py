"""The fold table and the word hash."""

import unicodedata
from itertools import combinations

import numpy as np
import pytest

from dedup import fold
from dedup.shingle import encode, hash_words


@pytest.mark.skipif(
    unicodedata.unidata_version != fold.UNICODE_VERSION, reason="needs the table's Unicode version"
)
def test_the_shipped_table_is_the_one_the_rules_give() -> None:
    for shipped, built in zip(fold.fold_table(), fold.build_fold_table(), strict=True):
        assert shipped.dtype == built.dtype
        assert np.array_equal(shipped, built)


def test_the_table_covers_all_of_unicode_and_reads_back() -> None:
    table = fold.fold_table()
    points = np.arange(0x110000)
    entries = table.entries[table.pages[points >> 7].astype(np.int64) * fold.PAGE + (points & 127)]
    assert set(np.unique(entries & 7)) == {
        fold.SEPARATOR, fold.SKIP, fold.LETTER, fold.SINGLE, fold.MARK,
    }  # fmt: skip
    for point in map(ord, "aÉßςЖ٣が中가"):
        assert entries[point] & 7 == fold.fold_code_point(point)[0]


@pytest.mark.parametrize("case", [str.upper, str.lower, str.casefold, str.swapcase])
def test_case_makes_no_difference_to_any_character(case) -> None:
    def folded(text: str) -> list[tuple[int, str]]:
        kinds = [fold.fold_code_point(ord(char)) for char in text]
        return [("".join(part for _, part in kinds if part)), [k for k, _ in kinds if k == 0]]

    cased = [char for char in map(chr, range(0x110000)) if case(char) != char]
    assert len(cased) > 1_300
    assert [char for char in cased if folded(case(char)) != folded(char)] == []


def test_folding_twice_is_folding_once() -> None:
    # Hangul, Han and what is unassigned fold to themselves or to nothing.
    points = [*range(0x3400), *range(0xA000, 0xAC00), *range(0xD7B0, 0x20000)]
    for point in points:
        _, folded = fold.fold_code_point(point)
        again = "".join(fold.fold_code_point(ord(char))[1] for char in folded)
        assert again == folded


def test_every_bit_of_a_word_moves_half_the_bits_of_its_hash() -> None:
    """Avalanche: each hash bit flips with probability 1/2, whatever word bit flips.

    Over n words the share of flips has a spread of .5 / sqrt(n); six of those are allowed over the
    63 * 64 pairs of bits, lowest hash bit apart (it says single).
    """
    n = 400
    random = np.random.default_rng(7)
    for length in (3, 13, 16):
        words = random.integers(1, 256, (n, length), dtype=np.uint8)
        base = np.array([fold.token_hash(word.tobytes()) for word in words], np.uint64)
        worst = 0.0
        for bit in range(8 * length):
            flipped = words.copy()
            flipped[:, bit // 8] ^= np.uint8(1 << bit % 8)
            hashes = np.array([fold.token_hash(word.tobytes()) for word in flipped], np.uint64)
            changed = (base ^ hashes)[:, None] >> np.arange(1, 64, dtype=np.uint64) & np.uint64(1)
            worst = max(worst, float(np.abs(changed.mean(axis=0) - 0.5).max()))
        assert worst < 6 * 0.5 / n**0.5, length


def test_no_two_of_a_million_words_collide() -> None:
    """All words of up to four letters, and numbers: structured input, where weak mixes fail.

    At 63 bits, chance alone gives a collision with probability 1e-7.
    """
    letters = "abcdefghijklmnopqrstuvwxyz"
    short = [a + b + c for a in letters for b in letters for c in letters]
    numbers = [str(number) for number in range(800_000)]
    long = [f"{a}institutionalization{b}" for a in short[:400] for b in letters]
    words = short + numbers + long + ["x" * n for n in range(4, 400)]
    tokens = hash_words(encode([" ".join(words)])).tokens
    assert len(tokens) == len(words)
    assert len(np.unique(tokens)) == len(words)


@pytest.mark.parametrize("shift", [0, 1, 20, 40, 44], ids=lambda shift: f"bits from {shift}")
def test_any_bits_of_the_hash_spread_words_evenly(shift: int) -> None:
    """Chi-square of 2**16 buckets over a million numbers: mean 65535, spread 362; six allowed."""
    tokens = hash_words(encode([" ".join(map(str, range(1_000_000)))])).tokens
    counts = np.bincount(((tokens >> np.uint64(shift + 1)) & np.uint64(0xFFFF)).astype(np.int64))
    expected = len(tokens) / 2**16
    chi_square = float(((counts - expected) ** 2 / expected).sum())
    assert abs(chi_square - 65535) < 6 * 362


def test_singles_and_words_never_share_a_hash() -> None:
    for word in (b"a", "中".encode()):
        one, other = fold.token_hash(word), fold.token_hash(word, single=True)
        assert {one & 1, other & 1} == {0, 1}


def test_kinds_of_entries_agree_for_neighbors() -> None:
    """Every two of these fold to different words: nothing but typography is lost."""
    different = ["и", "i", "1", "ı中", "ö1", "ñ2", "ł", "ø", "đ", "क", "की", "が", "か", "가", "각"]
    hashes = {
        fold.token_hash("".join(fold.fold_code_point(ord(c))[1] for c in w).encode()): w
        for w in different
    }
    assert len(hashes) == len(different)
    assert all(a != b for a, b in combinations(hashes, 2))
