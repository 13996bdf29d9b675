"""Segment's routes: what is kept, what is refused, and that nothing counts twice."""

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from omotenashi.accounts.models import Workspace
from omotenashi.catalog.models import Product
from omotenashi.jobs import Job
from personalization.models import Customer, CustomerAlias, Event, Order, OrderLine

pytestmark = pytest.mark.django_db


def completed(**changes: Any) -> dict[str, Any]:
    properties = {
        "order_id": "o-1",
        "currency": "eur",
        "total": "25.00",
        "products": [
            {"product_id": "p1", "name": "Bowl", "price": 10, "quantity": 2},
            {"product_id": "gone", "price": "5.00"},
        ],
    }
    return {
        "event": "Order Completed",
        "userId": "kim",
        "messageId": "m-1",
        "properties": properties | changes,
    }


def test_it_writes_an_order_with_its_lines_at_once(
    api: APIClient, workspace: Workspace, product_factory: Callable[..., Product]
) -> None:
    bowl = product_factory(external_id="p1")
    assert api.post("/v1/track", completed()).json() == {"success": True}
    order = Order.objects.for_workspace(workspace).get(external_id="o-1")
    assert (order.customer.external_id, order.currency, order.revenue) == ("kim", "EUR", Decimal("25.00"))
    lines = list(
        order.lines.order_by("product_external_id").values_list("product_external_id", "product", "quantity")
    )
    assert lines == [("gone", None, 1), ("p1", bowl.id, 2)]


def test_it_takes_each_message_once(api: APIClient) -> None:
    for _ in range(3):
        assert api.post("/v1/track", completed()).status_code == 200
    assert Event.objects.count() == Order.objects.count() == 1
    assert OrderLine.objects.count() == 2


def test_it_takes_the_same_message_id_in_two_workspaces(api: APIClient, outsider_api: APIClient) -> None:
    api.post("/v1/track", completed())
    outsider_api.post("/v1/track", completed())
    assert Order.objects.count() == 2


def test_it_counts_an_order_once_though_two_messages_tell_of_it(api: APIClient) -> None:
    api.post("/v1/track", completed())
    api.post("/v1/track", {**completed(), "messageId": "m-2"})
    assert (Order.objects.count(), OrderLine.objects.count(), Event.objects.count()) == (1, 2, 2)


def test_it_adds_up_a_product_that_an_order_lists_twice(api: APIClient) -> None:
    twice = [{"product_id": "p1", "price": 3, "quantity": 1}, {"product_id": "p1", "price": 3, "quantity": 2}]
    api.post("/v1/track", completed(products=twice))
    assert OrderLine.objects.get().quantity == 3


@pytest.mark.parametrize(
    ("name", "status"), [("Order Cancelled", "cancelled"), ("Order Refunded", "refunded")]
)
def test_it_notes_that_an_order_was_taken_back(api: APIClient, name: str, status: str) -> None:
    api.post("/v1/track", completed())
    api.post("/v1/track", {"event": name, "userId": "kim", "properties": {"order_id": "o-1"}})
    assert Order.objects.get().status == status


@pytest.mark.parametrize("path", ["/v1/track", "/v1/batch"])
def test_it_lets_no_page_s_key_take_an_order_back(
    api: APIClient, api_for: Callable[[str], APIClient], publishable_key: str, path: str
) -> None:
    api.post("/v1/track", completed())
    event = {"event": "Order Cancelled", "userId": "kim", "properties": {"order_id": "o-1"}}
    answer = api_for(publishable_key).post(path, event if path == "/v1/track" else {"batch": [event]})
    assert answer.json()["errors"][0]["code"] == "secret_key_needed"
    assert Order.objects.get().status == "placed"


def test_it_keeps_a_cancellation_that_overtakes_its_order(api: APIClient) -> None:
    api.post("/v1/track", {"event": "Order Cancelled", "userId": "kim", "properties": {"order_id": "o-1"}})
    api.post("/v1/track", completed())
    order = Order.objects.get()
    assert (order.status, order.lines.count(), order.revenue) == ("cancelled", 2, Decimal("25.00"))


def test_it_reads_google_s_names(api: APIClient) -> None:
    items = [{"item_id": "p1", "item_name": "Bowl", "price": 4, "quantity": 1}]
    api.post("/v1/track", {"event": "view_item", "anonymousId": "v", "properties": {"items": items}})
    purchase = {"transaction_id": "t-1", "value": 4, "currency": "USD", "items": items}
    api.post("/v1/track", {"event": "purchase", "anonymousId": "v", "properties": purchase})
    assert list(Event.objects.order_by("id").values_list("name", "product_external_id")) == [
        ("Product Viewed", "p1"),
        ("Order Completed", "p1"),
    ]
    assert Order.objects.get().external_id == "t-1"


