"""Learning on histories whose right answer is known, and reasons that stay true."""

import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from omotenashi.accounts.models import Workspace
from omotenashi.catalog.models import Product, ProductVector
from personalization.engine.learning.neighbors import learn_neighbors
from personalization.engine.learning.popularity import learn_popularity
from personalization.engine.learning.rhythm import learn_rhythm
from personalization.engine.learning.taste import learn_tastes
from personalization.models import Customer, CustomerVector, ModelVersion, Order, OrderLine, ProductNeighbor
from personalization.services.changes import refresh_vectors
from personalization.services.learning import learn_workspace
from personalization.services.recommending import recommend, recommend_many
from personalization.services.requests import AnswerReason, RecommendationRequest
from tests.personalization.conftest import vector_at

NOW = datetime(2026, 6, 1, tzinfo=UTC)


@settings(max_examples=30, deadline=None)
@given(baskets=st.lists(st.sets(st.integers(0, 7), min_size=1), min_size=1, max_size=25))
def test_it_counts_each_pair_in_the_baskets_that_hold_both(baskets: list[set[int]]) -> None:
    rows = [(number, product) for number, held in enumerate(baskets) for product in held]
    basket, product = np.array(rows, dtype=np.int64).T
    found = learn_neighbors(basket, product)
    counted = dict(
        zip(
            zip(found.product.tolist(), found.neighbor.tolist(), strict=True),
            found.baskets.tolist(),
            strict=True,
        )
    )
    pairs = itertools.permutations(range(8), 2)
    right = {pair: sum({*pair} <= held for held in baskets) for pair in pairs}
    assert counted == {pair: count for pair, count in right.items() if count >= 2}


