"""Making a campaign's message rows: in chunks by key, resumable, and harmless to run twice."""

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from omotenashi.jobs import RunningJob
from omotenashi.records import uuid7_bytes
from personalization.mailings.caps import cap_of, over_cap, take_turns
from personalization.mailings.engine.addresses import domain_of, normalize_address
from personalization.mailings.engine.assignment import HOLD_OUT, Variant, arm_of
from personalization.mailings.engine.schedule import local_instant
from personalization.mailings.engine.states import CampaignState, MessageState
from personalization.mailings.models import Campaign, Message
from personalization.mailings.rows import HELD_OUT, INVALID, arms_salt, idempotency_key, message_id_header
from personalization.mailings.selectors import access_campaign, audience_of, suppressed_among
from personalization.mailings.services.campaigns import begin_sending
from personalization.mailings.services.wishes import asked_locales

CHUNK = 5_000
_COLUMNS = ("pk", "email", "locale", "time_zone")
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
    people = list(customers.values_list(*_COLUMNS)[: size or CHUNK])
    if not people:
        return 0
    with transaction.atomic():
        take_turns(campaign.workspace)
        # Two runs of one job take turns here, or waves would be counted twice.
        cursor = Campaign.objects.select_for_update().values_list("prepare_cursor", flat=True)
        if cursor.get(pk=campaign.pk) == campaign.prepare_cursor:
            _insert(campaign, people=people)
            _keep_cursor(campaign, cursor=people[-1][0])
        else:
            campaign.refresh_from_db(fields=["prepare_cursor"])
    return len(people)


def _insert(campaign: Campaign, *, people: Sequence[tuple[Any, ...]]) -> None:
    rows = [(*person, (person[1] or "").strip()) for person in people]
    rows = [row for row in rows if row[4]]  # no address at all makes no row
    addresses = [normalize_address(row[4]) for row in rows]
    asked = asked_locales(campaign.workspace_id, addresses=[own for own in addresses if own])
    hours = list(_hours(campaign, zones=[row[3] for row in rows]))
    reasons = _reasons(campaign, addresses=addresses, hours=hours)
    arms = _arms(campaign, customers=[row[0] for row in rows], reasons=reasons)
    reasons = [HELD_OUT if arm == HOLD_OUT else own for arm, own in zip(arms, reasons, strict=True)]
    ids = [uuid.UUID(bytes=own) for own in uuid7_bytes(len(rows))]
    domain = domain_of(campaign.workspace.sender_email)
    given: dict[str, Any] = {
        "workspace": campaign.workspace_id, "campaign": campaign.pk, "now": timezone.now(), "ids": ids,
        "customers": [row[0] for row in rows],
        "addresses": [own or row[4].lower()[:254] for own, row in zip(addresses, rows, strict=True)],
        "locales": [
            asked.get(own or "") or row[2] or campaign.workspace.default_locale
            for own, row in zip(addresses, rows, strict=True)
        ],
        "states": [MessageState.SKIPPED if reason else MessageState.PENDING for reason in reasons],
        "reasons": reasons, "variants": arms, "not_before": hours,
        "headers": [message_id_header(own, domain=domain) for own in ids],
        "keys": [idempotency_key(own, campaign_id=campaign.pk, step=1) for own in ids],
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, given)


def _reasons(campaign: Campaign, *, addresses: Sequence[str | None], hours: Sequence[datetime]) -> list[str]:
    """Why some are skipped from the start, as the report says; empty for all others."""
    suppressed = suppressed_among(campaign.workspace, addresses=[own for own in addresses if own])
    reasons = [
        INVALID if own is None else f"suppressed: {suppressed[own]}" if own in suppressed else ""
        for own in addresses
    ]
    cap = cap_of(campaign)
    if cap is None:
        return reasons
    known = {own: hour for own, hour in zip(addresses, hours, strict=True) if own}
    full = over_cap(campaign, cap=cap, addresses=list(known), hours=list(known.values()))
    return [
        reason or (cap.reason if own in full else "") for own, reason in zip(addresses, reasons, strict=True)
    ]


def _arms(campaign: Campaign, *, customers: Sequence[uuid.UUID], reasons: Sequence[str]) -> list[str]:
    """Drawn among those who could be written to: hold-out and variants are alike in all but the mail."""
    variants = [Variant(own.name, own.weight) for own in campaign.variants.all() if own.weight]
    percent, salt = campaign.hold_out_percent, arms_salt(campaign)
    if not variants and not percent:
        return [""] * len(customers)
    return [
        "" if reason else arm_of(own.hex, salt=salt, variants=variants, hold_out_percent=percent)
        for own, reason in zip(customers, reasons, strict=True)
    ]


def _hours(campaign: Campaign, *, zones: Sequence[str]) -> Iterable[datetime]:
    """When each may go at the earliest: at the recipient's own hour, and not before the wave's turn."""
    start = campaign.scheduled_at or timezone.now()
    made = Message.objects.filter(campaign=campaign).count() if campaign.wave_size else 0
    began = max(start, campaign.started_at or start)
    quiet, home = campaign.quiet_hours, campaign.workspace.time_zone
    for number, zone in enumerate(zones):
        hour = start
        if campaign.by_local_time:
            hour = local_instant(start, home=home, zone=zone)
        if campaign.wave_size:
            wave = (made + number) // campaign.wave_size
            hour = max(hour, began + wave * timedelta(minutes=campaign.wave_minutes))
        yield quiet.postpone(hour, zone=zone, home=home) if quiet else hour


def _keep_cursor(campaign: Campaign, *, cursor: uuid.UUID) -> None:
    campaign.prepare_cursor = cursor
    Campaign.objects.filter(pk=campaign.pk).update(prepare_cursor=cursor, updated_at=timezone.now())


def _is_preparing(campaign: Campaign) -> bool:
    return Campaign.objects.filter(pk=campaign.pk, state=CampaignState.PREPARING).exists()
