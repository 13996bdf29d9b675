"""A customer whose learned list settles the answer: the same rules hold, and every event counts."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pgvector import HalfVector

from omotenashi.accounts.models import Workspace
from omotenashi.catalog.models import Product
from personalization.models import Customer, CustomerRanking, ModelVersion, PurchaseVectorItem
from personalization.services.version_tables import attach_table, create_table
from tests.personalization.conftest import Track, ids_of

Ask = Callable[..., dict[str, Any]]


@pytest.fixture
def ranked(workspace: Workspace, shelf: list[Product], place_order: Callable[..., Any]) -> list[Product]:
    """Customer `ann`, who bought p9 long ago, and whose list has p0 to p7 in this order."""
    place_order([shelf[9]], customer="ann", days_ago=200)
    version = ModelVersion.objects.create(
        workspace=workspace, as_of=timezone.now() - timedelta(hours=1), statistics={"similarity_floor": 0.9}
    )
    for kind in ("purchase_items", "purchase_customers", "rankings"):
        create_table(version.id, kind=kind)
        attach_table(version.id, kind=kind)
    PurchaseVectorItem.objects.bulk_create(
        PurchaseVectorItem(
            model_version=version, product=product, number=number, vector=HalfVector([1.0] + [0.0] * 63),
            pull=1.0, linked=[], buyers=[],
        )
        for number, product in enumerate(shelf)
    )  # fmt: skip
    numbers = list(range(8))
    CustomerRanking.objects.create(
        model_version=version, customer=Customer.objects.get(external_id="ann"),
        listed_all=numbers, because_all=[-1] * 8, buyers_all=[5] * 8,
        listed_new=numbers, because_new=[-1] * 8, buyers_new=[5] * 8,
    )  # fmt: skip
    version.state = ModelVersion.State.ACTIVE
    version.save()
    return shelf


def test_it_shows_the_list_in_its_order(ranked: list[Product], recommended: Ask) -> None:
    answer = recommended(customer_id="ann", placement="home", count=3)
    assert ids_of(answer) == ["p0", "p1", "p2"]
    assert not answer["fallback"]["used"]


@pytest.mark.parametrize("how", ["viewed", "in the cart"])
def test_it_lets_what_happened_just_now_reorder_the_list(
    how: str, ranked: list[Product], recommended: Ask, track: Track
) -> None:
    """p8 is not in the list; p7, behind in it, is most like p8."""
    before = {item["product_id"]: item for item in recommended(customer_id="ann", count=8)["items"]}
    cart: dict[str, Any] = {}
    if how == "viewed":
        track("Product Viewed", properties={"product_id": "p8"}, userId="ann", messageId="now")
    else:
        cart = {"context": {"cart": ["p8"]}}
    after = {item["product_id"]: item for item in recommended(customer_id="ann", count=8, **cart)["items"]}
    assert set(after) == set(before)
    assert after["p7"]["score"] > before["p7"]["score"]
    assert "similar_to" in {reason["code"] for reason in after["p7"]["reasons"]}
    assert after["p0"]["score"] == before["p0"]["score"]


def test_it_keeps_the_hard_rules(ranked: list[Product], recommended: Ask) -> None:
    Product.objects.filter(external_id="p0").update(stock=0)
    assert ids_of(recommended(customer_id="ann", count=3, exclude=["p1"])) == ["p2", "p3", "p4"]


def test_it_shows_no_more_what_was_bought_since(
    ranked: list[Product], recommended: Ask, place_order: Callable[..., Any]
) -> None:
    place_order([ranked[0]], customer="ann")
    assert ids_of(recommended(customer_id="ann", count=3)) == ["p1", "p2", "p3"]


def test_it_asks_every_source_where_the_list_is_too_short(
    ranked: list[Product], recommended: Ask, track: Track
) -> None:
    track("Product Viewed", properties={"product_id": "p8"}, userId="ann", messageId="now")
    assert "p8" in ids_of(recommended(customer_id="ann", count=10))
