"""When a campaign comes again, in words: `every Monday and Thursday at 9:00`. Or as cron: `0 9 * * 1,4`.

A rule names days and one hour on a wall clock. Each day has one instant for it, on the two odd days of the
year as well (see schedule.py), so nothing comes twice and nothing is left out.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from personalization.mailings.engine.schedule import instant_of

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "last": -1}
REMEDY = (
    'Write it like "every day at 9:00", "every weekday at 9:00", "every Monday and Thursday at 18:30", '
    '"every month on the 1st at 8:00", "every month on the last day at 8:00" or '
    '"every first Monday of the month at 9:00"; or as cron, such as "0 9 * * 1".'
)
_HOUR = r"at (?P<hour>[01]?\d|2[0-3])(?::(?P<minute>[0-5]\d))?"
_SHAPES = (
    re.compile(rf"every (?P<days>[a-z, ]+?) {_HOUR}"),
    re.compile(rf"every month on the (?P<day>last day|\d{{1,2}}(?:st|nd|rd|th)?) {_HOUR}"),
    re.compile(rf"every (?P<nth>{'|'.join(ORDINALS)}) (?P<weekday>[a-z]+) of the month {_HOUR}"),
)
CRON_FIELDS = ("minute", "hour", "day of the month", "month", "day of the week")
_LONGEST_WAIT = 70
"""Days from one time of a monthly rule to the next, and some more."""


class UnknownRule(ValueError):
    """Says what was not understood; REMEDY says what would be."""


@dataclass(frozen=True)
class Recurrence:
    """Days of the week, a day of the month, or a weekday counted within the month: one of them."""

    at: time
    weekdays: frozenset[int] = frozenset()
    """0 is Monday."""
    month_day: int = 0
    """1 to 31, as far as a month has as many; -1 is the last."""
    nth: int = 0
    """1 to 4, or -1 for the last: which of the month's `weekdays`."""

    def includes(self, day: date) -> bool:
        last = calendar.monthrange(day.year, day.month)[1]
        if self.month_day:
            return day.day == (last if self.month_day < 0 else min(self.month_day, last))
        if day.weekday() not in self.weekdays:
            return False
        if self.nth < 0:
            return day.day + 7 > last
        return not self.nth or (day.day - 1) // 7 + 1 == self.nth

    def next_after(self, instant: datetime, *, zone: str) -> datetime:
        """The first of its instants that is later; `zone` is a known one."""
        today = instant.astimezone(ZoneInfo(zone)).date()
        for number in range(-1, _LONGEST_WAIT):
            day = today + timedelta(days=number)
            if not self.includes(day):
                continue
            found = instant_of(datetime.combine(day, self.at), zone=zone)
            if found > instant:
                return found
        raise AssertionError("every rule has a day in each month")

    def __str__(self) -> str:
        return f"every {self._days()} at {self.at.hour}:{self.at.minute:02}"

    def _days(self) -> str:
        if self.month_day:
            return f"month on the {'last day' if self.month_day < 0 else ordinal(self.month_day)}"
        names = [WEEKDAYS[number] for number in sorted(self.weekdays)]
        if self.nth:
            counted = next(name for name, nth in ORDINALS.items() if nth == self.nth)
            return f"{counted} {names[0]} of the month"
        if len(names) == 7:
            return "day"
        if self.weekdays == frozenset(range(5)):
            return "weekday"
        return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]


def parse_recurrence(words: str) -> Recurrence:
    """Raises UnknownRule."""
    said = " ".join(words.lower().split())
    if len(parts := said.split()) == len(CRON_FIELDS) and parts[0] != "every":
        return _of_cron(parts)
    for shape in reversed(_SHAPES):  # the first takes any word for a day
        if found := shape.fullmatch(said):
            return _recurrence(found.groupdict())
    raise UnknownRule(f"{words!r} is not understood. {REMEDY}")


def ordinal(number: int) -> str:
    ending = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def _recurrence(said: dict[str, str | None]) -> Recurrence:
    at = time(int(said["hour"] or 0), int(said["minute"] or 0))
    if day := said.get("day"):
        return Recurrence(at, month_day=_month_day(day))
    if nth := said.get("nth"):
        return Recurrence(at, weekdays=frozenset([_weekday(said["weekday"] or "")]), nth=ORDINALS[nth])
    return Recurrence(at, weekdays=_weekdays(said["days"] or ""))


def _month_day(day: str) -> int:
    number = -1 if day == "last day" else int(re.sub(r"\D", "", day))
    if number == 0 or number > 31:
        raise UnknownRule(f"No month has a day {day}. {REMEDY}")
    return number


def _weekdays(days: str) -> frozenset[int]:
    if days == "day":
        return frozenset(range(7))
    if days == "weekday":
        return frozenset(range(5))
    return frozenset(_weekday(name) for name in re.split(r",\s*(?:and )?|\s+and\s+", days))


def _weekday(name: str) -> int:
    full = name.strip().capitalize()
    if full not in WEEKDAYS:
        raise UnknownRule(f"{name!r} is no day of the week. {REMEDY}")
    return WEEKDAYS.index(full)


def _of_cron(parts: list[str]) -> Recurrence:
    """One hour on some days. `L` is the month's last day, `1#2` its second Monday, `1L` its last."""
    minute, hour, month_day, month, week_day = parts
    at = time(_number(hour, of="hour", most=23), _number(minute, of="minute", most=59))
    if month != "*":
        raise UnknownRule(f"The month {month!r} is not understood: a campaign comes in every month. {REMEDY}")
    if month_day != "*" and week_day != "*":
        raise UnknownRule(f"Give a day of the month or a day of the week, and * for the other. {REMEDY}")
    if month_day != "*":
        day = "last day" if month_day == "l" else str(_number(month_day, of="day of the month", most=31))
        return Recurrence(at, month_day=_month_day(day))
    if counted := re.fullmatch(r"([^#]+?)(?:#([1-4])|l)", week_day):
        nth = int(counted[2] or ORDINALS["last"])
        return Recurrence(at, weekdays=frozenset([_cron_weekday(counted[1])]), nth=nth)
    return Recurrence(at, weekdays=_cron_weekdays(week_day))


def _cron_weekdays(said: str) -> frozenset[int]:
    """Such as `*`, `1-5` or `mon,thu`; both 0 and 7 are Sunday."""
    if said == "*":
        return frozenset(range(7))
    found: set[int] = set()
    for part in said.split(","):
        first, is_range, last = part.partition("-")
        start = _cron_weekday(first)
        end = _cron_weekday(last) if is_range else start
        found |= {(start + number) % 7 for number in range((end - start) % 7 + 1)}
    return frozenset(found)


def _cron_weekday(said: str) -> int:
    names = [name[:3].lower() for name in WEEKDAYS]
    if said in names:
        return names.index(said)
    return (_number(said, of="day of the week", most=7) - 1) % 7


def _number(said: str, *, of: str, most: int) -> int:
    if not said.isdecimal() or len(said) > 2 or int(said) > most:
        detail = f"The {of} {said!r} is not understood: a campaign comes at one hour of a day."
        raise UnknownRule(f"{detail} {REMEDY}")
    return int(said)
