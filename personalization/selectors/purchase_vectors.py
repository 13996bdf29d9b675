"""Reads the vectors learned from purchases, for folding customers in."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from omotenashi.accounts.models import Workspace
from personalization.binary import INT_KIND, REAL_KIND, UUID_KIND, halfvec_kind, query_arrays
from personalization.engine.learning.purchase_vectors import DIMENSIONS, ItemVectors
from personalization.models import ModelVersion

_ITEMS = """
SELECT item.product_id, item.number, item.vector, item.pull FROM personalization_purchasevectoritem item
WHERE item.model_version_id = %(version)s
"""
_ON_SALE = """
SELECT id FROM catalog_product WHERE workspace_id = %(workspace)s AND archived_at IS NULL
"""
_CHANGED = """
SELECT DISTINCT customer_id FROM personalization_order
WHERE workspace_id = %(workspace)s AND customer_id IS NOT NULL
  AND (created_at >= %(since)s OR updated_at >= %(since)s OR status_changed_at >= %(since)s)
"""


@dataclass(frozen=True)
class KnownItems:
    """`vectors` by number, with empty rows where the version knows no product of that number."""

    products: NDArray[np.void]
    numbers: NDArray[np.int32]
    vectors: ItemVectors


def read_items(version: ModelVersion, *, product_ids: NDArray[np.void] | None = None) -> KnownItems:
    """All of the version, or those of `product_ids`."""
    query = _ITEMS
    given: dict[str, Any] = {"version": version.id}
    if product_ids is not None:
        query += " AND item.product_id = ANY(%(products)s)"
        given["products"] = [UUID(bytes=bytes(own)) for own in product_ids]
    kinds: dict[str, Any] = {"product": UUID_KIND, "number": INT_KIND}
    found = query_arrays(
        query, given, columns=kinds | {"vector": halfvec_kind(DIMENSIONS), "pull": REAL_KIND}
    )
    numbers = found["number"]
    rows = np.zeros((int(numbers.max(initial=-1)) + 1, DIMENSIONS), dtype=np.float32)
    pull = np.zeros(len(rows), dtype=np.float32)
    rows[numbers], pull[numbers] = found["vector"], found["pull"]
    return KnownItems(found["product"], numbers, ItemVectors(rows, pull))


def products_on_sale(workspace: Workspace) -> NDArray[np.void]:
    found = query_arrays(_ON_SALE, {"workspace": workspace.id}, columns={"id": UUID_KIND})
    return found["id"]


def changed_customers(workspace: Workspace, *, since: datetime) -> list[UUID]:
    """Whose orders came or changed since; in order, so that blocks are the same when the job runs again."""
    with connection.cursor() as cursor:
        cursor.execute(_CHANGED, {"workspace": workspace.id, "since": since})
        return sorted(row[0] for row in cursor.fetchall())


def is_among(values: NDArray[np.void], known: NDArray[np.void]) -> NDArray[np.bool_]:
    return np.isin(values.view("S16").reshape(-1), known.view("S16").reshape(-1))


def places_of(values: NDArray[np.void], known: NDArray[np.void]) -> NDArray[np.int64]:
    """Each value's place in `known`, -1 for one that is not there."""
    place = {bytes(own): number for number, own in enumerate(known)}
    return np.array([place.get(bytes(own), -1) for own in values], dtype=np.int64)
