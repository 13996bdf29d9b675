"""When a customer buys a product again: the due day, an interval, and the chance that it happens at all.

1. Rhythm: the expected gap of each customer and product (`rhythm.py`).
2. Look at earlier days: of pairs with a like gap, as long after the last purchase, who came back within
   `horizon_days`, and after how many days?
3. Today's pairs get the middle, the early and the late of those days. So a due day is never in the past, and
   says: if it is bought again within the horizon, then about then.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from personalization.engine.purchase_log import PurchaseLog
from personalization.engine.timing.pairs import BoughtDays, Pairs, bought_days, pairs_of
from personalization.engine.timing.rhythm import Rhythms, learn_rhythms
from personalization.engine.timing.visits import Floats, Numbers

LONGEST_HORIZON, SHORTEST_HORIZON = 90.0, 7.0
LOOKS, LOOK_STEP = 3, 21.0
"""How many earlier days are looked at, and how far apart."""
OVER_AFTER_INTERVALS = 10.0
GAP_GROUPS, LATENESS_GROUPS, DAYS_GROUPS = 3, 6, (2, 3, 5)
MIN_RETURNS = 40
"""A group with fewer returns takes the figures of all."""


@dataclass(frozen=True)
class DueDates:
    """One entry a customer and product; days count like the log's."""

    as_of: float
    customer: Numbers
    product: Numbers
    days_bought: Numbers
    last_day: Floats
    interval_days: Floats
    due_day: Floats
    early_day: Floats
    late_day: Floats
    chance: Floats
    """To be bought again within the horizon."""
    horizon_days: float


@dataclass(frozen=True)
class _Seen:
    """Pairs as they stood on an earlier day, and the days until they were bought again."""

    pairs: Pairs
    interval: Floats
    since: Floats
    wait: Floats


@dataclass(frozen=True)
class _Groups:
    gap_edges: Floats
    lateness_edges: Floats

    def of(self, pairs: Pairs, *, interval: Floats, since: Floats) -> Numbers:
        gap = np.searchsorted(self.gap_edges, interval)
        lateness = np.searchsorted(self.lateness_edges, since / interval)
        times = np.searchsorted(DAYS_GROUPS, pairs.days, side="right")
        return np.asarray((gap * LATENESS_GROUPS + lateness) * (len(DAYS_GROUPS) + 1) + times)

    @property
    def number(self) -> int:
        return GAP_GROUPS * LATENESS_GROUPS * (len(DAYS_GROUPS) + 1)


def forecast_products(log: PurchaseLog, *, as_of: float, interval: float = 0.8) -> DueDates:
    days = bought_days(log.before(as_of))
    rhythms = learn_rhythms(days)
    span = as_of - float(days.day.min()) if len(days.day) else 0.0
    horizon = float(np.floor(min(LONGEST_HORIZON, span / 3.0)))
    if rhythms is None or horizon < SHORTEST_HORIZON:
        return _none(as_of)
    looks = [as_of - horizon - LOOK_STEP * place for place in range(LOOKS)]
    seen = [_look(days, day=day, horizon=horizon) for day in looks if as_of - day < 0.75 * span]
    now, gaps = _foretold(days, rhythms=rhythms, day=as_of)
    found = [part for part in seen if part is not None]
    if not found or not len(now.pair):
        return _none(as_of)
    return _dated(now, gaps, found, as_of=as_of, horizon=horizon, interval=interval, products=days.products)


def _foretold(days: BoughtDays, *, rhythms: Rhythms, day: float) -> tuple[Pairs, Floats]:
    """The pairs a rhythm can be said of: bought on two days, or once and the product has one."""
    pairs = pairs_of(days)
    gaps = rhythms.interval(pairs)
    has = (pairs.days > 1) | (rhythms.is_known[pairs.product] > 0)
    has &= day - pairs.last_day <= OVER_AFTER_INTERVALS * gaps
    return _chosen(pairs, has), gaps[has]


