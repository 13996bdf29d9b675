"""In which hours of their own clocks people came to the shop, for a chunk of them with one query."""

import uuid
from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from django.db import connection

from personalization.mailings.engine.schedule import known_zone

LOOKS_BACK = timedelta(days=180)
# Whoever looked at ten pages within an hour came once. By month, because clocks are changed in between.
_HOURS = """
SELECT customer_id, date_trunc('month', came), extract(hour FROM came)::int, count(*)
FROM (SELECT DISTINCT customer_id, date_trunc('hour', happened_at AT TIME ZONE 'UTC') AS came
      FROM personalization_event
      WHERE customer_id = ANY(%(ids)s) AND happened_at >= %(since)s AND happened_at < %(now)s
      AND kind IN ('track', 'page', 'screen')) AS visits
GROUP BY 1, 2, 3
"""


def visits_of(
    zones: Mapping[uuid.UUID, str], *, home: str, now: datetime
) -> dict[uuid.UUID, dict[int, float]]:
    """`zones`: customer to time zone; an unknown one counts as home. Who never came is not in the answer."""
    found: dict[uuid.UUID, dict[int, float]] = defaultdict(lambda: defaultdict(float))
    with connection.cursor() as cursor:
        cursor.execute(_HOURS, {"ids": list(zones), "since": now - LOOKS_BACK, "now": now})
        for customer_id, month, hour, count in cursor.fetchall():
            zone = zones[customer_id]
            own = _ahead_hours(zone if known_zone(zone) else home, month)
            found[customer_id][(hour + own) % 24] += count
    return found


@lru_cache(maxsize=10_000)
def _ahead_hours(zone: str, month: datetime) -> int:
    """Of UTC, in the middle of the month; of 5½ hours, 5: 9:30 is in the hour that begins at 9:00."""
    middle = month.replace(tzinfo=UTC) + timedelta(days=14)
    ahead = middle.astimezone(known_zone(zone) or UTC).utcoffset() or timedelta(0)
    return int(ahead // timedelta(hours=1))
