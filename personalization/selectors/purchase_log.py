"""A workspace's orders as a purchase log: here for timing, in `ranking_log.py` for the ranking."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from omotenashi.accounts.models import Workspace
from personalization.engine.purchase_log import SECONDS_PER_DAY, PurchaseLog, numbers_of
from personalization.selectors.columns import query_frame

# A line that the catalogue does not know is a purchase of its customer all the same. Its product is then the
# shop's id, which no product's UUID can equal.
_LINES = """
SELECT o.id, o.customer_id, coalesce(line.product_id::text, line.product_external_id),
       coalesce(nullif(o.country, ''), customer.country, ''), extract(epoch FROM o.placed_at),
       line.quantity, line.unit_price, o.status <> 'placed'
FROM personalization_order o
JOIN personalization_orderline line ON line.order_id = o.id
LEFT JOIN personalization_customer customer ON customer.id = o.customer_id
WHERE o.workspace_id = %(workspace)s AND o.customer_id IS NOT NULL
ORDER BY o.placed_at, o.id, line.id
"""


def read_purchase_log(workspace: Workspace) -> PurchaseLog:
    """Customers and products by our ids. Of known customers only; a cancelled order counts as sent back."""
    frame = read_lines(_LINES, workspace=workspace)
    products = frame["product"].unique().sort().to_list()
    return log_of(
        frame, customers=frame["customer"].unique().sort().to_list(), products=products,
        titles=[""] * len(products),
    )  # fmt: skip


def read_lines(query: str, *, workspace: Workspace) -> pl.DataFrame:
    """Order lines; the query selects basket, customer, product, market, seconds, quantity, price, return."""
    schema: dict[str, Any] = dict.fromkeys(("basket", "customer", "product", "market"), pl.String)
    schema |= {"at": pl.Float64, "quantity": pl.Float32, "price": pl.Float32, "is_return": pl.String}
    frame = query_frame(query, {"workspace": workspace.id}, schema=schema)
    return frame.with_columns(pl.col("market").fill_null(""))


def log_of(
    frame: pl.DataFrame, *, customers: Sequence[str], products: Sequence[str], titles: Sequence[str]
) -> PurchaseLog:
    """Customers and products numbered in the order given."""
    markets = frame["market"].unique().sort()
    return PurchaseLog(
        customer=numbers_of(frame["customer"], pl.Series(customers, dtype=pl.String)),
        product=numbers_of(frame["product"], pl.Series(products, dtype=pl.String)),
        basket=numbers_of(frame["basket"], frame["basket"].unique().sort()),
        day=frame["at"].to_numpy() / SECONDS_PER_DAY,
        quantity=frame["quantity"].to_numpy().astype(np.float32),
        price=frame["price"].to_numpy().astype(np.float32),
        market=numbers_of(frame["market"], markets),
        is_return=(frame["is_return"] == "t").to_numpy(),
        customers=list(customers),
        products=list(products),
        titles=list(titles),
        markets=markets.to_list(),
    )
