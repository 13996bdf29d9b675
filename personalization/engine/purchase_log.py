"""A shop's purchases as columns of numbers: what learning, timing and backtests read. Not for serving."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

SECONDS_PER_DAY = 86_400.0


@dataclass(frozen=True)
class PurchaseLog:
    """One entry a line, sorted by time. All numbers count from 0; customer -1 is nobody we know.

    `customer`, `product`, `basket` and `market` are numbers into `customers`, `products`, the baskets and
    `markets`; `day` is days since 1970-01-01 UTC, with fractions. A line that was cancelled or sent back has
    `is_return` true and its quantity as a positive number.
    """

    customer: NDArray[np.int32]
    product: NDArray[np.int32]
    basket: NDArray[np.int32]
    day: NDArray[np.float64]
    quantity: NDArray[np.float32]
    price: NDArray[np.float32]
    """Unit price; 0 where the log has none."""
    market: NDArray[np.int32]
    is_return: NDArray[np.bool_]
    customers: Sequence[str]
    products: Sequence[str]
    titles: Sequence[str]
    """One a product; empty where the log names none."""
    markets: Sequence[str]

    def __len__(self) -> int:
        return len(self.day)

    def select(self, chosen: NDArray[Any] | slice) -> "PurchaseLog":
        """The same shop, fewer lines: the numbering of customers and products stays."""
        return replace(self, **{name: getattr(self, name)[chosen] for name in _COLUMNS})

    def before(self, day: float) -> "PurchaseLog":
        return self.select(slice(0, int(np.searchsorted(self.day, day, side="left"))))

    def between(self, start: float, end: float) -> "PurchaseLog":
        """Lines of start <= day < end."""
        first, last = np.searchsorted(self.day, [start, end], side="left")
        return self.select(slice(int(first), int(last)))

    def purchases(self) -> "PurchaseLog":
        return self.select(~self.is_return) if self.is_return.any() else self

    def of_customers(self) -> "PurchaseLog":
        """Without the lines that name nobody."""
        return self.select(self.customer >= 0)


_COLUMNS = tuple(
    field.name
    for field in fields(PurchaseLog)
    if field.name not in {"customers", "products", "titles", "markets"}
)


def log_from_lines(
    lines: pl.DataFrame, *, returns: pl.DataFrame | None = None, titles: Mapping[str, str] | None = None
) -> PurchaseLog:
    """From the clean lines of `cleaning.py`, its `LINE_COLUMNS`."""
    columns = ["order", "customer", "product", "time", "quantity", "price", "country"]
    frame = lines.select(columns).with_columns(is_return=pl.lit(False))
    if returns is not None and returns.height:
        frame = pl.concat(
            [frame, returns.select(columns).with_columns(is_return=pl.lit(True))], how="vertical_relaxed"
        )
    frame = frame.sort("time", "order", "product")
    customers = frame["customer"].filter(frame["customer"] != "").unique().sort()
    products, baskets = frame["product"].unique().sort(), frame["order"].unique().sort()
    markets = frame["country"].unique().sort()
    names = titles or {}
    return PurchaseLog(
        customer=numbers_of(frame["customer"], customers),
        product=numbers_of(frame["product"], products),
        basket=numbers_of(frame["order"], baskets),
        day=frame["time"].dt.epoch("us").to_numpy() / (SECONDS_PER_DAY * 1e6),
        quantity=frame["quantity"].fill_null(1).to_numpy().astype(np.float32),
        price=frame["price"].fill_null(0.0).to_numpy().astype(np.float32),
        market=numbers_of(frame["country"], markets),
        is_return=frame["is_return"].to_numpy(),
        customers=customers.to_list(),
        products=products.to_list(),
        titles=[names.get(product, "") for product in products.to_list()],
        markets=markets.to_list(),
    )


def numbers_of(column: pl.Series, known: pl.Series) -> NDArray[np.int32]:
    """Each value's place in `known`; -1 for one that is not there."""
    places = pl.DataFrame({"name": known, "place": np.arange(len(known), dtype=np.int32)})
    found = column.alias("name").to_frame().join(places, on="name", how="left", maintain_order="left")
    return found["place"].fill_null(-1).to_numpy().astype(np.int32)
