"""What was looked at: a visit before every order, and visits that led to none. Segment's `track` bodies."""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from omotenashi.sample_shop.catalogue import SITE_URL
from omotenashi.sample_shop.history.demand import Demand
from omotenashi.sample_shop.history.shopping import Basket, Shopper

Event = dict[str, Any]  # Any: JSON
LOOKS_PER_ORDER = 0.8
"""Products looked at and left, in a visit that ends with an order."""
IDLE_VISITS_PER_ORDER = 0.35
ANONYMOUS_SHARE = 0.35
"""Of the visits without an order: nobody logs in to look around."""


def visits(shopper: Shopper, *, baskets: Sequence[Basket], until: datetime) -> list[Event]:
    events: list[Event] = []
    for basket in baskets:
        events += _visit_with_order(shopper, basket=basket)
        if shopper.rng.random() < IDLE_VISITS_PER_ORDER:
            events += _idle_visit(shopper, near=basket.placed_at, until=until)
    return events


def _visit_with_order(shopper: Shopper, *, basket: Basket) -> Iterator[Event]:
    looks = _looks(shopper, count=int(shopper.rng.poisson(LOOKS_PER_ORDER)), month=basket.placed_at.month)
    seen = [(product, product in basket.products) for product in {*looks, *basket.products}]
    order = shopper.rng.permutation(len(seen))
    seconds = 60 + np.cumsum(shopper.rng.integers(20, 150, size=len(seen)))[::-1]
    for position, ago in zip(order, seconds, strict=True):
        product, is_bought = seen[position]
        at = basket.placed_at - timedelta(seconds=int(ago))
        yield _track("Product Viewed", product=product, at=at, shopper=shopper)
        if is_bought:
            yield _track("Product Added", product=product, at=at + timedelta(seconds=15), shopper=shopper)


def _idle_visit(shopper: Shopper, *, near: datetime, until: datetime) -> Iterator[Event]:
    """Within a fortnight of an order; every fourth ends with something left in the cart."""
    rng = shopper.rng
    at = near + timedelta(seconds=int(rng.integers(3_600, 14 * 86_400)))
    is_anonymous = bool(rng.random() < ANONYMOUS_SHARE)
    looks = _looks(shopper, count=1 + int(rng.poisson(2.2)), month=at.month)
    for number, product in enumerate(looks):
        moment = at + timedelta(seconds=number * 70)
        if moment > until - timedelta(minutes=1):
            return
        yield _track("Product Viewed", product=product, at=moment, shopper=shopper, is_anonymous=is_anonymous)
    if rng.random() < 0.25:
        moment = moment + timedelta(seconds=20)
        yield _track(
            "Product Added", product=looks[-1], at=moment, shopper=shopper, is_anonymous=is_anonymous
        )


def _looks(shopper: Shopper, *, count: int, month: int) -> list[int]:
    return shopper.chosen(count=count, month=month, giving=False) if count else []


def _track(name: str, *, product: int, at: datetime, shopper: Shopper, is_anonymous: bool = False) -> Event:
    """Without its messageId, which comes when all events stand in order."""
    customer, demand = shopper.customer, shopper.demand
    who = (
        {"anonymousId": _visitor(customer.external_id)} if is_anonymous else {"userId": customer.external_id}
    )
    return {
        "type": "track",
        "event": name,
        **who,
        "timestamp": f"{at:%Y-%m-%dT%H:%M:%SZ}",
        "properties": _properties(product, quantity=1 if name == "Product Added" else 0, demand=demand),
        "context": {"locale": customer.locale, "timezone": customer.time_zone},
    }


def _properties(product: int, *, quantity: int, demand: Demand) -> dict[str, Any]:  # Any: JSON
    product_id = demand.ids[product]
    properties = {
        "product_id": product_id,
        "category": demand.categories[product][0],
        "price": float(demand.prices[product]),
        "currency": "EUR",
        "url": f"{SITE_URL}/products/{product_id}",
    }
    return {**properties, "quantity": quantity} if quantity else properties


def _visitor(customer: str) -> str:
    return f"visitor-{hashlib.blake2b(customer.encode(), digest_size=6).hexdigest()}"


def numbered(events: Sequence[Event], *, salt: str) -> tuple[Event, ...]:
    """Oldest first, each with an id that is the same whenever the same history is made."""
    ordered = sorted(events, key=lambda event: (event["timestamp"], event.get("userId", ""), event["event"]))
    return tuple(
        {"messageId": hashlib.blake2b(f"{salt}:{number}".encode(), digest_size=16).hexdigest(), **event}
        for number, event in enumerate(ordered)
    )
