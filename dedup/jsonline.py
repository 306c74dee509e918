"""One line of JSON: taken apart, so that only a string in it is replaced, and written."""

import json
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

_ENCODER = msgspec.json.Encoder()
# Numbers are not converted: Python refuses whole ones of more than 4,300 digits.
_JSON = json.JSONDecoder(parse_int=str, parse_float=str)
_SPACE = re.compile(r"[ \t\r\n]*")
_KINDS = {
    '"': "a string",
    "{": "an object",
    "[": "an array",
    "t": "a boolean",
    "f": "a boolean",
    "n": "null",
    **dict.fromkeys("-0123456789", "a number"),
}


class BadLineError(Exception):
    """A line that cannot be read: what must hold, what was got."""


class BadFieldError(BadLineError):
    """A field that is missing or holds what it must not."""

    def __init__(self, field: str, must: str, got: str) -> None:
        self.field = field
        super().__init__(f'field "{field}" must be {must}, got {got}')


class _Value(NamedTuple):
    value: Any
    start: int
    end: int


class JsonLine:
    """The fields of a line and where they stand in it; of two with one name, the last.

    Bytes that are not UTF-8 become lone surrogates, as with ``errors="surrogateescape"``, and
    are an error only where they are read: fields that nobody asks for may hold them.
    """

    def __init__(self, line: bytes) -> None:
        """Raise BadLineError unless the line is a JSON object."""
        body = line.rstrip(b"\r\n")
        self._content = body.decode("utf-8", "surrogateescape")
        self._line_end = line[len(body) :]
        self._fields: dict[str, _Value] = {}
        try:
            self._take_apart()
            return
        except json.JSONDecodeError as error:
            at = self._byte_offset(error.pos)
            got = f"invalid JSON: {error.msg.removesuffix(' at').lower()} at byte offset {at}"
        except RecursionError:
            got = "one nested too deeply"
        raise BadLineError(f"a line must be a JSON object, got {got}")

    def _take_apart(self) -> None:
        content, at = self._content, self._after_space(0)
        if not content.startswith("{", at):
            got = _KINDS.get(content[at : at + 1], "something else")
            raise BadLineError(f"a line must be a JSON object, got {got}")
        at = self._after_space(at + 1)
        while not content.startswith("}", at):
            if self._fields:
                at = self._after(",", at)
            if not content.startswith('"', at):
                raise json.JSONDecodeError("expecting a name in quotes", content, at)
            name, at = _JSON.raw_decode(content, at)
            start = self._after(":", at)
            value, end = _JSON.raw_decode(content, start)
            self._fields[name] = _Value(value, start, end)
            at = self._after_space(end)
        end = self._after_space(at + 1)
        if end != len(content):
            raise json.JSONDecodeError("expecting the end of the line", content, end)

    def _after_space(self, at: int) -> int:
        found = _SPACE.match(self._content, at)
        return found.end() if found else at

    def _after(self, mark: str, at: int) -> int:
        at = self._after_space(at)
        if not self._content.startswith(mark, at):
            raise json.JSONDecodeError(f"expecting '{mark}'", self._content, at)
        return self._after_space(at + 1)

    def _byte_offset(self, at: int) -> int:
        return len(_bytes(self._content[:at]))

    def string(self, name: str) -> str:
        """Return the string in a field; raise BadLineError if it is none, or is not UTF-8."""
        return self._string(name, "a string")

    def string_or_none(self, name: str) -> str | None:
        """Return the string in a field that may be null or missing."""
        if name not in self._fields or self._kind(name) == "null":
            return None
        return self._string(name, "a string or null")

    def string_or_whole_number(self, name: str) -> str | int:
        """Return what is in a field that names a record."""
        must = "a string or a whole number"
        if self._kind(name) != "a number":
            return self._string(name, must)
        digits = self._content[self._fields[name].start : self._fields[name].end]
        try:
            return int(digits)
        except ValueError as error:  # a fraction, NaN, or more digits than Python converts
            got = digits if len(digits) < 40 else f"a number of {len(digits):,} characters"
            raise BadFieldError(name, must, got) from error

    def _kind(self, name: str) -> str:
        found = self._fields.get(name)
        if found is None:
            return f"no such field among {', '.join(self._fields) or 'none'}"
        return _KINDS.get(self._content[found.start], "a number")  # NaN, Infinity

    def _string(self, name: str, must: str) -> str:
        kind = self._kind(name)
        if kind != "a string":
            raise BadFieldError(name, must, kind)
        text, start, end = self._fields[name]
        try:
            self._content[start:end].encode()
        except UnicodeEncodeError as error:
            at = start + error.start
            byte = ord(self._content[at]) - 0xDC00
            problem = f'field "{name}" must be UTF-8, got byte 0x{byte:02x}'
            problem += f" at byte offset {self._byte_offset(at)} of the line"
            raise BadLineError(problem) from error
        string: str = text
        return string

    def raw(self, name: str) -> bytes | None:
        """Return the value of a field as it is written, None if there is none."""
        found = self._fields.get(name)
        return None if found is None else _bytes(self._content[found.start : found.end])

    def with_string(self, name: str, text: str) -> bytes:
        """Return the line with another string in a field that it has."""
        return self.with_value(name, written(text, self._content.isascii()))

    def with_value(self, name: str, value: bytes) -> bytes:
        """Return the line with another value, as JSON, in a field; a new field comes last."""
        if name in self._fields:
            _, start, end = self._fields[name]
        else:
            start = end = self._content.rindex("}")
            comma = b"," if self._fields else b""
            value = comma + written(name, self._content.isascii()) + b":" + value
        return _bytes(self._content[:start]) + value + _bytes(self._content[end:]) + self._line_end


def written(text: str, ascii_only: bool) -> bytes:
    """Return the text as a JSON string; a line that escapes kept to ASCII stays so."""
    if ascii_only and not text.isascii():
        return json.dumps(text).encode()
    return msgspec.json.encode(text)


def object_line(fields: Mapping[str, Any]) -> bytes:
    """Return a line with a JSON object; half of a surrogate pair makes it a line of escapes."""
    try:
        return _ENCODER.encode(fields) + b"\n"
    except UnicodeEncodeError:
        return json.dumps(fields, separators=(",", ":")).encode() + b"\n"


def _bytes(content: str) -> bytes:
    return content.encode("utf-8", "surrogateescape")
