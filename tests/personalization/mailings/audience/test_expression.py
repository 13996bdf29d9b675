"""Who receives a mailing, said in one line: against real rows, and against whatever people may type."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pgvector import HalfVector
from rest_framework.test import APIClient

from omotenashi.accounts.models import Workspace
from omotenashi.catalog.models import Product
from personalization.engine.filters import CUSTOMERS, FilterError, parse
from personalization.mailings.audiences import customers_in
from personalization.mailings.engine.audience import parse_audience
from personalization.mailings.models import Campaign
from personalization.models import (
    Customer,
    CustomerTiming,
    Event,
    ModelVersion,
    Order,
    ProductDue,
    PurchaseVectorCustomer,
)
from personalization.services.version_tables import attach_table, create_table
from tests.personalization.mailings.conftest import CustomerFactory

pytestmark = pytest.mark.django_db
PlaceOrder = Callable[..., Order]
INJECTIONS = [
    "'; DROP TABLE personalization_customer; --", '" OR 1=1 --', "%s", "%(x)s", "{}", "\\", "a'b", "$1",
    "x' UNION SELECT password FROM accounts_user --", "j.v", "NULL", "0x27", "ö赤",
]  # fmt: skip


def found(workspace: Workspace, text: str, *, without: str = "") -> list[str]:
    audience, problems = parse_audience({"expression": text, "except": without})
    assert not problems, problems
    rows = customers_in(audience, workspace=workspace, now=timezone.now())
    return sorted(rows.values_list("external_id", flat=True))


@pytest.fixture
def people(
    workspace: Workspace, customer_factory: CustomerFactory, place_order: PlaceOrder, shelf: Sequence[Product]
) -> dict[str, Customer]:
    """Anna buys often and of late; Ben fell silent; Chie never bought; Dora said no."""
    traits: dict[str, Any] = {"tier": "gold", "points": "120", "tags": ["vip", "tea"], "size": {"eu": 38}}
    made = {
        "anna": customer_factory(
            external_id="anna", locale="de-AT", country="AT", traits=traits, first_name="Anna"
        ),
        "ben": customer_factory(
            external_id="ben", locale="", country="DE", traits={"tier": "silver", "points": 7}
        ),
        "chie": customer_factory(
            external_id="chie", locale="ja", country="JP", traits={"newsletter": "true"}
        ),
        "dora": customer_factory(external_id="dora", locale="de", country="DE", agrees=False, traits=traits),
    }
    for days in (5, 40, 80):
        place_order([shelf[1]], customer="anna", days_ago=days)
    for days in (400, 420, 440):
        place_order([shelf[2]], customer="ben", days_ago=days)
    Order.objects.filter(customer=made["anna"]).update(revenue=30)
    Order.objects.filter(customer=made["ben"]).update(revenue=10)
    cancelled = place_order([shelf[3]], customer="chie", days_ago=1)
    Order.objects.filter(pk=cancelled.pk).update(status=Order.Status.CANCELLED)
    Event.objects.create(
        workspace=workspace, customer=made["chie"], kind="track", name="Product Viewed",
        product_external_id="p4",
        happened_at=timezone.now() - timedelta(days=3), received_at=timezone.now(),
    )  # fmt: skip
    return made


DESCRIBED: list[tuple[str, list[str]]] = [
    ('country == "DE"', ["ben"]),
    ('country in ("DE", "AT")', ["anna", "ben"]),
    ('country in ["DE", "AT"] and not bought("p1")', ["ben"]),
    ('country not in ("DE", "AT")', ["chie"]),
    ('language == "de"', ["anna"]),
    ('language == "en"', ["ben"]),
    ('locale == "de-AT"', ["anna"]),
    ("orders >= 3", ["anna", "ben"]),
    ("orders == 0", ["chie"]),
    ("revenue > 50", ["anna"]),
    ("revenue == 0", ["chie"]),
    ("last_order_days < 90", ["anna"]),
    ("not last_order_days < 90", ["ben", "chie"]),
    ("last_order_days == null", ["chie"]),
    ("first_order_days > 100", ["ben"]),
    ('bought("p1")', ["anna"]),
    ('bought("p1", 3)', []),
    ('bought("p1", "p2", 365)', ["anna"]),
    ('bought("p1", "p2")', ["anna", "ben"]),
    ('bought("p3")', []),
    ("bought(500)", ["anna", "ben"]),
    ('bought_category("c2")', ["ben"]),
    ('viewed("p4", 7)', ["chie"]),
    ('viewed("p4", 2)', []),
    ('viewed_category("c4")', ["chie"]),
    ("at_risk", ["ben"]),
    ('tier == "gold"', ["anna"]),
    ('traits.tier != "gold"', ["ben", "chie"]),
    ("points > 100", ["anna"]),
    ("points < 100", ["ben"]),
    ("points == null", ["chie"]),
    ('"vip" in tags', ["anna"]),
    ("size.eu == 38", ["anna"]),
    ("newsletter", ["chie"]),
    ('tier in ("gold", "silver")', ["anna", "ben"]),
    ('id in ("anna", "chie")', ["anna", "chie"]),
    ('"@mail.example" in email', ["anna", "ben", "chie"]),
    ('first_name == "Anna" or country == "JP"', ["anna", "chie"]),
    ("p30 > 0.5", []),
    ("country in ()", []),
    ('country in ("DE", "AT") and orders >= 2 and last_order_days < 90 and not bought("p1", 3)', ["anna"]),
]  # fmt: skip


def test_it_finds_the_customers_the_line_describes(workspace: Workspace, people: dict[str, Customer]) -> None:
    assert {text: found(workspace, text) for text, _ in DESCRIBED} == dict(DESCRIBED)


def test_who_did_not_agree_is_never_found(workspace: Workspace, people: dict[str, Customer]) -> None:
    assert "dora" not in found(workspace, 'id == "dora" or not id == "dora"')


def test_exclusions_take_away(workspace: Workspace, people: dict[str, Customer]) -> None:
    assert found(workspace, "orders > 0", without="at_risk") == ["anna"]
    assert found(workspace, "", without='language == "ja"') == ["anna", "ben"]


def test_another_shops_customers_are_never_found(
    other_workspace: Workspace, people: dict[str, Customer]
) -> None:
    assert found(other_workspace, "orders >= 0") == []


@pytest.fixture
def forecast(workspace: Workspace, people: dict[str, Customer], shelf: Sequence[Product]) -> ModelVersion:
    version: ModelVersion = ModelVersion.objects.create(
        workspace=workspace, state=ModelVersion.State.ACTIVE, as_of=timezone.now()
    )
    now = timezone.now()
    for name, chance in (("anna", 0.8), ("ben", 0.1)):
        CustomerTiming.objects.create(
            workspace=workspace, model_version=version, customer=people[name], p7=chance / 4, p14=chance / 2,
            p30=chance, expected_at=now + timedelta(days=10 / chance),
        )  # fmt: skip
    ProductDue.objects.create(
        workspace=workspace, model_version=version, customer=people["anna"], product=shelf[1], days_bought=3,
        interval_days=35, due_at=now + timedelta(days=4), early_at=now, late_at=now + timedelta(days=9),
        chance=0.5,
    )  # fmt: skip
    return version


FORETOLD: list[tuple[str, list[str]]] = [
    ("p30 >= 0.4", ["anna"]),
    ("p7 < 0.1", ["ben"]),
    ("p14 == null", ["chie"]),
    ("next_order_days < 30", ["anna"]),
    ("due_in_days <= 7", ["anna"]),
    ("due_in_days <= 3", []),
    ('due("p1", 7)', ["anna"]),
    ('due("p2", 7)', []),
    ("due(7)", ["anna"]),
]  # fmt: skip


def test_it_asks_what_the_night_foretold(workspace: Workspace, forecast: ModelVersion) -> None:
    assert {text: found(workspace, text) for text, _ in FORETOLD} == dict(FORETOLD)


def test_it_finds_those_who_like_what_others_like(
    workspace: Workspace, people: dict[str, Customer], forecast: ModelVersion
) -> None:
    create_table(forecast.pk, kind="purchase_customers")
    attach_table(forecast.pk, kind="purchase_customers")
    for name, degrees in (("anna", 0.0), ("ben", 10.0), ("chie", 80.0)):
        values = np.zeros(64, dtype=np.float32)
        values[0], values[1] = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
        PurchaseVectorCustomer.objects.create(
            model_version=forecast, customer=people[name], vector=HalfVector(values),
            bought_until=timezone.now(), candidates=[],
        )  # fmt: skip
    assert found(workspace, 'likes_like("anna", 2)') == ["anna", "ben"]
    assert found(workspace, 'likes_like("anna", 2) and id != "anna"') == ["ben"]
    assert found(workspace, 'likes_like("nobody", 2)') == []


WRONG = [
    ("", 1, "country"),
    ("orders => 2", 8, "Write =="),
    ("orders = 2", 8, "Write =="),
    ('country == "DE" and', 20, "ends too early"),
    ("country == 5", 9, "Numbers have no quotes"),
    ("bought", 1, 'bought("p-17", 365)'),
    ('bougt("p-17")', 1, "Known: bought"),
    ("bought()", 1, "Something is missing"),
    ('bought("p-17", 0)', 16, "1 to 3,650"),
    ('bought("p-17", 1.5)', 16, "whole number"),
    ('bought(365, "p-17")', 13, "texts and then one number"),
    ('due("p-17")', 1, "Something is missing"),
    ("likes_like(10)", 1, "Something is missing"),
    ("consent", 1, "only customers who agreed"),
    ("$product.brand == id", 1, "Nothing here begins with $"),
    ('country in ("DE"', 17, "comma"),
    ("traits == 1", 1, "traits.color"),
]  # fmt: skip


def test_it_says_where_and_what_to_write_instead() -> None:
    for text, position, remedy in WRONG:
        with pytest.raises(FilterError) as caught:
            parse(text, vocabulary=CUSTOMERS)
        assert caught.value.position == position, (text, caught.value)
        assert remedy in caught.value.detail, caught.value


WORDS = st.sampled_from([
    "country", "orders", "revenue", "last_order_days", "p30", "at_risk", "due_in_days", "tier",
    "traits.x", "id",
    "==", "!=", "<", ">=", "in", "not", "and", "or", "(", ")", "[", "]", ",", "1", "0.5", "null", "true",
    "$x",
    'bought("p1", 30)', 'bought_category("c1")', 'viewed("p1", 9)', "due(7)",
    'likes_like("a")', "x.y", "999999999999999",
])  # fmt: skip
TYPED = st.one_of(
    st.text(max_size=60),
    st.lists(WORDS | st.text(max_size=6).map(lambda own: f'"{own}"'), max_size=14).map(" ".join),
)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=TYPED)
def test_any_text_is_a_filter_or_a_clear_error(text: str, workspace: Workspace) -> None:
    audience, problems = parse_audience({"expression": text})
    if problems:
        assert all(problem.path == "/expression" and "Position" in problem.detail for problem in problems)
    else:
        customers_in(audience, workspace=workspace, now=timezone.now()).count()


OPERANDS = st.sampled_from(["id", "country", "locale", "tier", "traits.a.b", "email"])


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=OPERANDS, value=st.sampled_from(INJECTIONS), form=st.integers(0, 5))
def test_what_is_typed_in_quotes_stays_a_value(
    name: str, value: str, form: int, workspace: Workspace
) -> None:
    text = '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    line = [
        f"{name} == {text}", f"{name} in ({text}, {text})", f"{text} in {name}", f"bought({text}, 9)",
        f"traits[{text}] == {text}", f"bought_category({text}) or likes_like({text})",
    ][form]  # fmt: skip
    audience, problems = parse_audience({"expression": line})
    assert not problems
    sql, parameters = customers_in(audience, workspace=workspace, now=timezone.now()).query.sql_with_params()
    assert "DROP" not in sql
    assert "UNION" not in sql
    assert value in [one for own in parameters for one in (own if isinstance(own, list | tuple) else [own])]
    assert customers_in(audience, workspace=workspace, now=timezone.now()).count() == 0


def test_the_api_points_at_the_place(api: APIClient, campaign: Campaign) -> None:
    body = {
        "name": "Spring", "template_version": str(campaign.template_version_id),
        "audience": {"expression": 'country = "DE"', "except": "bougt(7)"},
    }  # fmt: skip
    answer = api.post("/v1/campaigns", body, format="json", HTTP_IDEMPOTENCY_KEY="k-1")
    assert answer.status_code == 422
    errors = answer.json()["errors"]
    assert [error["pointer"] for error in errors] == ["#/audience/expression", "#/audience/except"]
    assert errors[0]["detail"].startswith("Position 9: Write ==")
