"""Calls at the same moment, in real transactions: each message once, nobody stuck, nobody's fault shared."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import orjson
import pytest
from django.db import connection
from django.utils import timezone

from omotenashi.accounts.models import Workspace
from personalization.api.event_bodies import Answer, EventRequest, handle_events
from personalization.models import Customer, Event, EventKey, Order

pytestmark = pytest.mark.django_db(transaction=True)


def page(message_id: str, **more: Any) -> dict[str, Any]:
    return {"type": "page", "userId": "kim", "name": "Home", "messageId": message_id, **more}


def send(workspace: Workspace, events: Sequence[dict[str, Any]]) -> Answer:
    body = orjson.dumps({"batch": list(events)})
    return handle_events(workspace, request=EventRequest("batch", False, body, timezone.now()))


def at_once(calls: Sequence[Callable[[], Answer]]) -> list[Answer]:
    start = threading.Barrier(len(calls))
    answers: list[Answer | None] = [None] * len(calls)

    def work(number: int) -> None:
        start.wait()
        answers[number] = calls[number]()
        connection.close()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert None not in answers, "a call was never answered"
    return [answer for answer in answers if answer]


@contextmanager
def refused_by_the_database(name: str) -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE personalization_event ADD CONSTRAINT no_boom CHECK (name <> '{name}')")
        try:
            yield
        finally:
            cursor.execute("ALTER TABLE personalization_event DROP CONSTRAINT no_boom")


@pytest.mark.parametrize("size", [5, 200], ids=["few", "many"])
def test_it_takes_each_message_once_from_overlapping_batches(workspace: Workspace, size: int) -> None:
    batches = [
        [page(f"m-{n}") for n in range(start, start + size)] for start in range(0, 8 * size // 2, size // 2)
    ]
    unique = {event["messageId"] for batch in batches for event in batch}
    answers = at_once([lambda batch=batch: send(workspace, batch) for batch in batches * 2])  # type: ignore[misc]
    assert {answer.status for answer in answers} == {200}
    assert sum(orjson.loads(answer.body)["accepted"] for answer in answers) == len(unique)
    assert Event.objects.count() == EventKey.objects.count() == len(unique)


def test_it_takes_a_message_once_that_one_large_batch_holds_twice(workspace: Workspace) -> None:
    answer = orjson.loads(send(workspace, [page(f"m-{n}") for n in range(100)] * 2).body)
    assert (answer["accepted"], answer["repeated"], Event.objects.count()) == (100, 100, 100)


def test_it_lets_no_call_pay_for_another_s_fault(workspace: Workspace) -> None:
    """Some of the calls share a transaction with the faulty one: they are written again without it."""
    good = [[page(f"m-{n}")] for n in range(12)]

    def bad() -> Answer:
        with pytest.raises(Exception, match="no_boom"):
            send(workspace, [page("m-bad", name="Boom")])
        return Answer(500, b"")

    with refused_by_the_database("Boom"):
        calls = [lambda batch=batch: send(workspace, batch) for batch in good]  # type: ignore[misc]
        answers = at_once([*calls[:6], bad, *calls[6:]])
    assert sorted(answer.status for answer in answers) == [200] * 12 + [500]
    assert Event.objects.count() == 12
    assert orjson.loads(send(workspace, [page("m-bad")]).body)["accepted"] == 1  # its id was not used up


def test_it_takes_profiles_and_orders_in_any_order_at_once(workspace: Workspace) -> None:
    names = [f"c-{n}" for n in range(8)]

    def batch(people: Sequence[str]) -> list[dict[str, Any]]:
        lines = [{"product_id": "p1", "price": 1}]
        return [
            event
            for one in people
            for event in (
                {"type": "identify", "userId": one, "anonymousId": f"v-{one}", "traits": {"firstName": one}},
                {"type": "track", "event": "Order Completed", "anonymousId": f"v-{one}",
                 "properties": {"order_id": f"o-{one}", "products": lines}},
            )
        ]  # fmt: skip

    batches = [batch(names if n % 2 else names[::-1]) for n in range(8)]
    answers = at_once([lambda one=one: send(workspace, one) for one in batches])  # type: ignore[misc]
    assert {answer.status for answer in answers} == {200}
    assert set(Customer.objects.values_list("first_name", flat=True)) == set(names)
    assert set(Order.objects.values_list("customer__external_id", flat=True)) == set(names)


def test_it_meets_a_customer_anew_who_was_deleted_in_between(workspace: Workspace) -> None:
    assert send(workspace, [page("m-1")]).status == 200
    Customer.objects.all().delete()
    assert send(workspace, [page("m-2")]).status == 200
    assert Event.objects.get().customer == Customer.objects.get()


def test_it_keeps_a_customer_s_events_in_the_order_they_came(workspace: Workspace) -> None:
    for n in range(30):
        send(workspace, [page(f"m-{n}-{k}", name=f"{n:03}-{k}") for k in range(3)])
    names = list(Event.objects.order_by("received_at", "id").values_list("name", flat=True))
    assert names == sorted(names)


def test_it_refuses_with_a_problem_that_names_the_request(workspace: Workspace) -> None:
    request = EventRequest("track", False, b'{"userId": "kim"}', timezone.now())
    answer = handle_events(workspace, request=request, about={"instance": "/v1/track", "request_id": "r-1"})
    problem = orjson.loads(answer.body)
    assert (answer.status, answer.content_type) == (422, "application/problem+json")
    assert (problem["errors"][0]["pointer"], problem["request_id"]) == ("#/event", "r-1")
