"""A purchase log as visits: one row for each customer and day on which something was bought."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from personalization.engine.purchase_log import PurchaseLog

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class Visits:
    """Sorted by customer, then day. Numbers of customers are the log's own."""

    customer: Numbers
    day: Floats
    """The first purchase of that day, as the log has it."""
    value: Floats
    lines: Floats
    market: Numbers
    return_customer: Numbers
    return_day: Floats

    def __len__(self) -> int:
        return len(self.day)

    def before(self, day: float) -> "Visits":
        return self._select(self.day < day, self.return_day < day)

    def of(self, chosen: NDArray[np.bool_]) -> "Visits":
        """`chosen`: one yes or no a customer number."""
        return self._select(chosen[self.customer], chosen[self.return_customer])

    def _select(self, rows: NDArray[Any], returns: NDArray[Any]) -> "Visits":
        return Visits(
            self.customer[rows],
            self.day[rows],
            self.value[rows],
            self.lines[rows],
            self.market[rows],
            self.return_customer[returns],
            self.return_day[returns],
        )


def visits_of(log: PurchaseLog) -> Visits:
    known = log.of_customers()
    bought, returned = known.purchases(), known.select(known.is_return)
    rows, starts = _by_day(bought)
    value = (bought.price.astype(np.float64) * bought.quantity)[rows]
    return Visits(
        customer=bought.customer[rows][starts].astype(np.int64),
        day=bought.day[rows][starts],
        value=_sums(value, starts),
        lines=_sums(np.ones(len(rows)), starts),
        market=bought.market[rows][starts].astype(np.int64),
        return_customer=returned.customer.astype(np.int64),
        return_day=returned.day,
    )


def _by_day(bought: PurchaseLog) -> tuple[Numbers, Numbers]:
    """The order of the lines, and where each visit starts in it. The log is sorted by time already."""
    dates = np.floor(bought.day).astype(np.int64)
    first = int(dates.min()) if len(dates) else 0
    key = bought.customer.astype(np.int64) * (1 << 20) + (dates - first)
    rows = np.argsort(key, kind="stable")
    ordered = key[rows]
    return rows, np.flatnonzero(np.diff(ordered, prepend=-1))


def _sums(values: Floats, starts: Numbers) -> Floats:
    return np.add.reduceat(values, starts) if len(starts) else np.zeros(0)
