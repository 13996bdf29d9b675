"""Loads orders files: hundreds of thousands of rows by COPY, all or nothing, twice without harm.

1. Clean the rows in the engine; count what is left out.
2. COPY the clean lines into a temporary table.
3. Insert what is not there yet, set by set: products, customers, orders, lines.
4. Lines that came back become refunded orders of their own. They make no product and no customer.
5. After commit: jobs that embed the new products and learn from the new orders.
A run that is killed leaves nothing behind.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl
from django.db import connection, transaction

from omotenashi import jobs
from omotenashi.accounts.models import Workspace
from omotenashi.catalog.models import Product
from omotenashi.errors import InvalidInput
from omotenashi.marks import touch_workspace
from personalization.engine.cleaning import CleanOrders, clean_orders, returns_of, titles_of
from personalization.engine.mappings import InvalidMapping, OrdersMapping
from personalization.services.copying import copy_frame, new_id


@dataclass(frozen=True)
class Written:
    """Rows that are new in each table."""

    products: int = 0
    customers: int = 0
    orders: int = 0
    lines: int = 0


@dataclass(frozen=True)
class OrdersSummary:
    """`rows_in` = `loaded` + `already_there` + everything in `left_out`."""

    rows_in: int
    loaded: int
    already_there: int
    left_out: Mapping[str, int]
    samples: Mapping[str, tuple[int, ...]]
    without_customer: int
    """Loaded or there: they name nobody, yet teach what is bought together."""
    unknown_countries: tuple[str, ...]
    returned: int = 0
    """New lines that came back, of the rows in `left_out`: no purchases, yet they teach what is sent back."""
    written: Written = field(default_factory=Written)
    is_dry_run: bool = False


def import_orders(
    workspace: Workspace, *, path: Path, mapping: OrdersMapping, dry_run: bool = False, source: str = "import"
) -> OrdersSummary:
    table = read_table(path)
    clean, returns = _cleaned(workspace, table, mapping=mapping)
    with transaction.atomic():
        written = load_lines(workspace, lines=clean.lines, source=source)
        returned = _load(workspace, lines=returns, source=source, statements=(_RETURNS, _LINES))[-1]
        if dry_run:
            transaction.set_rollback(True)
    if not dry_run and (written.lines or returned):
        request_learning(workspace, has_new_products=written.products > 0)
    return OrdersSummary(
        rows_in=clean.rows_in,
        loaded=written.lines,
        already_there=clean.lines.height - written.lines,
        left_out=clean.left_out,
        samples=clean.samples,
        without_customer=clean.without_customer,
        unknown_countries=clean.unknown_countries,
        returned=returned,
        written=written,
        is_dry_run=dry_run,
    )


def _cleaned(
    workspace: Workspace, table: pl.DataFrame, *, mapping: OrdersMapping
) -> tuple[CleanOrders, pl.DataFrame]:
    """And the lines that came back."""
    try:
        clean = clean_orders(table, mapping=mapping, currency=workspace.currency)
        return clean, returns_of(table, mapping=mapping, currency=workspace.currency)
    except InvalidMapping as error:
        raise InvalidInput(str(error)) from error


def request_learning(workspace: Workspace, *, has_new_products: bool) -> None:
    """Vectors first: tastes are learned from them. One learning at a time."""
    if has_new_products:
        jobs.enqueue("catalog.embed_products", workspace=workspace)
    jobs.enqueue("personalization.learn", workspace=workspace, unique_key="learn")


def load_lines(workspace: Workspace, *, lines: pl.DataFrame, source: str) -> Written:
    """Clean lines (columns of `cleaning.LINE_COLUMNS`) into the tables; inside the caller's transaction."""
    touch_workspace(workspace.id)
    products = _add_products(workspace, lines)
    return Written(
        products, *_load(workspace, lines=lines, source=source, statements=(_CUSTOMERS, _ORDERS, _LINES))
    )


