"""One customer's orders: trips of their own choosing, and things they run out of."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from omotenashi.sample_shop.history.demand import Demand, Floats
from omotenashi.sample_shop.history.records import Customer

DAY = 86_400.0
# Share of orders by local hour: lunch break and the evening on the sofa.
HOURS = np.array([1, 0.5, 0.3, 0.2, 0.2, 0.4, 1, 2, 3, 4, 4.5, 5, 6, 5, 4, 4, 4.5, 5, 5.5, 7, 9, 9, 6, 3])
HOURS = HOURS / HOURS.sum()
MEAN_DAYS_BETWEEN_TRIPS = 64.0
MEAN_LOYALTY_DAYS = 420.0
MEAN_HABITS = 1.75
REGULARITY = 0.1
"""Standard deviation of a habit's gap, as a share of it."""
EARLY = 0.18
"""Whoever shops anyway takes along what will run out within this share of its gap."""
SERVED_IN_NUMBERS = {"Plates": (2, 4, 6), "Bowls": (1, 2, 4), "Seeds": (1, 1, 2), "Mugs": (1, 2, 2)}
GIFTS_FROM, GIFTS_UNTIL = (11, 24), (12, 19)


@dataclass(frozen=True, slots=True, kw_only=True)
class Basket:
    """An order before it has a number."""

    customer: Customer
    placed_at: datetime
    products: tuple[int, ...]
    quantities: tuple[int, ...]


@dataclass(kw_only=True)
class Shopper:
    """A customer with a taste; remembers what is at home."""

    customer: Customer
    taste: Floats
    habits: dict[int, float]
    """Product → days until it is used up."""
    rng: np.random.Generator
    demand: Demand
    start: datetime
    owned: set[int] = field(default_factory=set)
    runs_out: dict[int, float] = field(default_factory=dict)
    """Product → day on which it will be bought again, counted from the start."""

    def chosen(self, *, count: int, month: int, giving: bool) -> list[int]:
        """By taste and season; in the weeks of gifts less by one's own taste, and twice if need be."""
        weights = (
            self.demand.popularity
            * self.demand.seasons[month - 1]
            * (self.taste**0.5 if giving else self.taste)
        )
        weights[list(self.habits if giving else self.habits.keys() | self.owned)] = 1e-12
        # A race of exponential clocks draws without replacement, and much faster than Generator.choice.
        clocks = self.rng.exponential(size=len(weights)) / weights
        return [int(product) for product in np.argsort(clocks)[:count]]

    def with_companions(self, products: Sequence[int]) -> list[int]:
        """What belongs together: tea to the teapot, a bulb to the lamp."""
        basket = list(products)
        for product in products:
            for other, probability in self.demand.companions.get(product, ()):
                if other not in basket and other not in self.owned and self.rng.random() < probability:
                    basket.append(other)
        return basket

    def due(self, day: float) -> list[int]:
        return [p for p, when in self.runs_out.items() if when - day <= EARLY * self.habits[p]]

    def take(self, products: Sequence[int], *, day: float) -> tuple[int, ...]:
        """Carry it home: quantities, and when it will be needed again."""
        quantities = tuple(self._quantity(product) for product in products)
        for product, quantity in zip(products, quantities, strict=True):
            if product in self.habits:
                self.runs_out[product] = self._used_up(product, gap=self.habits[product] * quantity, day=day)
            elif not self.demand.days_of_use[product]:
                self.owned.add(product)
        return quantities

    def _used_up(self, product: int, *, gap: float, day: float) -> float:
        """Out of season it may lie in the drawer for another while: few candles burn in June."""
        day += gap * max(0.4, 1 + self.rng.normal(0, REGULARITY))
        while self.rng.random() > self.demand.seasons[self.month(day) - 1, product] + 0.15:
            day += gap
        return float(day)

    def month(self, day: float) -> int:
        return (self.start + timedelta(days=day)).month

    def _quantity(self, product: int) -> int:
        if product in self.habits:
            return 2 if self.rng.random() < 0.05 else 1
        choices = SERVED_IN_NUMBERS.get(self.demand.categories[product][-1])
        return int(self.rng.choice(choices)) if choices else 1


