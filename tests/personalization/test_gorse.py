"""The calls of a gorse client, answered by us in gorse's shapes."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from omotenashi.accounts.models import Workspace
from omotenashi.catalog.models import Product
from personalization.models import Customer, Event, Order

TIME = "2026-02-24T10:00:00Z"


@pytest.fixture
def gorse(secret_key: str) -> APIClient:
    client = APIClient(raise_request_exception=False)
    client.credentials(HTTP_X_API_KEY=secret_key)
    return client


def feedback(kind: str, *, user: str = "bob", item: str = "p1", time: str = TIME) -> dict[str, Any]:
    return {"FeedbackType": kind, "UserId": user, "ItemId": item, "Timestamp": time}


def test_it_recommends_item_ids(shelf: list[Product], gorse: APIClient) -> None:
    gorse.post("/api/feedback", [feedback("read", item="p4", time="")])
    ids = gorse.get("/api/recommend/bob?n=3").json()
    assert len(ids) == 3
    assert set(ids) <= {product.external_id for product in shelf}


def test_it_recommends_within_a_category(shelf: list[Product], gorse: APIClient) -> None:
    assert set(gorse.get("/api/recommend/bob/c1?n=5").json()) == {"p1", "p6"}
    assert set(gorse.get("/api/recommend/bob?n=5&category=c1").json()) == {"p1", "p6"}


def test_it_takes_views_and_purchases_as_events_and_orders(shelf: list[Product], gorse: APIClient) -> None:
    sent = [feedback("read"), feedback("star", item="p2"), feedback("purchase", item="p3"), feedback("rate")]
    assert gorse.post("/api/feedback", sent).json() == {"RowAffected": 4}
    names = set(Event.objects.filter(customer__external_id="bob").values_list("name", flat=True))
    assert names == {"Product Viewed", "Product Added to Wishlist", "Order Completed", "rate"}
    assert list(Order.objects.get().lines.values_list("product_external_id", flat=True)) == ["p3"]
    assert gorse.put("/api/feedback", sent).json() == {"RowAffected": 0}


def test_it_takes_a_second_purchase_at_another_time_as_another_order(
    shelf: list[Product], gorse: APIClient
) -> None:
    gorse.post("/api/feedback", [feedback("buy"), feedback("buy", time="2026-03-24T10:00:00Z")])
    assert Order.objects.count() == 2


def test_it_leaves_out_at_once_what_was_bought_now(shelf: list[Product], gorse: APIClient) -> None:
    first = gorse.get("/api/recommend/bob?n=1").json()[0]
    gorse.post("/api/feedback", [feedback("purchase", item=first, time="")])
    assert first not in gorse.get("/api/recommend/bob?n=50").json()


def test_it_makes_items_with_title_and_price_from_labels(workspace: Workspace, gorse: APIClient) -> None:
    items = [{"ItemId": "a", "Categories": ["Tea"], "Labels": {"title": "Cup", "price": "9.50"}}]
    assert gorse.post("/api/items", items).json() == {"RowAffected": 1}
    product = Product.objects.get(external_id="a")
    assert (product.title, str(product.price), product.categories) == ("Cup", "9.50", ["Tea"])


def test_it_hides_an_item_and_keeps_the_rest_of_the_product(workspace: Workspace, gorse: APIClient) -> None:
    gorse.post("/api/item", {"ItemId": "a", "Labels": {"title": "Cup", "price": "9.50"}})
    Product.objects.filter(external_id="a").update(description="Wheel-thrown.", stock=4)
    assert gorse.post("/api/item", {"ItemId": "a", "IsHidden": True}).json() == {"RowAffected": 1}
    product = Product.objects.get(external_id="a")
    assert (product.title, product.description, product.stock) == ("Cup", "Wheel-thrown.", 4)
    assert not product.available
    assert gorse.get("/api/latest").json() == []


def test_it_refuses_a_new_item_without_a_price_and_says_what_to_send(
    workspace: Workspace, gorse: APIClient
) -> None:
    response = gorse.post("/api/items", [{"ItemId": "a", "Comment": "Cup"}])
    assert response.status_code == 422
    assert "PUT /v1/products" in response.json()["detail"]
    assert response.json()["errors"][0]["pointer"] == "#/0"
    assert not Product.objects.exists()


def test_it_makes_users_with_their_labels_as_traits(workspace: Workspace, gorse: APIClient) -> None:
    users = [{"UserId": "bob", "Labels": {"club": "gold"}}, {"UserId": "eve", "Labels": ["a", "b"]}]
    assert gorse.post("/api/users", users).json() == {"RowAffected": 2}
    assert gorse.post("/api/user", {"UserId": "kim"}).json() == {"RowAffected": 1}
    assert Customer.objects.get(external_id="bob").traits == {"club": "gold"}
    assert Customer.objects.get(external_id="eve").traits == {"labels": ["a", "b"]}


def test_it_answers_latest_with_ids_and_times_newest_first(shelf: list[Product], gorse: APIClient) -> None:
    rows = gorse.get("/api/latest?n=2").json()
    assert [row["Id"] for row in rows] == ["p9", "p8"]
    assert rows[0]["Score"] == pytest.approx(shelf[9].created_at.timestamp())
    assert [row["Id"] for row in gorse.get("/api/latest/c1").json()] == ["p6", "p1"]


@pytest.mark.parametrize("address", ["/api/item/p4/neighbors", "/api/item/p4/neighbors/"])
def test_it_answers_neighbors_with_ids_and_scores_nearest_first(
    shelf: list[Product], gorse: APIClient, address: str
) -> None:
    rows = gorse.get(f"{address}?n=2").json()
    assert {row["Id"] for row in rows} == {"p3", "p5"}
    assert rows[0]["Score"] >= rows[1]["Score"] > 0


def test_it_answers_popular_with_ids_and_scores(shelf: list[Product], gorse: APIClient) -> None:
    assert all(set(row) == {"Id", "Score"} for row in gorse.get("/api/popular?n=2").json())
    assert len(gorse.get("/api/popular?n=2").json()) == 2


@pytest.mark.parametrize(
    ("query", "pointer"),
    [("n=0", "#/n"), ("n=x", "#/n"), ("offset=5", "#/offset"), ("write-back-type=read", "#/write-back-type")],
)
def test_it_refuses_what_it_does_not_do(
    workspace: Workspace, gorse: APIClient, query: str, pointer: str
) -> None:
    response = gorse.get(f"/api/recommend/bob?{query}")
    assert response.status_code == 422
    assert response.json()["errors"][0]["pointer"] == pointer


@pytest.mark.parametrize("body", [{}, [1], [{"UserId": "bob", "ItemId": "p1"}]])
def test_it_refuses_feedback_it_cannot_read(workspace: Workspace, gorse: APIClient, body: Any) -> None:
    assert gorse.post("/api/feedback", body).status_code in {400, 422}
    assert not Event.objects.exists()


def test_it_needs_a_secret_key(workspace: Workspace, publishable_key: str) -> None:
    client = APIClient()
    assert client.get("/api/recommend/bob").status_code == 401
    client.credentials(HTTP_X_API_KEY=publishable_key)
    assert client.get("/api/recommend/bob").status_code == 403
    assert client.post("/api/feedback", []).status_code == 403


def test_it_keeps_workspaces_apart(shelf: list[Product], outsider_api: APIClient) -> None:
    assert outsider_api.get("/api/recommend/bob").json() == []
    assert outsider_api.get("/api/latest").json() == []
    assert outsider_api.get("/api/item/p4/neighbors").status_code == 404


def test_it_leaves_the_addresses_of_the_documentation_alone(workspace: Workspace, gorse: APIClient) -> None:
    assert gorse.get("/api/schema/").status_code == 200
