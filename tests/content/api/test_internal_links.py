"""What else of the shop a published text could point to."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from content.models import Draft
from omotenashi.catalog.models import Product
from tests.vectors import place_on_circle


@pytest.fixture
def address(api: APIClient, written: Callable[..., Draft]) -> str:
    draft = written()
    assert api.post(f"/v1/drafts/{draft.pk}/approve", {"version": 1}).status_code == 200
    return f"/v1/publications/{api.post(f'/v1/drafts/{draft.pk}/publish', {}).json()['id']}/links"


def links(api: APIClient, address: str) -> list[dict[str, Any]]:
    response = api.get(address)
    assert response.status_code == 200, response.json()
    found: list[dict[str, Any]] = response.json()["results"]
    return found


def test_it_suggests_what_is_most_like_the_product_first(
    api: APIClient, address: str, teapot: Product, product_factory: Callable[..., Product]
) -> None:
    cup, tray = (
        product_factory(external_id=name, title=name.title(), url=f"https://tansu.example/{name}")
        for name in ("cup", "tray")
    )
    place_on_circle([teapot, cup, tray], step=15)
    found = links(api, address)
    assert [(link["product_id"], link["text"], link["href"]) for link in found] == [
        ("cup", "Cup", "https://tansu.example/cup"),
        ("tray", "Tray", "https://tansu.example/tray"),
    ]
    assert found[0]["similarity"] > found[1]["similarity"] > 0.8


def test_it_suggests_nothing_that_has_no_page_or_is_not_alike(
    api: APIClient, address: str, teapot: Product, product_factory: Callable[..., Product]
) -> None:
    pageless = product_factory(external_id="pageless", url="")
    unlike = product_factory(external_id="unlike", url="https://tansu.example/unlike")
    place_on_circle([teapot, pageless, unlike], step=30)
    assert links(api, address) == []
