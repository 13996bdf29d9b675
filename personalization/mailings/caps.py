"""How much mail an address gets at most, over all campaigns of a workspace."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from omotenashi.accounts.models import Workspace
from personalization.mailings.models import Campaign, FrequencyCap
from personalization.models import Customer

# Mails of an address are found through the campaigns of these days, few as they are, by the key (campaign,
# step, address): an index on the address alone would cost each mail three times, and this is asked once.
_RECENT = """
recent AS (
    SELECT c.id, generate_series(1, (SELECT max(step) FROM mailings_message WHERE campaign_id = c.id)) AS step
    FROM mailings_campaign c
    WHERE c.workspace_id = %s AND c.id IS DISTINCT FROM %s AND c.started_at IS NOT NULL
      AND (c.finished_at IS NULL OR c.finished_at > %s)
)
"""
# A mail that waits counts like one that was sent: two campaigns at once must not both see room. It counts on
# both sides of the hour that is asked for, for a wave of another campaign may come after it.
_COUNTED = """
JOIN mailings_message m
  ON m.campaign_id = recent.id AND m.step = recent.step AND m.address_normalized = r.address
WHERE m.state IN ('pending', 'claimed', 'in_doubt', 'sent')
  AND CASE WHEN m.state = 'sent' THEN m.sent_at
           WHEN m.state = 'in_doubt' THEN coalesce(m.handed_over_at, m.not_before)
           ELSE greatest(m.not_before, now()) END
      BETWEEN r.at - %s * interval '1 day' AND r.at + %s * interval '1 day'
GROUP BY r.address HAVING count(*) >= %s
"""
_OF_ADDRESSES = f"""
WITH {_RECENT}
SELECT r.address FROM unnest(%s::text[], %s::timestamptz[]) AS r(address, at) CROSS JOIN recent {_COUNTED}
"""  # noqa: S608 - constants
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('mailings.cap:' || %s, 0))"


@dataclass(frozen=True)
class Cap:
    """At most so many mails to one address in so many days."""

    mails: int
    days: int

    @property
    def reason(self) -> str:
        return f"frequency cap: {self.mails} mails in {self.days} days"


def cap_of(campaign: Campaign) -> Cap | None:
    """Its own, else the workspace's."""
    return cap_for(campaign.workspace, mails=campaign.cap_mails, days=campaign.cap_days)


def cap_for(workspace: Workspace, *, mails: int | None, days: int) -> Cap | None:
    """`mails` of a campaign: None asks the workspace, 0 knows no limit."""
    if mails is not None:
        return Cap(mails, days) if mails else None
    own = FrequencyCap.objects.for_workspace(workspace).first()
    return Cap(own.mails, own.days) if own else None


def take_turns(workspace: Workspace) -> None:
    """Until the transaction ends no other campaign of the workspace adds mails that would count."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [str(workspace.pk)])


def over_cap(
    campaign: Campaign, *, cap: Cap, addresses: Sequence[str], hours: Sequence[datetime]
) -> set[str]:
    """Which of these addresses have had their share around the hour that is meant for them. One query."""
    if not addresses:
        return set()
    since = min(*hours, timezone.now()) - timedelta(days=cap.days)
    given: list[Any] = [campaign.workspace_id, campaign.pk, since, list(addresses), list(hours)]
    with connection.cursor() as cursor:
        cursor.execute(_OF_ADDRESSES, [*given, cap.days, cap.days, cap.mails])
        return {address for (address,) in cursor.fetchall()}


def count_over_cap(
    customers: QuerySet[Customer], *, cap: Cap, workspace: Workspace, campaign: Campaign | None, at: datetime
) -> int:
    """How many of an audience would be skipped, were it prepared at that hour."""
    audience, parameters = customers.order_by().values("email_normalized").query.sql_with_params()
    statement = f"""
        WITH {_RECENT}, r AS (SELECT DISTINCT a.email_normalized AS address, %s::timestamptz AS at
                              FROM ({audience}) AS a(email_normalized))
        SELECT count(*) FROM (SELECT r.address FROM r CROSS JOIN recent {_COUNTED}) capped
    """  # noqa: S608 - Django's own statement, its values are parameters
    since = min(at, timezone.now()) - timedelta(days=cap.days)
    given = [workspace.pk, campaign.pk if campaign else None, since, at, *parameters]
    with connection.cursor() as cursor:
        cursor.execute(statement, [*given, cap.days, cap.days, cap.mails])
        return int(cursor.fetchone()[0])
