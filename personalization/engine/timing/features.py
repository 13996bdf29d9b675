"""What was known of each customer on one day, as columns. Reads nothing dated on or after it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from personalization.engine.timing.bgnbd import BGNBD, Histories
from personalization.engine.timing.curve import KNOTS
from personalization.engine.timing.visits import Floats, Numbers, Visits

WINDOWS = (7.0, 14.0, 30.0, 60.0, 90.0, 180.0, 365.0)
SIMPLE = ("recency", "tenure", "visits", "gap_mean", "gap_median", "gap_sd", "gap_last", "recency_to_gap")
"""Recency, frequency and gaps: what the reference model of the backtest sees."""


@dataclass(frozen=True)
class Known:
    """The customers of one cut and their columns."""

    cut: float
    customer: Numbers
    last_day: Floats
    visits: Numbers
    histories: Histories
    columns: dict[str, Floats]

    def matrix(self, names: tuple[str, ...]) -> NDArray[np.float32]:
        return np.column_stack([self.columns[name] for name in names]).astype(np.float32)


def known_at(visits: Visits, *, cut: float) -> Known:
    past = visits.before(cut)
    starts = np.flatnonzero(np.diff(past.customer, prepend=-1))
    count = np.diff(starts, append=len(past))
    ends = starts + count - 1
    customer = past.customer[starts]
    last, first = past.day[ends], past.day[starts]
    gaps = _gaps(past, starts=starts, count=count)
    columns = _recency(cut, first=first, last=last, count=count) | gaps
    columns["recency_to_gap"] = columns["recency"] / np.maximum(columns["gap_mean"], 1.0)
    columns["recency_to_median"] = columns["recency"] / np.maximum(columns["gap_median"], 1.0)
    columns["recency_to_longest"] = columns["recency"] / np.maximum(columns["gap_longest"], 1.0)
    columns |= _earlier(past, cut=cut, ends=ends, count=count)
    columns |= _windows(past, cut=cut, customer=customer)
    columns |= _values(past, starts=starts, ends=ends, count=count)
    columns |= _returns(past, cut=cut, customer=customer)
    columns |= _markets(past, ends=ends)
    histories = Histories((count - 1).astype(np.float64), last - first, cut - first)
    return Known(cut, customer, last, count, histories, columns)


def with_bgnbd(known: Known, *, model: BGNBD) -> Known:
    columns = known.columns
    columns["bgnbd_alive"] = model.probability_alive(known.histories)
    for days in KNOTS:
        columns[f"bgnbd_{days:.0f}"] = model.probability_to_buy(known.histories, days=days)
    return known


def _recency(cut: float, *, first: Floats, last: Floats, count: Numbers) -> dict[str, Floats]:
    tenure = cut - first
    return {
        "recency": cut - last,
        "tenure": tenure,
        "visits": count.astype(np.float64),
        "visits_per_day": count / np.maximum(tenure, 7.0),
        "recency_to_tenure": (cut - last) / np.maximum(tenure, 1.0),
    }


def _gaps(past: Visits, *, starts: Numbers, count: Numbers) -> dict[str, Floats]:
    """NaN for who came once: the models read it as "no rhythm yet"."""
    owner = np.repeat(np.arange(len(starts)), count)
    gap = np.diff(past.day, prepend=0.0)
    inner = np.ones(len(past), dtype=bool)
    inner[starts] = False
    gap, owner, many = gap[inner], owner[inner], (count - 1).astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.bincount(owner, gap, minlength=len(starts)) / many
        spread = np.bincount(owner, np.square(gap - mean[owner]), minlength=len(starts)) / (many - 1)
    ordered = gap[np.lexsort((gap, owner))]
    begins = np.cumsum(count - 1) - (count - 1)
    has = count > 1
    return {
        "gap_mean": mean,
        "gap_sd": np.sqrt(np.where(many > 1, spread, np.nan)),
        "gap_median": _pick(ordered, begins + (count - 1) // 2, has=has),
        "gap_longest": _pick(ordered, begins + count - 2, has=has),
        "gap_last": _pick(gap, begins + count - 2, has=has),
    }


def _pick(values: Floats, places: Numbers, *, has: NDArray[np.bool_]) -> Floats:
    found = np.full(len(places), np.nan)
    found[has] = values[places[has]]
    return found


def _earlier(past: Visits, *, cut: float, ends: Numbers, count: Numbers) -> dict[str, Floats]:
    """Days since the visits before the last: a burst, or a habit?"""
    return {
        f"since_{back + 1}": cut - _pick(past.day, ends - back, has=count > back) for back in (1, 2, 3, 5, 8)
    }


def _windows(past: Visits, *, cut: float, customer: Numbers) -> dict[str, Floats]:
    most = int(customer[-1]) + 1 if len(customer) else 0
    return {
        f"visits_{window:.0f}": np.bincount(past.customer[past.day >= cut - window], minlength=most)[
            customer
        ].astype(np.float64)
        for window in WINDOWS
    }


def _values(past: Visits, *, starts: Numbers, ends: Numbers, count: Numbers) -> dict[str, Floats]:
    if not len(starts):
        return {name: np.zeros(0) for name in ("value_mean", "value_last", "lines_mean", "lines_last")}
    return {
        "value_mean": np.add.reduceat(past.value, starts) / count,
        "value_last": past.value[ends],
        "lines_mean": np.add.reduceat(past.lines, starts) / count,
        "lines_last": past.lines[ends],
    }


def _returns(past: Visits, *, cut: float, customer: Numbers) -> dict[str, Floats]:
    """A return is a sign of life too."""
    most = int(max(customer.max(initial=-1), past.return_customer.max(initial=-1))) + 1
    latest = np.full(most, -np.inf)
    np.maximum.at(latest, past.return_customer, past.return_day)
    number = np.bincount(past.return_customer, minlength=most).astype(np.float64)
    since = cut - latest[customer]
    return {"returns": number[customer], "since_return": np.where(np.isfinite(since), since, np.nan)}


def _markets(past: Visits, *, ends: Numbers) -> dict[str, Floats]:
    """How large the customer's market is, as a share: codes would mean nothing to another shop."""
    market = past.market[ends]
    if not len(market):
        return {"market_share": np.zeros(0)}
    sizes = np.bincount(np.maximum(market, 0))
    return {"market_share": sizes[np.maximum(market, 0)] / len(market)}
