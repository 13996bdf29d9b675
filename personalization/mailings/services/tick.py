"""The heartbeat of mailings: starts what is due, picks up what was dropped, closes what is done.

The scheduler calls `tick` every few seconds, each mail worker `look_after` every second. May run twice at
once, late, or not for an hour: each step is a compare-and-set on rows.
"""

from datetime import datetime

import structlog
from django.conf import settings
from django.utils import timezone

from personalization.mailings.engine.schedule import EARLIEST_OFFSET, LATEST_OFFSET, first_instant
from personalization.mailings.engine.states import CampaignState, MessageState
from personalization.mailings.models import Campaign, Message
from personalization.mailings.services.campaigns import CANCELED, begin_preparing, finish_if_done, ring
from personalization.mailings.services.deciding import choose_by_rule
from personalization.mailings.services.ledger import return_dead_claims
from personalization.mailings.services.series import fire_due
from personalization.mailings.services.stopping import stop_if_unwelcome
from personalization.mailings.services.verdicts import running_check
from personalization.mailings.transport import drops_what_it_has_seen

log = structlog.get_logger(__name__)


def tick(*, now: datetime | None = None) -> dict[str, int]:
    """
    1. What comes again is scheduled once more.
    2. Campaigns whose time has come begin preparing; those that prepare ring for their worker.
    3. Tests of variants that are decided by now end.
    4. What the mail workers do among themselves, should none of them be alive.
    """
    now = now or timezone.now()
    recurred = fire_due(now)
    started = sum(begin_preparing(campaign, now=now) for campaign in due_campaigns(now))
    for campaign in Campaign.objects.filter(state=CampaignState.PREPARING).select_related("workspace"):
        ring(campaign)
    _skip_canceled(now)
    choose_by_rule(now=now)
    counts = look_after(now=now)
    if started or recurred:
        log.info("mailings_ticked", started=started, recurred=recurred, **counts)
    return {"started": started, "recurred": recurred, **counts}


def due_campaigns(now: datetime) -> list[Campaign]:
    """By the workspace's clock, or as soon as the first recipient's own clock may show the hour.

    One whose whole audience is just being looked at waits for the answer.
    """
    widest = EARLIEST_OFFSET - LATEST_OFFSET  # from the first clock on earth to the last
    soon = Campaign.objects.filter(state=CampaignState.SCHEDULED, scheduled_at__lte=now + widest)
    due = [campaign for campaign in soon.select_related("workspace") if _is_due(campaign, now=now)]
    return [campaign for campaign in due if running_check(campaign) is None]


def look_after(*, now: datetime | None = None) -> dict[str, int]:
    """Claims of dead lanes go back; campaigns that harm stop; campaigns with nothing left close."""
    counts = return_dead_claims(
        now=now or timezone.now(),
        may_repeat=drops_what_it_has_seen(),
        sessions_are_ours=settings.DATABASE_PREPARED,
    )
    for campaign in Campaign.objects.filter(state=CampaignState.SENDING).select_related("workspace"):
        if not stop_if_unwelcome(campaign):
            finish_if_done(campaign)
    if any(counts.values()):
        log.warning("claims_of_dead_workers", **counts)
    return counts


def _skip_canceled(now: datetime) -> None:
    """Of a canceled campaign, what was in a lane's hands and came back."""
    left = Message.objects.filter(state=MessageState.PENDING, campaign__state=CampaignState.CANCELED)
    left.update(state=MessageState.SKIPPED, reason=CANCELED, updated_at=now)


def _is_due(campaign: Campaign, *, now: datetime) -> bool:
    assert campaign.scheduled_at is not None  # the database refuses a schedule without a time
    if campaign.by_local_time:
        return first_instant(campaign.scheduled_at, home=campaign.workspace.time_zone) <= now
    return campaign.scheduled_at <= now
