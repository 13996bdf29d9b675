"""Takes in events: each message once, all of a call in one transaction.

1. Leave out messages that were taken before.
2. If the events change more than the event table, wait for the workspace's other such calls.
3. Find customers, or make them.
4. Write the events by COPY and check what they refer to.
5. Claim the message ids. Nearly always all are free; an event whose id another transaction took since step 1
   is deleted again.
6. Profiles, consents, visitor links, orders: for these step 4 comes last, as they decide whose an event is.
7. After commit kept answers of these persons are void, and a job renews the taste of those who bought.

Ids are claimed late because a claim makes others who hold the same message wait until the end of the
transaction. Locks are taken in this order by every call, within a step by sorted ids: no two calls deadlock.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from omotenashi.accounts.models import Workspace
from personalization.arrays import octets_array, text_array
from personalization.engine.message_keys import message_key
from personalization.engine.segment import IncomingEvent
from personalization.services import known_customers, message_keys
from personalization.services.customers import VISITORS_OWNERS, ensure_customers, visitors_owners
from personalization.services.event_effects import have_effects, place_orders, update_people
from personalization.services.events import NewEvent, copy_events, delete_events
from personalization.services.few_events import MOST, write_few
from personalization.services.freshness import touch_people

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
    key: bytes
    """Empty for an event without a message id: that one is always new."""
    call: int


def ingest(workspace: Workspace, *, events: Sequence[IncomingEvent], received_at: datetime) -> Ingested:
    return ingest_calls(workspace, calls=[Call(events, received_at)])[0]


def ingest_calls(workspace: Workspace, *, calls: Sequence[Call]) -> list[Ingested]:
    """Several calls in one transaction; a message that two of them hold counts for the first."""
    try:
        return _write(workspace, calls, careful=not known_customers.may_remember())
    except IntegrityError:
        # A remembered customer is gone.
        known_customers.forget()
        return _write(workspace, calls, careful=True)


def _write(workspace: Workspace, calls: Sequence[Call], *, careful: bool) -> list[Ingested]:
    sent = [
        _Arrived(event, call.received_at, _key(workspace, event), n)
        for n, call in enumerate(calls)
        for event in call.events
    ]
    arrived = _write_few(workspace, sent) if sent and len(sent) <= MOST and not careful else None
    if arrived is None:
        arrived = _write_many(workspace, sent, careful=careful)
    accepted = [0] * len(calls)
    for one in arrived:
        accepted[one.call] += 1
    return [Ingested(count, len(call.events) - count) for count, call in zip(accepted, calls, strict=True)]


def _write_few(workspace: Workspace, sent: Sequence[_Arrived]) -> list[_Arrived] | None:
    """None: for these it takes more than one statement."""
    if any(event.user_id and event.anonymous_id for event, *_ in sent) or have_effects(
        [one.event for one in sent], owners={}
    ):
        return None
    names = {one.event.user_id for one in sent} - {""}
    customers = known_customers.existing_customers(workspace, external_ids=names)
    if len(customers) < len(names):
        return None
    new = _not_taken(sent, taken=set())
    rows = [_as_row(workspace, one, customer_id=customers.get(one.event.user_id)) for one in new]
    claimed = write_few(rows, keys=[one.key for one in new])
    _touch(workspace, [one.event for one in sent])
    return [one for one in new if not one.key or one.key in claimed]


def _write_many(workspace: Workspace, sent: Sequence[_Arrived], *, careful: bool) -> list[_Arrived]:
    events = [one.event for one in sent]
    owners, taken = _look_up(
        workspace, visitors={event.anonymous_id for event in events}, keys={one.key for one in sent}
    )
    arrived = _not_taken(sent, taken=taken)
    with transaction.atomic():
        if have_effects(events, owners=owners):
            _wait_for_turn(workspace)
            arrived = _apply(workspace, arrived)
        elif arrived:
            arrived = _note(workspace, arrived, owners=owners, careful=careful)
        _touch(workspace, events)
    return arrived


def _key(workspace: Workspace, event: IncomingEvent) -> bytes:
    return message_key(workspace.id, message_id=event.message_id) if event.message_id else b""


def _look_up(
    workspace: Workspace, *, visitors: set[str], keys: set[bytes]
) -> tuple[dict[str, UUID], set[bytes]]:
    """The visitors' customers, and which of the messages are taken: in one round trip."""
    given: dict[str, str | UUID] = {
        "workspace": workspace.id,
        "visitors": text_array(visitors - {""}),
        "keys": octets_array(sorted(keys - {b""})),
    }
    with connection.cursor() as cursor:
        cursor.execute(f"{VISITORS_OWNERS}; {message_keys.TAKEN}", given)
        owners = dict(cursor.fetchall())
        cursor.nextset()
        return owners, {bytes(key) for (key,) in cursor.fetchall()}


