"""What the ranker looks at: features of the product, the customer, and the two together, as of one moment."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse  # type: ignore[import-untyped]

from personalization.engine.ranking.history import Floats, History, Whole
from personalization.engine.ranking.kernels import nearest_owned, places_in_rows
from personalization.engine.ranking.sources.base import Pairs, Shop, SparseProduct
from personalization.engine.ranking.texts import centred, reduced

Column = NDArray[Any]
HALF_LIVES = (20.0, 60.0, 180.0)
WINDOWS = (3, 7, 14, 30, 60, 90, 180)
MOST_COMPARED = 100
"""Own products a pair's text is compared with, the latest first."""


@dataclass(frozen=True)
class Table:
    """One row a product, a customer or a pair."""

    names: tuple[str, ...]
    values: Floats

    @classmethod
    def of(cls, columns: Mapping[str, Column], *, prefix: str = "") -> "Table":
        values = np.column_stack([column.astype(np.float32) for column in columns.values()])
        return cls(tuple(prefix + name for name in columns), values)


@dataclass(frozen=True)
class FeatureSpace:
    """All that does not depend on the pairs: made once a history, used for every chunk of customers."""

    history: History
    products: Table
    customers: Table
    text: Floats
    text_links: SparseProduct
    market_lately: Floats
    size_lately: Floats
    size_group: Whole
    price: Floats
    quantity: Floats
    rhythm: Floats
    recent: sparse.csr_matrix
    """Own products, the latest first in each row."""
    fading: Mapping[str, Floats]
    """By owned pair: its purchases, each counting half after so many days."""


def feature_space(history: History, shop: Shop) -> FeatureSpace:
    text = reduced(centred(shop.text, products=history.products))
    links = shop.text_links(products=history.products)
    price, quantity = _typical(history)
    rhythm = _rhythm(history)
    size_group = _size_groups(history)
    return FeatureSpace(
        history=history,
        products=Table.of(
            _product_columns(history, links=links, price=price, quantity=quantity, rhythm=rhythm),
            prefix="product.",
        ),
        customers=Table.of(_customer_columns(history, price=price), prefix="customer."),
        text=text,
        text_links=SparseProduct(history.matrix(history.decayed(90.0)), links),
        market_lately=_by_group(history, group=history.market + 1, groups=len(history.log.markets) + 1),
        size_lately=_by_group(history, group=size_group, groups=4),
        size_group=size_group,
        price=price,
        quantity=quantity,
        rhythm=rhythm,
        recent=latest_first(history),
        fading={f"fading_{days:.0f}": history.decayed(days) for days in HALF_LIVES},
    )


def pair_features(space: FeatureSpace, pairs: Pairs, scores: Mapping[str, Floats]) -> Table:
    """`scores`: each source's score of the pairs."""
    columns: dict[str, Column] = {}
    customer = pairs.customer
    for name, score in scores.items():
        columns[f"{name}.score"] = score
        columns[f"{name}.share"] = score / np.maximum(_row_best(score, pairs), 1e-9)
        columns[f"{name}.place"] = _row_places(score, pairs)
    columns |= _owned_columns(space, customer, pairs.product)
    columns |= _text_columns(space, pairs)
    columns |= _fit_columns(space, customer, pairs.product)
    own = Table.of(columns, prefix="pair.")
    values = np.concatenate(
        [own.values, space.products.values[pairs.product], space.customers.values[customer]], axis=1
    )
    return Table(own.names + space.products.names + space.customers.names, values)


