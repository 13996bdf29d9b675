"""A workspace's orders as a purchase log for the ranking: everyone's, numbered as the night's vectors."""

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from omotenashi.accounts.models import Workspace
from omotenashi.catalog.models import Product
from personalization.engine.purchase_log import PurchaseLog
from personalization.selectors.purchase_log import log_of, read_lines
from personalization.selectors.purchases import Vectors

_LINES = """
SELECT o.id, o.customer_id, line.product_id, coalesce(nullif(o.country, ''), customer.country, ''),
       extract(epoch FROM o.placed_at), line.quantity, line.unit_price, o.status <> 'placed'
FROM personalization_order o
JOIN personalization_orderline line ON line.order_id = o.id
LEFT JOIN personalization_customer customer ON customer.id = o.customer_id
WHERE o.workspace_id = %(workspace)s AND line.product_id IS NOT NULL
ORDER BY o.placed_at, o.id, line.id
"""


def read_ranking_log(
    workspace: Workspace, *, products: Sequence[str], customers: Sequence[str]
) -> PurchaseLog:
    """Products and customers by our ids, in the order given; lines of others are left out."""
    frame = read_lines(_LINES, workspace=workspace)
    return log_of(
        frame.filter(pl.col("product").is_in(list(products))),
        customers=customers, products=products, titles=_titles(workspace, products),
    )  # fmt: skip


def text_rows(vectors: Vectors, *, products: Sequence[str]) -> NDArray[np.float32]:
    """A row a product of `products`; zeros for one without a vector."""
    place = {product: row for row, product in enumerate(products)}
    rows = np.zeros((len(products), vectors.rows.shape[1]), dtype=np.float32)
    for product, vector in zip(vectors.products, vectors.rows, strict=True):
        name = bytes(product).hex()
        row = place.get(f"{name[:8]}-{name[8:12]}-{name[12:16]}-{name[16:20]}-{name[20:]}", -1)
        if row >= 0:
            rows[row] = vector
    return rows


def _titles(workspace: Workspace, products: Sequence[str]) -> list[str]:
    rows = Product.objects.for_workspace(workspace).values_list("id", "title")
    known = {str(product_id): title for product_id, title in rows.iterator(chunk_size=20_000)}
    return [known.get(product, "") for product in products]