def test_it_finds_a_checkerboard() -> None:
    """Even products are bought with even ones, odd with odd; nothing crosses."""
    rows = [(b, p) for b in range(40) for p in range(10) if p % 2 == b % 2 and (b // 2 + p) % 5 != 0]
    basket, product = np.array(rows, dtype=np.int64).T
    found = learn_neighbors(basket, product)
    assert len(found.product) == 10 * 4
    assert ((found.product - found.neighbor) % 2 == 0).all()


def test_it_prefers_a_firm_habit_to_a_coincidence() -> None:
    """1 goes with 0 in 40 of 50 baskets; 2 goes with 0 both times it was ever sold."""
    held = [{0, 1}] * 40 + [{0}] * 8 + [{0, 2}] * 2
    rows = [(b, p) for b, products in enumerate(held) for p in products]
    basket, product = np.array(rows, dtype=np.int64).T
    found = learn_neighbors(basket, product)
    assert found.neighbor[found.product == 0].tolist() == [1, 2]


def test_it_counts_buyers_of_the_market_within_the_window() -> None:
    rows = [("DE", 0, 5), ("DE", 1, 29), ("DE", 1, 2), ("JP", 2, 3), ("DE", 3, 31), ("", -1, 1), ("", -1, 1)]
    frame = pl.DataFrame(
        {
            "product": [0] * len(rows),
            "market": [market for market, _, _ in rows],
            "buyer": [buyer for _, buyer, _ in rows],
            "at": [NOW - timedelta(days=days) for _, _, days in rows],
        }
    )
    month = learn_popularity(frame, as_of=NOW).filter(pl.col("window_days") == 30)
    assert dict(month.select("market", "buyers").iter_rows()) == {"": 3, "DE": 2}


def test_it_finds_how_often_a_product_is_bought_again() -> None:
    rows = [(buyer, 30 * times) for buyer in range(4) for times in range(3)] + [(9, 0)]
    frame = pl.DataFrame(
        {
            "product": [0] * len(rows),
            "buyer": [buyer for buyer, _ in rows],
            "at": [NOW + timedelta(days=days) for _, days in rows],
        }
    )
    [row] = learn_rhythm(frame).to_dicts()
    assert row == {"product": 0, "interval_days": 30.0, "returning_buyers": 4, "buyers": 5}


def test_it_gives_a_customer_the_taste_of_what_they_bought_lately() -> None:
    vectors = np.eye(3, dtype=np.float32)
    tastes = learn_tastes(
        vectors,
        customer=np.array([0, 0, 1]),
        product=np.array([0, 1, 2]),
        days_ago=np.array([0.0, 90.0, 10.0]),
    )
    assert tastes[0] / tastes[0][0] == pytest.approx([1.0, 0.5, 0.0])
    assert tastes[1] == pytest.approx([0, 0, 1])


@pytest.fixture
def busy_shop(
    shelf: list[Product], place_order: Callable[..., Order], workspace: Workspace
) -> Callable[[], ModelVersion]:
    """Twenty customers, forty orders; everything a reason may rest on occurs."""
    for n in range(20):
        country = "DE" if n % 2 else "JP"
        place_order([shelf[n % 10], shelf[(n + 1) % 10]], customer=f"c{n}", days_ago=35 + n, country=country)
        place_order(
            [shelf[n % 10], shelf[(n + 3) % 10]], customer=f"c{n}", days_ago=80 + 2 * n, country=country
        )
        if n % 7 == 0:
            place_order([shelf[n % 10]], days_ago=33)
    Customer.objects.filter(workspace=workspace).update(country="DE")
    return lambda: learn_workspace(workspace, now=timezone.now())


def test_it_swaps_versions_whole_and_keeps_one_old(
    busy_shop: Callable[[], ModelVersion], workspace: Workspace
) -> None:
    versions = [busy_shop() for _ in range(3)]
    states = dict(ModelVersion.objects.values_list("id", "state"))
    assert states == {versions[1].id: "retired", versions[2].id: "active"}
    assert set(ProductNeighbor.objects.values_list("model_version_id", flat=True)) == set(states)


def test_it_renews_a_taste_after_an_order(
    busy_shop: Callable[[], ModelVersion],
    place_order: Callable[..., Order],
    shelf: list[Product],
    workspace: Workspace,
) -> None:
    busy_shop()
    kim = Customer.objects.get(external_id="c0")
    before = CustomerVector.objects.get(customer=kim).vector
    place_order([shelf[9]], customer="c0")
    counts = refresh_vectors(workspace, version=None, customer_ids=[kim.id], with_candidates=False)
    assert counts == {"customer_vectors": 1}
    after = CustomerVector.objects.get(customer=kim).vector
    ninety = np.array(vector_at(90).to_list())
    assert np.dot(after, ninety) > np.dot(before, ninety)


def test_it_links_old_lines_to_a_product_that_came_later(
    product_factory: Callable[..., Product], place_order: Callable[..., Order], workspace: Workspace
) -> None:
    later = product_factory(external_id="later")
    place_order([later], customer="kim", days_ago=3)
    OrderLine.objects.update(product=None)
    learn_workspace(workspace, now=timezone.now())
    assert OrderLine.objects.get().product == later


def test_it_never_gives_a_false_reason(
    busy_shop: Callable[[], ModelVersion], shelf: list[Product], workspace: Workspace, api: Any
) -> None:
    """Each reason of each answer is derived again from the tables."""
    version = busy_shop()
    api.post("/v1/track", {"event": "Product Viewed", "userId": "c1", "properties": {"product_id": "p6"}})
    customers = {customer.id: customer for customer in Customer.objects.all()}
    codes: set[str] = set()
    checked: set[tuple[Any, str, str]] = set()
    for placement in ("home", "email", "buy-again", "trending", "recently-viewed", "similar"):
        many = recommend_many(workspace, customer_ids=list(customers), placement=placement, dry_run=True)
        for customer_id, answer in many.items():
            for item in answer.items:
                for reason in item.reasons:
                    codes.add(reason.code)
                    claim = (customer_id, item.product_id, reason.text)
                    if claim not in checked:
                        check = Truth(customers[customer_id], item.product_id, version)
                        assert check.holds(reason), (placement, claim, reason)
                        checked.add(claim)
    answer = recommend(
        RecommendationRequest(
            workspace=workspace, placement="product", context_product_ids=("p2",), locale="ja"
        )
    )
    assert all(Truth(None, item.product_id, version).holds(r) for item in answer.items for r in item.reasons)
    assert codes >= {
        "bought_before",
        "your_purchase",
        "bought_together",
        "also_bought",
        "similar_to",
        "popular_in_market",
        "viewed_recently",
    }


class Truth:
    """Whether a reason holds, by the tables alone."""

    def __init__(self, customer: Customer | None, product_id: str, version: ModelVersion) -> None:
        self.customer, self.product_id, self.version = customer, product_id, version

    def holds(self, reason: AnswerReason) -> bool:
        figures = reason.evidence
        told = [str(figures[name]) for name in ("baskets", "buyers", "times") if name in figures]
        is_told = all(
            number in reason.text
            for number in told
            if not (reason.code in {"bought_before", "your_purchase"} and number == "1")
        )
        return is_told and bool(getattr(self, reason.code)(**figures))

    def orders_with(self, *product_ids: str) -> Any:
        orders = Order.objects.filter(status="placed")
        for product_id in product_ids:
            orders = orders.filter(lines__product_external_id=product_id)
        return orders

    def is_shown(self, product_id: str, relation: str) -> bool:
        if relation == "bought":
            return bool(self.orders_with(product_id).filter(customer=self.customer).exists())
        if relation == "viewed":
            assert self.customer is not None
            return bool(self.customer.events.filter(product_external_id=product_id).exists())
        return product_id == "p2"

    def bought_before(self, *, times: int, last_bought: str, interval_days: int) -> bool:
        own = list(self.orders_with(self.product_id).filter(customer=self.customer).order_by("placed_at"))
        gaps = [(b.placed_at - a.placed_at).days for a, b in itertools.pairwise(own)]
        is_last = own[-1].placed_at == datetime.fromisoformat(last_bought)
        return len(own) == times and is_last and (times == 1 or abs(np.mean(gaps) - interval_days) <= 1)

    def your_purchase(self, *, times: int, last_bought: str) -> bool:
        own = list(self.orders_with(self.product_id).filter(customer=self.customer).order_by("placed_at"))
        return len(own) == times and own[-1].placed_at == datetime.fromisoformat(last_bought)

    def bought_together(self, *, product_id: str, relation: str, baskets: int) -> bool:
        together = self.orders_with(product_id, self.product_id).distinct().count()
        return self.is_shown(product_id, relation) and together == baskets

    def also_bought(self, *, product_id: str, buyers: int) -> bool:
        def people(product: str) -> set[Any]:
            return set(self.orders_with(product).exclude(customer=None).values_list("customer", flat=True))

        return buyers >= 2 and len(people(product_id) & people(self.product_id)) == buyers

    def similar_to(self, *, product_id: str, relation: str, similarity: float) -> bool:
        vectors = dict(ProductVector.objects.values_list("product__external_id", "vector"))
        cosine = float(np.dot(vectors[product_id], vectors[self.product_id]))
        return (
            self.is_shown(product_id, relation)
            and abs(cosine - similarity) < 0.005
            and cosine >= self.version.statistics["similarity_floor"] - 0.005
        )

    def popular_in_market(self, *, buyers: int, days: int, market: str, until: str) -> bool:
        end = datetime.fromisoformat(until)
        orders = self.orders_with(self.product_id).filter(
            placed_at__gt=end - timedelta(days=days), placed_at__lte=end
        )
        orders = orders.filter(country=market) if market else orders
        return orders.exclude(customer=None).values("customer").distinct().count() == buyers

    def viewed_recently(self, *, viewed_at: str) -> bool:
        assert self.customer is not None
        at = datetime.fromisoformat(viewed_at)
        return bool(self.customer.events.filter(product_external_id=self.product_id, happened_at=at).exists())

    def newly_added(self, *, added_at: str) -> bool:
        product = Product.objects.get(external_id=self.product_id)
        return product.created_at == datetime.fromisoformat(added_at)
