"""A deterministic past for the sample shop: customers, orders, visits. All of it is invented."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import numpy as np

from omotenashi.sample_shop.history.browsing import numbered, visits
from omotenashi.sample_shop.history.demand import Demand, load_demand
from omotenashi.sample_shop.history.people import make_customers
from omotenashi.sample_shop.history.records import Customer, Habit, History, Order, OrderLine
from omotenashi.sample_shop.history.shopping import Basket, Shopper, make_shopper, shop

__all__ = ["Customer", "Habit", "History", "Order", "OrderLine", "generate_history"]


def generate_history(*, seed: int, until: datetime, customers: int = 400, days: int = 540) -> History:
    """The same arguments make the same history; nothing in it is later than `until` (aware, any zone).

    Each customer draws from a generator of their own: a larger shop begins with the same people.
    """
    if until.tzinfo is None:
        raise ValueError("until needs a time zone: a naive time means another moment on every machine.")
    start, demand = until - timedelta(days=days), load_demand()
    people = make_customers(rng=np.random.default_rng(seed), count=customers, start=start, until=until)
    shoppers = [
        make_shopper(customer, rng=np.random.default_rng([seed, number]), demand=demand, start=start)
        for number, customer in enumerate(people)
    ]
    baskets = [shop(shopper, until=until) for shopper in shoppers]
    events = [
        event
        for shopper, own in zip(shoppers, baskets, strict=True)
        for event in visits(shopper, baskets=own, until=until)
    ]
    return History(
        customers=tuple(people),
        orders=_orders((basket for own in baskets for basket in own), demand=demand),
        events=numbered(events, salt=f"{seed}:{until.isoformat()}:{customers}:{days}"),
        true_habits=tuple(habit for shopper in shoppers for habit in _habits(shopper)),
    )


def _orders(baskets: Iterable[Basket], *, demand: Demand) -> tuple[Order, ...]:
    ordered = sorted(baskets, key=lambda basket: (basket.placed_at, basket.customer.external_id))
    return tuple(
        _order(basket, number=number, demand=demand) for number, basket in enumerate(ordered, start=1)
    )


def _order(basket: Basket, *, number: int, demand: Demand) -> Order:
    lines = (
        OrderLine(product=demand.ids[product], quantity=quantity, unit_price=demand.prices[product])
        for product, quantity in zip(basket.products, basket.quantities, strict=True)
    )
    return Order(
        external_id=f"order-{number:05d}",
        customer=basket.customer.external_id,
        placed_at=basket.placed_at,
        currency="EUR",
        lines=tuple(lines),
    )


def _habits(shopper: Shopper) -> list[Habit]:
    customer = shopper.customer.external_id
    return [
        Habit(customer=customer, product=shopper.demand.ids[p], days=days)
        for p, days in shopper.habits.items()
    ]
