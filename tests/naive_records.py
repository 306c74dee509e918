"""A readable twin of how documents are read from lines: by ``json.loads``, and nothing else."""

import codecs
import json
import re
from datetime import datetime
from typing import Any

from dedup.document_files import Fields
from dedup.model import Document


class _Number(str):
    """As it is written: Python refuses whole numbers of more than 4,300 digits."""


# Bytes that are not UTF-8 are an error in fields that are read, and only there: those that differ
# where such bytes are read as one letter, and as another one.
_LETTERS = "XY"
for _letter in _LETTERS:
    codecs.register_error(f"as {_letter}", lambda error, letter=_letter: (letter, error.start + 1))


def document(line: bytes, fields: Fields) -> Document | None:
    """Return the document in a line, None if it is no record; titles are not read."""
    try:
        one, other = (
            json.loads(
                line.decode(errors=f"as {letter}"),
                parse_int=_Number,
                parse_float=_Number,
                parse_constant=_Number,
            )
            for letter in _LETTERS
        )
    except (ValueError, RecursionError):
        return None
    if not isinstance(one, dict):
        return None
    names = (fields.text, fields.id, fields.published, fields.source)
    if any(one.get(name) != other.get(name) for name in names):
        return None
    text, own, published, source = map(one.get, names)
    if not (_is_string(text) and (_is_string(own) or _is_whole(own))):
        return None
    if not all(part is None or _is_string(part) for part in (published, source)):
        return None
    if published is not None:
        try:
            datetime.fromisoformat(published)
        except ValueError:
            return None
    own = int(own) if isinstance(own, _Number) else own
    return Document(own, text, source=source or "", published=published)


def _is_string(value: Any) -> bool:
    return isinstance(value, str) and not isinstance(value, _Number)


def _is_whole(value: Any) -> bool:
    return isinstance(value, _Number) and bool(re.fullmatch("-?[0-9]{1,4300}", value))
