"""What was known at a moment: the log before it, counted by customer, by product and by the two together."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse  # type: ignore[import-untyped]

from personalization.engine.purchase_log import PurchaseLog

Floats = NDArray[np.float32]
Whole = NDArray[np.int64]


@dataclass(frozen=True)
class Events:
    """One entry a product of a known customer's basket, sorted by customer, product, day."""

    customer: Whole
    product: Whole
    day: NDArray[np.float64]
    ordinal: Whole
    """Number of the basket among its customer's, the first is 0."""
    quantity: Floats
    price: Floats


@dataclass(frozen=True)
class Owned:
    """One entry a (customer, product) ever bought, sorted by `key` = customer * products + product."""

    key: Whole
    customer: Whole
    product: Whole
    start: Whole
    """Where its events begin in `Events`; the last entry is the number of events."""
    times: Floats
    first: NDArray[np.float64]
    last: NDArray[np.float64]
    last_ordinal: Floats
    quantity: Floats

    def find(self, customer: Whole, product: Whole, *, products: int) -> Whole:
        """Place of each pair; -1 for one never bought."""
        wanted = customer * products + product
        if not len(self.key):
            return np.full(len(wanted), -1, dtype=np.int64)
        place = np.minimum(np.searchsorted(self.key, wanted), len(self.key) - 1)
        return np.where(self.key[place] == wanted, place, -1)


@dataclass(frozen=True)
class History:
    """Everything dated before `as_of` (days since 1970), and nothing after it."""

    log: PurchaseLog
    """All lines, those without a customer and returns too."""
    as_of: float
    events: Events
    owned: Owned
    baskets: Whole
    """By customer: how many baskets."""
    last_day: NDArray[np.float64]
    """By customer; NaN for one who never bought."""
    first_day: NDArray[np.float64]
    market: Whole
    """By customer: that of the last line, -1 where none is known."""

    @property
    def customers(self) -> int:
        return len(self.log.customers)

    @property
    def products(self) -> int:
        return len(self.log.products)

    def active(self) -> Whole:
        return np.flatnonzero(self.baskets)

    def matrix(self, weight: Floats | None = None) -> sparse.csr_matrix:
        """customer × product of `weight`, one value an owned pair (default 1)."""
        owned = self.owned
        values = np.ones(len(owned.key), dtype=np.float32) if weight is None else weight
        indptr = np.searchsorted(owned.customer, np.arange(self.customers + 1))
        return sparse.csr_matrix(
            (values.astype(np.float32), owned.product.astype(np.int32), indptr),
            shape=(self.customers, self.products),
        )

    @cached_property
    def held(self) -> sparse.csr_matrix:
        """customer × product of ones."""
        return self.matrix()

    def is_first(self) -> NDArray[np.bool_]:
        """By event: whether it is the customer's first purchase of the product."""
        first = np.zeros(len(self.events.day), dtype=bool)
        first[self.owned.start[:-1]] = True
        return first

    def decayed(self, half_life_days: float) -> Floats:
        """By owned pair: its purchases, each counting half after every half-life."""
        weight = 0.5 ** ((self.as_of - self.events.day) / half_life_days)
        return self.per_owned(weight)

    def per_owned(self, weight: NDArray[np.float64]) -> Floats:
        """The sum of an event weight over each owned pair's events."""
        if not len(weight):
            return np.empty(0, dtype=np.float32)
        return np.add.reduceat(weight, self.owned.start[:-1]).astype(np.float32)


def history_of(log: PurchaseLog, *, as_of: float) -> History:
    past = log.before(as_of)
    events = _events(past)
    owned = _owned(events, products=len(log.products))
    customers = len(log.customers)
    first, last = np.full(customers, np.nan), np.full(customers, np.nan)
    order = np.argsort(events.day, kind="stable")
    last[events.customer[order]] = events.day[order]
    first[events.customer[order[::-1]]] = events.day[order[::-1]]
    baskets = np.zeros(customers, dtype=np.int64)
    np.maximum.at(baskets, events.customer, events.ordinal + 1)
    market = np.full(customers, -1, dtype=np.int64)
    known = past.customer >= 0
    market[past.customer[known]] = past.market[known]
    return History(past, as_of, events, owned, baskets, last, first, market)


def _events(log: PurchaseLog) -> Events:
    """A product counts once a basket; its quantities add up."""
    known = log.purchases().of_customers()
    products = max(len(log.products), 1)
    pair = known.basket.astype(np.int64) * products + known.product
    _, first, inverse = np.unique(pair, return_index=True, return_inverse=True)
    quantity = np.bincount(inverse, weights=known.quantity, minlength=len(first))
    customer = known.customer[first].astype(np.int64)
    day, basket = known.day[first], known.basket[first].astype(np.int64)
    ordinal = _ordinals(customer, basket, day)
    product = known.product[first].astype(np.int64)
    order = np.lexsort((day, product, customer))
    return Events(
        customer[order],
        product[order],
        day[order],
        ordinal[order],
        quantity[order].astype(np.float32),
        known.price[first][order],
    )


def _ordinals(customer: Whole, basket: Whole, day: NDArray[np.float64]) -> Whole:
    """The place of each entry's basket among its customer's baskets, by time."""
    if not len(basket):
        return np.empty(0, dtype=np.int64)
    _, first, inverse = np.unique(basket, return_index=True, return_inverse=True)
    order = np.lexsort((day[first], customer[first]))
    sorted_customer = customer[first][order]
    starts = np.flatnonzero(np.diff(sorted_customer, prepend=-1))
    place = np.arange(len(order)) - np.repeat(starts, np.diff(np.append(starts, len(order))))
    ordinal = np.empty(len(order), dtype=np.int64)
    ordinal[order] = place
    return ordinal[inverse]


def _owned(events: Events, *, products: int) -> Owned:
    key = events.customer * products + events.product
    starts = np.flatnonzero(np.diff(key, prepend=-1)) if len(key) else np.empty(0, dtype=np.int64)
    ends = np.append(starts[1:], len(key)) - 1 if len(key) else starts
    quantity = np.add.reduceat(events.quantity, starts) if len(key) else np.empty(0, dtype=np.float32)
    return Owned(
        key=key[starts],
        customer=events.customer[starts],
        product=events.product[starts],
        start=np.append(starts, len(key)),
        times=np.diff(np.append(starts, len(key))).astype(np.float32),
        first=events.day[starts],
        last=events.day[ends],
        last_ordinal=events.ordinal[ends].astype(np.float32),
        quantity=quantity.astype(np.float32),
    )