def make_shopper(customer: Customer, *, rng: np.random.Generator, demand: Demand, start: datetime) -> Shopper:
    """A leaning towards one or two personas, and quirks of one's own."""
    mix = rng.dirichlet(demand.persona_shares * 2.2)
    taste = (mix @ demand.personas) ** 1.5 * rng.lognormal(0, 0.7, size=len(demand.ids))
    wanted = np.where(demand.days_of_use > 0, taste * demand.popularity, 0.0) ** 1.5
    count = min(int(rng.poisson(MEAN_HABITS)), 6)
    products = rng.choice(len(wanted), size=count, replace=False, p=wanted / wanted.sum())
    household = rng.lognormal(0, 0.25)
    habits = {int(p): float(np.clip(demand.days_of_use[p] * household, 10, 300)) for p in products}
    return Shopper(customer=customer, taste=taste, habits=habits, rng=rng, demand=demand, start=start)


def shop(shopper: Shopper, *, until: datetime) -> list[Basket]:
    """1. Join (or be there already). 2. Order on each trip and when something runs out. 3. One day stop."""
    rng, start = shopper.rng, shopper.start
    first = max((shopper.customer.created_at - start).total_seconds() / DAY, 0.0)
    last = min(first + rng.exponential(MEAN_LOYALTY_DAYS) + 10, (until - start).total_seconds() / DAY)
    pace = MEAN_DAYS_BETWEEN_TRIPS * rng.gamma(3.0, 1 / 3.0)
    is_new = shopper.customer.created_at >= start
    trip = first if is_new else _next_trip(shopper, day=first, pace=pace)
    shopper.runs_out = {product: first + rng.uniform(0, gap) for product, gap in shopper.habits.items()}
    baskets: list[Basket] = []
    day = min([trip, *shopper.runs_out.values()])
    while day < last:
        is_trip = trip <= day
        basket = _order(shopper, day=day, is_trip=is_trip)
        if is_trip:
            trip = _next_trip(shopper, day=day + 2, pace=pace)
        if basket is not None and basket.placed_at <= until:
            baskets.append(basket)
        day = max(day + 0.5, min([trip, *shopper.runs_out.values()]))
    return baskets


def _next_trip(shopper: Shopper, *, day: float, pace: float) -> float:
    """Thinning: candidates at the busiest month's pace, each kept with its own month's share of that."""
    busy = shopper.demand.trips_by_month
    while True:
        day += shopper.rng.exponential(pace / busy.max())
        if shopper.rng.random() < busy[shopper.month(day) - 1] / busy.max():
            return day


def _order(shopper: Shopper, *, day: float, is_trip: bool) -> Basket | None:
    """None where the hour of the day would fall before the customer joined."""
    placed_at = _at_a_likely_hour(shopper.start + timedelta(days=day), shopper=shopper)
    giving = GIFTS_FROM <= (placed_at.month, placed_at.day) <= GIFTS_UNTIL
    products = shopper.due(day)
    if is_trip or giving or shopper.rng.random() < 0.3:
        count = 1 + int(shopper.rng.poisson(0.9 if giving else 0.5))
        products += shopper.with_companions(shopper.chosen(count=count, month=placed_at.month, giving=giving))
    products = list(dict.fromkeys(products))
    if not products:
        return None
    quantities = shopper.take(products, day=day)
    return Basket(
        customer=shopper.customer, placed_at=placed_at, products=tuple(products), quantities=quantities
    )


def _at_a_likely_hour(moment: datetime, *, shopper: Shopper) -> datetime:
    """The same local day at an hour when people shop; never before the account was made."""
    rng, customer = shopper.rng, shopper.customer
    local = moment.astimezone(ZoneInfo(customer.time_zone))
    hour, minute, second = int(rng.choice(24, p=HOURS)), int(rng.integers(60)), int(rng.integers(60))
    placed_at = local.replace(hour=hour, minute=minute, second=second, microsecond=0).astimezone(UTC)
    return max(placed_at, customer.created_at + timedelta(minutes=45))
