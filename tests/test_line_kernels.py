"""The kernels of lines and dates against their readable twins."""

import json
import math
import sys
from itertools import product

import guarded_memory
import naive_lines
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from strategies import texts

from dedup.kernels.dates import hours_since_1970
from dedup.kernels.lines import DEEPEST, count_newlines, find_fields, find_lines
from dedup.shingle import encode

NAMES = ["text", "id", "é", 'a"b', "id", ""]
WHITE = st.sampled_from(["", "", " ", "\t", "  \r", "\n"])

# Lines of every length end where memory does: reading on is a crash.
AT_THE_END = """
from dedup.kernels.dates import hours_since_1970
from dedup.kernels.lines import count_newlines, find_fields, find_lines
from dedup.kernels.strings import unescape
names, offsets = np.frombuffer(b"text", np.uint8), np.array([0, 4])
text = b"a" * 90 + rb"\\n"
line = b'{"te' + rb"\\u0078" + b't": "' + text + b'", "b": [-1.5e+7, true, null, {}]}'
for cut in range(len(line) + 1):
    part = line[:cut]
    data = at_the_end(part)
    assert count_newlines(data) == 0
    assert find_lines(data, 1).tolist() == [0, cut]
    spans, _, are_objects = find_fields(data, np.array([[0, cut]]), names, offsets)
    assert are_objects == (cut == len(line))
    date = b"2026-04-28T06:00:00+02:00"[:cut]
    data = at_the_end(date)
    hours_since_1970(data, np.array([0, len(date)]))
data = at_the_end(line)
text, _, is_valid = unescape(data, spans[0])
assert is_valid and text.tobytes() == b"a" * 90 + b"\\n"
"""

scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.integers(-(10**20), 10**20),
    st.floats(allow_nan=False, allow_infinity=False), texts(), st.text(max_size=5),
)  # fmt: skip
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=6,
)
# What stands at the edges of what a number, a literal and a string may be.
PIECES = [
    b"0", b"-", b"1", b".", b"e", b"E+", b"tru", b"true", b"null", b"false", b"NaN", b"[", b"]",
    b"{", b"}", b",", b":", b'"', b"\\", b"\\u00e9", b"\x1f", b"\x00", b"\xff", b"\xe2\x82", b" ",
    b"\n", b"/*", b"'", b"\xef\xbb\xbf",
]  # fmt: skip


@st.composite
def lines(draw):
    """Draw lines that hold a JSON object, with spaces and names that are there twice."""
    names = st.one_of(st.sampled_from(NAMES), st.text(max_size=4))
    pairs = draw(st.lists(st.tuples(names, values), max_size=5))
    ascii_only, parts = draw(st.booleans()), []
    for name, value in pairs:
        written = [json.dumps(part, ensure_ascii=ascii_only) for part in (name, value)]
        parts.append(draw(WHITE) + written[0] + draw(WHITE) + ":" + draw(WHITE) + written[1])
    line = draw(WHITE) + "{" + ",".join(part + draw(WHITE) for part in parts) + "}" + draw(WHITE)
    return line.encode("utf-8", "surrogatepass")


@st.composite
def mutated(draw):
    """Draw a line with a few of its bytes replaced, inserted or cut out."""
    line = draw(lines())
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(line)))
        new = draw(st.one_of(st.sampled_from([*PIECES, b""]), st.binary(max_size=2)))
        line = line[:at] + new + line[at + draw(st.integers(0, 2)) :]
    return line


def found(some, names=NAMES):
    """Return what the kernel finds in lines, None if it is not sure of them."""
    data = np.frombuffer(b"".join(some), np.uint8)
    ends = np.cumsum([0, *map(len, some)])
    bounds = np.stack([ends[:-1], ends[1:]], axis=1)
    spans, kinds, are_objects = find_fields(data, bounds, *encode(names))
    if not are_objects:
        return None
    whole = data.tobytes()
    return [
        [(int(kinds[f, row]), whole[slice(*spans[f, row].tolist())]) for f in range(len(names))]
        for row in range(len(some))
    ]


def check(some):
    expected = [naive_lines.fields(line, NAMES) for line in some]
    assert found(some) == (None if None in expected else expected)


@given(st.lists(st.one_of(lines(), mutated()), max_size=4))
@example([])
@example([b""])
@example([b"{}", b"{} \r\n", b" {}", b"{}{}"])
@example([b'{"id": 1, "id": 2}', b'{"\\u0069d": -0}'])
def test_fields_equal_the_twin(some):
    check(some)


