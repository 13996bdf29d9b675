"""Who bought what on which days: one row for each customer and product, as known on one day."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from personalization.engine.purchase_log import PurchaseLog
from personalization.engine.timing.visits import Floats, Numbers


@dataclass(frozen=True)
class BoughtDays:
    """One entry a customer, product and day; sorted in that order. `pair` is one number for the first two."""

    pair: Numbers
    day: Floats
    products: int

    def before(self, day: float) -> "BoughtDays":
        rows = self.day < day
        return BoughtDays(self.pair[rows], self.day[rows], self.products)


@dataclass(frozen=True)
class Pairs:
    pair: Numbers
    product: Numbers
    days: Numbers
    """On how many days it was bought."""
    last_day: Floats
    log_gap: Floats
    """Mean logarithm of the gaps; NaN after one day."""


def bought_days(log: PurchaseLog) -> BoughtDays:
    bought = log.of_customers().purchases()
    products = max(len(log.products), 1)
    pair = bought.customer.astype(np.int64) * products + bought.product
    order = np.lexsort((bought.day, pair))
    pair, day = pair[order], bought.day[order]
    dates = np.floor(day)
    first = np.ones(len(day), dtype=bool)
    first[1:] = (np.diff(pair) != 0) | (np.diff(dates) != 0)
    return BoughtDays(pair[first], day[first], products)


def pairs_of(days: BoughtDays) -> Pairs:
    starts = np.flatnonzero(np.diff(days.pair, prepend=-1))
    count = np.diff(starts, append=len(days.pair))
    _, logs, place = gaps_of(days)
    with np.errstate(invalid="ignore"):
        mean = np.bincount(place, logs, minlength=len(starts)) / np.where(count > 1, count - 1.0, np.nan)
    pair = days.pair[starts]
    return Pairs(pair, pair % days.products, count, days.day[starts + count - 1], mean)


def gaps_of(days: BoughtDays) -> tuple[Numbers, Floats, Numbers]:
    """Of each gap: the product, the logarithm of its days, the place of its pair."""
    inner: NDArray[np.bool_] = np.diff(days.pair, prepend=-1) == 0
    place = np.cumsum(~inner) - 1
    gap = np.maximum(np.diff(days.day, prepend=0.0)[inner], 1.0)
    return days.pair[inner] % days.products, np.log(gap), place[inner]
