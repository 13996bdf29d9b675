"""A workspace's orders as a purchase log, for timing."""

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
_TEXTS = ("basket", "customer", "product", "market")


def read_purchase_log(workspace: Workspace) -> PurchaseLog:
    """Customers and products by our ids. Of known customers only; a cancelled order counts as sent back."""
    schema: dict[str, Any] = dict.fromkeys(_TEXTS, pl.String)
    schema |= {"at": pl.Float64, "quantity": pl.Float32, "price": pl.Float32, "is_return": pl.String}
    frame = query_frame(_LINES, {"workspace": workspace.id}, schema=schema)
    frame = frame.with_columns(pl.col("market").fill_null(""))
    names = {name: frame[name].unique().sort() for name in _TEXTS}
    return PurchaseLog(
        customer=numbers_of(frame["customer"], names["customer"]),
        product=numbers_of(frame["product"], names["product"]),
        basket=numbers_of(frame["basket"], names["basket"]),
        day=frame["at"].to_numpy() / SECONDS_PER_DAY,
        quantity=frame["quantity"].to_numpy().astype(np.float32),
        price=frame["price"].to_numpy().astype(np.float32),
        market=numbers_of(frame["market"], names["market"]),
        is_return=(frame["is_return"] == "t").to_numpy(),
        customers=names["customer"].to_list(),
        products=names["product"].to_list(),
        titles=[""] * len(names["product"]),
        markets=names["market"].to_list(),
    )
