"""A synthetic shop as arrays: products, customers, orders, views. Pure numpy, the same for the same plan.

Products fall into taste clusters; a customer has two clusters, an order mostly keeps to one. Popularity has a
long tail, markets and months prefer clusters of their own, and a seventh of the lines repeat a purchase.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime

import numpy as np
from numpy.typing import NDArray

MARKETS = ("DE", "FR", "GB", "NL", "ES", "JP", "US")
MARKET_SHARES = (0.34, 0.18, 0.16, 0.1, 0.09, 0.07, 0.06)
DAYS = 540
VIEW_DAYS = 28
DIMENSIONS = 384
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Plan:
    customers: int
    products: int
    until: date
    seed: int = 7

    @property
    def clusters(self) -> int:
        return max(8, self.products // 400)


@dataclass(frozen=True)
class Catalogue:
    cluster: Ints
    """Of each product, ascending: the products of a cluster lie together."""
    weight: Floats
    price: Floats
    is_consumable: NDArray[np.bool_]
    stock: Ints
    """-1: not counted."""


@dataclass(frozen=True)
class People:
    market: Ints
    tastes: Ints
    """Two clusters a customer."""


@dataclass(frozen=True)
class Orders:
    """Ascending in time. Lines are grouped by order."""

    customer: Ints
    second: Ints
    """Seconds since 1970."""
    line_order: Ints
    line_product: Ints
    line_quantity: Ints


@dataclass(frozen=True)
class Views:
    customer: Ints
    product: Ints
    second: Ints


def make_catalogue(plan: Plan) -> Catalogue:
    draw = np.random.default_rng([plan.seed, 1])
    size = draw.dirichlet(np.full(plan.clusters, 3.0))
    cluster = np.sort(draw.choice(plan.clusters, size=plan.products, p=size))
    weight: Floats = (draw.permutation(plan.products) + 5.0) ** np.float64(-0.75)
    stock = draw.integers(1, 400, plan.products)
    fate = draw.random(plan.products)
    stock[fate < 0.03] = 0
    stock[fate > 0.8] = -1
    price = np.round(np.exp(draw.normal(3.0, 0.8, plan.products)) + 0.99, 2)
    return Catalogue(cluster, weight, price, draw.random(plan.products) < 0.25, stock)


def make_people(plan: Plan) -> People:
    draw = np.random.default_rng([plan.seed, 2])
    market = draw.choice(len(MARKETS), size=plan.customers, p=MARKET_SHARES)
    tastes = np.empty((plan.customers, 2), dtype=np.int64)
    for number in range(len(MARKETS)):
        own = np.flatnonzero(market == number)
        liking = draw.dirichlet(np.full(plan.clusters, 1.5))
        tastes[own] = draw.choice(plan.clusters, size=(len(own), 2), p=liking)
    return People(market, tastes)


def make_orders(plan: Plan, *, catalogue: Catalogue, people: People) -> Orders:
    draw = np.random.default_rng([plan.seed, 3])
    count = 1 + draw.poisson(draw.gamma(0.6, 2.0, plan.customers))
    count[draw.random(plan.customers) < 0.1] = 0
    customer = np.repeat(np.arange(plan.customers), count)
    second = _moments(plan, draw, customer)
    by_person = np.lexsort((second, customer))
    customer, second = customer[by_person], second[by_person]
    cluster = _clusters(plan, draw, people, customer=customer, second=second)
    lines = np.repeat(np.arange(len(customer)), 1 + draw.poisson(1.6, len(customer)))
    product = _products(draw, catalogue, _line_clusters(plan, draw, people, customer, cluster, lines))
    product = _with_repeats(draw, catalogue, product, customer=customer, lines=lines)
    return _in_time_order(draw, customer, second, lines, product)


def make_views(plan: Plan, *, catalogue: Catalogue, people: People) -> Views:
    """Half as many views as customers, in the last four weeks."""
    draw = np.random.default_rng([plan.seed, 4])
    count = plan.customers // 2
    customer = draw.integers(0, plan.customers, count)
    second = np.sort(_end(plan) - draw.integers(60, VIEW_DAYS * 86_400, count))
    cluster = people.tastes[customer, draw.integers(0, 2, count)]
    return Views(customer, _products(draw, catalogue, cluster), second)


def make_vectors(plan: Plan, *, catalogue: Catalogue) -> NDArray[np.float16]:
    """Unit vectors around their cluster's centre. They are drawn, not read from any text."""
    draw = np.random.default_rng([plan.seed, 5])
    shared = draw.normal(size=DIMENSIONS)
    centres = 0.6 * shared + draw.normal(size=(plan.clusters, DIMENSIONS))
    rows = np.empty((plan.products, DIMENSIONS), dtype=np.float16)
    for start in range(0, plan.products, 20_000):
        own = catalogue.cluster[start : start + 20_000]
        vectors = centres[own] + 0.9 * draw.normal(size=(len(own), DIMENSIONS))
        rows[start : start + len(own)] = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return rows


