"""Writes a synthetic shop into an empty database by COPY; the indexes are built after the rows.

For a private cluster only: foreign keys are not checked while it runs.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import numpy as np
import polars as pl
from django.db import connection
from numpy.typing import NDArray

from benchmarks.synthetic import DAYS, MARKETS, Catalogue, Ints, Orders, People, Plan, Views
from personalization.services.copying import copy_frame
from personalization.services.events import ensure_months

CHUNK = 200_000
MODEL_ID = "synthetic-384"
TABLES = (
    "catalog_product", "catalog_productvector", "personalization_customer", "personalization_order",
    "personalization_orderline",
)  # fmt: skip
KINDS = {"product": 1, "vector": 2, "customer": 3, "order": 4, "line": 5, "event": 6}
_HEX = np.array([f"{value:02x}" for value in range(256)], dtype="S2")
_WORDS = ("Linen", "Oak", "Copper", "Glass", "Stone", "Wool", "Brass", "Cotton", "Cedar", "Paper")
_NOUNS = ("lamp", "bowl", "vase", "towel", "candle", "basket", "notebook", "teapot", "brush", "cushion")


def ids(kind: str, numbers: Ints) -> NDArray[np.str_]:
    """UUIDs of version 7 in ascending order: the kind and the row's number, nothing random."""
    words = np.empty((len(numbers), 2), dtype=">u8")
    moments = 1_760_000_000_000 + numbers.astype(np.uint64) // np.uint64(4096)
    words[:, 0] = (moments << np.uint64(16)) | np.uint64(0x7000 | KINDS[kind])
    words[:, 1] = numbers.astype(np.uint64) | np.uint64(0x8 << 60)
    text: NDArray[np.bytes_] = _HEX[words.view(np.uint8).reshape(len(numbers), 16)].view("S32").reshape(-1)
    return text.astype(str)


def uuid_of(kind: str, number: int) -> UUID:
    return UUID(str(ids(kind, np.array([number]))[0]))


