"""The kernels of words and shingles against their readable twins, and the laws of folding."""

import unicodedata

import naive
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dedup.fold import UNICODE_VERSION, fold_table
from dedup.shingle import encode, hash_words, shingle

# Characters of every kind that folding treats apart; the rest of Unicode beside them.
TELLING = (
    "abcABC xyz019 ,.-–—“”\"'’‘´`…&;#\t\n\r\x00\x07\x7f\x85"
    "\xa0\xad\u200b\u200c\u200d\u2028\ufeff\u3000"
    "éÉẽñçßẞıİŉſﬁﬃ\u0301\u0308\u0323\u0334\u034f²¼½Ⅳ①"
    "άΐςΣЙйЁҐ\u0483אבגּשׁ\u05b0\ufb1fبتأؤ\u064b\u0670ﷲﻻ\u0640٠١۱"
    "हिन्दीक़क\u093c\u094d\u0951०বোো\u09c7\u09be৳ெொ\u0bbeෝ\u0dd9\u0dcf\u0dca"
    "ไทย\u0e31\u0e48\u0e38ກ\u0eb8\u0ec8ကို\u1039ខ្មែរ\u17d2བོད\u0f71\u0f72\u0f74"
    "漢字中文々〇かがカガ\u3099\u309aーｶﾞﾊﾟ한국어\u1112\u1161\u11ab\u1100\u11a8각가ㄅꀀ𠀀🙂👩\ufe0f\ud800\udfff\U0003fff0"
)


def assigned(char: str) -> bool:
    """Tell whether the table knows the character; a newer Python knows some that it does not."""
    if unicodedata.unidata_version == UNICODE_VERSION:
        return True
    table = fold_table()
    entry = table.entries[int(table.pages[ord(char) >> 7]) * 128 + (ord(char) & 127)]
    return bool(entry & 7) or unicodedata.category(char)[0] not in "LMN"


def has_iota_below(char: str) -> bool:
    """Tell whether a character holds the iota written below.

    It is a letter once case is folded, and a mark before: next to a kept mark of another script
    its place depends on the form. No language writes that.
    """
    return "\u0345" in unicodedata.normalize("NFD", char)


anything = st.characters(exclude_categories=()).filter(assigned)
characters = st.sampled_from(TELLING) | anything.filter(lambda char: not has_iota_below(char))
plain = st.characters(min_codepoint=1, max_codepoint=127)
# Runs of ASCII long enough for the kernel's eight bytes at a time, between anything else.
chunks = st.text(plain, max_size=20) | st.text(characters, max_size=8)
texts = st.lists(chunks, max_size=10).map("".join)


def tokens_of(text: str) -> list[int]:
    return hash_words(encode([text])).tokens.tolist()


@given(texts)
@example("x&amp;y &eacute;t&#233; &#xE9; &notanentity; &#0; &#x110000; &" + "a" * 40 + ";")
@example("word " * 40 + "“quoted” it’s—done " * 20)
@example("\u0dd9\u0dcf\u0dca\u0334\u093c か\u3099 が ｶﾞ \u1112\u1161\u11ab 하\u11ab")
@example("a\U0001f600b中c文\u0301d")
@example("\u0e01\u200b\u0e48\u0e38 \u0f40\u0f74\u0f73 \u0f40\u0f73\u0f74 it&#146;s a&#150;b")
@example("&zwj;&nbsp;&ThickSpace;&NotEqualTilde;&eacute")
def test_words_equal_the_twins(text: str) -> None:
    batch = hash_words(encode([text]))
    expected = naive.words(text)
    assert batch.tokens.tolist() == [naive.token_hash(word) for word in expected]
    data = text.encode("utf-8", "surrogatepass")
    for (start, end), word in zip(batch.spans.tolist(), expected, strict=True):
        assert len(data[:start].decode("utf-8", "surrogatepass")) == word.start
        # Characters that are skipped belong to the word they follow.
        tail = text[word.end : len(data[:end].decode("utf-8", "surrogatepass"))]
        assert naive.words(tail) == []


@given(st.lists(texts, max_size=6))
def test_a_batch_equals_its_texts_one_by_one(batch: list[str]) -> None:
    words = hash_words(encode(batch))
    shingles = shingle(batch)
    for k, text in enumerate(batch):
        first, last = words.token_offsets[k : k + 2]
        alone = hash_words(encode([text]))
        assert words.tokens[first:last].tolist() == alone.tokens.tolist()
        assert words.spans[first:last].tolist() == alone.spans.tolist()
        assert words.uncanonical[k] == alone.uncanonical[0]
        first, last = shingles.shingle_offsets[k : k + 2]
        assert shingles.hashes[first:last].tolist() == naive.shingles(alone.tokens.tolist())


@given(st.lists(texts, max_size=6))
def test_words_without_places_are_the_same_words(batch: list[str]) -> None:
    words, bare = hash_words(encode(batch)), hash_words(encode(batch), with_spans=False)
    assert bare.spans.shape == (0, 2)
    for one, other in zip(words._replace(spans=bare.spans), bare, strict=True):
        assert one.tolist() == other.tolist()


