"""What readers asked for on the preference page, and whether a mail would come too soon after the last one.

Asked for a chunk in one go.
"""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection

from personalization.mailings.engine.preferences import GAPS, Frequency, gap_of
from personalization.mailings.models import Campaign, MailPreference

# By campaign first: messages have no index on the address alone, and each would cost every mail.
_LAST = """
SELECT m.address_normalized, max(m.handed_over_at) FROM mailings_message m
WHERE m.campaign_id IN (SELECT id FROM mailings_campaign WHERE workspace_id = %(workspace)s
                        AND id <> %(campaign)s AND coalesce(finished_at, %(now)s) > %(since)s
                        AND started_at IS NOT NULL)
  AND m.address_normalized = ANY(%(addresses)s) AND m.state IN ('sent', 'in_doubt')
GROUP BY m.address_normalized
"""


class Wish(NamedTuple):
    """One reader's; what nobody asked for is what the shop thinks right."""

    declined_kinds: Sequence[str] = ()
    frequency: str = Frequency.ANY.value
    locale: str = ""
    """The language they chose themselves; the shop's next import must not change it back."""


NO_WISH = Wish()


def wishes_of(workspace_id: uuid.UUID, *, addresses: Sequence[str]) -> dict[str, Wish]:
    """By address, of those who asked for something. One query."""
    rows = MailPreference.objects.filter(workspace=workspace_id, address_normalized__in=list(addresses))
    found = rows.values_list("address_normalized", "declined_kinds", "frequency", "locale")
    return {address: Wish(kinds, often, locale) for address, kinds, often, locale in found}


def too_soon(campaign: Campaign, *, limited: Mapping[str, str], now: datetime) -> set[str]:
    """Addresses whose last mail is not long enough ago. `limited`: how often each is to be written to.

    Preparation counted the mails that waited; this is the last look, for those that a pause or a slow relay
    has brought together since.
    """
    gaps = {address: gap for address, often in limited.items() if (gap := gap_of(often))}
    if not gaps:
        return set()
    given: dict[str, Any] = {
        "workspace": campaign.workspace_id, "campaign": campaign.pk, "now": now,
        "since": now - max(GAPS.values()), "addresses": list(gaps),
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_LAST, given)
        return {address for address, last in cursor.fetchall() if now - last < gaps[address]}
