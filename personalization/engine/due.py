"""Which past purchases are due again, by the person's own rhythm or, after one purchase, by all buyers'."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from personalization.engine.evidence import DuePurchase

MIN_INTERVAL_DAYS = 1.0
OVER_AFTER_INTERVALS = 10.0
"""Overdue by more than this, it is no habit any more."""


@dataclass(frozen=True)
class Purchased:
    """One person's purchases of one product; `product_id` is None while the catalogue has none."""

    product_id: UUID | None
    product_external_id: str
    times: int
    days: int
    """On how many different days; only these make a rhythm."""
    first: datetime
    last: datetime


def due_purchases(
    history: Iterable[Purchased], *, rhythm_days: Mapping[UUID, float], due_at: float, now: datetime
) -> tuple[DuePurchase, ...]:
    found = (_due(purchased, rhythm_days=rhythm_days, due_at=due_at, now=now) for purchased in history)
    return tuple(due for due in found if due)


def _due(
    purchased: Purchased, *, rhythm_days: Mapping[UUID, float], due_at: float, now: datetime
) -> DuePurchase | None:
    if purchased.product_id is None:
        return None
    interval = _interval(purchased, rhythm_days=rhythm_days)
    days_since = (now - purchased.last).total_seconds() / 86_400
    if interval is None or not due_at * interval <= days_since <= OVER_AFTER_INTERVALS * interval:
        return None
    return DuePurchase(purchased.product_id, purchased.times, purchased.last, interval, days_since)


def _interval(purchased: Purchased, *, rhythm_days: Mapping[UUID, float]) -> float | None:
    if purchased.days < 2:
        # Several orders on one day show no rhythm, and "bought once" would be false of them.
        return (
            rhythm_days.get(purchased.product_id) if purchased.product_id and purchased.times == 1 else None
        )
    span = (purchased.last - purchased.first).total_seconds() / 86_400
    return max(span / (purchased.days - 1), MIN_INTERVAL_DAYS)
