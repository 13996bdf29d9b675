"""As many as are wanted, whatever the rules leave: with the index in memory and without."""

from collections.abc import Callable
from uuid import UUID

import numpy as np
import pytest
from pgvector import HalfVector

from omotenashi.accounts.models import Workspace
from omotenashi.catalog import vector_index
from omotenashi.catalog.models import Product, ProductVector
from omotenashi.catalog.vector_index import VectorIndexes
from personalization.selectors.people import Person
from personalization.selectors.rules import ProductFilter, Rules
from personalization.services import nearest as service
from personalization.services.nearest import nearest

MODEL = "test-embedder"


def _query() -> np.ndarray:
    return np.eye(384, dtype=np.float32)[0]


@pytest.fixture
def ring(workspace: Workspace, product_factory: Callable[..., Product]) -> list[Product]:
    """Sixty products; the n-th is n degrees from the query."""
    products = [product_factory(categories=["even" if n % 2 == 0 else "odd"]) for n in range(60)]
    for n, product in enumerate(products):
        values = np.zeros(384, np.float32)
        values[0], values[1] = np.cos(np.radians(n)), np.sin(np.radians(n))
        ProductVector.objects.create(
            workspace=workspace, product=product, model_id=MODEL, vector=HalfVector(values), text_hash=""
        )
    return products


@pytest.fixture(params=["in memory", "pgvector"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    room = 100 if request.param == "in memory" else 0
    monkeypatch.setattr(service, "vector_indexes", VectorIndexes(megabytes=room, refresh_seconds=0.0))
    monkeypatch.setattr(service, "FEW", 0)  # so that a filter, too, goes the way of the index


def ask(workspace: Workspace, *, limit: int = 10, categories: tuple[str, ...] = ()) -> list[UUID]:
    rules = Rules(
        workspace=workspace,
        people=(Person(0, None, ()),),
        filter=ProductFilter(categories=categories),
    )
    return [row.product_id for row in nearest(rules, vector=_query(), model_id=MODEL, limit=limit)]


@pytest.mark.usefixtures("way")
def test_it_gives_the_nearest_in_order(workspace: Workspace, ring: list[Product]) -> None:
    assert ask(workspace) == [product.id for product in ring[:10]]


@pytest.mark.usefixtures("way")
def test_it_gives_as_many_as_wanted_where_the_nearest_are_sold_out(
    workspace: Workspace, ring: list[Product]
) -> None:
    Product.objects.filter(id__in=[product.id for product in ring[:45]]).update(stock=0)
    assert ask(workspace) == [product.id for product in ring[45:55]]


@pytest.mark.usefixtures("way")
def test_it_gives_as_many_as_wanted_behind_a_filter(workspace: Workspace, ring: list[Product]) -> None:
    assert ask(workspace, categories=("odd",)) == [product.id for product in ring[1:21:2]]


def test_it_compares_all_of_the_few_a_filter_leaves(workspace: Workspace, ring: list[Product]) -> None:
    assert ask(workspace, categories=("odd",)) == [product.id for product in ring[1:21:2]]


@pytest.mark.usefixtures("way")
def test_it_sees_vectors_that_are_new_changed_or_gone(
    workspace: Workspace, ring: list[Product], product_factory: Callable[..., Product]
) -> None:
    ask(workspace)
    new = product_factory()
    ProductVector.objects.create(
        workspace=workspace, product=new, model_id=MODEL, vector=HalfVector(_query()), text_hash=""
    )
    ring[0].delete()
    moved = ProductVector.objects.get(product=ring[59])
    moved.vector = HalfVector(_query())
    moved.save()
    assert set(ask(workspace, limit=2)) == {new.id, ring[59].id}
    assert ask(workspace, limit=3)[2] == ring[1].id


def test_it_reads_a_large_catalogue_in_pages(
    workspace: Workspace, ring: list[Product], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vector_index, "PAGE", 25)
    index = vector_index.VectorIndex(workspace.id, model_id=MODEL)
    while not index.is_complete:
        index.load_page()
    assert len(index) == 60
    # 8-bit numbers cannot tell one degree from the next: the order is PostgreSQL's part.
    assert set(index.search(_query(), count=10)) <= {product.id for product in ring[:20]}


def test_it_keeps_within_its_memory(workspace: Workspace, other_workspace: Workspace) -> None:
    indexes = VectorIndexes(megabytes=4)
    indexes.ready(workspace.id, model_id=MODEL)
    indexes.ready(other_workspace.id, model_id=MODEL)
    assert sum(index.bytes_used for index in indexes._indexes.values()) <= 4_000_000
