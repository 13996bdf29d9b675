"""The heartbeat of mailings, every few seconds: starts what is due, picks up what was dropped.

May run twice at once, late, or not for an hour: each step is a compare-and-set on rows.
"""

import structlog
from django.utils import timezone

from personalization.mailings.engine.backoff import MAX_ATTEMPTS
from personalization.mailings.engine.states import CampaignState, MessageState
from personalization.mailings.models import Campaign, Message
from personalization.mailings.services.campaigns import begin_preparing, finish_if_done, ring

log = structlog.get_logger(__name__)


def tick() -> dict[str, int]:
    """
    1. Campaigns whose time has come begin preparing.
    2. Claims of dead workers go back: nothing of theirs was handed over. `in_doubt` stays.
    3. Unfinished campaigns ring for their worker; finished ones close.
    """
    now = timezone.now()
    due = Campaign.objects.filter(state=CampaignState.SCHEDULED, scheduled_at__lte=now)
    started = sum(begin_preparing(campaign) for campaign in due)
    returned = return_dead_claims()
    unfinished = Campaign.objects.filter(state__in=[CampaignState.PREPARING, CampaignState.SENDING])
    for campaign in unfinished.select_related("workspace"):
        if campaign.state == CampaignState.PREPARING or _has_due_messages(campaign):
            ring(campaign)
        else:
            finish_if_done(campaign)
    if started or returned:
        log.info("mailings_ticked", started=started, returned=returned)
    return {"started": started, "returned": returned}


def return_dead_claims() -> int:
    """claimed → pending where the lease is over; one that outlived too many workers fails instead."""
    now = timezone.now()
    dead = Message.objects.filter(state=MessageState.CLAIMED, lease_expires_at__lt=now)
    common = {"claim_token": None, "lease_expires_at": None, "updated_at": now}
    fatal = "Every worker that tried to write this mail died. See the workers' log."
    dead.filter(attempts__gte=MAX_ATTEMPTS).update(state=MessageState.FAILED, reason=fatal, **common)
    reason = "A worker died before handing it over."
    returned: int = dead.update(state=MessageState.PENDING, reason=reason, **common)
    return returned


def _has_due_messages(campaign: Campaign) -> bool:
    pending = Message.objects.filter(campaign=campaign, state=MessageState.PENDING)
    return bool(pending.exclude(not_before__gt=timezone.now()).exists())
