"""How much mail an address gets at most, over all campaigns of a workspace: as shop and reader ask."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from omotenashi.accounts.models import Workspace
from personalization.mailings.engine.preferences import gap_of
from personalization.mailings.models import Campaign, FrequencyCap
from personalization.mailings.rows import TOO_SOON

# Mails of an address are found through the campaigns of these days, few as they are, by the key (campaign,
# step, address): an index on the address alone would cost each mail three times, and this is asked once.
RECENT = """
recent AS (
    SELECT c.id, generate_series(1, (SELECT max(step) FROM mailings_message WHERE campaign_id = c.id)) AS step
    FROM mailings_campaign c
    WHERE c.workspace_id = %s AND c.id IS DISTINCT FROM %s AND c.started_at IS NOT NULL
      AND (c.finished_at IS NULL OR c.finished_at > %s)
)
"""
# A mail that waits counts like one that was sent: two campaigns at once must not both see room. It counts on
# both sides of the hour that is asked for, for a wave of another campaign may come after it.
FULL = """
SELECT r.number FROM r CROSS JOIN recent
JOIN mailings_message m
  ON m.campaign_id = recent.id AND m.step = recent.step AND m.address_normalized = r.address
WHERE m.state IN ('pending', 'claimed', 'in_doubt', 'sent')
  AND CASE WHEN m.state = 'sent' THEN m.sent_at
           WHEN m.state = 'in_doubt' THEN coalesce(m.handed_over_at, m.not_before)
           ELSE greatest(m.not_before, now()) END
      BETWEEN r.at - r.span AND r.at + r.span
GROUP BY r.number, r.mails HAVING count(*) >= r.mails
"""
_OF_LIMITS = f"""
WITH {RECENT}, r AS (
    SELECT * FROM unnest(%s::text[], %s::timestamptz[], %s::int[], %s::interval[])
        WITH ORDINALITY AS given(address, at, mails, span, number)
)
{FULL} ORDER BY number
"""  # noqa: S608 - constants
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('mailings.cap:' || %s, 0))"


@dataclass(frozen=True)
class Cap:
    """At most so many mails to one address in so many days."""

    mails: int
    days: int

    @property
    def span(self) -> timedelta:
        return timedelta(days=self.days)

    @property
    def reason(self) -> str:
        return f"frequency cap: {self.mails} mails in {self.days} days"


@dataclass(frozen=True)
class Limit:
    """How many mails of other campaigns one address may have around the hour that is meant for it."""

    address: str
    at: datetime
    mails: int
    span: timedelta
    reason: str


def limits_of(address: str, *, at: datetime, cap: Cap | None, frequency: str) -> list[Limit]:
    """The shop's, and the reader's own: both hold."""
    found = [Limit(address, at, cap.mails, cap.span, cap.reason)] if cap else []
    if gap := gap_of(frequency):
        found.append(Limit(address, at, 1, gap, TOO_SOON))
    return found


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


def used_up(campaign: Campaign, *, limits: Sequence[Limit]) -> list[Limit]:
    """Which of these leave no room for one more mail, in the same order. No query where nobody is limited."""
    if not limits:
        return []
    first = min(*(own.at for own in limits), timezone.now())
    since = first - max(own.span for own in limits)
    given: list[Any] = [
        campaign.workspace_id, campaign.pk, since, [own.address for own in limits],
        [own.at for own in limits], [own.mails for own in limits], [own.span for own in limits],
    ]  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_OF_LIMITS, given)
        return [limits[number - 1] for (number,) in cursor.fetchall()]
