"""Records with one more field, or another value in it, and every other byte as it was."""

import json
from typing import Any

import msgspec

from dedup.jsonline import JsonLine
from dedup.records import REFUSALS, decoder

_ENCODER = msgspec.json.Encoder()


class AddedField:
    """A field that lines of JSON get at their end, or another value where they have it."""

    def __init__(self, name: str) -> None:
        self._name = name
        field = ("value", msgspec.Raw | msgspec.UnsetType, msgspec.UNSET)
        self._decode = decoder([field], {"value": name})

    def written(self, line: bytes, value: Any) -> bytes:
        """Return a line, which is a record, with this value in the field."""
        raw = _written(value, ascii_only=line.isascii())
        try:
            has_it = self._decode(line).value is not msgspec.UNSET
        except REFUSALS:
            has_it = True
        if has_it:
            return JsonLine(line).with_value(self._name, raw)
        # Taking a line apart takes ten times as long.
        at = line.rindex(b"}")
        name = _written(self._name, ascii_only=line.isascii())
        return b"".join((line[:at], b",", name, b":", raw, line[at:]))


def _written(value: Any, *, ascii_only: bool) -> bytes:
    try:
        raw = _ENCODER.encode(value)
        if raw.isascii() or not ascii_only:
            return raw
    except UnicodeEncodeError:  # half of a surrogate pair, which only an escape can write
        pass
    return json.dumps(msgspec.to_builtins(value), separators=(",", ":")).encode()
