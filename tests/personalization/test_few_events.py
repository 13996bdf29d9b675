"""A few events in one statement: kept exactly as many are, whatever their texts hold."""

from typing import Any

import orjson
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from omotenashi.accounts.models import Workspace
from personalization.api.event_bodies import EventRequest, handle_events
from personalization.models import Customer, Event
from personalization.services import few_events

pytestmark = pytest.mark.django_db(transaction=True)

AT = "2026-03-01T12:00:00.123456Z"
ODD = 'a "quoted" \\ word,\n{ü, NULL} %s'
COLUMNS = (
    "customer_id", "anonymous_id", "kind", "name", "product_external_id", "recommendation_id", "properties",
    "context", "happened_at",
)  # fmt: skip
EVENTS: list[dict[str, Any]] = [
    {"type": "page", "anonymousId": ODD, "name": ODD, "properties": {ODD: [ODD, 1.5, None]}},
    {"type": "page", "userId": "kim"},
    {"type": "page", "anonymousId": "kim's phone"},
    {"type": "screen", "anonymousId": "NULL", "name": "NULL", "context": {"page": {"path": "/"}}},
    {"type": "track", "event": "Product Clicked", "userId": "kim",
     "properties": {"product_id": "p1", "recommendation_id": "0190b6a0-0000-7000-8000-000000000001"}},
]  # fmt: skip


def send(workspace: Workspace, events: list[dict[str, Any]]) -> dict[str, Any]:
    body = orjson.dumps({"batch": [{"timestamp": AT, **event} for event in events]})
    answer = handle_events(workspace, request=EventRequest("batch", False, body, timezone.now()))
    assert answer.status == 200
    told: dict[str, Any] = orjson.loads(answer.body)
    return told


@pytest.fixture
def known(workspace: Workspace) -> Workspace:
    """Kim has been here, and the phone was found to be Kim's."""
    send(workspace, [{"type": "identify", "userId": "kim", "anonymousId": "kim's phone"}])
    send(workspace, [{"type": "page", "userId": "kim"}])
    Event.objects.all().delete()
    return workspace


def test_it_keeps_a_few_events_as_it_keeps_many(known: Workspace) -> None:
    with CaptureQueriesContext(connection) as few:
        send(known, EVENTS)
    assert len([one for one in few.captured_queries if "personalization_event" in one["sql"]]) == 1
    kept = list(Event.objects.order_by("received_at", "id").values_list(*COLUMNS))
    assert kept[2][0] == Customer.objects.get().id  # the phone's event is Kim's
    Event.objects.all().delete()
    send(known, EVENTS + [{"type": "page", "userId": "kim", "name": "more"}] * few_events.MOST)
    assert kept == list(
        Event.objects.exclude(name="more").order_by("received_at", "id").values_list(*COLUMNS)
    )


def test_it_takes_each_of_a_few_messages_once(known: Workspace) -> None:
    page = {"type": "page", "userId": "kim"}
    first = send(
        known, [page | {"messageId": "m-1"}, page | {"messageId": "m-2"}, page | {"messageId": "m-1"}]
    )
    again = send(known, [page | {"messageId": "m-2"}, page | {"messageId": "m-3"}, page, page])
    assert [(told["accepted"], told["repeated"]) for told in (first, again)] == [(2, 1), (3, 1)]
    assert Event.objects.count() == 5


def test_it_still_learns_from_a_few_events_whose_visitor_somebody_is(known: Workspace) -> None:
    send(known, [{"type": "page", "anonymousId": "tablet"}])
    send(known, [{"type": "page", "userId": "kim", "anonymousId": "tablet"}])
    send(known, [{"type": "page", "anonymousId": "tablet", "name": "later"}])
    assert Event.objects.get(name="later").customer == Customer.objects.get()
