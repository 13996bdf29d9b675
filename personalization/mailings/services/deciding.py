"""Ends a test of variants: by hand, or by the campaign's rule as soon as one variant is surely better."""

from datetime import datetime

from django.core.cache import cache
from django.db import transaction
from django.utils import timezone

from omotenashi.errors import Conflict, InvalidInput
from personalization.mailings.engine.assignment import HOLD_OUT
from personalization.mailings.engine.states import CampaignState, MessageState
from personalization.mailings.models import Campaign, CampaignVariant, Message
from personalization.mailings.outcomes import arms_of, leading

SECONDS_BETWEEN_LOOKS = 300
"""The interval may be looked at any time; the database need not be asked all the time."""


@transaction.atomic
def choose_winner(campaign: Campaign, *, name: str) -> int:
    """Mails not yet begun carry the winner from now on; how many. The report keeps the test."""
    names = list(CampaignVariant.objects.filter(campaign=campaign).values_list("name", flat=True))
    if name not in names:
        known = ", ".join(names) or "none"
        raise InvalidInput(f"This campaign has no variant {name!r}. It has: {known}.")
    now = timezone.now()
    undecided = Campaign.objects.filter(pk=campaign.pk, winner="", prepared_at__isnull=False)
    if not undecided.update(winner=name, decided_at=now, updated_at=now):
        raise Conflict("A winner is chosen once, after all mails were addressed.")
    campaign.refresh_from_db()
    waiting = Message.objects.filter(campaign=campaign, state=MessageState.PENDING, attempts=0)
    return int(waiting.exclude(variant__in=["", HOLD_OUT, name]).update(variant=name, updated_at=now))


def choose_by_rule(*, now: datetime) -> int:
    """Campaigns whose test was decided by now."""
    open_tests = Campaign.objects.filter(state=CampaignState.SENDING, winner="").exclude(winner_rule="")
    decided = 0
    for campaign in open_tests.select_related("workspace"):
        if not cache.add(f"mailings.test:{campaign.pk}", 1, SECONDS_BETWEEN_LOOKS):
            continue
        best = leading(arms_of(campaign, now=now), rule=campaign.winner_rule)
        if best is not None:
            choose_winner(campaign, name=best)
            decided += 1
    return decided