def _product_columns(
    history: History, *, links: sparse.csr_matrix, price: Floats, quantity: Floats, rhythm: Floats
) -> dict[str, Column]:
    products, log = history.products, history.log.purchases()
    pair, place = np.unique(log.basket.astype(np.int64) * products + log.product, return_index=True)
    product, age = pair % max(products, 1), history.as_of - log.day[place]
    events, owned = history.events, history.owned
    columns: dict[str, Column] = {}

    def counted(which: Whole, chosen: NDArray[np.bool_]) -> Floats:
        return np.bincount(which[chosen], minlength=products).astype(np.float32)

    is_first = history.is_first()
    event_age = history.as_of - events.day
    for days in WINDOWS:
        sold = counted(product, age <= days)
        columns[f"sold_{days}"] = sold
        columns[f"sold_share_{days}"] = sold / max(sold.sum(), 1.0)
        columns[f"adopted_{days}"] = counted(events.product, (event_age <= days) & is_first)
        columns[f"rebought_{days}"] = counted(events.product, (event_age <= days) & ~is_first)
    share = {days: columns[f"sold_share_{days}"] + 1e-6 for days in WINDOWS}
    for short, long in ((3, 14), (7, 30), (14, 60), (30, 90), (60, 180)):
        columns[f"momentum_{short}_{long}"] = np.log(share[short] / share[long])
    for half_life in (5.0, 15.0, 45.0):
        fading = 0.5 ** (event_age / half_life)
        columns[f"adopted_fading_{half_life:.0f}"] = np.bincount(
            events.product[is_first], weights=fading[is_first], minlength=products
        )
        columns[f"rebought_fading_{half_life:.0f}"] = np.bincount(
            events.product[~is_first], weights=fading[~is_first], minlength=products
        )
    columns["adopted_rise"] = np.log(
        (columns["adopted_fading_5"] / 5 + 0.01) / (columns["adopted_fading_45"] / 45 + 0.01)
    )
    columns["adopted_rise_15"] = np.log(
        (columns["adopted_fading_15"] / 15 + 0.01) / (columns["adopted_fading_45"] / 45 + 0.01)
    )
    columns["adopted_place"] = _places(columns["adopted_fading_5"])
    columns["adopted_place_15"] = _places(columns["adopted_fading_15"])
    columns["place_30"] = _places(columns["sold_30"])
    columns["place_7"] = _places(columns["sold_7"])
    columns["anonymous_30"] = counted(product, (age <= 30) & (log.customer[place] < 0))
    first, last = np.full(products, np.nan), np.full(products, np.nan)
    np.fmax.at(first, product, age)
    np.fmin.at(last, product, age)
    columns["age"], columns["unsold_for"] = first, last
    columns["days_sold_30"] = _days_sold(product, age, products=products, window=30)
    owners = counted(owned.product, np.ones(len(owned.key), dtype=bool))
    columns["owners"] = owners
    columns["again_share"] = counted(owned.product, owned.times >= 2) / np.maximum(owners, 1)
    columns["adopters_left_30"] = columns["adopted_30"] / np.maximum(owners, 1)
    columns["returned_90"] = _returned(history, days=90) / np.maximum(columns["sold_90"], 1)
    columns["price"], columns["quantity"], columns["rhythm"] = price, quantity, rhythm
    columns["price_change"] = _price_change(history, price)
    columns |= _season(history, product, age)
    similar = links.copy()
    total = np.maximum(np.asarray(similar.sum(axis=1)).ravel(), 1e-9)
    for name in (
        "adopted_fading_5",
        "adopted_fading_15",
        "adopted_rise",
        "sold_7",
        "sold_30",
        "adopted_14",
        "adopted_30",
        "momentum_7_30",
        "momentum_14_60",
        "momentum_30_90",
    ):
        columns[f"alike_{name}"] = (similar @ columns[name]) / total
    return columns


def _season(history: History, product: Whole, age: NDArray[np.float64]) -> dict[str, Column]:
    """The same weeks a year ago; NaN where the log does not reach so far back."""
    products = history.products
    if not len(age) or age.max() < 365 + 14:
        nothing = np.full(products, np.nan)
        return {"year_ago_next_30": nothing, "year_ago_rise": nothing}

    def between(low: float, high: float) -> Floats:
        return np.bincount(product[(age > low) & (age <= high)], minlength=products).astype(np.float32)

    after, before = between(335, 365), between(365, 395)
    scale_after, scale_before = max(after.sum(), 1.0), max(before.sum(), 1.0)
    rise = np.log((after / scale_after + 1e-5) / (before / scale_before + 1e-5))
    return {"year_ago_next_30": after / scale_after, "year_ago_rise": rise}


