"""One instant for each wall time, in every zone and on the days when clocks are changed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personalization.mailings.engine.schedule import (
    EARLIEST_OFFSET,
    LATEST_OFFSET,
    first_instant,
    instant_of,
    local_instant,
)

ZONES = sorted(available_timezones() - {"Factory", "localtime"})
walls = st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2037, 12, 31))
zones = st.sampled_from(ZONES)
# Hours around the changes of both halves of the earth, half-hour changes and whole days that were left out.
odd = st.sampled_from(
    [
        ("Europe/Berlin", datetime(2026, 3, 29, 2, 30)),
        ("Europe/Berlin", datetime(2026, 10, 25, 2, 30)),
        ("America/New_York", datetime(2026, 3, 8, 2, 15)),
        ("America/New_York", datetime(2026, 11, 1, 1, 15)),
        ("Australia/Lord_Howe", datetime(2026, 10, 4, 2, 10)),
        ("Australia/Lord_Howe", datetime(2026, 4, 5, 1, 40)),
        ("Pacific/Apia", datetime(2011, 12, 30, 9, 0)),
        ("America/Havana", datetime(2026, 3, 8, 0, 0)),
    ]
)


def _exists(wall: datetime, zone: str) -> bool:
    own = ZoneInfo(zone)
    return wall.replace(tzinfo=own).astimezone(UTC).astimezone(own).replace(tzinfo=None) == wall


@given(walls, zones)
def test_clocks_show_the_hour_at_the_instant_it_names(wall: datetime, zone: str) -> None:
    shown = instant_of(wall, zone=zone).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    # An hour that is left out (a day, once, in Samoa) becomes as much later as the clocks jump.
    assert shown == wall if _exists(wall, zone) else timedelta(0) < shown - wall <= timedelta(days=1)


@given(odd, st.integers(-240, 240))
def test_around_a_change_of_clocks_later_hours_never_come_sooner(
    change: tuple[str, datetime], minutes: int
) -> None:
    zone, wall = change
    days = [wall + timedelta(days=number, minutes=minutes) for number in range(-2, 3)]
    instants = [instant_of(day, zone=zone) for day in days]
    assert instants == sorted(instants)
    assert len(set(instants)) == len(instants) or zone == "Pacific/Apia"


def test_of_an_hour_that_comes_twice_the_first_one_counts() -> None:
    assert instant_of(datetime(2026, 10, 25, 2, 30), zone="Europe/Berlin") == datetime(
        2026, 10, 25, 0, 30, tzinfo=UTC
    )


def test_an_hour_that_is_left_out_comes_after_the_jump() -> None:
    assert instant_of(datetime(2026, 3, 29, 2, 30), zone="Europe/Berlin") == datetime(
        2026, 3, 29, 1, 30, tzinfo=UTC
    )


@given(walls, zones, zones)
def test_nobody_is_due_before_the_first_clock_or_after_the_last(wall: datetime, home: str, zone: str) -> None:
    start = wall.replace(tzinfo=UTC)
    own = local_instant(start, home=home, zone=zone)
    first = first_instant(start, home=home)
    assert first <= own <= first + (EARLIEST_OFFSET - LATEST_OFFSET) + timedelta(days=1)


@pytest.mark.parametrize(
    ("zone", "hours"), [("Pacific/Kiritimati", -14), ("Etc/GMT+12", 12), ("Asia/Kathmandu", -5.75)]
)
def test_the_ends_of_the_earth_are_served_at_their_own_hour(zone: str, hours: float) -> None:
    noon = datetime(2026, 6, 1, 12, tzinfo=UTC)
    assert local_instant(noon, home="UTC", zone=zone) == noon + timedelta(hours=hours)


@pytest.mark.parametrize("zone", ["", "Mars/Olympus", "../etc/passwd", "Europe"])
def test_a_zone_nobody_knows_counts_as_the_shops_own(zone: str) -> None:
    noon = datetime(2026, 6, 1, 12, tzinfo=UTC)
    assert local_instant(noon, home="Europe/Berlin", zone=zone) == noon
