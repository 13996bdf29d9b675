"""What a history is made of. Plain dataclasses; a loader maps them onto tables or API calls."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    external_id: str
    email: str
    """Always under a reserved example domain: no mail can leave for a real person."""
    first_name: str
    last_name: str
    locale: str
    country: str
    time_zone: str
    email_consent: bool
    email_consent_at: datetime
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLine:
    product: str
    quantity: int
    unit_price: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    external_id: str
    customer: str
    placed_at: datetime
    currency: str
    lines: tuple[OrderLine, ...]

    @property
    def total(self) -> Decimal:
        return sum((line.unit_price * line.quantity for line in self.lines), Decimal(0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Habit:
    """The truth behind repeat purchases: this customer uses this product up in so many days."""

    customer: str
    product: str
    days: float


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    customers: tuple[Customer, ...]
    orders: tuple[Order, ...]
    """In the order they were placed."""
    events: tuple[dict[str, Any], ...]  # Any: Segment's body, JSON
    """`track` bodies, oldest first."""
    true_habits: tuple[Habit, ...]
    """What a learner should find; never shown to one."""