def _customer_columns(history: History, *, price: Floats) -> dict[str, Column]:
    events, customers = history.events, history.customers
    age = history.as_of - events.day

    def mean(values: NDArray[np.floating]) -> Floats:
        total = np.bincount(events.customer, weights=values, minlength=customers)
        return (total / np.maximum(lines, 1)).astype(np.float32)

    lines = np.bincount(events.customer, minlength=customers).astype(np.float32)
    different = np.bincount(history.owned.customer, minlength=customers).astype(np.float32)
    baskets = history.baskets.astype(np.float32)
    since, tenure = history.as_of - history.last_day, history.as_of - history.first_day
    gap = (history.last_day - history.first_day) / np.maximum(baskets - 1, 1)
    span = max(int(history.baskets.max(initial=0)), 1) + 1

    def baskets_within(days: float) -> Floats:
        keys = np.unique(events.customer[age <= days] * span + events.ordinal[age <= days])
        return np.bincount(keys // span, minlength=customers).astype(np.float32)

    return {
        "baskets": baskets,
        "lines": lines,
        "different": different,
        "repeat_share": 1.0 - different / np.maximum(lines, 1),
        "lines_per_basket": lines / np.maximum(baskets, 1),
        "since": since,
        "tenure": tenure,
        "gap": np.where(baskets > 1, gap, np.nan),
        "since_per_gap": np.where(baskets > 1, since / np.maximum(gap, 1.0), np.nan),
        "baskets_30": baskets_within(30),
        "baskets_90": baskets_within(90),
        "quantity": mean(np.log1p(events.quantity)),
        "price": mean(np.log1p(price[events.product])),
        "market": history.market.astype(np.float32),
    }


def _owned_columns(space: FeatureSpace, customer: Whole, product: Whole) -> dict[str, Column]:
    history, owned = space.history, space.history.owned
    place = owned.find(customer, product, products=history.products)
    has = place >= 0

    def at(values: Column) -> Floats:
        if not len(values):
            return np.full(len(place), np.nan, dtype=np.float32)
        return np.where(has, values[np.maximum(place, 0)], np.nan).astype(np.float32)

    times, since = at(owned.times), at(history.as_of - owned.last)
    interval = at((owned.last - owned.first) / np.maximum(owned.times - 1, 1))
    interval = np.where(times >= 2, interval, np.nan)
    baskets = history.baskets[customer]
    return {
        "times": np.where(has, times, 0),
        "since": since,
        "since_first": at(history.as_of - owned.first),
        "baskets_since": baskets - 1 - at(owned.last_ordinal),
        "share_of_baskets": times / np.maximum(baskets, 1),
        "interval": interval,
        "since_per_interval": since / np.maximum(interval, 1.0),
        "since_per_rhythm": since / np.maximum(space.rhythm[product], 1.0),
        **{name: at(values) for name, values in space.fading.items()},
        "quantity": at(owned.quantity / np.maximum(owned.times, 1)),
    }


def _text_columns(space: FeatureSpace, pairs: Pairs) -> dict[str, Column]:
    own = space.recent
    best, mean = nearest_owned(
        pairs.customers, own.indptr, own.indices, own.data,
        space.text, pairs.start, pairs.product, MOST_COMPARED,
    )  # fmt: skip
    return {"text_nearest": best, "text_mean": mean, "text_bought": space.text_links.score(pairs)}


def _fit_columns(space: FeatureSpace, customer: Whole, product: Whole) -> dict[str, Column]:
    history = space.history
    place = {name: index for index, name in enumerate(space.customers.names)}
    price = space.customers.values[customer, place["customer.price"]]
    quantity = space.customers.values[customer, place["customer.quantity"]]
    return {
        "price_ratio": np.log1p(space.price[product]) - price,
        "quantity_ratio": np.log1p(space.quantity[product]) - quantity,
        "market_lately": space.market_lately[history.market[customer] + 1, product],
        "size_lately": space.size_lately[space.size_group[customer], product],
    }


def _typical(history: History) -> tuple[Floats, Floats]:
    """By product: the last price paid and the usual quantity; NaN for what was never sold."""
    log = history.log.purchases()
    price = np.full(history.products, np.nan, dtype=np.float32)
    price[log.product] = log.price
    lines = np.bincount(log.product, minlength=history.products)
    total = np.bincount(log.product, weights=np.log1p(log.quantity), minlength=history.products)
    return price, np.expm1(total / np.maximum(lines, 1)).astype(np.float32)


def _price_change(history: History, price: Floats) -> Floats:
    log = history.log.purchases()
    lines = np.bincount(log.product, minlength=history.products)
    mean = np.bincount(log.product, weights=log.price, minlength=history.products) / np.maximum(lines, 1)
    return np.log((price + 0.01) / (mean + 0.01)).astype(np.float32)


def _rhythm(history: History) -> Floats:
    """By product: mean days between two purchases of one customer, drawn to the shop's where few return."""
    owned = history.owned
    again = owned.times >= 2
    days = (owned.last - owned.first)[again]
    gaps = (owned.times - 1)[again]
    total = np.bincount(owned.product[again], weights=days, minlength=history.products)
    count = np.bincount(owned.product[again], weights=gaps, minlength=history.products)
    usual = days.sum() / max(gaps.sum(), 1.0) if len(days) else 30.0
    return ((total + 5.0 * usual) / (count + 5.0)).astype(np.float32)


def _size_groups(history: History) -> Whole:
    """Households to wholesale: customers by quartile of their usual quantity."""
    events = history.events
    lines = np.bincount(events.customer, minlength=history.customers)
    total = np.bincount(events.customer, weights=np.log1p(events.quantity), minlength=history.customers)
    usual = total / np.maximum(lines, 1)
    known = usual[lines > 0]
    edges = np.quantile(known, [0.25, 0.5, 0.75]) if len(known) else np.zeros(3)
    return np.searchsorted(edges, usual).astype(np.int64)


def _by_group(history: History, *, group: Whole, groups: int, days: float = 30.0) -> Floats:
    """group × product: each group's share of lately sold baskets that held it."""
    events = history.events
    lately = events.day >= history.as_of - days
    place = group[events.customer[lately]] * history.products + events.product[lately]
    counts = np.bincount(place, minlength=groups * history.products).reshape(groups, history.products)
    share: Floats = (counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)).astype(np.float32)
    return share


