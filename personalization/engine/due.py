"""Which past purchases are due again, by the person's own rhythm or, after one purchase, by all buyers'."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from personalization.engine.evidence import DuePurchase

MIN_INTERVAL_DAYS = 1.0
OVER_AFTER_INTERVALS = 10.0
"""Overdue by more than this, it is no habit any more."""


class Purchased(NamedTuple):
    """One person's purchases of one product; `product_id` is None while the catalogue has none."""

    product_id: UUID | None
    product_external_id: str
    times: int
    days: int
    """On how many different days; only these make a rhythm."""
    first: datetime
    last: datetime
    usual_days: float | None = None
    """Bought on one day: after how many days all buyers usually come back for it."""


class PublishedDue(NamedTuple):
    """What the night foretold of one person and product, from purchases up to `until`."""

    interval_days: float
    """The person's own gaps, leaning on the product's."""
    chance: float
    until: datetime


def due_purchases(
    history: Iterable[Purchased],
    *,
    due_at: float,
    now: datetime,
    published: Mapping[UUID, PublishedDue] | None = None,
) -> tuple[DuePurchase, ...]:
    """`published` says by product when each is due; what was bought since then goes by its own gaps."""
    foretold = published or {}
    found = (
        _due(
            purchased,
            due_at=due_at,
            now=now,
            foretold=foretold.get(purchased.product_id) if purchased.product_id else None,
        )
        for purchased in history
    )
    return tuple(due for due in found if due)


def _due(
    purchased: Purchased,
    *,
    due_at: float,
    now: datetime,
    foretold: PublishedDue | None,
) -> DuePurchase | None:
    if purchased.product_id is None:
        return None
    interval = _interval(purchased)
    if interval is None:
        return None
    if foretold and purchased.last > foretold.until:
        foretold = None
    awaited = foretold.interval_days if foretold else interval
    days_since = (now - purchased.last).total_seconds() / 86_400
    if not due_at * awaited <= days_since <= OVER_AFTER_INTERVALS * awaited:
        return None
    # The reason states the person's own rhythm, whatever was awaited.
    chance = foretold.chance if foretold else None
    return DuePurchase(purchased.product_id, purchased.times, purchased.last, interval, days_since, chance)


def _interval(purchased: Purchased) -> float | None:
    if purchased.days < 2:
        # Several orders on one day show no rhythm, and "bought once" would be false of them.
        return purchased.usual_days if purchased.times == 1 else None
    span = (purchased.last - purchased.first).total_seconds() / 86_400
    return max(span / (purchased.days - 1), MIN_INTERVAL_DAYS)
