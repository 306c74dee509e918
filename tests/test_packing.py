"""Texts as an index keeps them."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st
from newsroom import stories

from dedup.index.packing import LEAST_TEXTS, PACKING_ERRORS, Packer, make_dictionary

any_text = st.text(st.characters(), max_size=300)  # lone surrogates too


@pytest.fixture(scope="module")
def texts():
    return [text.encode() for text in stories(2 * LEAST_TEXTS)]


@given(any_text)
def test_a_text_comes_back_as_it_was(text):
    packer = Packer({})
    packed = text.encode("utf-8", "surrogatepass")
    assert packer.unpack(packer.pack(packed)) == packed


def test_texts_packed_before_and_after_a_dictionary_come_back(texts):
    packer = Packer({})
    before = packer.pack(texts[0])
    assert not packer.has_dictionary
    packer.add(1, make_dictionary(texts))
    assert packer.has_dictionary
    after = packer.pack(texts[0])
    assert len(after) < len(before)
    assert {packer.unpack(before), packer.unpack(after)} == {texts[0]}


def test_all_threads_pack_at_once_and_by_the_last_dictionary(texts):
    packer = Packer({})
    with ThreadPoolExecutor(4) as executor:
        first = list(executor.map(packer.pack, texts))
        packer.add(1, make_dictionary(texts))
        second = list(executor.map(packer.pack, texts))
    assert {packed[0] for packed in first} == {0}
    assert {packed[0] for packed in second} == {1}
    for packed in (first, second):
        assert list(map(packer.unpack, packed)) == texts
    assert second == list(map(packer.pack, texts))


def test_what_is_damaged_is_not_unpacked(texts):
    packer = Packer({})
    packed = packer.pack(texts[0])
    for damaged in (b"", packed[:-1], b"\x05" + packed[1:], packed[:30] + b"\0" + packed[31:]):
        with pytest.raises(PACKING_ERRORS):
            packer.unpack(damaged)


def test_too_few_texts_make_no_dictionary(texts):
    assert make_dictionary(texts[: LEAST_TEXTS - 1]) is None
