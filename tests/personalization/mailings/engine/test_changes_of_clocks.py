"""The two odd days of the year, in every zone that has them: hours in the gap, in the overlap and around."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personalization.mailings.engine.best_hour import next_at
from personalization.mailings.engine.quiet import QuietHours
from personalization.mailings.engine.recurrence import Recurrence
from personalization.mailings.engine.schedule import first_instant, instant_of, local_instant
from tests.personalization.mailings.engine.test_recurrence import EVERY, instants, patiently, rules

EVERY_DAY = frozenset(range(7))


@cache
def changes(zone: str) -> tuple[tuple[datetime, timedelta], ...]:
    """When clocks are changed, to the minute, and by how much: found by looking at the clock alone."""
    own, found, day = ZoneInfo(zone), [], datetime(2026, 1, 1, tzinfo=UTC)
    while day.year == 2026:
        before, after = day, day + timedelta(days=1)
        if _offset(before, own) != _offset(after, own):
            found.append((_first_minute(before, after, own), _offset(after, own) - _offset(before, own)))
        day = after
    return tuple(found)


def _first_minute(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    while after - before > timedelta(minutes=1):
        middle = before + timedelta(minutes=(after - before) // timedelta(minutes=2))
        if _offset(middle, zone) == _offset(before, zone):
            before = middle
        else:
            after = middle
    return after


def _offset(moment: datetime, zone: ZoneInfo) -> timedelta:
    offset = moment.astimezone(zone).utcoffset()
    assert offset is not None
    return offset


@st.composite
def around_a_change(draw: st.DrawFn) -> tuple[str, datetime, timedelta, datetime]:
    """Zone, moment of the change, how far the clocks jump, and an hour on the wall near it."""
    zone = draw(st.sampled_from(EVERY).filter(changes))
    moment, jump = draw(st.sampled_from(changes(zone)))
    minutes = draw(st.one_of(st.integers(-1_500, 1_500), st.integers(-125, 125)))
    shown = moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    return zone, moment, jump, shown + timedelta(minutes=minutes)


def showing(wall: datetime, *, zone: str) -> list[datetime]:
    """Every instant at which clocks there show this hour: none, one or two. Tries each offset there is."""
    own = ZoneInfo(zone)
    tried = {wall.replace(tzinfo=UTC) - timedelta(minutes=15 * number) for number in range(-56, 61)}
    return sorted(moment for moment in tried if moment.astimezone(own).replace(tzinfo=None) == wall)


@patiently
@given(around_a_change())
def test_the_first_of_two_hours_counts_and_one_left_out_comes_as_much_later(
    case: tuple[str, datetime, timedelta, datetime],
) -> None:
    zone, _, jump, wall = case
    found, there = instant_of(wall, zone=zone), showing(wall, zone=zone)
    if there:
        assert found == there[0]
    else:
        assert jump > timedelta(0)
        assert found.astimezone(ZoneInfo(zone)).replace(tzinfo=None) == wall + jump


@patiently
@given(around_a_change())
def test_a_daily_campaign_comes_once_on_each_day_around(
    case: tuple[str, datetime, timedelta, datetime],
) -> None:
    zone, moment, _, wall = case
    rule = Recurrence(wall.time().replace(second=0, microsecond=0), weekdays=EVERY_DAY)
    last, fired = moment - timedelta(days=3), []
    for _ in range(6):
        last = rule.next_after(last, zone=zone)
        fired.append(last)
    first_day = fired[1].astimezone(ZoneInfo(zone)).date()
    wanted = [
        instant_of(datetime.combine(first_day + timedelta(days=number), rule.at), zone=zone)
        for number in range(-3, 8)
    ]
    assert set(fired) <= set(wanted)
    assert sorted(set(fired)) == fired
    between = [own for own in sorted(set(wanted)) if fired[0] <= own <= fired[-1]]
    assert between == fired, "a day was left out"


@patiently
@given(around_a_change(), st.integers(1, 600), st.integers(-300, 300))
def test_a_night_that_holds_the_change_is_quiet_to_its_end(
    case: tuple[str, datetime, timedelta, datetime], minutes: int, after: int
) -> None:
    zone, moment, jump, wall = case
    start, end = (wall + timedelta(minutes=own) for own in (-minutes, minutes))
    quiet = QuietHours(start.time(), end.time())
    asked = moment + timedelta(minutes=after)
    found = quiet.postpone(asked, zone=zone, home="UTC")
    shown = found.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    if not quiet.covers(asked.astimezone(ZoneInfo(zone)).time()):
        assert found == asked
        return
    assert asked < found <= asked + timedelta(days=1) + abs(jump)
    if found in showing(datetime.combine(shown.date(), quiet.end), zone=zone):
        return  # at the end of the night
    assert jump > timedelta(0), "neither at the end of the night nor in an hour that is left out"
    assert timedelta(0) < shown - datetime.combine(shown.date(), quiet.end) <= jump


@patiently
@given(around_a_change(), st.integers(0, 23))
def test_the_best_hour_is_reached_on_the_odd_days_too(
    case: tuple[str, datetime, timedelta, datetime], hour: int
) -> None:
    zone, _, jump, wall = case
    start = instant_of(wall, zone=zone)
    found = next_at(start, hour=hour, zone=zone, home="UTC")
    shown = found.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    assert start <= found <= start + timedelta(days=1) + abs(jump)
    left_out = not showing(datetime.combine(shown.date(), time(hour)), zone=zone)
    assert shown.hour == hour or left_out
    if found > start and not left_out and shown.hour == hour:
        assert (shown.minute, shown.second) == (0, 0)


@pytest.mark.parametrize("offset", [*range(-14, 13)])
def test_each_whole_hour_from_utc_plus_14_to_utc_minus_12_has_its_own_instant(offset: int) -> None:
    """`Etc/GMT-14` is UTC+14: the sign is that of POSIX."""
    zone = f"Etc/GMT{offset:+d}" if offset else "Etc/GMT"
    noon = datetime(2026, 6, 1, 12, tzinfo=UTC)
    assert local_instant(noon, home="UTC", zone=zone) == noon + timedelta(hours=offset)


@pytest.mark.parametrize(
    ("day", "expected"),
    [(date(2026, 3, 29), ["21:00+0000", "06:00+0000"]), (date(2026, 10, 25), ["20:00+0000", "07:00+0000"])],
    ids=["the short night", "the long night"],
)
def test_the_nights_of_berlin_on_the_odd_days(day: date, expected: list[str]) -> None:
    """Quiet from 22:00 to 8:00: a minute before it goes out, in it it waits."""
    quiet = QuietHours(time(22), time(8))
    evening = instant_of(datetime.combine(day - timedelta(days=1), time(22)), zone="Europe/Berlin")
    before = evening - timedelta(minutes=1)
    found = quiet.postpone(evening, zone="Europe/Berlin", home="UTC")
    assert quiet.postpone(before, zone="Europe/Berlin", home="UTC") == before
    assert [f"{own:%H:%M%z}" for own in (evening, found)] == expected
    assert quiet.postpone(found, zone="Europe/Berlin", home="UTC") == found


@patiently
@given(rules, st.one_of(instants, around_a_change().map(lambda case: case[1])), st.sampled_from(EVERY))
def test_no_time_of_a_rule_is_passed_over(rule: Recurrence, instant: datetime, zone: str) -> None:
    """Today's hour counts while it has not come, also where today is another day than in UTC."""
    today = instant.date()
    days = [today + timedelta(days=number) for number in range(-3, 70)]
    times = [instant_of(datetime.combine(day, rule.at), zone=zone) for day in days if rule.includes(day)]
    assert rule.next_after(instant, zone=zone) == min(own for own in times if own > instant)


@pytest.mark.parametrize(
    ("wall", "expected"), [("11:59", "11:59"), ("12:00", "14:00"), ("13:59", "14:00"), ("14:00", "14:00")]
)
def test_quiet_hours_by_day_end_when_they_say(wall: str, expected: str) -> None:
    quiet, asked = QuietHours(time(12), time(14)), datetime.fromisoformat(f"2026-11-26T{wall}+00:00")
    assert f"{quiet.postpone(asked, zone='UTC', home='UTC'):%H:%M}" == expected
    assert quiet.covers(asked.time()) == (wall != expected)


def test_no_clock_on_earth_is_ahead_of_the_first_one() -> None:
    start = datetime(2026, 7, 1, 12, tzinfo=UTC)
    earliest = min(local_instant(start, home="UTC", zone=zone) for zone in EVERY)
    assert earliest == first_instant(start, home="UTC") == start - timedelta(hours=14)
