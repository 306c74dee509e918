"""Dates and points in time as columnar files store them, numbers since 1970, to ISO 8601."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

_DAY = date(1970, 1, 1)
_MOMENT = datetime(1970, 1, 1, tzinfo=UTC)
_IN_A_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}


def iso_dates(stored: Sequence[int | None], unit: str) -> list[str | None]:
    """Return dates, stored as days ("D") or as milliseconds ("ms").

    >>> iso_dates([0, None, 20_000], "D")
    ['1970-01-01', None, '2024-10-04']
    """
    days = stored if unit == "D" else [n if n is None else n // 86_400_000 for n in stored]
    return [None if n is None else _iso_date(n) for n in days]


def _iso_date(days: int) -> str:
    try:
        return (_DAY + timedelta(days)).isoformat()
    except OverflowError:  # a year that Python does not know, and so no date
        return f"{days} days since 1970"


def iso_times(stored: Sequence[int | None], unit: str, zone: str | None) -> list[str | None]:
    """Return points in time, stored in a unit of "s" to "ns", to the microsecond.

    In ``zone`` they are written, a name or an offset; what is stored is UTC. None: they have none.

    >>> iso_times([1_777_356_000, None], "s", "Europe/Oslo")
    ['2026-04-28T08:00:00+02:00', None]
    """
    found = None if zone is None else _zone(zone)
    return [None if n is None else _iso_time(n, unit, found) for n in stored]


def _iso_time(n: int, unit: str, zone: tzinfo | None) -> str:
    seconds, rest = divmod(n, _IN_A_SECOND[unit])
    micro = rest * 10**6 // _IN_A_SECOND[unit]
    try:
        moment = _MOMENT + timedelta(seconds=seconds, microseconds=micro)
        return (
            moment.replace(tzinfo=None) if zone is None else moment.astimezone(zone)
        ).isoformat()
    except OverflowError:
        return f"{n} {unit} since 1970"


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # an offset, or no table of names on this machine
        pass
    try:
        return datetime.fromisoformat(f"1970-01-01T00:00{name}").tzinfo or UTC
    except ValueError:
        return UTC
