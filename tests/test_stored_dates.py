"""Numbers since 1970 as ISO 8601, for any unit and zone."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.documents import hours_since_epoch
from dedup.stored_dates import iso_dates, iso_times

UNITS = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}


@given(st.dates())
def test_a_date_is_that_date_in_either_unit(when):
    days = (when - date(1970, 1, 1)).days
    assert iso_dates([days, None], "D") == [when.isoformat(), None]
    assert iso_dates([days * 86_400_000], "ms") == [when.isoformat()]


@given(
    st.datetimes(datetime(1, 1, 3), datetime(9999, 12, 29)),
    st.sampled_from(list(UNITS)),
    st.sampled_from([None, "UTC", "Europe/Oslo", "+05:30", "-08:00"]),
)
def test_a_point_in_time_is_that_point_in_every_zone(when, unit, zone):
    since = when.replace(tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    stored = since // timedelta(microseconds=1) * UNITS[unit] // 10**6
    (told,) = iso_times([stored], unit, zone)
    moment = datetime.fromisoformat(told)
    assert (moment.tzinfo is None) == (zone is None)
    assert hours_since_epoch(told) == pytest.approx(stored / UNITS[unit] / 3600, abs=1e-9)


@pytest.mark.parametrize(
    ("zone", "told"),
    [
        (None, "2026-07-01T12:00:00"),
        ("UTC", "2026-07-01T12:00:00+00:00"),
        ("Europe/Oslo", "2026-07-01T14:00:00+02:00"),
        ("+05:30", "2026-07-01T17:30:00+05:30"),
        ("Nowhere/At_All", "2026-07-01T12:00:00+00:00"),
    ],
)
def test_a_zone_is_a_name_or_an_offset(zone, told):
    assert iso_times([1_782_907_200], "s", zone) == [told]


def test_what_python_has_no_date_for_is_told_as_it_is_stored():
    assert iso_dates([10**8], "D") == ["100000000 days since 1970"]
    assert iso_times([2**62, -(2**62)], "s", None) == [
        f"{n}{2**62} s since 1970" for n in ("", "-")
    ]
    assert iso_times([253_402_300_799], "s", "+14:00") == ["253402300799 s since 1970"]
