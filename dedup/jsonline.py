"""One line of JSON taken apart, so that a string in it can be replaced and nothing else."""

import json
import re
from typing import Any, NamedTuple

import msgspec

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


class NoStringError(BadLineError):
    """A field that is missing or holds no string."""


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
        found = self._fields.get(name)
        got = f"no such field among {', '.join(self._fields) or 'none'}"
        if found is not None:
            got = _KINDS.get(self._content[found.start], "a number")  # NaN, Infinity
        if found is None or got != "a string":
            raise NoStringError(f'field "{name}" must be a string, got {got}')
        try:
            self._content[found.start : found.end].encode()
        except UnicodeEncodeError as error:
            at = found.start + error.start
            byte = ord(self._content[at]) - 0xDC00
            problem = f'field "{name}" must be UTF-8, got byte 0x{byte:02x}'
            problem += f" at byte offset {self._byte_offset(at)} of the line"
            raise BadLineError(problem) from error
        text: str = found.value
        return text

    def raw(self, name: str) -> bytes | None:
        """Return the value of a field as it is written, None if there is none."""
        found = self._fields.get(name)
        return None if found is None else _bytes(self._content[found.start : found.end])

    def with_string(self, name: str, text: str) -> bytes:
        """Return the line with another string in a field that it has."""
        _, start, end = self._fields[name]
        new = written(text, self._content.isascii())
        return _bytes(self._content[:start]) + new + _bytes(self._content[end:]) + self._line_end


def written(text: str, ascii_only: bool) -> bytes:
    """Return the text as a JSON string; a line that escapes kept to ASCII stays so."""
    if ascii_only and not text.isascii():
        return json.dumps(text).encode()
    return msgspec.json.encode(text)


def _bytes(content: str) -> bytes:
    return content.encode("utf-8", "surrogateescape")