def _wait_for_turn(workspace: Workspace) -> None:
    """Calls that lock rows of customers, visitors and orders run one at a time in a workspace."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [workspace.id.int & (1 << 63) - 1])


def _not_taken(sent: Sequence[_Arrived], *, taken: set[bytes]) -> list[_Arrived]:
    """Those whose message is not known yet, each message once."""
    new = []
    for one in sent:
        if one.key not in taken:
            new.append(one)
            if one.key:
                taken.add(one.key)
    return new


def _note(
    workspace: Workspace, arrived: Sequence[_Arrived], *, owners: Mapping[str, UUID], careful: bool
) -> list[_Arrived]:
    """Events that only say what somebody looked at: nearly all of them. Those that are kept."""
    find = ensure_customers if careful else known_customers.known_customers
    customers = find(workspace, external_ids=[one.event.user_id for one in arrived if one.event.user_id])
    whose = [customers.get(one.event.user_id) or owners.get(one.event.anonymous_id) for one in arrived]
    ids = _copy(workspace, arrived, whose=whose)
    claimed = _claim(arrived, check_references=not careful)
    if len(claimed) < len(arrived):
        lost = [id for id, one in zip(ids, arrived, strict=True) if one.key and one.key not in claimed]
        delete_events(lost)
    return [one for one in arrived if not one.key or one.key in claimed]


def _apply(workspace: Workspace, arrived: Sequence[_Arrived]) -> list[_Arrived]:
    customers = ensure_customers(
        workspace, external_ids=[one.event.user_id for one in arrived if one.event.user_id]
    )
    claimed = _claim(arrived)
    kept = [one for one in arrived if not one.key or one.key in claimed]
    events = [one.event for one in kept]
    update_people(workspace, events, customers=customers)
    owners = visitors_owners(workspace, anonymous_ids=[event.anonymous_id for event in events])
    whose = [customers.get(event.user_id) or owners.get(event.anonymous_id) for event in events]
    place_orders(workspace, events, whose=whose)
    _copy(workspace, kept, whose=whose)
    return kept


def _claim(arrived: Sequence[_Arrived], *, check_references: bool = False) -> set[bytes]:
    return message_keys.claim([one.key for one in arrived if one.key], check_references=check_references)


def _touch(workspace: Workspace, events: Sequence[IncomingEvent]) -> None:
    customers = {event.user_id for event in events}
    touch_people(
        workspace,
        customers=customers,
        visitors={name for event in events for name in (event.anonymous_id, event.previous_id)},
        orders=[event.order.external_id for event in events if event.order],
        known=known_customers.recall(workspace, external_ids=customers),
    )


def _copy(workspace: Workspace, arrived: Sequence[_Arrived], *, whose: Sequence[UUID | None]) -> list[bytes]:
    return copy_events(
        _as_row(workspace, one, customer_id=customer_id)
        for one, customer_id in zip(arrived, whose, strict=True)
    )


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
