"""Who asked for less: this kind of mail not at all, or none so soon. Asked for a chunk in one go."""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection

from personalization.mailings.engine.preferences import GAPS, gap_of
from personalization.mailings.models import MailPreference
from personalization.mailings.services.preferences import DECLINED, TOO_SOON

_ASKED = """
SELECT m.id, m.address_normalized, c.id, c.workspace_id, c.kind = ANY(p.declined_kinds), p.frequency
FROM mailings_message m JOIN mailings_campaign c ON c.id = m.campaign_id
JOIN mailings_mailpreference p
  ON p.workspace_id = m.workspace_id AND p.address_normalized = m.address_normalized
WHERE m.id = ANY(%(ids)s)
"""
# By campaign first: messages have no index on the address alone, and each would cost every mail.
_LAST = """
SELECT m.address_normalized, max(m.handed_over_at) FROM mailings_message m
WHERE m.campaign_id IN (SELECT id FROM mailings_campaign WHERE workspace_id = %(workspace)s
                        AND id <> %(campaign)s AND coalesce(finished_at, %(now)s) > %(since)s
                        AND started_at IS NOT NULL)
  AND m.address_normalized = ANY(%(addresses)s) AND m.state IN ('sent', 'in_doubt')
GROUP BY m.address_normalized
"""


class Asked(NamedTuple):
    """What the reader of one message asked for."""

    message_id: uuid.UUID
    address: str
    campaign_id: uuid.UUID
    workspace_id: uuid.UUID
    is_declined: bool
    frequency: str


def unwished(ids: Sequence[uuid.UUID], *, now: datetime) -> dict[uuid.UUID, str]:
    """Messages of one campaign that their readers asked not to get, and why."""
    with connection.cursor() as cursor:
        cursor.execute(_ASKED, {"ids": list(ids)})
        asked = [Asked(*row) for row in cursor.fetchall()]
    found = {own.message_id: DECLINED for own in asked if own.is_declined}
    limited = [own for own in asked if not own.is_declined and gap_of(own.frequency)]
    if limited:
        last = _last_mails(limited, now=now)
        found |= {own.message_id: TOO_SOON for own in limited if _is_too_soon(own, last=last, now=now)}
    return found


def _is_too_soon(own: Asked, *, last: dict[str, datetime], now: datetime) -> bool:
    gap = gap_of(own.frequency)
    return gap is not None and own.address in last and now - last[own.address] < gap


def _last_mails(limited: Sequence[Asked], *, now: datetime) -> dict[str, datetime]:
    longest: timedelta = max(GAPS.values())
    given: dict[str, Any] = {
        "workspace": limited[0].workspace_id, "campaign": limited[0].campaign_id, "now": now,
        "since": now - longest, "addresses": [own.address for own in limited],
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_LAST, given)
        return dict(cursor.fetchall())


def asked_locales(workspace_id: uuid.UUID, *, addresses: Sequence[str]) -> dict[str, str]:
    """The language that readers chose themselves; the shop's next import must not change it back."""
    rows = MailPreference.objects.filter(workspace=workspace_id, address_normalized__in=list(addresses))
    return dict(rows.exclude(locale="").values_list("address_normalized", "locale"))
