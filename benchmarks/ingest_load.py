"""What a shop's visitors send, made up: bodies with repeats, and the same rows as COPY text."""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson

from omotenashi.records import uuid7

CUSTOMERS, PRODUCTS = 20_000, 10_000
REPEATED = 0.2
"""Share of the sent events that came before."""
COLUMNS = (
    "id, workspace_id, customer_id, anonymous_id, kind, name, product_external_id, recommendation_id,"
    " properties, context, happened_at, received_at"
)


class Visitors:
    """Events numbered from 0; their message ids are random, as Segment's libraries make them."""

    def __init__(self, *, seed: int, now: datetime) -> None:
        self._random = random.Random(seed)
        self._now = now
        self.made = 0

    def event(self) -> dict[str, Any]:
        """Half are of known customers, half of visitors without a name. `m` finds the event in the table."""
        draw, number = self._random.random, self.made
        self.made += 1
        who = int(draw() * CUSTOMERS)
        at = self._now - timedelta(seconds=int(draw() * 90 * 86_400))
        return {
            "type": "track",
            "event": "Product Viewed" if draw() < 0.8 else "Product Added",
            **({"userId": f"c-{who}"} if number % 2 else {"anonymousId": f"v-{who:030}"}),
            "messageId": str(UUID(int=self._random.getrandbits(128), version=4)),
            "timestamp": at.isoformat(),
            "properties": {
                "product_id": f"p-{int(draw() * PRODUCTS)}", "name": "Shio bowl, sand", "price": 20.5,
                "currency": "EUR", "category": "Bowls", "m": number,
            },
            "context": {"page": {"path": "/bowls/shio", "title": "Shio bowl"}, "locale": "de-DE"},
        }  # fmt: skip

    def sent(self, unique: int) -> list[dict[str, Any]]:
        """That many new events with their share of repeats, near and far from the first."""
        events = [self.event() for _ in range(unique)]
        repeats = self._random.choices(events, k=round(unique * REPEATED / (1 - REPEATED)))
        places = sorted(self._random.choices(range(unique + 1), k=len(repeats)))
        for offset, (place, repeat) in enumerate(zip(places, repeats, strict=True)):
            events.insert(place + offset, repeat)
        return events


def batches(events: Sequence[dict[str, Any]], *, size: int) -> list[bytes]:
    return [orjson.dumps({"batch": events[start : start + size]}) for start in range(0, len(events), size)]


def copy_text(
    events: Sequence[dict[str, Any]], *, workspace_id: UUID, customers: Sequence[UUID], now: datetime
) -> bytes:
    """The rows that these events become, made beforehand: reading and packing cost the COPY nothing."""
    rows = []
    for number, event in enumerate(events):
        customer = str(customers[number % len(customers)]) if "userId" in event else "\\N"
        rows.append(
            "\t".join(
                (
                    str(uuid7()), str(workspace_id), customer, event.get("anonymousId", ""), "track",
                    event["event"], event["properties"]["product_id"], "\\N",
                    orjson.dumps(event["properties"]).decode(), orjson.dumps(event["context"]).decode(),
                    event["timestamp"], now.isoformat(),
                )
            )
        )  # fmt: skip
    return ("\n".join(rows) + "\n").encode()
