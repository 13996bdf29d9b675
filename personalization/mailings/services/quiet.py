"""Who is asleep, for a chunk in one go: a retry, a pause or a slow relay may reach into the night."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from django.db import connection

from personalization.mailings.engine.quiet import QuietHours

_ZONES = """
SELECT m.id, coalesce(u.time_zone, ''), w.time_zone, c.quiet_from, c.quiet_until
FROM mailings_message m JOIN mailings_campaign c ON c.id = m.campaign_id AND c.quiet_from IS NOT NULL
JOIN accounts_workspace w ON w.id = c.workspace_id
LEFT JOIN personalization_customer u ON u.id = m.customer_id
WHERE m.id = ANY(%(ids)s)
"""


def asleep(ids: Sequence[uuid.UUID], *, now: datetime) -> dict[uuid.UUID, datetime]:
    """Messages that must wait, and until when; of a campaign without quiet hours none."""
    with connection.cursor() as cursor:
        cursor.execute(_ZONES, {"ids": list(ids)})
        rows = cursor.fetchall()
    until = {
        own: QuietHours(start, end).postpone(now, zone=zone, home=home)
        for own, zone, home, start, end in rows
    }
    return {own: at for own, at in until.items() if at > now}
