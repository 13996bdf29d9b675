"""Lists for a mailing: the same products as the recommender shows, from the night's list alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from omotenashi.accounts.models import Workspace
from omotenashi.catalog.models import Product, ProductTitle
from personalization.models import Customer, CustomerRanking, ModelVersion, Placement, Recommendation
from personalization.selectors import learned
from personalization.services import listing_many
from personalization.services.listing_many import list_many
from personalization.services.recommending import recommend_many
from tests.personalization.conftest import Track
from tests.personalization.test_settled_lists import ranked

__all__ = ["ranked"]


@pytest.fixture(autouse=True)
def _always_fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing_many, "FRESH_SECONDS", -1.0)


def ann() -> Customer:
    found: Customer = Customer.objects.get(external_id="ann")
    return found


def listed(workspace: Workspace, *, count: int = 3, **given: Any) -> list[str] | None:
    asked: dict[str, Any] = {"placement": "email", "count": count, **given}
    answer = list_many(workspace, locales={ann().pk: "en"}, **asked).get(ann().pk)
    return [item.product_id for item in answer.items] if answer else None


def recommended(workspace: Workspace, *, count: int = 3) -> set[str]:
    answers = recommend_many(workspace, customer_ids=[ann().pk], placement="email", count=count, locale="en")
    return {item.product_id for item in answers[ann().pk].items}


def test_it_shows_what_the_recommender_shows(workspace: Workspace, ranked: list[Product]) -> None:
    assert listed(workspace) == ["p0", "p1", "p2"]
    assert set(listed(workspace) or ()) == recommended(workspace)


def test_it_lets_a_purchase_that_is_due_reorder_the_list(
    workspace: Workspace, ranked: list[Product], place_order: Callable[..., Any]
) -> None:
    """What the recommender lifts into the answer, a mailing shows too."""
    for days in (160, 120, 80, 40):
        place_order([ranked[4]], customer="ann", days_ago=days)
    assert "p4" in recommended(workspace)
    assert set(listed(workspace) or ()) == recommended(workspace)


@pytest.mark.parametrize(
    "change", [{"stock": 0}, {"available": False}, {"attributes": {"markets": ["FR"]}}], ids=str
)
def test_it_keeps_the_hard_rules(workspace: Workspace, ranked: list[Product], change: dict[str, Any]) -> None:
    Customer.objects.update(country="DE")
    Product.objects.filter(external_id="p1").update(**change)
    assert listed(workspace) == ["p0", "p2", "p3"]
    assert recommended(workspace) == {"p0", "p2", "p3"}


def test_it_shows_no_more_what_was_bought_since(
    workspace: Workspace, ranked: list[Product], place_order: Callable[..., Any]
) -> None:
    place_order([ranked[0]], customer="ann")
    assert listed(workspace) == ["p1", "p2", "p3"]
    assert recommended(workspace) == {"p1", "p2", "p3"}


def test_it_leaves_out_of_what_nothing_true_can_be_said(workspace: Workspace, ranked: list[Product]) -> None:
    CustomerRanking.objects.update(buyers_all=[5, 1, 5, 5, 5, 5, 5, 5])
    assert listed(workspace) == ["p0", "p2", "p3"]
    assert recommended(workspace) == {"p0", "p2", "p3"}


def test_it_keeps_to_the_caps(workspace: Workspace, ranked: list[Product]) -> None:
    Product.objects.filter(external_id__in=["p0", "p1"]).update(group_id="one pot")
    assert listed(workspace) == ["p0", "p2", "p3"]
    assert recommended(workspace) == {"p0", "p2", "p3"}


def test_it_says_why_in_the_readers_language(workspace: Workspace, ranked: list[Product]) -> None:
    ProductTitle.objects.create(workspace=workspace, product=ranked[0], locale="de", title="Schale")
    CustomerRanking.objects.update(because_all=[9] + [-1] * 7)
    answer = list_many(workspace, locales={ann().pk: "de"}, placement="email", count=2)[ann().pk]
    assert [item.properties["title"] for item in answer.items] == ["Schale", ranked[1].title]
    assert answer.items[0].reasons[0].text == f"5 Käufer von »{ranked[9].title}« haben auch dies gekauft"
    record = Recommendation.objects.get(pk=answer.recommendation_id)
    assert record.items[0]["reasons"][0] == {
        "code": "also_bought", "text": answer.items[0].reasons[0].text,
        "evidence": {"product_id": "p9", "buyers": 5},
    }  # fmt: skip
    assert (record.customer_id, record.placement) == (ann().pk, "email")


def test_a_dry_run_leaves_no_record(workspace: Workspace, ranked: list[Product]) -> None:
    assert listed(workspace, dry_run=True)
    assert not Recommendation.objects.exists()


@pytest.mark.parametrize(
    ("settings", "count"),
    [
        ({}, 9),
        ({"filter": "price < 1000"}, 3),
        ({"repeat_share": 0.5}, 3),
        ({"minimum_relevance": 0.2}, 3),
        ({"mix": {"learned": 0.1, "popularity": 1.0}}, 3),
    ],
    ids=["too short a list", "a filter", "a share of repeats", "a minimum", "a mix that can overrule"],
)
def test_what_the_list_does_not_settle_is_left_to_the_recommender(
    workspace: Workspace, ranked: list[Product], settings: dict[str, Any], count: int
) -> None:
    if settings:
        Placement.objects.create(workspace=workspace, key="email", settings=settings)
    assert listed(workspace, count=count) is None


def test_customers_of_another_workspace_and_without_a_list_are_missing(
    workspace: Workspace, other_workspace: Workspace, ranked: list[Product]
) -> None:
    other = Customer.objects.create(workspace=workspace, external_id="new")
    asked: dict[str, Any] = {"placement": "email", "count": 3}
    assert list_many(workspace, locales={other.pk: "en"}, **asked) == {}
    assert list_many(other_workspace, locales={ann().pk: "en"}, **asked) == {}


def test_it_asks_no_more_for_many_than_for_one(workspace: Workspace, ranked: list[Product]) -> None:
    version = ModelVersion.objects.get()
    own = CustomerRanking.objects.get()
    customers = Customer.objects.bulk_create(
        Customer(workspace=workspace, external_id=f"m{number}") for number in range(30)
    )
    fields = {name: getattr(own, name) for name in (
        "listed_all", "because_all", "buyers_all", "listed_new", "because_new", "buyers_new")}  # fmt: skip
    CustomerRanking.objects.bulk_create(
        CustomerRanking(model_version=version, customer=customer, **fields) for customer in customers
    )

    def queries(count: int) -> int:
        with CaptureQueriesContext(connection) as caught:
            locales = {own.pk: "en" for own in customers[:count]}
            answers = list_many(workspace, locales=locales, placement="email", count=3)
        assert len(answers) == count
        return len(caught)

    queries(1)  # what is read once a process
    assert queries(30) == queries(1)


def test_it_reads_what_people_looked_at_for_all_of_them_at_once(
    workspace: Workspace, ranked: list[Product], track: Track
) -> None:
    version, own = ModelVersion.objects.get(), CustomerRanking.objects.get()
    customers = Customer.objects.bulk_create(
        Customer(workspace=workspace, external_id=f"m{number}") for number in range(6)
    )
    fields = {name: getattr(own, name) for name in (
        "listed_all", "because_all", "buyers_all", "listed_new", "because_new", "buyers_new")}  # fmt: skip
    CustomerRanking.objects.bulk_create(
        CustomerRanking(model_version=version, customer=customer, **fields) for customer in customers
    )
    for number, customer in enumerate(customers):
        seen = {"product_id": ranked[number].external_id}
        track("Product Viewed", properties=seen, userId=customer.external_id, messageId=f"seen-{number}")

    def queries(count: int) -> int:
        learned._learned.cache_clear()  # nothing is remembered
        with CaptureQueriesContext(connection) as caught:
            locales = {own.pk: "en" for own in customers[:count]}
            assert len(list_many(workspace, locales=locales, placement="email", count=3)) == count
        return len(caught)

    assert queries(6) <= queries(1) + 1


def test_each_reads_the_reasons_in_their_own_language(workspace: Workspace, ranked: list[Product]) -> None:
    own = CustomerRanking.objects.get()
    ben = Customer.objects.create(workspace=workspace, external_id="ben")
    fields = {name: getattr(own, name) for name in (
        "listed_all", "because_all", "buyers_all", "listed_new", "because_new", "buyers_new")}  # fmt: skip
    CustomerRanking.objects.create(model_version=own.model_version, customer=ben, **fields)
    answers = list_many(workspace, locales={ann().pk: "ja", ben.pk: "de"}, placement="email", count=2)
    assert "購入" in answers[ann().pk].items[0].reasons[0].text
    assert "Käufer" in answers[ben.pk].items[0].reasons[0].text


@pytest.mark.parametrize("seen", range(10))
def test_what_somebody_looked_at_moves_the_list_as_the_recommender_would(
    workspace: Workspace, ranked: list[Product], track: Track, seen: int
) -> None:
    track("Product Viewed", properties={"product_id": ranked[seen].external_id}, userId="ann")
    answers = recommend_many(workspace, customer_ids=[ann().pk], placement="email", count=3, locale="en")
    assert listed(workspace) == [item.product_id for item in answers[ann().pk].items]