def test_it_keeps_the_good_rows_of_a_batch_and_names_the_bad(api: APIClient) -> None:
    good = {
        "type": "track",
        "event": "Product Viewed",
        "anonymousId": "v",
        "properties": {"product_id": "p1"},
    }
    batch = [
        good,
        {"type": "track", "event": "Product Viewed"},
        {"type": "trakc", "userId": "kim"},
        "not an event",
        {**good, "timestamp": "yesterday"},
        {"type": "track", **completed(products=[{"price": -1, "quantity": 0}])},
        {"type": "page", "userId": "kim", "name": "Home"},
    ]
    answer = api.post("/v1/batch", {"batch": batch}).json()
    assert (answer["success"], answer["accepted"]) == (False, 2)
    assert {(error["index"], error["pointer"]) for error in answer["errors"]} == {
        (1, "#/batch/1/userId"),
        (2, "#/batch/2/type"),
        (3, "#/batch/3"),
        (4, "#/batch/4/timestamp"),
        (5, "#/batch/5/properties/products/0/product_id"),
        (5, "#/batch/5/properties/products/0/quantity"),
        (5, "#/batch/5/properties/products/0/price"),
    }
    assert Event.objects.count() == 2


def test_it_keeps_the_good_rows_beside_one_that_a_database_cannot_store(api: APIClient) -> None:
    good = {"type": "page", "userId": "kim", "name": "Home"}
    bad = [
        {**good, "properties": {"a": "\x00"}},
        {**good, "properties": {"a": "\ud800"}},
        {**good, "name": "\x00"},
    ]
    body = json.dumps({"batch": [good, *bad]})
    answer = api.post("/v1/batch", data=body, content_type="application/json").json()
    assert (answer["accepted"], [error["index"] for error in answer["errors"]]) == (1, [1, 2, 3])


def test_it_takes_a_message_once_that_a_batch_holds_twice(api: APIClient) -> None:
    event = {"type": "page", "userId": "kim", "messageId": "m-1"}
    answer = api.post("/v1/batch", {"batch": [event, event]}).json()
    assert (answer["accepted"], answer["repeated"], Event.objects.count()) == (1, 1, 1)


@pytest.mark.parametrize("path", ["/v1/track", "/v1/batch"])
@pytest.mark.parametrize(
    "body", ["{", "[" * 100_000, '{"a": "' + "x" * 600_000 + '"}'], ids=["bad", "deep", "large"]
)
def test_it_refuses_a_body_that_is_no_json_or_too_large(api: APIClient, path: str, body: str) -> None:
    response = api.post(path, data=body, content_type="application/json")
    assert response.status_code == 400
    assert response["Content-Type"] == "application/problem+json"


def test_it_refuses_an_event_over_32_kilobytes(api: APIClient) -> None:
    large = {"event": "Note", "userId": "kim", "properties": {"text": "x" * 33_000}}
    response = api.post("/v1/track", large)
    assert response.status_code == 400
    assert "32768" in response.json()["detail"]


@pytest.mark.parametrize(
    ("stated", "code"),
    [
        ("2099-01-01T00:00:00Z", "in_the_future"),
        ("1970-01-01T00:00:00Z", "too_old"),
        ("2026-01-01", "invalid_time"),
        ("2026-13-01T00:00:00Z", "invalid_time"),
        ("2026-01-01T00:00:00", "invalid_time"),
        (1700000000, "invalid_time"),
    ],
)
def test_it_refuses_a_time_that_cannot_be(api: APIClient, stated: Any, code: str) -> None:
    response = api.post("/v1/track", {"event": "Note", "userId": "kim", "timestamp": stated})
    assert response.status_code == 422
    assert response.json()["errors"] == [
        {"code": code, "detail": response.json()["detail"], "pointer": "#/timestamp"}
    ]


def test_it_corrects_a_clock_that_is_off(api: APIClient) -> None:
    """The visitor's clock is a year ahead; the event happened ten seconds before it was sent."""
    ahead = timezone.now() + timedelta(days=365)
    body = {
        "event": "Note",
        "userId": "kim",
        "timestamp": ahead.isoformat(),
        "sentAt": (ahead + timedelta(seconds=10)).isoformat(),
    }
    assert api.post("/v1/track", body).status_code == 200
    event = Event.objects.get()
    assert (event.received_at - event.happened_at).total_seconds() == pytest.approx(10, abs=0.01)


