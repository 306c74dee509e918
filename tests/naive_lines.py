"""Readable twins of the kernels of lines of JSON and of dates."""

import json
import math
import re
from datetime import datetime

from dedup.documents import hours_since_epoch
from dedup.jsonline import JsonLine
from dedup.kernels.lines import DEEPEST, MISSING, NULL, OTHER, STRING, WHOLE

PLAIN = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)?)?", re.ASCII)
WHOLE_NUMBER = re.compile(rb"-?[1-9][0-9]{0,17}|0")


def fields(line: bytes, names: list[str]) -> list[tuple[int, bytes]] | None:
    """Return what some fields hold and how it is written, None if the line is no JSON object."""
    try:
        read = json.loads(
            line.decode("utf-8", "surrogateescape"),
            parse_constant=_refuse,
            parse_int=str,
            parse_float=str,
        )
    except (ValueError, RecursionError):
        return None
    if not isinstance(read, dict) or depth(read) > DEEPEST + 1:
        return None
    written = [JsonLine(line).raw(name) for name in names]
    return [(MISSING, b"") if raw is None else (kind(raw), raw) for raw in written]


def depth(value: object) -> int:
    """Return how many arrays and objects stand in each other."""
    if isinstance(value, dict):
        value = list(value.values())
    return 1 + max(map(depth, value), default=0) if isinstance(value, list) else 0


def kind(raw: bytes) -> int:
    """Return what a value is."""
    if raw.startswith(b'"'):
        return STRING
    if raw == b"null":
        return NULL
    return WHOLE if WHOLE_NUMBER.fullmatch(raw) else OTHER


def hours(date: str) -> float:
    """Return hours since 1970 of a date, or a point in time, that is written plainly, else NaN."""
    if not PLAIN.fullmatch(date):
        return math.nan
    try:
        datetime.fromisoformat(date)
    except ValueError:
        return math.nan
    return hours_since_epoch(date)


def _refuse(name: str) -> None:
    raise ValueError(name)
