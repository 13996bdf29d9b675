"""Making a campaign's message rows: in chunks by key, resumable, and harmless to run twice."""

import uuid
from collections.abc import Sequence
from typing import Any

from django.db import connection, transaction
from django.db.models import prefetch_related_objects
from django.utils import timezone

from omotenashi.jobs import RunningJob
from omotenashi.records import uuid7_bytes
from personalization.mailings.addressing import Reader, address
from personalization.mailings.caps import take_turns
from personalization.mailings.engine.addresses import domain_of
from personalization.mailings.engine.states import CampaignState, MessageState
from personalization.mailings.models import Campaign, Message
from personalization.mailings.rows import idempotency_key, message_id_header
from personalization.mailings.selectors import access_campaign, audience_of
from personalization.mailings.services.campaigns import begin_sending

CHUNK = 5_000
_COLUMNS = ("pk", "email", "locale", "time_zone")
"""Of a `Reader`."""
# The unique key (campaign, step, address) decides: a row that is there already stays as it is.
_INSERT = """
INSERT INTO mailings_message
    (id, workspace_id, campaign_id, created_at, updated_at, step, customer_id, address_normalized, locale,
    state,
     attempts, deaths, not_before, message_id_header, idempotency_key, variant, reason)
SELECT id, %(workspace)s, %(campaign)s, %(now)s, %(now)s, 1, customer_id, address, locale, state, 0, 0,
not_before,
       header, key, variant, reason
FROM unnest(%(ids)s::uuid[], %(customers)s::uuid[], %(addresses)s::text[], %(locales)s::text[],
            %(states)s::text[], %(not_before)s::timestamptz[], %(headers)s::text[],
            %(keys)s::text[], %(variants)s::text[], %(reasons)s::text[])
     AS r(id, customer_id, address, locale, state, not_before, header, key, variant, reason)
ON CONFLICT DO NOTHING
"""


def prepare_campaign(job: RunningJob, *, campaign_id: str) -> dict[str, Any]:
    """
    1. From the stored cursor on, the next customers of the audience by id.
    2. Their rows, and the cursor, in one transaction. A row that is there already stays as it is:
       the unique key (campaign, step, address) decides, so two runs at once do no harm.
    3. With nobody left: preparing → sending; the mail workers look every second.
    Paused or canceled in between, it stops after the chunk.
    """
    campaign = access_campaign(job.workspace, campaign_id=campaign_id)
    prefetch_related_objects([campaign], "variants")  # no arm is drawn by a variant that came later
    total = audience_of(campaign).count()
    done = Message.objects.filter(campaign=campaign).count()
    while _is_preparing(campaign):
        rows = prepare_chunk(campaign)
        done += rows
        job.report(done=min(done, total), total=total, message=f"Addressing {campaign.name}")
        if rows == 0:
            begin_sending(campaign)
            break
    return {"messages": Message.objects.filter(campaign=campaign).count()}


def prepare_chunk(campaign: Campaign, *, size: int | None = None) -> int:
    """How many customers were looked at; 0 when nobody is left."""
    customers = audience_of(campaign).order_by("pk")
    if campaign.prepare_cursor:
        customers = customers.filter(pk__gt=campaign.prepare_cursor)
    people = [
        Reader(key, email or "", *rest)
        for key, email, *rest in customers.values_list(*_COLUMNS)[: size or CHUNK]
    ]
    if not people:
        return 0
    with transaction.atomic():
        take_turns(campaign.workspace)
        # Two runs of one job take turns here, or waves would be counted twice.
        cursor = Campaign.objects.select_for_update().values_list("prepare_cursor", flat=True)
        if cursor.get(pk=campaign.pk) == campaign.prepare_cursor:
            _insert(campaign, people=people)
            _keep_cursor(campaign, cursor=people[-1].customer_id)
        else:
            campaign.refresh_from_db(fields=["prepare_cursor"])
    return len(people)


def _insert(campaign: Campaign, *, people: Sequence[Reader]) -> None:
    readers = [own for own in people if own.email.strip()]  # no address at all makes no row
    made = Message.objects.filter(campaign=campaign).count() if campaign.wave_size else 0
    rows = address(campaign, readers=readers, made=made)
    ids = [uuid.UUID(bytes=own) for own in uuid7_bytes(len(rows))]
    domain = domain_of(campaign.workspace.sender_email)
    given: dict[str, Any] = {
        "workspace": campaign.workspace_id, "campaign": campaign.pk, "now": timezone.now(), "ids": ids,
        "customers": [own.customer_id for own in readers],
        "addresses": [own.address for own in rows],
        "locales": [own.locale for own in rows],
        "states": [MessageState.SKIPPED if own.reason else MessageState.PENDING for own in rows],
        "reasons": [own.reason for own in rows],
        "variants": [own.variant for own in rows],
        "not_before": [own.not_before for own in rows],
        "headers": [message_id_header(own, domain=domain) for own in ids],
        "keys": [idempotency_key(own, campaign_id=campaign.pk, step=1) for own in ids],
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, given)


def _keep_cursor(campaign: Campaign, *, cursor: uuid.UUID) -> None:
    campaign.prepare_cursor = cursor
    Campaign.objects.filter(pk=campaign.pk).update(prepare_cursor=cursor, updated_at=timezone.now())


def _is_preparing(campaign: Campaign) -> bool:
    return Campaign.objects.filter(pk=campaign.pk, state=CampaignState.PREPARING).exists()