def _end(plan: Plan) -> int:
    return int(datetime(plan.until.year, plan.until.month, plan.until.day, tzinfo=UTC).timestamp())


def _moments(plan: Plan, draw: np.random.Generator, customer: Ints) -> Ints:
    since = draw.random(plan.customers)[customer]
    share = since + (1 - since) * draw.random(len(customer))
    return (_end(plan) - 60 - (1 - share) * (DAYS * 86_400 - 120)).astype(np.int64)


def _clusters(plan: Plan, draw: np.random.Generator, people: People, *, customer: Ints, second: Ints) -> Ints:
    """Of each order: the first taste, the second, or what the month likes."""
    months = (second.astype("datetime64[s]").astype("datetime64[M]").astype(int)) % 12
    seasonal = np.empty(len(customer), dtype=np.int64)
    for month in range(12):
        own = np.flatnonzero(months == month)
        seasonal[own] = draw.choice(plan.clusters, len(own), p=draw.dirichlet(np.full(plan.clusters, 0.4)))
    fate = draw.random(len(customer))
    own_taste = people.tastes[customer, (fate > 0.6).astype(np.int64)]
    return np.where(fate > 0.85, seasonal, own_taste)


def _line_clusters(
    plan: Plan, draw: np.random.Generator, people: People, customer: Ints, cluster: Ints, lines: Ints
) -> Ints:
    fate = draw.random(len(lines))
    other = people.tastes[customer[lines], draw.integers(0, 2, len(lines))]
    anything = draw.integers(0, plan.clusters, len(lines))
    chosen: Ints = np.where(fate < 0.75, cluster[lines], np.where(fate < 0.92, other, anything))
    return chosen


def _products(draw: np.random.Generator, catalogue: Catalogue, cluster: Ints) -> Ints:
    """A product of each cluster, by weight: one search in the running total of all."""
    total = np.concatenate([[0.0], np.cumsum(catalogue.weight)])
    numbers = np.arange(cluster.max() + 2 if len(cluster) else 1)
    first = np.searchsorted(catalogue.cluster, numbers)
    low, high = total[first[cluster]], total[first[cluster + 1]]
    found = np.searchsorted(total, low + (high - low) * draw.random(len(cluster)), side="right") - 1
    chosen: Ints = np.minimum(found, len(catalogue.weight) - 1)
    return chosen


def _with_repeats(
    draw: np.random.Generator, catalogue: Catalogue, product: Ints, *, customer: Ints, lines: Ints
) -> Ints:
    """Some lines repeat a line of an earlier order of the same person, consumables most of all."""
    first_of_order = np.searchsorted(lines, np.arange(len(customer)))
    first_of_person = first_of_order[np.searchsorted(customer, customer)]
    earlier = first_of_order[lines] - first_of_person[lines]
    source = first_of_person[lines] + (draw.random(len(lines)) * earlier).astype(np.int64)
    is_consumable = catalogue.is_consumable[product[np.minimum(source, len(product) - 1)]]
    chance = np.where(is_consumable, 0.6, 0.15)
    repeats = (earlier > 0) & (draw.random(len(lines)) < chance)
    chosen: Ints = np.where(repeats, product[source], product)
    return chosen


def _in_time_order(
    draw: np.random.Generator, customer: Ints, second: Ints, lines: Ints, product: Ints
) -> Orders:
    by_time = np.argsort(second, kind="stable")
    place = np.empty_like(by_time)
    place[by_time] = np.arange(len(by_time))
    # A product stands once in an order: its number and the order's make one key, sorted by order.
    key = np.unique(place[lines] * (product.max() + 1) + product)
    line_order, line_product = np.divmod(key, product.max() + 1)
    quantity = 1 + draw.poisson(0.3, len(key))
    return Orders(customer[by_time], second[by_time], line_order, line_product, quantity)
