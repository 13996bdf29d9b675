"""What a shop's page gets, through the API alone."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st
from rest_framework.test import APIClient

from omotenashi.accounts.models import Workspace
from omotenashi.catalog.models import Product
from personalization.api.serializers import checked_request, plain_request
from personalization.models import Customer, Recommendation
from personalization.selectors import edition
from personalization.services.learning import learn_workspace
from personalization.services.recommending import recommend_many
from tests.personalization.conftest import ids_of

Ask = Callable[..., dict[str, Any]]
Track = Callable[..., Any]


def order_of(*product_ids: str, order_id: str = "o-1") -> dict[str, Any]:
    return {
        "order_id": order_id,
        "products": [{"product_id": name, "price": 10, "quantity": 1} for name in product_ids],
    }


def test_it_leaves_out_what_was_bought_a_moment_ago(
    shelf: list[Product], track: Track, recommended: Ask
) -> None:
    first = ids_of(recommended(customer_id="kim"))[0]
    track("Order Completed", userId="kim", properties=order_of(first))
    assert first not in ids_of(recommended(customer_id="kim", count=50))


def test_it_leaves_out_what_an_anonymous_visitor_bought(
    shelf: list[Product], track: Track, recommended: Ask
) -> None:
    track("Order Completed", anonymousId="visit-1", properties=order_of("p3"))
    assert "p3" not in ids_of(recommended(anonymous_id="visit-1", count=50))
    assert "p3" in ids_of(recommended(anonymous_id="visit-2", count=50))


def test_it_shows_a_product_again_once_its_order_is_cancelled(
    shelf: list[Product], track: Track, recommended: Ask
) -> None:
    track("Order Completed", userId="kim", properties=order_of("p3"))
    track("Order Cancelled", userId="kim", properties={"order_id": "o-1"})
    assert "p3" in ids_of(recommended(customer_id="kim", count=50))


@pytest.mark.parametrize(
    "change",
    [{"stock": 0}, {"available": False}, {"archived_at": timezone.now()}],
    ids=lambda change: next(iter(change)),
)
def test_it_leaves_out_what_cannot_be_sold_at_once(
    change: dict[str, Any], shelf: list[Product], recommended: Ask
) -> None:
    first = ids_of(recommended(customer_id="kim"))[0]
    Product.objects.filter(external_id=first).update(**change)
    assert first not in ids_of(recommended(customer_id="kim", count=50))


def test_it_answers_an_anonymous_visitor_s_first_view_with_what_is_like_it(
    shelf: list[Product], track: Track, recommended: Ask
) -> None:
    track("Product Viewed", anonymousId="visit-1", properties={"product_id": "p4"})
    answer = recommended(anonymous_id="visit-1", count=3)
    texts = [item for item in answer["items"] if item["reasons"][0]["code"] == "similar_to"]
    assert {item["product_id"] for item in texts} <= {"p2", "p3", "p5", "p6"}
    assert texts[0]["reasons"][0]["evidence"]["product_id"] == "p4"
    assert "Product 4" in texts[0]["reasons"][0]["text"]
    assert not answer["fallback"]["used"]


def test_it_knows_a_visitor_s_past_after_they_sign_in(
    shelf: list[Product], track: Track, recommended: Ask, api: APIClient
) -> None:
    track("Order Completed", anonymousId="visit-1", properties=order_of("p4"))
    api.post("/v1/alias", {"previousId": "visit-1", "userId": "kim"})
    assert "p4" not in ids_of(recommended(customer_id="kim", count=50))


def test_it_does_not_lend_one_customer_s_visits_to_another(
    shelf: list[Product], track: Track, recommended: Ask
) -> None:
    track("Product Viewed", anonymousId="shared-computer", properties={"product_id": "p4"})
    track("Product Clicked", anonymousId="shared-computer", userId="kim", properties={"product_id": "p4"})
    answer = recommended(customer_id="lee", anonymous_id="shared-computer")
    assert {item["source"] for item in answer["items"]} == {"newest"}


def test_it_leaves_out_cart_page_and_excluded_products(shelf: list[Product], recommended: Ask) -> None:
    answer = recommended(
        placement="cart", count=50, context={"cart": ["p1"], "product_ids": ["p2"]}, exclude=["p3"]
    )
    assert not {"p1", "p2", "p3"} & set(ids_of(answer))
    assert len(answer["items"]) == 7


def test_it_takes_the_names_other_recommenders_use(shelf: list[Product], recommended: Ask) -> None:
    answer = recommended(user_id="kim", limit=2, placement="product", item_id="p5", locale="de")
    assert set(ids_of(answer)) == {"p4", "p6"}
    assert answer["items"][0]["reasons"][0]["text"] == "Ähnlich wie »Product 5«"


def test_it_shows_only_what_the_filter_lets_through(
    shelf: list[Product], product_factory: Callable[..., Product], recommended: Ask
) -> None:
    product_factory(external_id="dear", price="999.00", categories=["c1"])
    answer = recommended(filter={"categories": ["c1"], "price_max": "100.00"}, count=50)
    assert set(ids_of(answer)) == {"p1", "p6"}


def test_it_shows_only_what_is_for_the_market(
    shelf: list[Product], product_factory: Callable[..., Product], recommended: Ask
) -> None:
    product_factory(external_id="japan-only", attributes={"markets": ["JP"]})
    assert "japan-only" not in ids_of(recommended(context={"market": "DE"}, count=50))
    assert "japan-only" in ids_of(recommended(context={"market": "JP"}, count=50))


def test_it_says_honestly_that_it_knows_nobody(shelf: list[Product], recommended: Ask) -> None:
    answer = recommended(customer_id="stranger", count=4)
    assert len(answer["items"]) == 4
    assert answer["fallback"] == {
        "used": True,
        "why": "Nothing is known of this visitor yet, so this is what was added last.",
    }


def test_it_is_empty_only_when_nothing_can_be_sold(shelf: list[Product], recommended: Ask) -> None:
    Product.objects.exclude(external_id="p7").update(stock=0)
    assert ids_of(recommended()) == ["p7"]
    Product.objects.update(stock=0)
    answer = recommended()
    assert answer["items"] == []
    assert answer["fallback"]["why"].startswith("Nothing can be sold")


def test_it_puts_a_promoted_product_where_the_shop_wants_it_if_it_may_be_shown(
    shelf: list[Product], recommended: Ask
) -> None:
    wish = [{"product_id": "p8", "position": 2}]
    answer = recommended(promotions=wish, count=4)
    assert ids_of(answer)[1] == "p8"
    assert answer["items"][1]["reasons"][0]["code"] == "promoted"
    Product.objects.filter(external_id="p8").update(stock=0)
    assert "p8" not in ids_of(recommended(promotions=wish))


def test_it_records_what_it_served(shelf: list[Product], recommended: Ask, workspace: Workspace) -> None:
    answer = recommended(anonymous_id="visit-1", count=2)
    row = Recommendation.objects.get(id=UUID(answer["recommendation_id"]))
    assert [item["product_id"] for item in row.items] == ids_of(answer)
    assert row.anonymous_id == "visit-1"
    assert recommended(dry_run=True)["recommendation_id"] is None
    assert Recommendation.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"placement": "hoem"}, "#/placement"),
        ({"count": 0}, "#/count"),
        ({"count": 51}, "#/count"),
        ({"filter": {"colour": "red"}}, "#/filter/colour"),
        ({"context": {"locale": "no tag!"}}, "#/context/locale"),
        ({"context": {"cart": "p1"}}, "#/context/cart"),
        ({"diversity": 2}, "#/diversity"),
    ],
)
def test_it_names_the_field_that_is_wrong(api: APIClient, body: dict[str, Any], pointer: str) -> None:
    response = api.post("/v1/recommendations", body)
    assert response.status_code == 422
    assert response.json()["errors"][0]["pointer"] == pointer


def test_it_allows_a_publishable_key_to_recommend_but_not_to_read_a_customer(
    shelf: list[Product], api_for: Callable[[str], APIClient], publishable_key: str, workspace: Workspace
) -> None:
    Customer.objects.create(workspace=workspace, external_id="kim")
    browser = api_for(publishable_key)
    assert browser.post("/v1/recommendations", {}).status_code == 200
    assert browser.get("/v1/customers/kim").status_code == 403
    assert browser.get("/v1/customers/kim/buy-again").status_code == 403


def test_it_answers_similar_bought_together_trending_and_buy_again(
    shelf: list[Product], place_order: Callable[..., Any], workspace: Workspace, api: APIClient
) -> None:
    for n in range(4):
        place_order([shelf[0], shelf[7]], customer=f"c{n}", days_ago=60 - n)
    place_order([shelf[2]], customer="kim", days_ago=70)
    place_order([shelf[2]], customer="kim", days_ago=40)
    learn_workspace(workspace, now=timezone.now())
    similar = api.get("/v1/products/p5/similar?count=2").json()
    assert set(ids_of(similar)) == {"p4", "p6"}
    together = api.get("/v1/products/p0/bought-together?count=1").json()
    assert ids_of(together) == ["p7"]
    assert together["items"][0]["reasons"][0] == {
        "code": "bought_together",
        "text": "Bought together with “Product 0” in 4 orders",
        "evidence": {"product_id": "p0", "relation": "context", "baskets": 4},
    }
    assert set(ids_of(api.get("/v1/trending?count=2").json())) == {"p0", "p7"}
    again = api.get("/v1/customers/kim/buy-again").json()
    assert [item["product_id"] for item in again["items"]] == ["p2"]
    assert again["items"][0]["reasons"][0]["text"] == "You have bought this 2 times, about every 30 days"


def test_it_shows_a_repeat_purchase_only_when_it_is_due(
    shelf: list[Product], place_order: Callable[..., Any], api: APIClient
) -> None:
    place_order([shelf[2]], customer="kim", days_ago=35)
    place_order([shelf[2]], customer="kim", days_ago=5)
    assert api.get("/v1/customers/kim/buy-again").json()["items"] == []


@pytest.mark.parametrize(
    "address",
    [
        "/v1/products/p1/similar",
        "/v1/products/p1/bought-together",
        "/v1/customers/kim",
        "/v1/customers/kim/buy-again",
    ],
)
def test_it_answers_alike_for_what_is_missing_and_what_is_another_s(
    api: APIClient, other_workspace: Workspace, product_factory: Callable[..., Product], address: str
) -> None:
    missing = api.get(address)
    product_factory(workspace=other_workspace, external_id="p1")
    Customer.objects.create(workspace=other_workspace, external_id="kim")
    theirs = api.get(address)
    assert missing.status_code == theirs.status_code == 404
    assert missing.json()["detail"] == theirs.json()["detail"]


def test_it_never_shows_another_workspace_s_product(
    shelf: list[Product],
    other_workspace: Workspace,
    product_factory: Callable[..., Product],
    give_vector: Callable[..., None],
    track: Track,
    recommended: Ask,
) -> None:
    rival = product_factory(workspace=other_workspace, external_id="rival-1")
    give_vector(rival, degrees=40)
    track("Product Viewed", anonymousId="visit-1", properties={"product_id": "p4"})
    assert "rival-1" not in ids_of(recommended(anonymous_id="visit-1", count=50))
    assert "rival-1" not in ids_of(recommended(placement="similar", item_id="rival-1", count=50))


def test_it_asks_as_many_queries_for_thirty_recipients_as_for_three(
    shelf: list[Product], place_order: Callable[..., Any], workspace: Workspace
) -> None:
    for n in range(30):
        place_order([shelf[n % 10], shelf[(n + 1) % 10]], customer=f"c{n}", days_ago=40 + n)
    learn_workspace(workspace, now=timezone.now())
    everyone = list(Customer.objects.order_by("external_id").values_list("id", flat=True))
    recommend_many(workspace, customer_ids=everyone[:1])  # a process reads its model version once
    with CaptureQueriesContext(
        connection,
    ) as few:
        recommend_many(workspace, customer_ids=everyone[:3])
    with CaptureQueriesContext(connection) as many:
        answers = recommend_many(workspace, customer_ids=everyone)
    assert len(answers) == 30
    assert all(answer.items for answer in answers.values())
    assert len(many) == len(few) < 25


def test_it_answers_no_recipient_of_another_workspace(
    shelf: list[Product], other_workspace: Workspace, workspace: Workspace
) -> None:
    stranger = Customer.objects.create(workspace=other_workspace, external_id="kim")
    assert recommend_many(workspace, customer_ids=[stranger.id]) == {}


@settings(deadline=None)
@given(
    body=st.dictionaries(
        st.sampled_from(["customer_id", "anonymous_id", "placement", "count", "user_id"]),
        st.text(max_size=5) | st.text("abc-_09!~ ", max_size=70) | st.integers(0, 60) | st.none(),
    )
)
def test_it_takes_a_plain_body_as_the_serializer_does(body: dict[str, Any]) -> None:
    shop = Workspace(name="Shop", slug="shop")
    plain = plain_request(shop, body)
    if plain is not None:
        assert plain == checked_request(shop, body)


def test_it_needs_no_serializer_for_what_most_pages_ask() -> None:
    shop = Workspace(name="Shop", slug="shop")
    assert plain_request(shop, {"customer_id": "kim@shop.example", "placement": "home"}) is not None
    assert plain_request(shop, {"customer_id": "kim ", "placement": "home"}) is None


@pytest.mark.parametrize(("few", "compares_all"), [(10, True), (9, False)])
def test_it_compares_all_of_a_small_shop(
    few: int, compares_all: bool, shelf: list[Product], recommended: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All shops share the index, in which a small one's products lie far apart: a walk could miss some."""
    monkeypatch.setattr(edition, "FEW_VECTORS", few)
    with CaptureQueriesContext(connection) as queries:
        answer = recommended(customer_id="kim", limit=2, placement="product", item_id="p5")
    (search,) = [query["sql"] for query in queries if "taste AS" in query["sql"]]
    assert ("ORDER BY similarity DESC" in search) == compares_all
    assert not compares_all or set(ids_of(answer)) == {"p4", "p6"}
