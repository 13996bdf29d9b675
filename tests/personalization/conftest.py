"""A small shop for recommendations: products with hand-made vectors, so that likeness is known."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pytest
from django.utils import timezone
from pgvector import HalfVector
from rest_framework.test import APIClient

from omotenashi.accounts.models import Workspace
from omotenashi.catalog.models import Product, ProductVector
from personalization.models import Customer, Order, OrderLine
from tests.browser import address, page

__all__ = ["address", "page"]  # fixtures

MODEL_ID = "test-embedder"
Track = Callable[..., Any]


def vector_at(degrees: float) -> HalfVector:
    """Two products are as alike as their angles are close."""
    values = np.zeros(384, dtype=np.float32)
    values[0], values[1] = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return HalfVector(values)


@pytest.fixture
def give_vector() -> Callable[..., None]:
    def give(product: Product, degrees: float) -> None:
        ProductVector.objects.create(
            workspace=product.workspace,
            product=product,
            model_id=MODEL_ID,
            vector=vector_at(degrees),
            text_hash="",
        )

    return give


@pytest.fixture
def shelf(product_factory: Callable[..., Product], give_vector: Callable[..., None]) -> list[Product]:
    """Ten products, each 10 degrees from the next."""
    products = [
        product_factory(external_id=f"p{n}", title=f"Product {n}", categories=[f"c{n % 5}"])
        for n in range(10)
    ]
    for n, product in enumerate(products):
        give_vector(product, degrees=10.0 * n)
    return products


@pytest.fixture
def place_order(workspace: Workspace) -> Callable[..., Order]:
    """An order in the past, written straight into the tables."""
    count = iter(range(1, 100_000))

    def place(
        products: Sequence[Product],
        *,
        customer: str = "",
        days_ago: float = 0,
        at: datetime | None = None,
        country: str = "",
        anonymous_id: str = "",
    ) -> Order:
        owner = None
        if customer:
            owner, _ = Customer.objects.get_or_create(workspace=workspace, external_id=customer)
        order = Order.objects.create(
            workspace=workspace,
            external_id=f"past-{next(count)}",
            customer=owner,
            anonymous_id=anonymous_id,
            placed_at=at or timezone.now() - timedelta(days=days_ago),
            currency="EUR",
            revenue=0,
            country=country,
            source="test",
        )
        for product in products:
            OrderLine.objects.create(
                workspace=workspace,
                order=order,
                product=product,
                product_external_id=product.external_id,
                title=product.title,
                quantity=1,
                unit_price=product.price,
            )
        return order

    return place


@pytest.fixture
def track(api: APIClient) -> Track:
    def send(event: str, *, properties: dict[str, Any], **body: Any) -> Any:
        response = api.post("/v1/track", {"event": event, "properties": properties, **body})
        assert response.status_code == 200, response.json()
        return response.json()

    return send


@pytest.fixture
def recommended(api: APIClient) -> Callable[..., dict[str, Any]]:
    def ask(**body: Any) -> dict[str, Any]:
        response = api.post("/v1/recommendations", body)
        assert response.status_code == 200, response.json()
        answer: dict[str, Any] = response.json()
        return answer

    return ask


def ids_of(answer: dict[str, Any]) -> list[str]:
    return [item["product_id"] for item in answer["items"]]