def latest_first(history: History) -> sparse.csr_matrix:
    owned = history.owned
    order = np.lexsort((-owned.last, owned.customer))
    weight = (0.5 ** ((history.as_of - owned.last) / 90.0)).astype(np.float32)
    indptr = np.searchsorted(owned.customer, np.arange(history.customers + 1))
    return sparse.csr_matrix(
        (weight[order], owned.product[order].astype(np.int32), indptr),
        shape=(history.customers, history.products),
    )


def _returned(history: History, *, days: float) -> Floats:
    log = history.log.between(history.as_of - days, history.as_of)
    return np.bincount(log.product[log.is_return], minlength=history.products).astype(np.float32)


def _days_sold(product: Whole, age: NDArray[np.float64], *, products: int, window: int) -> Floats:
    lately = age <= window
    days = np.unique(product[lately] * (window + 1) + np.floor(age[lately]).astype(np.int64))
    return np.bincount(days // (window + 1), minlength=products).astype(np.float32)


def _places(values: Column) -> Floats:
    """0 for the largest to 1 for the smallest."""
    order = np.argsort(-values, kind="stable")
    place = np.empty(len(values), dtype=np.float32)
    place[order] = np.arange(len(values)) / max(len(values), 1)
    return place


def _row_best(score: Floats, pairs: Pairs) -> Floats:
    best = np.zeros(len(pairs.customers), dtype=np.float32)
    np.maximum.at(best, np.repeat(np.arange(len(best)), np.diff(pairs.start)), score)
    return np.repeat(best, np.diff(pairs.start))


def _row_places(score: Floats, pairs: Pairs) -> Floats:
    """Place of each pair in its row by this score; those the source is silent on share the last."""
    return np.where(score > 0, places_in_rows(score, pairs.start), 999.0).astype(np.float32)
