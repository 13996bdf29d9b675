"""Campaigns that come again and again: each time a copy of the pattern is scheduled, exactly once."""

from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db import transaction
from django.utils import timezone

from omotenashi.errors import Conflict, FieldError, InvalidInput
from personalization.mailings.engine.recurrence import Recurrence, UnknownRule, parse_recurrence
from personalization.mailings.engine.schedule import EARLIEST_OFFSET, LATEST_OFFSET
from personalization.mailings.engine.states import CampaignState
from personalization.mailings.models import Campaign, CampaignCopy, CampaignSeries, CampaignVariant
from personalization.mailings.services.campaigns import schedule, variant_columns

log = structlog.get_logger(__name__)
_EACH_ITS_OWN = {"name", "scheduled_at"}
_COPIED = [
    field.attname
    for field in Campaign._meta.concrete_fields
    if field.name in {"workspace", "created_by"} or (field.editable and field.name not in _EACH_ITS_OWN)
]
"""All that the marketer decides."""


def repeat(campaign: Campaign, *, rule: str, now: datetime | None = None) -> CampaignSeries:
    """From now on, by the workspace's clock. Saying it again changes the rule."""
    if campaign.state != CampaignState.DRAFT:
        raise Conflict(f"A campaign that is {campaign.state} cannot repeat. Make a draft the pattern.")
    recurrence = _understood(rule)
    following = recurrence.next_after(now or timezone.now(), zone=campaign.workspace.time_zone)
    series, _ = CampaignSeries.objects.update_or_create(
        pattern=campaign,
        defaults={"workspace": campaign.workspace, "rule": str(recurrence), "next_at": following},
    )
    return series


def stop_repeating(campaign: Campaign) -> bool:
    """What is scheduled already stays so. False where nothing was repeated."""
    return bool(CampaignSeries.objects.filter(pattern=campaign, next_at__isnull=False).update(next_at=None))


def set_repeating(campaign: Campaign, *, rule: str) -> None:
    """By the rule from now on; an empty one stops it."""
    if rule.strip():
        repeat(campaign, rule=rule)
    else:
        stop_repeating(campaign)


def fire_due(now: datetime) -> int:
    """How many campaigns were made. Rival schedulers each take what the others have not locked.

    What was missed while no scheduler ran is made up for once, not once for each time.
    """
    widest = EARLIEST_OFFSET - LATEST_OFFSET
    soon = CampaignSeries.objects.filter(next_at__lte=now + widest).values_list("pk", flat=True)
    return sum(_fire(series_id, now=now) for series_id in list(soon))


@transaction.atomic
def _fire(series_id: UUID, *, now: datetime) -> bool:
    """The copy, its schedule and the next time are one commit: killed in between, nothing has happened."""
    rows = CampaignSeries.objects.select_for_update(skip_locked=True, of=("self",))
    series = rows.select_related("pattern__workspace").filter(pk=series_id, next_at__isnull=False).first()
    if series is None or series.next_at is None or series.next_at > now + _lead(series.pattern):
        return False
    occurs_at = series.next_at
    campaign = _copy(series, occurs_at=occurs_at)
    zone = series.pattern.workspace.time_zone
    series.last_at = occurs_at
    series.next_at = parse_recurrence(series.rule).next_after(max(occurs_at, now), zone=zone)
    series.save(update_fields=["last_at", "next_at", "updated_at"])
    _schedule(campaign, at=occurs_at)
    return True


def _lead(pattern: Campaign) -> timedelta:
    """By local time the first clock on earth shows the hour long before the workspace's own."""
    return EARLIEST_OFFSET - LATEST_OFFSET if pattern.by_local_time else timedelta(0)


def _copy(series: CampaignSeries, *, occurs_at: datetime) -> Campaign:
    pattern = series.pattern
    fields = {name: getattr(pattern, name) for name in _COPIED}
    campaign: Campaign = Campaign.objects.create(
        name=f"{pattern.name[:100]} · {occurs_at:%Y-%m-%d}", series=series, occurs_at=occurs_at, **fields
    )
    for copy in pattern.copies.all():
        CampaignCopy.objects.create(
            workspace_id=pattern.workspace_id, campaign=campaign, variant=copy.variant, locale=copy.locale,
            publication_id=copy.publication_id,
        )  # fmt: skip
    for own in pattern.variants.all():
        CampaignVariant.objects.create(
            workspace_id=pattern.workspace_id, campaign=campaign, **variant_columns(own)
        )  # fmt: skip
    return campaign


def _schedule(campaign: Campaign, *, at: datetime) -> None:
    """One that is not ready stays a draft and says why; the next time is not lost with it."""
    try:
        with transaction.atomic():
            schedule(campaign, at=at)
    except InvalidInput as error:
        why = " ".join(entry.detail for entry in error.errors) or error.detail
        Campaign.objects.filter(pk=campaign.pk).update(notice=f"Not sent. {why}")
        log.warning("recurring_campaign_not_ready", campaign=str(campaign.pk), why=why)


def _understood(rule: str) -> Recurrence:
    try:
        return parse_recurrence(rule)
    except UnknownRule as error:
        raise InvalidInput(str(error), errors=[FieldError("invalid", str(error), "#/repeats")]) from error