def _chosen(pairs: Pairs, rows: NDArray[np.bool_]) -> Pairs:
    return Pairs(
        pairs.pair[rows], pairs.product[rows], pairs.days[rows], pairs.last_day[rows], pairs.log_gap[rows]
    )


def _look(days: BoughtDays, *, day: float, horizon: float) -> _Seen | None:
    past = days.before(day)
    rhythms = learn_rhythms(past)
    if rhythms is None:
        return None
    pairs, gaps = _foretold(past, rhythms=rhythms, day=day)
    rows = (days.day >= day) & (days.day < day + horizon)
    later, first = np.unique(days.pair[rows], return_index=True)
    place = np.minimum(np.searchsorted(later, pairs.pair), max(len(later) - 1, 0))
    again = later[place] == pairs.pair if len(later) else np.zeros(len(pairs.pair), dtype=bool)
    wait = np.full(len(pairs.pair), np.inf)
    wait[again] = days.day[rows][first][place[again]] - day
    return _Seen(pairs, gaps, day - pairs.last_day, wait)


def _dated(
    now: Pairs,
    gaps: Floats,
    seen: list[_Seen],
    *,
    as_of: float,
    horizon: float,
    interval: float,
    products: int,
) -> DueDates:
    before = np.concatenate([part.interval for part in seen])
    lateness = np.concatenate([part.since / part.interval for part in seen])
    groups = _Groups(
        np.quantile(before, np.arange(1, GAP_GROUPS) / GAP_GROUPS),
        np.quantile(lateness, np.arange(1, LATENESS_GROUPS) / LATENESS_GROUPS),
    )
    group = np.concatenate([groups.of(part.pairs, interval=part.interval, since=part.since) for part in seen])
    wait = np.concatenate([part.wait for part in seen])
    figures = _figures(group, wait, number=groups.number, interval=interval)
    own = figures[groups.of(now, interval=gaps, since=as_of - now.last_day)]
    return DueDates(
        as_of=as_of,
        customer=now.pair // products,
        product=now.product,
        days_bought=now.days,
        last_day=now.last_day,
        interval_days=gaps,
        early_day=as_of + own[:, 0],
        due_day=as_of + own[:, 1],
        late_day=as_of + own[:, 2],
        chance=own[:, 3],
        horizon_days=horizon,
    )


def _figures(group: Numbers, wait: Floats, *, number: int, interval: float) -> Floats:
    """Early, middle and late wait of those who came back, and the share that did; one row a group."""
    missed = (1.0 - interval) / 2.0
    every = _quantiles(wait[np.isfinite(wait)], missed=missed)
    share = float(np.isfinite(wait).mean())
    rows = np.tile([*every, share], (number, 1))
    order = np.argsort(group, kind="stable")
    bounds = np.searchsorted(group[order], np.arange(number + 1))
    for place in range(number):
        own = wait[order[bounds[place] : bounds[place + 1]]]
        came = own[np.isfinite(own)]
        if len(own):
            # Leaning on everybody's share, for the groups that hold but a few.
            rows[place, 3] = (len(came) + MIN_RETURNS * share) / (len(own) + MIN_RETURNS)
        if len(came) >= MIN_RETURNS:
            rows[place, :3] = _quantiles(came, missed=missed)
    return rows


def _quantiles(came: Floats, *, missed: float) -> list[float]:
    """Widened as conformal prediction asks of a finite number."""
    if not len(came):
        return [0.0, 0.0, 0.0]
    widened = missed * (1.0 - 1.0 / (missed * (len(came) + 1))) if missed * (len(came) + 1) > 1 else 0.0
    return [float(value) for value in np.quantile(came, [widened, 0.5, 1.0 - widened])]


def _none(as_of: float) -> DueDates:
    empty, numbers = np.zeros(0), np.zeros(0, dtype=np.int64)
    return DueDates(
        as_of, numbers, numbers, numbers, empty, empty, empty, empty, empty, empty, LONGEST_HORIZON
    )
