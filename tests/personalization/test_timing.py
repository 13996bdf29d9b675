"""What the night foretells, where a shop and a marketer see it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from omotenashi.accounts.models import Workspace
from omotenashi.catalog.models import Product
from personalization.mailings.engine.audience import BuysWithin, Due, parse_audience
from personalization.mailings.models import Campaign
from personalization.mailings.selectors import audience_of
from personalization.models import Consent, Customer, CustomerTiming, Placement, ProductDue
from personalization.services.learning import learn_workspace

pytestmark = pytest.mark.django_db


@pytest.fixture
def habits(workspace: Workspace, shelf: list[Product], place_order: Callable[..., Any]) -> datetime:
    """24 regulars buy product 0 every ten days until lately; 8 strangers bought product 1 once, long ago."""
    now = timezone.now()
    for person in range(24):
        for turn in range(6):
            place_order([shelf[0]], customer=f"regular-{person}", days_ago=1 + 10 * turn + person % 5)
    for person in range(8):
        place_order([shelf[1]], customer=f"stranger-{person}", days_ago=110)
    learn_workspace(workspace, now=now)
    return now


def agree(workspace: Workspace) -> None:
    for customer in Customer.objects.for_workspace(workspace):
        customer.email = customer.email_normalized = f"{customer.external_id}@example.com"
        customer.save()
        Consent.objects.create(
            workspace=workspace, customer=customer, granted=True, source="test", at=timezone.now()
        )


def reached(workspace: Workspace, audience: dict[str, Any]) -> set[str]:
    assert parse_audience(audience)[1] == []
    campaign = Campaign(workspace=workspace, audience=audience)
    return {customer.external_id.split("-")[0] for customer in audience_of(campaign)}


def test_it_publishes_a_forecast_for_each_customer_and_drops_the_old_one(
    workspace: Workspace, habits: datetime
) -> None:
    for _ in range(3):
        version = learn_workspace(workspace, now=habits)
    assert CustomerTiming.objects.filter(model_version=version).count() == 32
    assert set(CustomerTiming.objects.values_list("model_version__state", flat=True)) == {"active", "retired"}
    assert version.statistics["timings"] == 32
    assert version.statistics["due"] == ProductDue.objects.filter(model_version=version).count() >= 24


def test_a_customer_shows_when_they_buy_again(api: APIClient, habits: datetime) -> None:
    regular = api.get("/v1/customers/regular-0").json()["timing"]
    stranger = api.get("/v1/customers/stranger-0").json()["timing"]
    assert regular["p30"] > 0.7 > 0.3 > stranger["p30"]
    assert regular["p7"] <= regular["p14"] <= regular["p30"]
    assert regular["expected_at"] < (habits + timedelta(days=15)).isoformat()
    (due,) = regular["due"]
    assert due["product_id"] == "p0"
    assert due["days_bought"] == 6
    assert due["interval_days"] == pytest.approx(10, abs=0.1)
    assert due["early_at"] <= due["due_at"] <= due["late_at"]


def test_a_customer_who_came_after_the_night_has_no_forecast_yet(
    api: APIClient, workspace: Workspace, habits: datetime
) -> None:
    Customer.objects.create(workspace=workspace, external_id="fresh")
    assert api.get("/v1/customers/fresh").json()["timing"] is None


def test_an_empty_shop_learns_without_a_forecast(workspace: Workspace) -> None:
    version = learn_workspace(workspace, now=timezone.now())
    assert version.statistics["timings"] == version.statistics["due"] == 0


def test_an_audience_asks_when_people_buy_again(workspace: Workspace, habits: datetime) -> None:
    agree(workspace)
    assert reached(workspace, {"buys_within": {"days": 30, "at_least": 0.5}}) == {"regular"}
    assert reached(workspace, {"buys_within": {"days": 30, "at_most": 0.5}}) == {"stranger"}
    assert reached(workspace, {"expected_within_days": 20}) == {"regular"}
    assert reached(workspace, {"due": {"within_days": 60}}) == {"regular"}
    assert reached(workspace, {"due": {"within_days": 60, "product_ids": ["p0"]}}) == {"regular"}
    assert reached(workspace, {"due": {"within_days": 60, "product_ids": ["p1"]}}) == set()
    assert reached(workspace, {}) == {"regular", "stranger"}


def test_another_workspace_s_forecasts_reach_nobody(
    workspace: Workspace, habits: datetime, other_workspace: Workspace
) -> None:
    agree(workspace)
    assert reached(other_workspace, {"due": {"within_days": 60, "product_ids": ["p0"]}}) == set()


def test_it_reads_the_conditions_of_an_audience() -> None:
    data = {
        "buys_within": {"days": 14, "at_least": 0.25},
        "expected_within_days": 7,
        "due": {"within_days": 3, "product_ids": ["p-1"]},
    }
    audience, problems = parse_audience(data)
    assert problems == []
    assert audience.buys_within == BuysWithin(14, 0.25, 1.0)
    assert audience.expected_within_days == 7
    assert audience.due == Due(3, ("p-1",))


@pytest.mark.parametrize(
    ("data", "path"),
    [
        ({"buys_within": 30}, "/buys_within"),
        ({"buys_within": {"days": 30}}, "/buys_within"),
        ({"buys_within": {"days": 10, "at_least": 0.5}}, "/buys_within/days"),
        ({"buys_within": {"days": 30, "at_least": 40}}, "/buys_within/at_least"),
        ({"buys_within": {"days": 30, "at_least": 0.9, "at_most": 0.1}}, "/buys_within/at_least"),
        ({"buys_within": {"days": 30, "at_least": 0.4, "above": 1}}, "/buys_within/above"),
        ({"expected_within_days": 0}, "/expected_within_days"),
        ({"expected_within_days": "soon"}, "/expected_within_days"),
        ({"due": ["p-1"]}, "/due"),
        ({"due": {"product_ids": ["p-1"]}}, "/due/within_days"),
        ({"due": {"within_days": 7, "product_ids": "p-1"}}, "/due/product_ids"),
    ],
)
def test_it_says_which_condition_it_does_not_understand(data: dict[str, Any], path: str) -> None:
    _, problems = parse_audience(data)
    assert [problem.path for problem in problems] == [path]
    assert all(len(problem.detail) > 20 for problem in problems)


def test_what_is_due_again_is_offered_by_the_foretold_chance(
    workspace: Workspace, shelf: list[Product], habits: datetime, api: APIClient
) -> None:
    Placement.objects.create(workspace=workspace, key="buy-again", settings={"just_bought_days": 1})
    ProductDue.objects.filter(customer__external_id="regular-4").update(chance=0.42, interval_days=5.0)
    (item,) = api.get("/v1/customers/regular-4/buy-again").json()["items"]
    assert item["product_id"] == "p0"
    assert item["reasons"][0]["code"] == "bought_before"
    # The reason is the person's own rhythm, not what was foretold.
    assert item["reasons"][0]["evidence"]["interval_days"] == 10