def _load(workspace: Workspace, *, lines: pl.DataFrame, source: str, statements: Sequence[str]) -> list[int]:
    """How many rows each statement made."""
    with connection.cursor() as cursor:
        cursor.execute(_STAGING)
        copy_frame(lines, table="incoming_line")
        cursor.execute("ANALYZE incoming_line")
        # Tables that were empty a second ago look empty to the planner: it would loop over millions of pairs.
        cursor.execute("SET LOCAL enable_nestloop = off")
        given: dict[str, Any] = {"workspace": workspace.id, "source": source}
        counts = []
        for statement in statements:
            cursor.execute(statement.replace("{new_id}", new_id()), given)
            counts.append(int(cursor.rowcount))
        cursor.execute("SET LOCAL enable_nestloop = on")
        cursor.execute("DROP TABLE incoming_line")
    return counts


def read_table(path: Path) -> pl.DataFrame:
    """A Parquet file, or a CSV with every column as text."""
    if not path.is_file():
        raise InvalidInput(f"There is no file {path}.")
    try:
        if path.suffix.lower() == ".parquet":
            return pl.read_parquet(path)
        # All columns as text: a number in one row and a word in the next is a row's fault, not the file's.
        return pl.read_csv(path, infer_schema=False, truncate_ragged_lines=True, encoding="utf8-lossy")
    except (pl.exceptions.PolarsError, OSError) as error:
        remedy = "Export it again, as UTF-8 CSV with a header or as Parquet."
        raise InvalidInput(f"{path.name} cannot be read: {error}. {remedy}") from error


def _add_products(workspace: Workspace, lines: pl.DataFrame) -> int:
    """Only products the catalogue does not have: what is there belongs to the feed."""
    names = lines["product"].unique().to_list()
    known = Product.objects.for_workspace(workspace).filter(external_id__in=names)
    there = set(known.values_list("external_id", flat=True))
    new = [
        Product(
            workspace=workspace,
            external_id=row["product"],
            title=row["title"],
            price=f"{row['price']:.2f}",
            currency=row["currency"],
        )
        for row in titles_of(lines).iter_rows(named=True)
        if row["product"] not in there
    ]
    Product.objects.bulk_create(new, ignore_conflicts=True, batch_size=2000)
    return len(new)


_STAGING = """
CREATE TEMP TABLE incoming_line (
    row bigint, "order" text, customer text, product text, title text, time timestamptz,
    quantity bigint, price numeric(12, 2), country text, currency text
) ON COMMIT DROP
"""

# A customer's country is that of their latest order. Who is known already keeps theirs.
_CUSTOMERS = """
INSERT INTO personalization_customer
    (id, workspace_id, external_id, email_normalized, first_name, last_name, locale, country, time_zone,
     traits, created_at, updated_at)
SELECT DISTINCT ON (customer)
    {new_id}, %(workspace)s, customer, '', '', '', '', country, '', '{}', now(), now()
FROM incoming_line WHERE customer <> ''
ORDER BY customer, (country = ''), time DESC
ON CONFLICT (workspace_id, external_id) DO NOTHING
"""

_ORDERS = """
INSERT INTO personalization_order
    (id, workspace_id, external_id, customer_id, anonymous_id, placed_at, status, currency, revenue, country,
     source, created_at, updated_at)
SELECT {new_id}, %(workspace)s, line."order", customer.id, '', line.time, 'placed', line.currency,
       total.revenue, line.country, %(source)s, now(), now()
FROM (SELECT DISTINCT ON ("order") * FROM incoming_line ORDER BY "order", row) line
JOIN (
    SELECT "order", sum(quantity * coalesce(price, 0)) AS revenue FROM incoming_line GROUP BY "order"
) total ON total."order" = line."order"
LEFT JOIN personalization_customer customer
    ON customer.workspace_id = %(workspace)s AND customer.external_id = line.customer
ON CONFLICT (workspace_id, external_id) DO NOTHING
"""
_RETURNS = _ORDERS.replace("'placed'", "'refunded'")

_LINES = """
INSERT INTO personalization_orderline
    (id, workspace_id, order_id, product_id, product_external_id, title, quantity, unit_price, created_at,
     updated_at)
SELECT {new_id}, %(workspace)s, o.id, product.id, line.product, left(line.title, 500), line.quantity,
       coalesce(line.price, 0), now(), now()
FROM incoming_line line
JOIN personalization_order o ON o.workspace_id = %(workspace)s AND o.external_id = line."order"
LEFT JOIN catalog_product product
    ON product.workspace_id = %(workspace)s AND product.external_id = line.product
ON CONFLICT (order_id, product_external_id, quantity, unit_price) DO NOTHING
"""
