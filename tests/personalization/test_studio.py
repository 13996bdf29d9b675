"""The studio's pages about customers: the owner sees them, an outsider does not."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from omotenashi.accounts.models import Workspace
from omotenashi.catalog.models import Product
from personalization.models import Customer, Order, Recommendation


@pytest.fixture
def kim(workspace: Workspace, place_order: Callable[..., Order], shelf: list[Product]) -> Customer:
    place_order([shelf[1]], customer="kim", days_ago=40)
    Customer.objects.update(first_name="Kim <b>", locale="de")
    customer: Customer = Customer.objects.get()
    return customer


def page_of(customer: Customer) -> str:
    return f"/studio/personalization/customer/{customer.pk}/change/"


def test_it_shows_a_customer_with_orders_and_recommendations(kim: Customer, viewer_client: Client) -> None:
    page = viewer_client.get(page_of(kim)).content.decode()
    assert "past-1" in page
    assert "Ähnlich wie »Product 1« aus einer früheren Bestellung" in page
    assert "Kim &lt;b&gt;" in page
    assert not Recommendation.objects.exists()


def test_it_shows_another_placement_and_language(kim: Customer, viewer_client: Client) -> None:
    page = viewer_client.get(page_of(kim) + "?placement=home&locale=ja").content.decode()
    assert "ご購入の「Product 1」に似た商品" in page
    assert "There is no placement" in viewer_client.get(page_of(kim) + "?placement=x").content.decode()


def test_it_shows_an_outsider_nothing(kim: Customer, outsider_client: Client) -> None:
    assert outsider_client.get(page_of(kim)).status_code == 404
    assert b"Kim" not in outsider_client.get("/studio/personalization/customer/").content


@pytest.mark.parametrize("name", ["customer", "order", "placement", "recommendation"])
def test_it_lists_what_belongs_to_the_workspace(
    name: str, kim: Customer, viewer_client: Client, api: Any
) -> None:
    api.post("/v1/recommendations", {"customer_id": "kim"})
    assert viewer_client.get(f"/studio/personalization/{name}/").status_code == 200
