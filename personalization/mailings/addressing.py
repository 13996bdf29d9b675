"""Who of an audience gets which mail, and when: preparation, pre-flight and preview ask the same question.

A few queries for a chunk of people, and none for one of them. Nothing is written.
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.utils import timezone

from personalization.mailings.caps import cap_of, limits_of, used_up
from personalization.mailings.engine.addresses import normalize_address
from personalization.mailings.engine.assignment import HOLD_OUT, Variant, arm_of
from personalization.mailings.engine.best_hour import best_hour, next_at, usual_hours
from personalization.mailings.engine.schedule import local_instant
from personalization.mailings.models import Campaign
from personalization.mailings.rows import DECLINED, HELD_OUT, INVALID, arms_salt
from personalization.mailings.selectors import suppressed_among
from personalization.mailings.visits import visits_of
from personalization.mailings.wishes import NO_WISH, Wish, wishes_of


class Reader(NamedTuple):
    """One of the audience, as the shop knows them."""

    customer_id: uuid.UUID
    email: str
    locale: str
    time_zone: str


class Addressed(NamedTuple):
    """What becomes of one reader."""

    address: str
    """As it was written where no mail can be sent to it."""
    locale: str
    variant: str
    not_before: datetime
    reason: str
    """Why they get no mail; empty when they do."""


def address(campaign: Campaign, *, readers: Sequence[Reader], made: int = 0) -> list[Addressed]:
    """One for each, in the same order. `made`: how many came before these, to tell the wave."""
    addresses = [normalize_address(own.email) for own in readers]
    wishes = wishes_of(campaign.workspace_id, addresses=[own for own in addresses if own])
    wished = [wishes.get(own or "", NO_WISH) for own in addresses]
    hours = list(_hours(campaign, readers=readers, made=made))
    reasons = _reasons(campaign, addresses=addresses, wished=wished, hours=hours)
    variants = [
        "" if reason else arm
        for reason, arm in zip(reasons, draw(campaign, [own.customer_id for own in readers]), strict=True)
    ]
    return [
        Addressed(
            address=address or own.email.strip().lower()[:254],
            locale=wish.locale or own.locale or campaign.workspace.default_locale,
            variant=variant,
            not_before=hour,
            reason=HELD_OUT if variant == HOLD_OUT else reason,
        )
        for own, address, wish, hour, variant, reason in zip(
            readers, addresses, wished, hours, variants, reasons, strict=True
        )
    ]


def draw(campaign: Campaign, customer_ids: Iterable[uuid.UUID]) -> list[str]:
    """The arm of each, whenever it is drawn; empty where nothing is compared."""
    variants = [Variant(own.name, own.weight) for own in campaign.variants.all() if own.weight]
    percent, salt = campaign.hold_out_percent, arms_salt(campaign)
    if not variants and not percent:
        return ["" for _ in customer_ids]
    return [arm_of(own.hex, salt=salt, variants=variants, hold_out_percent=percent) for own in customer_ids]


def _reasons(
    campaign: Campaign,
    *,
    addresses: Sequence[str | None],
    wished: Sequence[Wish],
    hours: Sequence[datetime],
) -> list[str]:
    """Why some are skipped from the start, as the report says; empty for all others.

    Hold-out and variants are drawn among the others: they are alike in all but the mail.
    """
    suppressed = suppressed_among(campaign.workspace, addresses=[own for own in addresses if own])
    reasons = [
        _forbidden(own, suppressed=suppressed, declines=campaign.kind in wish.declined_kinds)
        for own, wish in zip(addresses, wished, strict=True)
    ]
    cap = cap_of(campaign)
    limits = [
        limit
        for own, reason, wish, hour in zip(addresses, reasons, wished, hours, strict=True)
        if own and not reason
        for limit in limits_of(own, at=hour, cap=cap, frequency=wish.frequency)
    ]
    full: dict[str, str] = {}
    for limit in used_up(campaign, limits=limits):
        full.setdefault(limit.address, limit.reason)
    return [reason or full.get(own or "", "") for own, reason in zip(addresses, reasons, strict=True)]


def _forbidden(address: str | None, *, suppressed: Mapping[str, str], declines: bool) -> str:
    if address is None:
        return INVALID
    if address in suppressed:
        return f"suppressed: {suppressed[address]}"
    return DECLINED if declines else ""


def _hours(campaign: Campaign, *, readers: Sequence[Reader], made: int) -> Iterable[datetime]:
    """When each may go at the earliest: at the recipient's own hour, and not before the wave's turn."""
    start = campaign.scheduled_at or timezone.now()
    began = max(start, campaign.started_at or start)
    quiet, home = campaign.quiet_hours, campaign.workspace.time_zone
    own_hours = _own_hours(campaign, readers=readers, start=start)
    for number, (reader, own) in enumerate(zip(readers, own_hours, strict=True)):
        hour = own
        if campaign.wave_size:
            wave = (made + number) // campaign.wave_size
            hour = max(hour, began + wave * timedelta(minutes=campaign.wave_minutes))
        yield quiet.postpone(hour, zone=reader.time_zone, home=home) if quiet else hour


def _own_hours(campaign: Campaign, *, readers: Sequence[Reader], start: datetime) -> list[datetime]:
    home = campaign.workspace.time_zone
    if campaign.by_local_time:
        return [local_instant(start, home=home, zone=own.time_zone) for own in readers]
    if not campaign.by_best_hour:
        return [start] * len(readers)
    zones = {own.customer_id: own.time_zone for own in readers}
    visits = visits_of(zones, home=home, now=timezone.now())
    usual = usual_hours(list(visits.values()))
    best = [best_hour(visits.get(own.customer_id, {}), usual=usual) for own in readers]
    return [
        start if hour is None else next_at(start, hour=hour, zone=own.time_zone, home=home)
        for own, hour in zip(readers, best, strict=True)
    ]
