"""Takes in events: each message once, all of a call in one transaction.

1. If the events change more than the event table, wait for the workspace's other such calls.
2. Claim the message ids; what is already claimed is a repetition and ends here.
3. Customers, profiles, consents and visitor links.
4. Orders with their lines.
5. The events themselves, by COPY.
6. After commit kept answers of these persons are void, and a job renews the taste of those who bought.

Locks are taken in this order by every call, and within a step by sorted ids: no two calls deadlock.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from omotenashi import jobs
from omotenashi.accounts.models import Workspace
from personalization.engine.countries import country_code
from personalization.engine.message_keys import message_key
from personalization.engine.segment import IncomingEvent
from personalization.services import known_customers
from personalization.services.customers import (
    ensure_customers,
    link_visitors,
    update_profile,
    visitors_owners,
)
from personalization.services.events import NewEvent, copy_events
from personalization.services.freshness import touch_people
from personalization.services.message_keys import claim
from personalization.services.orders import PlacedBy, record_orders

_WITH_TRAITS = frozenset(("identify", "group"))


@dataclass(frozen=True)
class Call:
    """What came in one request."""

    events: Sequence[IncomingEvent]
    received_at: datetime


@dataclass(frozen=True)
class Ingested:
    accepted: int
    repeated: int


class _Arrived(NamedTuple):
    event: IncomingEvent
    received_at: datetime


def ingest(workspace: Workspace, *, events: Sequence[IncomingEvent], received_at: datetime) -> Ingested:
    return ingest_calls(workspace, calls=[Call(events, received_at)])[0]


def ingest_calls(workspace: Workspace, *, calls: Sequence[Call]) -> list[Ingested]:
    """Several calls in one transaction; a message that two of them hold counts for the first."""
    try:
        return _write(workspace, calls, careful=not known_customers.may_remember())
    except IntegrityError:
        # A message was taken by another process in between, or a remembered customer is gone.
        known_customers.forget()
        return _write(workspace, calls, careful=True)


def _write(workspace: Workspace, calls: Sequence[Call], *, careful: bool) -> list[Ingested]:
    events = [event for call in calls for event in call.events]
    with transaction.atomic():
        owners = visitors_owners(workspace, anonymous_ids=[event.anonymous_id for event in events])
        has_effects = _have_effects(events, owners)
        if has_effects:
            _wait_for_turn(workspace)
        new = _claim(workspace, calls, careful=careful)
        arrived = [one for own in new for one in own]
        if arrived and has_effects:
            _apply(workspace, arrived)
        elif arrived:
            _note(workspace, arrived, owners=owners, careful=careful)
        touch_people(
            workspace,
            customers=[event.user_id for event in events],
            visitors=[name for event in events for name in (event.anonymous_id, event.previous_id)],
            orders=[event.order.external_id for event in events if event.order],
        )
    return [
        Ingested(accepted=len(own), repeated=len(call.events) - len(own))
        for own, call in zip(new, calls, strict=True)
    ]


def _have_effects(events: Iterable[IncomingEvent], owners: Mapping[str, UUID]) -> bool:
    """Whether they change more than the event table: an order, a profile, a visitor's new name."""
    return any(
        event.order or event.profile or (event.user_id and _links_someone(event, owners)) for event in events
    )


def _links_someone(event: IncomingEvent, owners: Mapping[str, UUID]) -> bool:
    return event.kind == "alias" or (event.anonymous_id != "" and event.anonymous_id not in owners)


def _wait_for_turn(workspace: Workspace) -> None:
    """Calls that lock rows of customers, visitors and orders run one at a time in a workspace."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [workspace.id.int & (1 << 63) - 1])


def _claim(workspace: Workspace, calls: Sequence[Call], *, careful: bool) -> list[list[_Arrived]]:
    """What is new of each call."""
    keys = [
        [
            message_key(workspace.id, message_id=event.message_id) if event.message_id else b""
            for event in call.events
        ]
        for call in calls
    ]
    claimed = claim([key for own in keys for key in own if key], careful=careful)
    new: list[list[_Arrived]] = []
    for call, own in zip(calls, keys, strict=True):
        arrived: list[_Arrived] = []
        for event, key in zip(call.events, own, strict=True):
            if not key or key in claimed:
                arrived.append(_Arrived(event, call.received_at))
                claimed.discard(key)  # the same id again in this very transaction
        new.append(arrived)
    return new


def _key(workspace: Workspace, event: IncomingEvent) -> bytes:
    """Empty for an event without a message id: that one is always new."""
    return message_key(workspace.id, message_id=event.message_id) if event.message_id else b""


def _note(
    workspace: Workspace, arrived: Sequence[_Arrived], *, owners: Mapping[str, UUID], careful: bool
) -> None:
    """Events that only say what somebody looked at: nearly all of them."""
    find = ensure_customers if careful else known_customers.known_customers
    customers = find(workspace, external_ids=[event.user_id for event, _ in arrived if event.user_id])
    copy_events(
        _as_row(
            workspace, one, customer_id=customers.get(one.event.user_id) or owners.get(one.event.anonymous_id)
        )
        for one in arrived
    )


def _apply(workspace: Workspace, arrived: Sequence[_Arrived]) -> None:
    events = [event for event, _ in arrived]
    customers = ensure_customers(workspace, external_ids=[event.user_id for event in events if event.user_id])
    for event in sorted(events, key=lambda event: event.user_id):  # a customer's own keep their order
        if event.profile and event.user_id:
            update_profile(customers[event.user_id], profile=event.profile, at=event.happened_at)
    links = [link for event in events for link in _links(event, customers)]
    if links:
        link_visitors(workspace, links=links)
    owners = visitors_owners(workspace, anonymous_ids=[event.anonymous_id for event in events])
    whose = [customers.get(event.user_id) or owners.get(event.anonymous_id) for event in events]
    _record_orders(workspace, events, whose=whose)
    copy_events(
        _as_row(workspace, one, customer_id=customer_id)
        for one, customer_id in zip(arrived, whose, strict=True)
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


def _as_row(workspace: Workspace, one: _Arrived, *, customer_id: UUID | None) -> NewEvent:
    event = one.event
    return NewEvent(
        workspace.id,
        customer_id,
        event.anonymous_id,
        event.kind,
        event.name,
        event.product_external_id,
        event.happened_at,
        one.received_at,
        event.properties_json or (event.traits if event.kind in _WITH_TRAITS else event.properties),
        event.context_json or event.context,
        event.recommendation_id,
    )
