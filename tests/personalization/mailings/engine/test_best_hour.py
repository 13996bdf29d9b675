"""The hour at which someone is most likely to look, and the instant it comes next, in every zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personalization.mailings.engine.best_hour import best_hour, next_at, usual_hours
from tests.personalization.mailings.engine.test_recurrence import WIDEST_GAP, instants, patiently, zones

EVENING = {20: 0.75, 21: 0.25}


@pytest.mark.parametrize(
    ("visits", "usual", "expected"),
    [
        ({7: 12.0}, EVENING, 7),  # one's own habit
        ({7: 1.0}, {20: 1.0}, 20),  # one visit says little
        ({}, {20: 1.0}, 20),
        ({}, {}, None),
        ({23: 3.0, 0: 4.0, 1: 3.0, 12: 4.0}, {}, 0),  # around midnight hours are neighbours too
        ({9: 5.0, 15: 5.0}, {}, 9),
    ],
)
def test_it_weighs_own_visits_against_what_is_usual(
    visits: dict[int, float], usual: dict[int, float], expected: int | None
) -> None:
    assert best_hour(visits, usual=usual) == expected


def test_each_person_counts_once_in_what_is_usual() -> None:
    assert usual_hours([{9: 1_000.0}, {20: 1.0}, {20: 2.0}]) == pytest.approx({9: 1 / 3, 20: 2 / 3})
    assert usual_hours([]) == {}


@patiently
@given(instants, st.integers(0, 23), zones)
def test_it_comes_within_a_day_and_in_its_hour(start: datetime, hour: int, zone: str) -> None:
    found = next_at(start, hour=hour, zone=zone, home="UTC")
    assert start <= found <= start + timedelta(days=1) + WIDEST_GAP
    shown = found.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    late = shown - datetime.combine(shown.date(), datetime.min.time()) - timedelta(hours=hour)
    assert timedelta(0) <= late % timedelta(days=1) < timedelta(hours=1) + WIDEST_GAP


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ("Europe/Berlin", datetime(2026, 11, 30, 19, tzinfo=UTC)),
        ("Asia/Tokyo", datetime(2026, 11, 30, 11, tzinfo=UTC)),
        ("America/New_York", datetime(2026, 12, 1, 1, tzinfo=UTC)),
        ("Asia/Kathmandu", datetime(2026, 11, 30, 14, 15, tzinfo=UTC)),
        ("nowhere", datetime(2026, 11, 30, 20, tzinfo=UTC)),
    ],
)
def test_the_evening_is_that_of_each_place(zone: str, expected: datetime) -> None:
    start = datetime(2026, 11, 30, 8, 30, tzinfo=UTC)
    assert next_at(start, hour=20, zone=zone, home="UTC") == expected


def test_an_hour_that_has_begun_is_now() -> None:
    start = datetime(2026, 11, 30, 8, 59, tzinfo=UTC)
    assert next_at(start, hour=8, zone="UTC", home="UTC") == start
