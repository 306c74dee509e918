"""The kernels of JSON strings against their readable twins."""

import json
import sys
from itertools import pairwise, product

import guarded_memory
import msgspec
import naive_strings
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from strategies import texts

from dedup.kernels.strings import take_strings, unescape

# Each may stand in a string, and does something else at the edge of a block.
VALID = ("a", "\\n", '\\"', "\\u00e9", "\\ud83d\\ude00", "\\ud83d", "\\udE00", "é", "中", "😀")
INVALID = (
    b'"', b"\x00", b"\x1f", b"\\", b"\\x", b"\\u12", b"\\u12g4", b"\\U0041", b"\x80", b"\xbf",
    b"\xc3", b"\xe4\xb8", b"\xf0\x9f\x98", b"\xc0\xaf", b"\xc1\xbf", b"\xe0\x9f\xbf",
    b"\xed\xa0\x80", b"\xf0\x8f\xbf\xbf", b"\xf4\x90\x80\x80", b"\xf5\x80\x80\x80", b"\xff",
)  # fmt: skip
PIECES = [piece.encode() for piece in VALID] + list(INVALID)
# One on each side of every line that the Unicode Standard draws in table 3-7, and JSON's own.
EDGES = (
    0x1F, 0x20, 0x22, 0x5C, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF,
)  # fmt: skip
LEADS = (0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xEC, 0xED, 0xEE, 0xEF, 0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xFF)

# Values of every length end where memory does: reading on is a crash.
AT_THE_END = """
from dedup.kernels.strings import take_strings, unescape
tails = [rb"\\u0041"[:n] for n in range(7)] + [rb"\\ud83d", rb"\\ud83d\\ude", b"\\xc3", b"\\xf0"]
values = [b'"' + b"a" * plain + tail + b'"' for plain in range(41) for tail in tails]
for value in [b'"', *values]:
    data = at_the_end(value)
    unescape(data, np.array([[0, len(value)]]))
    taken, _ = take_strings(data, np.array([0, len(value)]), np.array([0, 0]))
    assert taken.tobytes() == 2 * value
"""


def quoted(*parts):
    return b'"' + b"".join(parts) + b'"'


def batch(values):
    data = np.frombuffer(b"".join(values), np.uint8)
    return data, np.cumsum([0, *map(len, values)])


def split(data, offsets):
    assert offsets[0] == 0
    assert offsets[-1] == data.size
    whole = data.tobytes()
    return [whole[i:j] for i, j in pairwise(offsets.tolist())]


def unescaped(values):
    """Return the strings of some values, None if one of them is not valid."""
    data, offsets = batch(values)
    out, out_offsets, are_valid = unescape(data, np.stack([offsets[:-1], offsets[1:]], axis=1))
    return split(out, out_offsets) if are_valid else None


def check(values):
    expected = [naive_strings.unescaped(value) for value in values]
    valid = [value for value, each in zip(values, expected, strict=True) if each is not None]
    assert unescaped(valid) == [each for each in expected if each is not None]
    assert unescaped(values) == (None if None in expected else expected)
    for value, each in zip(values, expected, strict=True):
        assert unescaped([value]) == (None if each is None else [each])


written = st.one_of(
    texts().map(json.dumps).map(str.encode),
    # Surrogates that stand alone are written as they are, and must be refused.
    texts().map(lambda text: json.dumps(text, ensure_ascii=False).encode("utf-8", "surrogatepass")),
    st.text().map(msgspec.json.encode),
    st.lists(st.sampled_from(VALID)).map(lambda parts: quoted(*map(str.encode, parts))),
)
handmade = st.one_of(
    st.binary(max_size=40),
    st.binary(max_size=40).map(quoted),
    st.lists(st.one_of(st.sampled_from(PIECES), st.just(b"abcdefgh"), st.binary(max_size=2))).map(
        lambda parts: quoted(*parts)
    ),
    st.sampled_from((b"", b'"', b"null", b"-1.5e3", b'{"a": "b"}', b'["a"]', b' "a"', b'"a"\n')),
)


@st.composite
def mutated(draw):
    """Draw a string with a few of its bytes replaced, inserted or cut out."""
    value = draw(written)
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(value)))
        new = draw(st.one_of(st.sampled_from([*PIECES, b""]), st.binary(max_size=2)))
        value = value[:at] + new + value[at + draw(st.integers(0, 2)) :]
    return value


