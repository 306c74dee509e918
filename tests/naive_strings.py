"""Readable twins of the kernels of strings and of the table of seen ids."""

import json


def unescaped(value: bytes) -> bytes | None:
    """Return the string that a JSON value is, in UTF-8, or None if it is no valid string.

    What does not begin with a quote is as it is.
    """
    if not value.startswith(b'"'):
        return value
    if not value.endswith(b'"'):
        return None
    try:
        text: str = json.loads(value.decode("utf-8"), strict=True)
    except ValueError:
        return None
    return text.encode("utf-8", "surrogatepass")


def earlier_rows(hashes: list[int]) -> list[int]:
    """Return for each hash the first row of an equal one before it, or -1."""
    first_rows: dict[int, int] = {}
    found = []
    for row, each in enumerate(hashes):
        found.append(first_rows.get(each, -1))
        first_rows.setdefault(each, row)
    return found
