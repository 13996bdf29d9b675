"""A workspace's purchases and product vectors as columns, for learning."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np
import polars as pl
from django.db.models import Count
from numpy.typing import NDArray

from omotenashi.accounts.models import Workspace
from omotenashi.catalog.models import VECTOR_DIMENSIONS, ProductVector
from personalization.binary import UUID_KIND, halfvec_kind, query_arrays
from personalization.selectors.columns import query_frame

# A buyer is the customer, else the visitor. An order that names neither has none: counted as a person of its
# own it could make "5 customers bought this" out of one.
_PURCHASES = """
SELECT o.id, line.product_id, coalesce(o.customer_id::text, nullif(o.anonymous_id, '')),
       o.customer_id, coalesce(nullif(o.country, ''), customer.country, ''),
       extract(epoch FROM o.placed_at)
FROM personalization_order o
JOIN personalization_orderline line ON line.order_id = o.id
LEFT JOIN personalization_customer customer ON customer.id = o.customer_id
WHERE o.workspace_id = %(workspace)s AND o.status = 'placed' AND line.product_id IS NOT NULL
"""
_OF_CUSTOMERS = " AND o.customer_id = ANY(%(customers)s)"
_VECTORS = """
SELECT product_id, vector FROM catalog_productvector
WHERE workspace_id = %(workspace)s AND model_id = %(model_id)s
"""
_OF_PRODUCTS = " AND product_id = ANY(%(products)s::uuid[])"


@dataclass(frozen=True)
class Purchases:
    """`frame`: basket, product, buyer, customer, market, at. Numbers from 0; -1: nobody is named."""

    frame: pl.DataFrame
    products: Sequence[str]
    customers: Sequence[str]

    def product_names(self, numbers: NDArray[np.int64]) -> pl.Series:
        return pl.Series("product_id", self.products, dtype=pl.String).gather(pl.Series(numbers))


@dataclass(frozen=True)
class Vectors:
    products: NDArray[np.void]
    rows: NDArray[np.float32]
    model_id: str


def read_purchases(workspace: Workspace, *, customer_ids: Sequence[UUID] | None = None) -> Purchases:
    query = _PURCHASES + (_OF_CUSTOMERS if customer_ids is not None else "")
    schema: dict[str, Any] = dict.fromkeys(("basket", "product", "buyer", "customer", "market"), pl.String)
    frame = query_frame(
        query,
        {"workspace": workspace.id, "customers": list(customer_ids or ())},
        schema={**schema, "at": pl.Float64},
    )
    products = frame["product"].unique().sort()
    customers = frame["customer"].drop_nulls().filter(frame["customer"].drop_nulls() != "").unique().sort()
    numbered = frame.select(
        basket=_index(frame["basket"], frame["basket"].unique()),
        product=_index(frame["product"], products),
        buyer=_index(frame["buyer"], frame["buyer"].drop_nulls().unique().sort()),
        customer=_index(frame["customer"], customers),
        market=pl.col("market").fill_null(""),
        at=pl.from_epoch((pl.col("at") * 1_000_000).cast(pl.Int64), time_unit="us").dt.replace_time_zone(
            "UTC"
        ),
    )
    return Purchases(numbered, products.to_list(), customers.to_list())


def read_vectors(workspace: Workspace, *, product_ids: Sequence[str] | None = None) -> Vectors:
    """By the embedder that knows most products: two models' vectors never mix."""
    rows = ProductVector.objects.filter(workspace=workspace)
    top = rows.values("model_id").annotate(known=Count("id")).order_by("-known", "model_id").first()
    model_id = str(top["model_id"]) if top else ""
    found = query_arrays(
        _VECTORS if product_ids is None else _VECTORS + _OF_PRODUCTS,
        {"workspace": workspace.id, "model_id": model_id, "products": list(product_ids or ())},
        columns={"product": UUID_KIND, "vector": halfvec_kind(VECTOR_DIMENSIONS)},
    )
    return Vectors(found["product"], found["vector"], model_id)


def _index(column: pl.Series, known: pl.Series) -> pl.Series:
    places = pl.DataFrame({"name": known, "place": np.arange(len(known), dtype=np.int64)})
    return (
        column.rename("name")
        .to_frame()
        .join(places, on="name", how="left", maintain_order="left")["place"]
        .fill_null(-1)
    )
