"""Stops a campaign that does harm: too many bounces or complaints, a relay that refuses it, a broken
template.
"""

from django.db import connection
from django.utils import timezone

from personalization.mailings.engine.states import CampaignState
from personalization.mailings.models import Campaign

LEAST_MAILS = 100
"""One bounce among the first ten mails says nothing."""
_COUNTS = """
SELECT count(bounced_at), count(complained_at) FROM mailings_message
WHERE campaign_id = %(campaign)s AND (bounced_at IS NOT NULL OR complained_at IS NOT NULL)
"""
_SENT = """
SELECT count(*) FROM (SELECT FROM mailings_message WHERE campaign_id = %(campaign)s
                      AND handed_over_at IS NOT NULL LIMIT %(enough)s) AS some_of_them
"""


def pause_quietly(campaign: Campaign, *, notice: str) -> bool:
    """A person may have paused or canceled it a moment before; then there is nothing to stop."""
    now = timezone.now()
    return bool(
        Campaign.objects.filter(pk=campaign.pk, state=CampaignState.SENDING).update(
            state=CampaignState.PAUSED, notice=notice, paused_at=now, updated_at=now
        )
    )


def stop_if_unwelcome(campaign: Campaign) -> bool:
    """sending → paused when more mails bounced, or more recipients complained, than the campaign allows."""
    bounced, complained = _one(_COUNTS, campaign)
    if not bounced and not complained:
        return False
    # Counting stops where no share could be too large any more: a million rows are not counted each second.
    enough = 1 + int(
        max(100 * bounced / campaign.max_bounce_percent, 100 * complained / campaign.max_complaint_percent)
    )
    attempted = bounced + _one(_SENT, campaign, enough=max(enough, LEAST_MAILS))[0]
    if attempted < LEAST_MAILS:
        return False
    for count, limit, what in (
        (bounced, campaign.max_bounce_percent, "mails bounced"),
        (complained, campaign.max_complaint_percent, "recipients complained"),
    ):
        if 100 * count > limit * attempted:
            share = f"{count:,} of {attempted:,} {what}, more than {limit:g} %."
            remedy = "See which addresses they are before you resume, and where they came from."
            return pause_quietly(campaign, notice=f"{share} {remedy}")
    return False


def _one(statement: str, campaign: Campaign, **given: int) -> tuple[int, ...]:
    with connection.cursor() as cursor:
        cursor.execute(statement, {"campaign": campaign.pk, **given})
        found: tuple[int, ...] = cursor.fetchone()
    return found
