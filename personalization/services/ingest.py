"""Takes in events: each message once, all of a call in one transaction.

1. Claim the message ids; what is already claimed is a repetition and ends here.
2. Customers, profiles, consents and visitor links.
3. Orders with their lines.
4. The events themselves, by COPY.
5. After commit kept answers of these persons are void, and a job renews the taste of those who bought.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from omotenashi import jobs
from omotenashi.accounts.models import Workspace
from omotenashi.records import uuid7
from personalization.engine.countries import country_code
from personalization.engine.segment import IncomingEvent
from personalization.services.customers import (
    ensure_customers,
    link_visitors,
    update_profile,
    visitors_owners,
)
from personalization.services.events import NewEvent, copy_events
from personalization.services.freshness import touch_people
from personalization.services.orders import PlacedBy, record_orders


@dataclass(frozen=True)
class Ingested:
    accepted: int
    repeated: int


def ingest(workspace: Workspace, *, events: Sequence[IncomingEvent], received_at: datetime) -> Ingested:
    with transaction.atomic():
        new = _claim(workspace, events)
        if new:
            _apply(workspace, new, received_at=received_at)
        touch_people(
            workspace,
            customers=[event.user_id for event in events],
            visitors=[name for event in events for name in (event.anonymous_id, event.previous_id)],
            orders=[event.order.external_id for event in events if event.order],
        )
    return Ingested(accepted=len(new), repeated=len(events) - len(new))


def _claim(workspace: Workspace, events: Sequence[IncomingEvent]) -> list[IncomingEvent]:
    """Sorted, so that two calls with the same messages wait for each other instead of deadlocking."""
    wanted = sorted({event.message_id for event in events if event.message_id})
    claimed: set[str] = set()
    if wanted:
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO personalization_eventkey (id, workspace_id, message_id)"
                " SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::text[])"
                " ON CONFLICT (workspace_id, message_id) DO NOTHING RETURNING message_id",
                [[uuid7() for _ in wanted], [workspace.id] * len(wanted), wanted],
            )
            claimed = {message_id for (message_id,) in cursor.fetchall()}
    new: list[IncomingEvent] = []
    for event in events:
        if not event.message_id or event.message_id in claimed:
            new.append(event)
            claimed.discard(event.message_id)  # the same id again in this very call
    return new


def _apply(workspace: Workspace, events: Sequence[IncomingEvent], *, received_at: datetime) -> None:
    customers = ensure_customers(workspace, external_ids=[event.user_id for event in events if event.user_id])
    for event in events:
        if event.profile and event.user_id:
            update_profile(customers[event.user_id], profile=event.profile, at=event.happened_at)
    links = [link for event in events for link in _links(event, customers)]
    if links:
        link_visitors(workspace, links=links)
    owners = visitors_owners(workspace, anonymous_ids=[event.anonymous_id for event in events])
    whose = [customers.get(event.user_id) or owners.get(event.anonymous_id) for event in events]
    _record_orders(workspace, events, whose=whose)
    copy_events(
        _as_row(workspace, event, customer_id=customer_id, received_at=received_at)
        for event, customer_id in zip(events, whose, strict=True)
    )


def _links(event: IncomingEvent, customers: Mapping[str, UUID]) -> list[tuple[str, UUID]]:
    """Segment's rule: a message with both ids says that they are one person."""
    if not event.user_id:
        return []
    visitors = [event.anonymous_id, event.previous_id if event.kind == "alias" else ""]
    return [(visitor, customers[event.user_id]) for visitor in visitors if visitor]


def _record_orders(
    workspace: Workspace, events: Sequence[IncomingEvent], *, whose: Sequence[UUID | None]
) -> None:
    placed = [
        PlacedBy(event.order, customer_id, event.anonymous_id, _country(event), event.happened_at)
        for event, customer_id in zip(events, whose, strict=True)
        if event.order
    ]
    if not placed:
        return
    record_orders(workspace, placed=placed, source="track")
    buyers = sorted({str(one.customer_id) for one in placed if one.customer_id})
    if buyers:
        jobs.enqueue("personalization.refresh_customers", workspace=workspace, customer_ids=buyers)


def _country(event: IncomingEvent) -> str:
    location = event.context.get("location")
    country = location.get("country") if isinstance(location, Mapping) else None
    return country_code(country) if isinstance(country, str) else ""


def _as_row(
    workspace: Workspace, event: IncomingEvent, *, customer_id: UUID | None, received_at: datetime
) -> NewEvent:
    return NewEvent(
        workspace_id=workspace.id,
        customer_id=customer_id,
        anonymous_id=event.anonymous_id,
        kind=event.kind,
        name=event.name,
        product_external_id=event.product_external_id,
        happened_at=event.happened_at,
        received_at=received_at,
        properties=event.traits if event.kind in {"identify", "group"} else event.properties,
        context=event.context,
        recommendation_id=event.recommendation_id,
    )