@given(st.lists(st.one_of(written, handmade, mutated()), max_size=8))
@example([])
@example([b""])
@example([b"", b'""', b'"'])
def test_strings_equal_the_twin(values):
    check(values)


@given(st.lists(st.text(), max_size=8), st.booleans())
def test_texts_come_back_from_the_raw_values_of_a_file(some, ascii_only):
    file = json.dumps(some, ensure_ascii=ascii_only)
    values = msgspec.json.decode(file, type=list[msgspec.Raw])
    assert [each.decode() for each in unescaped([bytes(value) for value in values])] == some


@pytest.mark.parametrize("length", range(41))
def test_every_place_of_every_length_is_read_right_where_the_bytes_end(length):
    # Alone, so that ``data`` ends there, and before others, so that blocks run into the next one.
    for at, piece in product(range(length + 1), PIECES):
        value = quoted(b"a" * at, piece, b"b" * (length - at))
        check([value])
        check([value, quoted(b"12345"), value])


@pytest.mark.parametrize("filler", ["é", "中", "😀", "aé", "a中"])
def test_what_is_invalid_is_seen_at_every_place_among_other_characters(filler):
    valid = (filler * 16).encode()
    check([quoted(valid[:at], piece, valid[at:]) for at in range(32) for piece in PIECES])
    check([quoted(valid[:at]) for at in range(len(valid))])


@pytest.mark.parametrize("character", ["é", "中", "😀"])
def test_no_character_is_whole_whose_bytes_stand_apart(character):
    parts = character.encode()
    check(
        [
            quoted(b"a" * at, parts[:cut], b"b" * gap, parts[cut:])
            for at, gap, cut in product(range(8), range(1, 25), range(1, len(parts)))
        ]
    )


def test_every_code_point_comes_back_as_it_is():
    points = [chr(point) for point in range(0x20, 0x110000) if not 0xD800 <= point < 0xE000]
    text = "".join(points).replace('"', "").replace("\\", "")
    assert unescaped([quoted(text.encode())]) == [text.encode()]


def test_every_unit_that_can_be_escaped_is_what_json_reads():
    check([quoted(b"\\u%04x" % unit) for unit in range(0x10000)])
    check([quoted(b"\\uD83D\\u%04X" % unit) for unit in range(0xD700, 0xE100)])
    check([quoted(b"\\u%04X\\uDE00" % unit) for unit in range(0xD700, 0xE100)])


def test_every_byte_is_judged_as_json_does_in_every_place_of_an_escape():
    every = [bytes([byte]) for byte in range(256)]
    check([quoted(b"\\", byte) for byte in every])
    check([quoted(b"\\u0", byte, b"ab") for byte in every])
    for k in range(6):
        escape = b"\\u0041"
        check([quoted(escape[:k], byte, escape[k + 1 :]) for byte in every])
        pair = (b"\\ud83d" + escape[:k], escape[k + 1 :])
        check([quoted(pair[0], byte, pair[1]) for byte in every])


def test_only_well_formed_sequences_are_valid():
    check([quoted(bytes(pair)) for pair in product(range(256), repeat=2)])
    check([quoted(bytes(some)) for some in product(LEADS, EDGES, EDGES)])
    check([quoted(bytes(some)) for some in product(LEADS, EDGES, EDGES, (0x7F, 0x80, 0xBF, 0xC0))])


@pytest.mark.skipif(sys.platform != "linux", reason="memory is guarded by Linux's mprotect")
def test_nothing_is_read_beyond_the_bytes_given():
    guarded_memory.run(AT_THE_END)


@given(st.lists(st.binary(max_size=30), max_size=8), st.data())
def test_strings_are_taken_in_the_order_of_the_rows(strings, data):
    within = st.integers(0, len(strings) - 1) if strings else st.nothing()
    rows = data.draw(st.lists(within))
    taken = take_strings(*batch(strings), np.array(rows, np.int64))
    assert split(*taken) == [strings[row] for row in rows]


def test_strings_of_every_length_are_taken_from_every_place():
    strings = [bytes(range(n, 2 * n)) for n in range(41)]
    for last in range(41):
        taken = take_strings(*batch(strings), np.array([last, 40 - last, last]))
        assert split(*taken) == [strings[last], strings[40 - last], strings[last]]