@given(st.lists(st.sampled_from(["peace", "talks", "in", "Geneva", "中", "文", "3"]), max_size=40))
def test_shingles_equal_the_twins(words: list[str]) -> None:
    text = " ".join(words)
    assert shingle([text]).hashes.tolist() == naive.shingles(tokens_of(text))


@given(texts)
@example("한국어 각 \u1100\u1161\u11a8 가\u11a8")
@example("क़ी ො\u0dca が゙ \u1026")
@example("\u0e01\u200b\u0e48\u0e38 \u0f40\u0f74\u0f73 \u0f40\u0f73\u0f74")
def test_composed_and_decomposed_are_the_same_words(text: str) -> None:
    composed = tokens_of(unicodedata.normalize("NFC", text))
    assert composed == tokens_of(unicodedata.normalize("NFD", text))


@given(texts.filter(lambda text: "&" not in text))
@example("straße STRASSE Straße ŉ ǰ ΐ ﬃ ᾳ İstanbul ISTANBUL ısı")
def test_upper_and_lower_are_the_same_words(text: str) -> None:
    upper, lower = text.upper(), text.lower()
    if all(map(assigned, upper + lower)):
        assert tokens_of(upper) == tokens_of(lower)


@given(texts)
def test_straight_and_curly_quotes_are_the_same_words(text: str) -> None:
    curly = text.translate(str.maketrans("'\"", "’”"))
    straight = text.translate(str.maketrans("‘’‚‛“”„‟", "''''\"\"\"\""))
    assert tokens_of(curly) == tokens_of(straight)


@given(texts, st.integers(0, 59), st.sampled_from("\xad\u200b\u200c\u200d\u2060\ufeff"))
def test_invisible_characters_make_no_difference(text: str, place: int, invisible: str) -> None:
    with_it = text[:place] + invisible + text[place:]
    # Inside an entity it makes one no entity; between marks it keeps them from being ordered.
    if "&" not in text and not any(map(unicodedata.combining, text)):
        assert tokens_of(with_it) == tokens_of(text)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("की", "कि"),
        ("ไม้", "ไม่"),
        ("かき", "がき"),
        ("क़लम", "कलम"),
        ("5¼", "51/4"),
        ("x²", "x2"),
        ("3–1", "3–2"),
    ],
)
def test_words_that_differ_in_more_than_typography_stay_different(one: str, other: str) -> None:
    assert tokens_of(one) != tokens_of(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("don’t", "DONT"),
        ("1’200", "1200"),
        ("１２ｋｍ", "12km"),
        ("١٢٠٠", "1200"),
        ("كتـــاب", "كتاب"),
        ("Café&nbsp;&eacute;", "cafe e"),
        ("\ud800a\udfff", " a "),
        ("a\x07b", "ab"),
    ],
)
def test_words_that_differ_in_typography_alone_are_the_same(one: str, other: str) -> None:
    assert tokens_of(one) == tokens_of(other)


def test_singles_have_the_lowest_bit_set() -> None:
    assert [token & 1 for token in tokens_of("한국 中文 abc ไทย")] == [0, 1, 1, 0, 1, 1, 1]


@pytest.mark.parametrize("length", [0, 1, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 129])
def test_words_of_any_length_at_any_place(length: int) -> None:
    text = " ".join(["x" * length, "y", "é" * length, "z" * (length + 1)])
    assert tokens_of(text) == [naive.token_hash(word) for word in naive.words(text)]


def test_a_long_text_equals_the_twins() -> None:
    random = np.random.default_rng(1)
    text = "".join(
        random.choice(
            list(TELLING + "plain ascii words, more of them than of others. " * 9), 20_000
        )
    )
    assert tokens_of(text) == [naive.token_hash(word) for word in naive.words(text)]


def test_what_is_no_string_is_refused() -> None:
    with pytest.raises(TypeError, match=r"^text must be a string, got bytes$"):
        encode([b"bytes"])  # type: ignore[list-item]


def test_no_texts_give_no_words() -> None:
    words = hash_words(encode([]))
    assert len(words.tokens) == 0
    assert words.token_offsets.tolist() == [0]


@pytest.mark.parametrize(
    ("sizes", "batches"),
    [
        ([], [(0, 0)]),
        ([0, 0], [(0, 2)]),
        ([4, 4], [(0, 2)]),
        ([4, 4, 4], [(0, 3), (3, 3)]),
        ([4, 4, 4, 4], [(0, 3), (3, 4)]),
        ([9, 30, 1], [(0, 2), (2, 3)]),
    ],
)
def test_texts_are_worked_on_in_batches_of_some_bytes(sizes, batches, monkeypatch):
    monkeypatch.setattr("dedup.shingle.BATCH_BYTES", 10)
    assert list(encode(["a" * size for size in sizes]).batches()) == batches
