"""Making a campaign's message rows: in chunks by key, resumable, and harmless to run twice."""

import uuid
from itertools import islice
from typing import Any

from django.db import transaction
from django.utils import timezone

from omotenashi.jobs import RunningJob
from personalization.mailings.engine.states import CampaignState, MessageState
from personalization.mailings.models import Campaign, Message
from personalization.mailings.rows import new_message
from personalization.mailings.selectors import access_campaign, audience_of, suppressed_among
from personalization.mailings.services.campaigns import begin_sending, ring

CHUNK = 2_000


def prepare_campaign(job: RunningJob, *, campaign_id: str) -> dict[str, Any]:
    """
    1. From the stored cursor on, the next customers of the audience by id.
    2. Their rows, and the cursor, in one transaction. A row that is there already stays as it is:
       the unique key (campaign, step, address) decides, so two runs at once do no harm.
    3. With nobody left: preparing → sending, and the mail worker is rung.
    Paused or canceled in between, it stops after the chunk.
    """
    campaign = access_campaign(job.workspace, campaign_id=campaign_id)
    total = audience_of(campaign).count()
    while _is_preparing(campaign):
        rows = _prepare_chunk(campaign)
        made = Message.objects.filter(campaign=campaign).count()
        job.report(done=min(made, total), total=total, message=f"Addressing {campaign.name}")
        if rows == 0:
            if begin_sending(campaign):
                campaign.refresh_from_db()
                ring(campaign)
            break
    return {"messages": Message.objects.filter(campaign=campaign).count()}


def _prepare_chunk(campaign: Campaign) -> int:
    customers = audience_of(campaign).order_by("pk")
    if campaign.prepare_cursor:
        customers = customers.filter(pk__gt=campaign.prepare_cursor)
    people = list(islice(customers.iterator(chunk_size=CHUNK), CHUNK))
    if not people:
        return 0
    made = (new_message(campaign, customer=customer) for customer in people)
    messages = [message for message in made if message is not None]
    _skip_suppressed(campaign, messages=messages)
    with transaction.atomic():
        Message.objects.bulk_create(messages, ignore_conflicts=True)
        _keep_cursor(campaign, cursor=people[-1].pk)
    return len(people)


def _skip_suppressed(campaign: Campaign, *, messages: list[Message]) -> None:
    reasons = suppressed_among(
        campaign.workspace, addresses=[message.address_normalized for message in messages]
    )
    for message in messages:
        if message.state == MessageState.PENDING and message.address_normalized in reasons:
            message.state = MessageState.SKIPPED
            message.reason = f"suppressed: {reasons[message.address_normalized]}"


def _keep_cursor(campaign: Campaign, *, cursor: uuid.UUID) -> None:
    campaign.prepare_cursor = cursor
    Campaign.objects.filter(pk=campaign.pk).update(prepare_cursor=cursor, updated_at=timezone.now())


def _is_preparing(campaign: Campaign) -> bool:
    return Campaign.objects.filter(pk=campaign.pk, state=CampaignState.PREPARING).exists()
