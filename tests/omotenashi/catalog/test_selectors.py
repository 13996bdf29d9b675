"""Titles and facts in a reader's language."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from omotenashi.accounts.models import Workspace
from omotenashi.catalog.models import Product
from omotenashi.catalog.selectors import FactValue, categories_of, facts_for, products_of, title_for
from omotenashi.catalog.services import FactInput, upsert_products
from tests.omotenashi.catalog.feeds import product

pytestmark = pytest.mark.django_db


@pytest.fixture
def cup(workspace: Workspace) -> Product:
    row = product(
        titles={"de": "Becher", "pt-BR": "Caneca", "zh-Hant-TW": "杯"},
        facts=(
            FactInput("material", "stoneware"),
            FactInput("material", "Steinzeug", locale="de"),
            FactInput("origin", "Hagi, Japan"),
            FactInput("care", "von Hand spülen", locale="de"),
            FactInput("care", "Handwäsche, bitte", locale="de-AT"),
        ),
    )
    upsert_products(workspace, [row])
    found: Product = Product.objects.get()
    return found


@pytest.mark.parametrize(
    ("locale", "title"),
    [
        ("de", "Becher"),
        ("de-AT", "Becher"),
        ("DE_at", "Becher"),
        ("pt", "Caneca"),
        ("pt-PT", "Caneca"),
        ("zh-Hant-TW", "杯"),
        ("ja", "Hagi cup"),
    ],
)
def test_it_finds_the_nearest_title(cup: Product, locale: str, title: str) -> None:
    assert title_for(cup, locale) == title


def test_it_tells_each_fact_once_in_the_nearest_language(cup: Product) -> None:
    assert facts_for(cup, "de-AT") == [
        FactValue("care", "Handwäsche, bitte", "", "text"),
        FactValue("material", "Steinzeug", "", "text"),
        FactValue("origin", "Hagi, Japan", "", "text"),
    ]
    assert {fact.name: fact.value for fact in facts_for(cup, "ja")} == {
        "material": "stoneware",
        "origin": "Hagi, Japan",
    }


def test_it_reads_a_list_in_three_queries(
    workspace: Workspace, product_factory: Callable[..., Product]
) -> None:
    for _ in range(10):
        product_factory()
    with CaptureQueriesContext(connection) as queries:
        assert len([(title_for(row, "de"), facts_for(row, "de")) for row in products_of(workspace)]) == 10
    assert len(queries) == 3


def test_it_lists_categories_of_live_products(
    workspace: Workspace, product_factory: Callable[..., Product]
) -> None:
    product_factory(categories=["Kitchen", "Cups"])
    product_factory(categories=["Kitchen"])
    assert categories_of(workspace) == ["Cups", "Kitchen"]