def test_it_keeps_history_in_the_month_it_happened(api: APIClient) -> None:
    api.post("/v1/track", {"event": "Note", "userId": "kim", "timestamp": "2020-02-29T12:00:00+09:00"})
    assert Event.objects.get().happened_at == datetime(2020, 2, 29, 3, tzinfo=UTC)


def test_it_learns_who_a_customer_is(api: APIClient) -> None:
    traits = {
        "email": "Kim@Example.COM",
        "firstName": "Kim",
        "locale": "de_DE",
        "address": {"country": "Germany"},
        "timezone": "Europe/Berlin",
        "plan": "gold",
        "email_consent": True,
    }
    assert api.post("/v1/identify", {"userId": "kim", "traits": traits}).status_code == 200
    api.post("/v1/identify", {"userId": "kim", "traits": {"lastName": "Ito"}})
    kim = Customer.objects.get()
    assert (kim.first_name, kim.last_name, kim.email_normalized) == ("Kim", "Ito", "kim@example.com")
    assert (kim.locale, kim.country, kim.time_zone) == ("de-DE", "DE", "Europe/Berlin")
    assert kim.traits["plan"] == "gold"
    assert list(Customer.objects.all().consented()) == [kim]


def test_it_lets_the_latest_word_on_consent_count(api: APIClient) -> None:
    def say(granted: bool, *, days_ago: int) -> None:
        at = (timezone.now() - timedelta(days=days_ago)).isoformat()
        api.post("/v1/identify", {"userId": "kim", "timestamp": at, "traits": {"email_consent": granted}})

    say(True, days_ago=3)
    say(False, days_ago=1)
    say(True, days_ago=2)  # arrives late
    assert not Customer.objects.all().consented().exists()


@pytest.mark.parametrize(
    ("traits", "pointer"),
    [({"email": "no address"}, "#/traits/email"), ({"email_consent": "yes"}, "#/traits/email_consent"),
     ({"firstName": ["Kim"]}, "#/traits/firstName")],
)  # fmt: skip
def test_it_names_the_trait_that_is_wrong(api: APIClient, traits: dict[str, Any], pointer: str) -> None:
    response = api.post("/v1/identify", {"userId": "kim", "traits": traits})
    assert response.status_code == 422
    assert response.json()["errors"][0]["pointer"] == pointer
    assert not Customer.objects.exists()


def test_it_leaves_a_visitor_with_the_first_customer_they_turned_out_to_be(api: APIClient) -> None:
    api.post("/v1/alias", {"previousId": "v", "userId": "kim"})
    api.post("/v1/alias", {"previousId": "v", "userId": "lee"})
    assert CustomerAlias.objects.get().customer.external_id == "kim"


def test_it_gives_a_visitor_s_orders_to_the_customer_they_turned_out_to_be(api: APIClient) -> None:
    order = completed()
    del order["userId"]
    api.post("/v1/track", {**order, "anonymousId": "v"})
    assert Order.objects.get().customer is None
    api.post("/v1/identify", {"userId": "kim", "anonymousId": "v"})
    assert Order.objects.get().customer.external_id == "kim"


def test_it_takes_segment_s_basic_key_and_a_beacon_s_plain_text(
    publishable_key: str, api_for: Callable[[str], APIClient]
) -> None:
    client = APIClient()
    basic = base64.b64encode(f"{publishable_key}:".encode()).decode()
    client.credentials(HTTP_AUTHORIZATION=f"Basic {basic}")
    body = json.dumps({"event": "Product Viewed", "anonymousId": "v", "properties": {"product_id": "p1"}})
    assert client.post("/v1/track", data=body, content_type="text/plain").status_code == 200
    assert Event.objects.get().product_external_id == "p1"


def test_it_asks_for_the_buyer_s_taste_to_be_renewed(api: APIClient) -> None:
    api.post("/v1/track", completed())
    job = Job.objects.get(name="personalization.refresh_customers")
    assert job.args == {"customer_ids": [str(Customer.objects.get().id)]}


def test_it_notes_which_recommendation_led_to_an_event(api: APIClient) -> None:
    answer = "0190b6a0-0000-7000-8000-000000000001"
    properties = {"product_id": "p1", "recommendation_id": answer}
    api.post("/v1/track", {"event": "Product Clicked", "userId": "kim", "properties": properties})
    api.post(
        "/v1/track", {"event": "Product Clicked", "userId": "kim", "properties": {"recommendation_id": "x"}}
    )
    assert [
        str(found) for found in Event.objects.order_by("id").values_list("recommendation_id", flat=True)
    ] == [
        answer,
        "None",
    ]
