"""Hours in which no mail goes out, on each recipient's own clock. They may reach over midnight."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from personalization.mailings.engine.schedule import instant_of, known_zone


@dataclass(frozen=True)
class QuietHours:
    """From the first until the second, which is not quiet any more. The same twice: none."""

    start: time
    end: time

    def covers(self, wall: time) -> bool:
        if self.start <= self.end:
            return self.start <= wall < self.end
        return wall >= self.start or wall < self.end

    def postpone(self, instant: datetime, *, zone: str, home: str) -> datetime:
        """The instant itself, or the first one after it that is not quiet. An unknown zone counts as home."""
        own = known_zone(zone) or known_zone(home) or UTC
        wall = instant.astimezone(own).replace(tzinfo=None)
        if not self.covers(wall.time()):
            return instant
        end = datetime.combine(wall.date(), self.end)
        if end <= wall:
            end += timedelta(days=1)
        found = instant_of(end, zone=own.key) if isinstance(own, ZoneInfo) else end.replace(tzinfo=UTC)
        if found < instant:  # an hour that comes twice: the second one is meant
            found = end.replace(tzinfo=own, fold=1).astimezone(UTC)
        return found
