"""Publishes when customers buy again and what is due: a step of the night's learning."""

from typing import Any

import numpy as np
import polars as pl
from django.db import connection, transaction
from numpy.typing import NDArray

from personalization.engine.purchase_log import SECONDS_PER_DAY, PurchaseLog
from personalization.engine.timing.forecast import Forecasts, forecast_customers
from personalization.engine.timing.products import DueDates, forecast_products
from personalization.models import ModelVersion
from personalization.selectors.purchase_log import read_purchase_log
from personalization.services.copying import copy_frame, uuid_column

TIMING_TABLES = ("customertiming", "productdue")
CHUNK = 500_000
_MOMENT = 1e-6 / SECONDS_PER_DAY * 1_000.0
"""A thousandth of a second: the newest order is part of the history it ends."""

_TYPES = {
    "id": "uuid",
    "workspace_id": "uuid",
    "model_version_id": "uuid",
    "customer_id": "uuid",
    "product_id": "uuid",
    "days_bought": "int",
}


def publish_timing(version: ModelVersion) -> dict[str, Any]:
    """Under a version that nobody reads yet. Answers what is told of it in the version's statistics."""
    log = read_purchase_log(version.workspace)
    as_of = version.as_of.timestamp() / SECONDS_PER_DAY + _MOMENT
    customers = forecast_customers(log, as_of=as_of)
    due = forecast_products(log, as_of=as_of)
    return {
        "timings": _write_customers(version, customers, log=log),
        "due": _write_due(version, due, log=log),
        "timing_method": customers.method,
        "timing_horizon_days": customers.horizon_days,
        "due_horizon_days": due.horizon_days,
    }


def _write_customers(version: ModelVersion, found: Forecasts, *, log: PurchaseLog) -> int:
    return _in_chunks(
        version,
        pl.DataFrame(
            {
                "customer_id": _names(log.customers, found.customer),
                "p7": found.p7,
                "p14": found.p14,
                "p30": found.p30,
                "expected_at": _times(found.expected_day),
                "early_at": _times(found.early_day),
                "late_at": _times(found.late_day),
            }
        ),
        table="customertiming",
        join="JOIN personalization_customer customer ON customer.id = t.customer_id",
    )


def _write_due(version: ModelVersion, found: DueDates, *, log: PurchaseLog) -> int:
    return _in_chunks(
        version,
        pl.DataFrame(
            {
                "customer_id": _names(log.customers, found.customer),
                "product_id": _names(log.products, found.product),
                "days_bought": found.days_bought,
                "interval_days": found.interval_days,
                "due_at": _times(found.due_day),
                "early_at": _times(found.early_day),
                "late_at": _times(found.late_day),
                "chance": found.chance,
            }
        ).filter(pl.col("product_id").str.contains(r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")),
        table="productdue",
        join="JOIN personalization_customer customer ON customer.id = t.customer_id"
        " JOIN catalog_product product ON product.id = t.product_id",
    )


def _in_chunks(version: ModelVersion, rows: pl.DataFrame, *, table: str, join: str) -> int:
    """A customer or product may have been deleted since the log was read: those are left out by the join."""
    written = 0
    for start in range(0, rows.height, CHUNK):
        part = rows.slice(start, CHUNK)
        owned = part.with_columns(
            id=uuid_column(part.height),
            workspace_id=pl.lit(str(version.workspace_id)),
            model_version_id=pl.lit(str(version.id)),
        )
        written += _insert(owned, table=f"personalization_{table}", join=join)
    return written


def _insert(rows: pl.DataFrame, *, table: str, join: str) -> int:
    columns = ", ".join(f"{name} {_type_of(name)}" for name in rows.columns)
    names, values = ", ".join(rows.columns), ", ".join(f"t.{name}" for name in rows.columns)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMP TABLE new_timing ({columns}) ON COMMIT DROP")
        copy_frame(rows, table="new_timing")
        cursor.execute(f"INSERT INTO {table} ({names}) SELECT {values} FROM new_timing t {join}")  # noqa: S608 - our own names
        written = int(cursor.rowcount)
        cursor.execute("DROP TABLE new_timing")  # the caller's transaction may come here again
        return written


def _type_of(name: str) -> str:
    return _TYPES.get(name, "timestamptz" if name.endswith("_at") else "float8")


def _names(known: Any, numbers: NDArray[np.int64]) -> pl.Series:
    return pl.Series(known, dtype=pl.String).gather(numbers)


def _times(days: NDArray[np.float64]) -> pl.Series:
    seconds = pl.Series(days).fill_nan(None) * SECONDS_PER_DAY
    return (seconds * 1e6).round().cast(pl.Int64).cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