@contextmanager
def indexes_put_off() -> Iterator[None]:
    """Without secondary indexes and foreign keys' triggers for the block; with all of them afterwards."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = ANY(%s) AND indexname NOT IN"
            " (SELECT conname FROM pg_constraint)",
            [list(TABLES)],
        )
        found = cursor.fetchall()
        for name, _ in found:
            cursor.execute(f'DROP INDEX "{name}"')
        cursor.execute("SET session_replication_role = replica; SET synchronous_commit = off")
        yield
        cursor.execute("RESET session_replication_role; RESET synchronous_commit")
        cursor.execute("SET maintenance_work_mem = '768MB'")
        for _, definition in found:
            cursor.execute(definition)
        cursor.execute("RESET maintenance_work_mem")


def fill_products(workspace: UUID, *, plan: Plan, catalogue: Catalogue, vectors: NDArray[np.float16]) -> None:
    numbers = np.arange(plan.products)
    cluster = catalogue.cluster
    room = cluster % 40
    titles = [
        f"{_WORDS[number % 10]} {_NOUNS[int(own) % 10]} {number}"
        for number, own in zip(range(plan.products), cluster, strict=True)
    ]
    started = plan.until - timedelta(days=900)
    frame = pl.DataFrame(
        {
            "id": ids("product", numbers),
            "external_id": [f"p{number}" for number in range(plan.products)],
            "sku": "",
            "title": titles,
            "description": [f"Synthetic product of cluster {own}." for own in cluster],
            "url": [f"https://shop.example/p/{number}" for number in range(plan.products)],
            "image_url": [f"https://shop.example/i/{number}.jpg" for number in range(plan.products)],
            "brand": [f"Brand {own % 97}" for own in cluster],
            "price": [f"{price:.2f}" for price in catalogue.price],
            "currency": "EUR",
            "stock": pl.Series(catalogue.stock).replace(-1, None),
            "available": numbers % 53 != 0,
            "categories": [
                f'{{"Room {own}","Cluster {kind}"}}' for own, kind in zip(room, cluster, strict=True)
            ],
            "attributes": np.where(numbers % 41 == 0, '{"markets": ["DE", "FR", "GB"]}', "{}"),
            "group_id": "",
            "archived_at": [
                _instant(plan.until) if number % 101 == 0 else None for number in range(plan.products)
            ],
            # All at one moment would leave "the newest" to be sorted out of the whole catalogue.
            "created_at": _moments(_seconds(started) + numbers * (DAYS * 86_400 // plan.products)),
            "row_hash": "",
            "text_hash": "",
        }
    )
    _copy(frame, workspace, plan=plan, table="catalog_product", at=started)
    for start in range(0, plan.products, 10_000):
        own = numbers[start : start + 10_000]
        frame = pl.DataFrame(
            {
                "id": ids("vector", own),
                "product_id": ids("product", own),
                "model_id": MODEL_ID,
                "vector": ["[" + ",".join(f"{x:.4f}" for x in row) + "]" for row in vectors[own].tolist()],
                "text_hash": "",
            }
        )
        _copy(frame, workspace, plan=plan, table="catalog_productvector", at=started)


def fill_customers(workspace: UUID, *, plan: Plan, people: People) -> None:
    markets = np.array(MARKETS)
    for start in range(0, plan.customers, CHUNK):
        own = np.arange(start, min(start + CHUNK, plan.customers))
        frame = pl.DataFrame(
            {
                "id": ids("customer", own),
                "external_id": [f"c{number}" for number in own.tolist()],
                **dict.fromkeys(("email_normalized", "first_name", "last_name", "locale", "time_zone"), ""),
                "country": markets[people.market[own]],
                "traits": "{}",
            }
        )
        _copy(frame, workspace, plan=plan, table="personalization_customer", at=plan.until)


def fill_orders(workspace: UUID, *, plan: Plan, orders: Orders, catalogue: Catalogue, people: People) -> None:
    cents = np.round(catalogue.price * 100).astype(np.int64)
    worth = np.bincount(
        orders.line_order,
        weights=(cents[orders.line_product] * orders.line_quantity).astype(np.float64),
        minlength=len(orders.customer),
    )
    markets = np.array(MARKETS)
    for start in range(0, len(orders.customer), CHUNK):
        own = np.arange(start, min(start + CHUNK, len(orders.customer)))
        customer = orders.customer[own]
        frame = pl.DataFrame(
            {
                "id": ids("order", own),
                "external_id": [f"o{number}" for number in own.tolist()],
                "customer_id": ids("customer", customer),
                "anonymous_id": "",
                "placed_at": _moments(orders.second[own]),
                "status": np.where(own % 97 == 0, "cancelled", "placed"),
                "currency": "EUR",
                "revenue": np.round(worth[own] / 100, 2),
                "country": markets[people.market[customer]],
                "source": "synthetic",
            }
        )
        _copy(frame, workspace, plan=plan, table="personalization_order", at=plan.until)
    _fill_lines(workspace, plan=plan, orders=orders, catalogue=catalogue)


def _fill_lines(workspace: UUID, *, plan: Plan, orders: Orders, catalogue: Catalogue) -> None:
    external_ids = np.array([f"p{number}" for number in range(plan.products)])
    product_ids = ids("product", np.arange(plan.products))
    for start in range(0, len(orders.line_order), CHUNK):
        own = np.arange(start, min(start + CHUNK, len(orders.line_order)))
        product = orders.line_product[own]
        frame = pl.DataFrame(
            {
                "id": ids("line", own),
                "order_id": ids("order", orders.line_order[own]),
                "product_id": product_ids[product],
                "product_external_id": external_ids[product],
                "title": "",
                "quantity": orders.line_quantity[own],
                "unit_price": np.round(catalogue.price[product], 2),
            }
        )
        _copy(frame, workspace, plan=plan, table="personalization_orderline", at=plan.until)


def fill_views(workspace: UUID, *, plan: Plan, views: Views) -> None:
    ensure_months([plan.until - timedelta(days=days) for days in (0, 31)])
    external_ids = np.array([f"p{number}" for number in range(plan.products)])
    for start in range(0, len(views.customer), CHUNK):
        own = np.arange(start, min(start + CHUNK, len(views.customer)))
        moments = _moments(views.second[own])
        frame = pl.DataFrame(
            {
                "id": ids("event", own),
                "workspace_id": str(workspace),
                "customer_id": ids("customer", views.customer[own]),
                "anonymous_id": "",
                "kind": "track",
                "name": "Product Viewed",
                "product_external_id": external_ids[views.product[own]],
                "properties": "{}",
                "context": "{}",
                "happened_at": moments,
                "received_at": moments,
            }
        )
        copy_frame(frame, table="personalization_event")


def _copy(frame: pl.DataFrame, workspace: UUID, *, plan: Plan, table: str, at: date) -> None:
    moment = pl.lit(_instant(at))
    given = {"workspace_id": pl.lit(str(workspace)), "created_at": moment, "updated_at": moment}
    missing = {name: value for name, value in given.items() if name not in frame.columns}
    copy_frame(frame.with_columns(**missing), table=table)


def _moments(seconds: Ints) -> pl.Series:
    return pl.from_epoch(pl.Series(seconds), time_unit="s").dt.strftime("%Y-%m-%dT%H:%M:%SZ")


def _seconds(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())


def _instant(day: date) -> str:
    return f"{day.isoformat()}T00:00:00Z"


def analyze() -> None:
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)")
