"""Recurring campaigns in words, and quiet hours, in every zone and on the days when clocks are changed."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from personalization.mailings.engine.quiet import QuietHours
from personalization.mailings.engine.recurrence import Recurrence, UnknownRule, parse_recurrence

# Etc/GMT-14 and Etc/GMT+12 are the first and the last clock on earth.
ODD = [
    "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Havana", "Africa/Casablanca",
    "Etc/GMT-14", "Etc/GMT+12", "Pacific/Kiritimati", "Pacific/Chatham", "Asia/Kathmandu",
]  # fmt: skip
EVERY = sorted(available_timezones() - {"Factory", "localtime"})
zones = st.one_of(st.sampled_from(ODD), st.sampled_from(EVERY))
times = st.times().map(lambda own: own.replace(second=0, microsecond=0))
instants = st.datetimes(datetime(2012, 1, 1), datetime(2037, 1, 1), timezones=st.just(UTC))
rules = st.one_of(
    st.builds(Recurrence, times, weekdays=st.frozensets(st.integers(0, 6), min_size=1)),
    st.builds(Recurrence, times, month_day=st.one_of(st.just(-1), st.integers(1, 31))),
    st.builds(
        Recurrence, times, weekdays=st.integers(0, 6).map(lambda day: frozenset([day])),
        nth=st.sampled_from([1, 2, 3, 4, -1]),
    ),
)  # fmt: skip
WIDEST_GAP = timedelta(hours=4)
"""Clocks of research stations have jumped by as much."""
patiently = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@patiently
@given(rules)
def test_what_it_says_in_words_it_understands(rule: Recurrence) -> None:
    assert parse_recurrence(str(rule)) == rule


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("Every  day at 9", "every day at 9:00"),
        ("every weekday at 09:05", "every weekday at 9:05"),
        ("every thursday, monday at 18:30", "every Monday and Thursday at 18:30"),
        ("every monday, tuesday, and friday at 7:00", "every Monday, Tuesday and Friday at 7:00"),
        ("every month on the 1st at 8:00", "every month on the 1st at 8:00"),
        ("every month on the 22 at 8:00", "every month on the 22nd at 8:00"),
        ("every month on the last day at 8:00", "every month on the last day at 8:00"),
        ("every last friday of the month at 16:00", "every last Friday of the month at 16:00"),
        ("0 9 * * 1", "every Monday at 9:00"),
        ("30 18 * * MON,THU", "every Monday and Thursday at 18:30"),
        ("0  9 * *  1-5", "every weekday at 9:00"),
        ("5 7 * * *", "every day at 7:05"),
        ("0 8 * * sat-mon", "every Monday, Saturday and Sunday at 8:00"),
        ("0 8 * * 0", "every Sunday at 8:00"),
        ("0 8 * * 7", "every Sunday at 8:00"),
        ("0 8 1 * *", "every month on the 1st at 8:00"),
        ("0 8 L * *", "every month on the last day at 8:00"),
        ("0 16 * * 5L", "every last Friday of the month at 16:00"),
        ("0 9 * * mon#2", "every second Monday of the month at 9:00"),
    ],
)
def test_it_reads_what_a_marketer_writes(words: str, said: str) -> None:
    assert str(parse_recurrence(words)) == said


@pytest.mark.parametrize(
    "words",
    ["", "daily", "every day", "every day at 25:00", "every moonday at 9:00",
     "every month on the 32nd at 9:00", "every month on the 0 at 9:00",
     "every fifth monday of the month at 9:00", "*/5 9 * * 1", "0 9,18 * * 1", "60 9 * * 1", "0 24 * * 1",
     "0 9 0 * *", "0 9 32 * *", "0 9 1 6 *", "0 9 1 * 1", "0 9 * * 8", "0 9 * * mon#5", "0 9 * * L",
     "0 9 * * 1,", "0 9 * * 1 *"],
)  # fmt: skip
def test_it_names_the_remedy_for_what_it_does_not_understand(words: str) -> None:
    with pytest.raises(UnknownRule, match="every first Monday of the month"):
        parse_recurrence(words)


@patiently
@given(rules, instants, zones)
def test_the_next_time_is_later_on_a_day_of_the_rule_and_at_its_hour(
    rule: Recurrence, instant: datetime, zone: str
) -> None:
    found = rule.next_after(instant, zone=zone)
    shown = found.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    assert found > instant
    late = shown - datetime.combine(shown.date(), rule.at)
    if late < timedelta(0):  # an hour left out around midnight lands on the next day
        shown, late = shown - timedelta(days=1), late + timedelta(days=1)
    assert timedelta(0) <= late <= WIDEST_GAP
    assert rule.includes(shown.date()) or late


@patiently
@given(times, instants, zones)
def test_a_daily_rule_comes_once_a_day_through_every_change_of_clocks(
    at: time, start: datetime, zone: str
) -> None:
    rule, moment, days = Recurrence(at, weekdays=frozenset(range(7))), start, []
    for _ in range(10):
        following = rule.next_after(moment, zone=zone)
        days.append(following)
        moment = following
    gaps = [later - sooner for sooner, later in pairwise(days)]
    assert all(timedelta(hours=21) <= gap <= timedelta(hours=27) for gap in gaps)


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        (datetime(2026, 3, 28, 12, tzinfo=UTC), datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),  # 2:30 is left out
        (datetime(2026, 10, 24, 12, tzinfo=UTC), datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),  # the first 2:30
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 26, 1, 30, tzinfo=UTC)),
    ],
)
def test_on_the_days_clocks_change_in_berlin(start: datetime, expected: datetime) -> None:
    rule = parse_recurrence("every day at 2:30")
    assert rule.next_after(start, zone="Europe/Berlin") == expected


@patiently
@given(instants, zones, times, times)
def test_no_mail_is_postponed_into_quiet_hours_or_for_more_than_a_day(
    instant: datetime, zone: str, start: time, end: time
) -> None:
    quiet, start_day = QuietHours(start, end), instant.date()
    found = quiet.postpone(instant, zone=zone, home="UTC")
    shown = found.astimezone(ZoneInfo(zone)).time()
    assert timedelta(0) <= found - instant <= timedelta(hours=27)
    if found != instant:
        late = datetime.combine(start_day, shown) - datetime.combine(start_day, end)
        assert late % timedelta(days=1) <= WIDEST_GAP
    if not quiet.covers(instant.astimezone(ZoneInfo(zone)).time()):
        assert found == instant


@pytest.mark.parametrize(
    ("wall", "expected"), [("23:00", "08:00"), ("02:00", "08:00"), ("08:00", "08:00"), ("21:59", "21:59")]
)
def test_the_night_reaches_over_midnight(wall: str, expected: str) -> None:
    zone = ZoneInfo("Asia/Tokyo")
    instant = datetime.fromisoformat(f"2026-11-26T{wall}").replace(tzinfo=zone)
    found = QuietHours(time(22), time(8)).postpone(instant, zone="Asia/Tokyo", home="UTC")
    assert found.astimezone(zone).strftime("%H:%M") == expected


def test_someone_of_an_unknown_zone_is_asleep_when_the_shop_is() -> None:
    instant = datetime(2026, 11, 26, 23, tzinfo=UTC)
    found = QuietHours(time(22), time(8)).postpone(instant, zone="Mars/Olympus", home="Europe/Berlin")
    assert found == datetime(2026, 11, 27, 7, tzinfo=UTC)
