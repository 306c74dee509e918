import pytest

from dedup.jsonline import BadFieldError, BadLineError, JsonLine, object_line, written


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (b'{"text":"a"}', "a"),
        (b' {"x" : [1, {"text": "no"}] , "text" : "a" }\r\n', "a"),
        (b'{"text":"a","text":"b"}', "b"),
        (b'{"text":1,"text":"b"}', "b"),
        (b'{"te\\u0078t":"a"}', "a"),
        (b'{"text":"a","x":NaN,"y":-Infinity}', "a"),
        (b'{"text":"a","x":"\xff\xed\xa0\x80"}', "a"),
        (b'{"text":"\\ud83d\\ude00"}', "\U0001f600"),
        (b'{"text":"\\ude00\\ud83d\\ud83d"}', "\ude00\ud83d\ud83d"),
        (b'{"text":"a","x":' + b"9" * 5000 + b"}", "a"),
    ],
    ids=[
        "plain",
        "spaced",
        "twice",
        "twice, one a number",
        "escaped name",
        "what Python writes",
        "not UTF-8 elsewhere",
        "pair of surrogates",
        "lone surrogates",
        "5,000 digits",
    ],
)
def test_a_string_is_found(line, text):
    assert JsonLine(line).string("text") == text


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (b'{"text":1}', 'field "text" must be a string, got a number'),
        (b'{"text":-Infinity}', 'field "text" must be a string, got a number'),
        (b'{"text":NaN}', 'field "text" must be a string, got a number'),
        (b'{"text":true}', 'field "text" must be a string, got a boolean'),
        (b'{"text":null}', 'field "text" must be a string, got null'),
        (b'{"text":["a"]}', 'field "text" must be a string, got an array'),
        (b'{"text":{"a":1}}', 'field "text" must be a string, got an object'),
        (b'{"id":1,"body":"a"}', 'field "text" must be a string, got no such field among id, body'),
        (b"{}", 'field "text" must be a string, got no such field among none'),
    ],
)
def test_a_field_that_holds_no_string_is_named(line, problem):
    with pytest.raises(BadFieldError) as caught:
        JsonLine(line).string("text")
    assert str(caught.value) == problem


@pytest.mark.parametrize(
    ("line", "got"),
    [
        (b'["a"]', "an array"),
        (b"[\n", "an array"),
        (b'"text"', "a string"),
        (b"12", "a number"),
        (b"null", "null"),
        (b"true", "a boolean"),
        (b"A plain text.", "something else"),
        (b"\xff\xfe{", "something else"),
        (b'{"text":"a"', "invalid JSON: expecting ',' at byte offset 11"),
        (b'{"text":"a', "invalid JSON: unterminated string starting at byte offset 8"),
        (b'{"text" "a"}', "invalid JSON: expecting ':' at byte offset 8"),
        (b'{"text":}', "invalid JSON: expecting value at byte offset 8"),
        (b'{"text":"a",}', "invalid JSON: expecting a name in quotes at byte offset 12"),
        (b"{'text':'a'}", "invalid JSON: expecting a name in quotes at byte offset 1"),
        (b'{"text":"a"} {}', "invalid JSON: expecting the end of the line at byte offset 13"),
        ('{"é":"“a\tb"}'.encode(), "invalid JSON: invalid control character at byte offset 11"),
        (b'{"text":"a","x":' + b"[" * 50_000 + b"}", "one nested too deeply"),
    ],
)
def test_a_line_that_is_no_object_is_refused(line, got):
    with pytest.raises(BadLineError) as caught:
        JsonLine(line)
    assert str(caught.value) == f"a line must be a JSON object, got {got}"


def test_bytes_that_are_not_utf8_are_named_where_they_are_read():
    line = JsonLine('{"é":"\udcff","text":"ab\udcffc"}'.encode(errors="surrogateescape"))
    with pytest.raises(BadLineError) as caught:
        line.string("text")
    problem = 'field "text" must be UTF-8, got byte 0xff at byte offset 20 of the line'
    assert str(caught.value) == problem
    assert line.raw("é") == b'"\xff"'


@pytest.mark.parametrize(
    "value", [b"1.0e5", b"12345678901234567890123", b'"\\u00e9\\/"', b'{"a" : 1 }', b"null"]
)
def test_a_value_is_given_as_it_is_written(value):
    line = JsonLine(b'{"text":"a","id": ' + value + b" }")
    assert line.raw("id") == value
    assert line.raw("missing") is None


def test_all_but_the_string_stays_when_it_is_replaced():
    line = JsonLine(b' {"a":1.0e5 ,"text" : "old","b":"\xff"}\r\n')
    assert line.with_string("text", 'n"ew') == b' {"a":1.0e5 ,"text" : "n\\"ew","b":"\xff"}\r\n'


def test_of_two_fields_with_one_name_the_last_is_replaced():
    line = JsonLine(b'{"text":"a","text":"a"}')
    assert line.with_string("text", "b") == b'{"text":"a","text":"b"}'


def test_a_line_of_ascii_stays_ascii():
    assert written("é\ufffd", ascii_only=True) == b'"\\u00e9\\ufffd"'
    assert written("é", ascii_only=False) == '"é"'.encode()
    assert written('a\n"', ascii_only=True) == b'"a\\n\\""'


@pytest.mark.parametrize(
    ("line", "value"),
    [(b'{"a":"b"}', "b"), (b'{"a":""}', ""), (b'{"a":null}', None), (b"{}", None)],
)
def test_a_string_may_be_null_or_missing(line, value):
    assert JsonLine(line).string_or_none("a") == value


def test_what_is_neither_a_string_nor_null_is_named():
    with pytest.raises(BadFieldError) as caught:
        JsonLine(b'{"a":7}').string_or_none("a")
    assert str(caught.value) == 'field "a" must be a string or null, got a number'
    assert caught.value.field == "a"


@pytest.mark.parametrize(
    ("written_value", "value"), [(b'"7"', "7"), (b"7", 7), (b"-0", 0), (b"9" * 4300, 10**4300 - 1)]
)
def test_a_whole_number_is_converted(written_value, value):
    assert JsonLine(b'{"a":%s}' % written_value).string_or_whole_number("a") == value


@pytest.mark.parametrize("number", [b"7.0", b"7e0", b"Infinity", b"9" * 4301])
def test_another_number_is_none(number):
    with pytest.raises(BadFieldError, match=r'^field "a" must be a string or a whole number, got '):
        JsonLine(b'{"a":%s}' % number).string_or_whole_number("a")


def test_an_object_is_written_in_utf8_unless_it_cannot_be():
    assert object_line({"a": "é", "b": [1.5, None]}) == '{"a":"é","b":[1.5,null]}\n'.encode()
    assert object_line({"a": "é\ud800", "b": (1,)}) == b'{"a":"\\u00e9\\ud800","b":[1]}\n'
