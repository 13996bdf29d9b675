"""Writes customers' tastes by product text: of everyone at night, of some after an order."""

import numpy as np
import polars as pl
from django.db import connection, transaction
from numpy.typing import NDArray

from omotenashi.accounts.models import Workspace
from personalization.binary import UUID_KIND, copy_arrays, halfvec_kind, uuid_array
from personalization.engine.learning.taste import learn_tastes
from personalization.selectors.purchase_vectors import places_of
from personalization.selectors.purchases import Purchases, Vectors
from personalization.services.copying import new_id

CUSTOMERS_PER_BLOCK = 50_000


def write_tastes(workspace: Workspace, purchases: Purchases, vectors: Vectors) -> int:
    """In blocks, each a transaction: a taste is right whenever its customer's purchases are."""
    bought = _of_known(purchases, vectors)
    if bought.is_empty():
        return 0
    names, customer = uuid_array(purchases.customers), bought["customer"].to_numpy()
    row, day = bought["row"].to_numpy(), bought["at"].dt.epoch("us").to_numpy() / 86_400e6
    written = 0
    for first in range(0, len(names), CUSTOMERS_PER_BLOCK):
        low, high = np.searchsorted(customer, [first, first + CUSTOMERS_PER_BLOCK]).tolist()
        own = slice(low, high)
        tastes = learn_tastes(
            vectors.rows,
            customer=customer[own] - first,
            product=row[own],
            days_ago=_before_newest(customer[own] - first, day[own]),
        )
        known = np.flatnonzero(tastes.any(axis=1))
        written += _upsert(workspace, names[first + known], tastes[known], model_id=vectors.model_id)
    return written


def _before_newest(customer: NDArray[np.int64], day: NDArray[np.float64]) -> NDArray[np.float64]:
    newest = np.zeros(int(customer.max(initial=-1)) + 1)
    np.maximum.at(newest, customer, day)
    ages: NDArray[np.float64] = newest[customer] - day
    return ages


def _of_known(purchases: Purchases, vectors: Vectors) -> pl.DataFrame:
    """Purchases of known customers in order of customer, with the row of the product's vector."""
    frame = purchases.frame.filter(pl.col("customer") >= 0)
    if frame.is_empty() or not purchases.products:
        return frame.clear().with_columns(row=pl.lit(0))
    row = places_of(uuid_array(purchases.products), vectors.products)[frame["product"].to_numpy()]
    return frame.with_columns(row=pl.Series(row)).filter(pl.col("row") >= 0).sort("customer", "at", "row")


def _upsert(
    workspace: Workspace, customers: NDArray[np.void], tastes: NDArray[np.float32], *, model_id: str
) -> int:
    """Answers how many have a taste. Rows that would not change are left alone: most nights, most of them."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE taste (customer_id uuid, vector halfvec(384)) ON COMMIT DROP")
        kind = halfvec_kind(tastes.shape[1])
        copy_arrays({"customer_id": (UUID_KIND, customers), "vector": (kind, tastes)}, table="taste")
        # A customer may have been deleted since the purchases were read.
        cursor.execute(
            "INSERT INTO personalization_customervector AS old"  # noqa: S608 - `new_id` is a constant
            " (id, workspace_id, customer_id, model_id, vector, created_at, updated_at)"
            f" SELECT {new_id()}, %(workspace)s, t.customer_id, %(model_id)s, t.vector, now(), now()"
            " FROM taste t JOIN personalization_customer customer ON customer.id = t.customer_id"
            " ORDER BY t.customer_id"
            " ON CONFLICT (customer_id, model_id)"
            " DO UPDATE SET vector = excluded.vector, updated_at = excluded.updated_at"
            " WHERE old.vector <> excluded.vector",
            {"workspace": workspace.id, "model_id": model_id},
        )
        cursor.execute("SELECT count(*) FROM taste JOIN personalization_customer c ON c.id = customer_id")
        written = int(cursor.fetchone()[0])
        cursor.execute("DROP TABLE taste")  # the caller's transaction may come here again
        return written
