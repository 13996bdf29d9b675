"""An hour on a recipient's own clock as one instant, on the two odd days of the year as well.

When clocks go forward an hour does not exist: what was due in it is due as much later as the clocks jump.
When they go back an hour comes twice: the first one counts. So each wall time has exactly one instant
everywhere.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

EARLIEST_OFFSET = timedelta(hours=14)
"""Nobody's clock is further ahead of UTC (Kiribati); the furthest behind is 12 hours (uninhabited
islands).
"""
LATEST_OFFSET = timedelta(hours=-12)


def instant_of(wall: datetime, *, zone: str) -> datetime:
    """The UTC instant at which clocks of the zone show this wall time; see above for the odd days."""
    # fold=0: the first of two; in a gap it uses the offset from before, which lands after the jump.
    return wall.replace(tzinfo=known_zone(zone) or UTC, fold=0).astimezone(UTC)


def local_instant(instant: datetime, *, home: str, zone: str) -> datetime:
    """When clocks of `zone` show what clocks of `home` show at `instant`. An unknown zone counts as home."""
    own = known_zone(zone)
    if own is None:
        return instant
    wall = instant.astimezone(known_zone(home) or UTC).replace(tzinfo=None)
    return instant_of(wall, zone=zone)


def first_instant(instant: datetime, *, home: str) -> datetime:
    """When the first clock anywhere shows what clocks of `home` show at `instant`."""
    wall = instant.astimezone(known_zone(home) or UTC).replace(tzinfo=None)
    return wall.replace(tzinfo=timezone(EARLIEST_OFFSET)).astimezone(UTC)


@lru_cache(maxsize=1_000)
def known_zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
