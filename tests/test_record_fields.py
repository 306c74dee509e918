"""A field that a record gets: its value is read again, and every other byte is as it was."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.jsonline import BadLineError
from dedup.model import Mark
from dedup.record_fields import AddedField

SCALARS = st.none() | st.booleans() | st.integers() | st.text(max_size=9)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner),
    max_leaves=6,
)
NAMES = st.sampled_from(["dedup", "ü", 'a "b"', "\\", "", "id"]) | st.text(max_size=5)
UNREADABLE = [b'{"x":"\xff"', b'{"x":NaN', b'{"x":"\\ud800"', b'{"x":' + b"9" * 5000]


@given(
    st.dictionaries(NAMES, VALUES, min_size=1),
    NAMES,
    VALUES,
    st.booleans(),
    st.sampled_from(["", "\n", " \r\n"]),
    st.sampled_from([(",", ":"), (", ", ": "), (" ,\t", " : ")]),
)
def test_a_line_gets_one_field_and_keeps_all_others(record, name, value, escaped, end, separators):
    try:
        line = (json.dumps(record, ensure_ascii=escaped, separators=separators) + end).encode()
    except UnicodeEncodeError:  # half of a surrogate pair, which only an escape can write
        line = (json.dumps(record, separators=separators) + end).encode()
    written = AddedField(name).written(line, value)
    assert json.loads(written) == record | {name: value}
    assert line.isascii() <= written.isascii()
    assert written.endswith(b"}" + end.encode())
    # Once more, with the value that was there before: nothing else is left of the first.
    again = AddedField(name).written(written, record.get(name, value))
    assert json.loads(again) == record | {name: record.get(name, value)}
    if name not in record:
        assert written.startswith(line.rstrip()[:-1])
        assert again == written


@pytest.mark.parametrize("start", UNREADABLE, ids=["not UTF-8", "NaN", "surrogate", "5,000 digits"])
def test_what_cannot_be_decoded_is_left_alone(start):
    line = start + b' , "dedup" :{"a":[1]} ,"z":1}\r\n'
    written = AddedField("dedup").written(line, 5)
    assert written == start + b' , "dedup" :5 ,"z":1}\r\n'
    assert AddedField("e").written(line, 5) == line[:-3] + b',"e":5}\r\n'


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b'{"a":1,"dedup":1,"dedup":2}', b'{"a":1,"dedup":1,"dedup":7}'),
        (b'{"d\\u0065dup":1}', b'{"d\\u0065dup":7}'),
        (
            b'{"a":{"dedup":1},"b":"\\"dedup\\":"}',
            b'{"a":{"dedup":1},"b":"\\"dedup\\":","dedup":7}',
        ),
        (b'{"a":"}"} ', b'{"a":"}","dedup":7} '),
    ],
    ids=["twice", "an escaped name", "elsewhere", "a brace in a text"],
)
def test_the_right_value_is_written_over(line, expected):
    assert AddedField("dedup").written(line, 7) == expected


def test_a_mark_is_an_object_of_its_fields():
    mark = Mark("copy", 12345678901234567890123, 0.9, 3, 2, "\ud800é", "é")
    written = AddedField("dedup").written(b'{"id":1}\n', mark)
    assert written == (
        b'{"id":1,"dedup":{"role":"copy","keeper":12345678901234567890123,"coverage":0.9,"copies":3,'
        b'"sources":2,"first_seen":"\\ud800\\u00e9","of":"\\u00e9"}}\n'
    )
    assert json.loads(written)["dedup"] == mark.to_dict()


def test_a_record_nested_too_deeply_to_take_apart_is_refused():
    deep = b'{"dedup":1,"x":' + b"[" * 500 + b"]" * 500 + b"}"
    assert AddedField("other").written(deep, 7) == deep[:-1] + b',"other":7}'
    deeper = b'{"dedup":1,"x":' + b"[" * 50_000 + b"]" * 50_000 + b"}"
    with pytest.raises(BadLineError, match="nested too deeply"):
        AddedField("dedup").written(deeper, 7)