@given(lines(), st.lists(st.sampled_from(PIECES), max_size=6))
def test_whatever_stands_in_a_field_is_judged_as_json_does(line, pieces):
    check([line[:-1] + b"".join(pieces), b'{"id": ' + b"".join(pieces) + b"}", b"".join(pieces)])


def test_every_number_is_judged_as_json_does():
    for length in range(1, 5):
        for some in product(b"0-1.eE+", repeat=length):
            check([b'{"id":' + bytes(some) + b"}"])


def test_every_place_of_a_line_may_be_damaged():
    line = b'{"text": "ab\\n\\u00e9", "id": [-10.5e3, {"a": true, "b": [false, null, {}, []]}]}'
    check([line])
    for at in range(len(line)):
        check([line[:at]])
        for byte in range(256):
            check([line[:at] + bytes([byte]) + line[at + 1 :]])


@pytest.mark.parametrize(("opened", "closed"), [("[", "]"), ('{"a":', "}")])
def test_what_stands_too_deep_is_left_to_others(opened, closed):
    for deep in (1, DEEPEST, DEEPEST + 1, 5000):
        inner = "1" if opened != "[" else ""
        line = f'{{"id": {opened * deep}{inner}{closed * deep}}}'.encode()
        assert (found([line]) is not None) == (deep <= DEEPEST)
    check([f'{{"id": {opened * DEEPEST}1{closed * DEEPEST}}}'.encode()])


@pytest.mark.parametrize("length", range(70))
def test_strings_of_every_length_are_passed(length):
    for piece in (b"", b"\\n", b'\\"', b"\\u00e9", "é".encode(), b"\x01", b"\\x", b"\\u12", b'"'):
        for at in {0, 1, length // 2, length}:
            string = b'"' + b"a" * at + piece + b"b" * (length - at) + b'"'
            check([b'{"other": ' + string + b', "text": ' + string + b"}"])


@pytest.mark.skipif(sys.platform != "linux", reason="memory is guarded by Linux's mprotect")
def test_nothing_is_read_beyond_the_bytes_given():
    guarded_memory.run(AT_THE_END)


@given(st.lists(st.sampled_from([b"a", b"\n", b"{}\n", b"x" * 70, b"\r\n", b"\x8a" * 9])))
def test_lines_are_those_of_python(parts):
    content = b"".join(parts)
    split = content.splitlines(keepends=True) if b"\r" not in content else None
    if split is None:
        split = [line + b"\n" for line in content.split(b"\n")]
        split = [*split[:-1], split[-1][:-1]] if split[-1] != b"\n" else split[:-1]
    data = np.frombuffer(content, np.uint8)
    assert count_newlines(data) == content.count(b"\n")
    assert find_lines(data, len(split)).tolist() == np.cumsum([0, *map(len, split)]).tolist()


def hours(dates):
    return hours_since_1970(*encode(dates)).tolist()


def same(one, other):
    return one == other or (math.isnan(one) and math.isnan(other))


dates = st.one_of(
    st.datetimes().map(lambda when: when.isoformat(timespec="seconds")),
    st.datetimes().map(lambda when: when.isoformat(" ", timespec="minutes")),
    st.dates().map(lambda day: day.isoformat()),
    st.datetimes().map(lambda when: when.isoformat()),
)
zones = st.sampled_from(["", "", "Z", "z", "+02:00", "-11:30", "+24:00", "+0200", "+02:00:01", "+"])


@st.composite
def written_dates(draw):
    """Draw dates as they are written, some of which are none."""
    date = draw(dates) + draw(zones)
    for _ in range(draw(st.integers(0, 2))):
        at = draw(st.integers(0, len(date)))
        new = draw(st.sampled_from(["", "0", "9", "3", "-", ":", "T", "٣", " "]))
        date = date[:at] + new + date[at + draw(st.integers(0, 1)) :]
    return date


@given(st.lists(written_dates(), max_size=5))
@example(["", "2026-04-28", "0001-01-01", "9999-12-31T23:59:59-23:59", "0000-01-01", "2026-00-10"])
def test_hours_equal_the_twin(some):
    for date, one in zip(some, hours(some), strict=True):
        assert same(one, naive_lines.hours(date)), date


def test_every_day_is_the_one_of_the_calendar():
    days = [f"{y:04}-{m:02}-{d:02}" for y, m, d in product(
        (1, 4, 100, 400, 1600, 1899, 1900, 1969, 1970, 2000, 2023, 2024, 2100, 9999),
        range(14), range(33),
    )]  # fmt: skip
    for date, one in zip(days, hours(days), strict=True):
        assert same(one, naive_lines.hours(date)), date
