"""The hour at which someone is most likely to look, learned from the hours in which they came before.

Few visits say little: what is usual among the others counts as much as `USUAL` visits of their own, so that
who never came is written to at the usual hour. Neighbouring hours count half.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from personalization.mailings.engine.schedule import instant_of, known_zone

HOURS = 24
USUAL = 4.0
Visits = Mapping[int, float]
"""Hour of a person's own clock to how often they came in it."""


def usual_hours(people: Sequence[Visits]) -> dict[int, float]:
    """Shares of the hours, each person counting once; empty when nobody ever came."""
    shares: dict[int, float] = {}
    for visits in people:
        whole = sum(visits.values())
        for hour, count in visits.items():
            shares[hour] = shares.get(hour, 0.0) + count / whole
    whole = sum(shares.values())
    return {hour: share / whole for hour, share in shares.items()}


def best_hour(visits: Visits, *, usual: Visits) -> int | None:
    """None when nothing is known of anybody. Of equals, the earliest."""
    if not visits and not usual:
        return None
    known = [visits.get(hour, 0.0) + USUAL * usual.get(hour, 0.0) for hour in range(HOURS)]
    near = [
        known[hour] + (known[hour - 1] + known[(hour + 1) % HOURS]) / 2  # -1 is the last hour of the day
        for hour in range(HOURS)
    ]
    return near.index(max(near))


def next_at(start: datetime, *, hour: int, zone: str, home: str) -> datetime:
    """`start` when that hour has begun on their clock, else the first time it begins, within a day.

    An unknown zone counts as home.
    """
    name = zone if known_zone(zone) else home
    wall = start.astimezone(known_zone(name) or UTC).replace(tzinfo=None)
    if wall.hour == hour:
        return start
    due = wall.replace(hour=hour, minute=0, second=0, microsecond=0)
    if due < wall:
        due += timedelta(days=1)
    return max(start, instant_of(due, zone=name))
