"""Judges the forecasts at an earlier day, beside the BG/NBD and trees on recency, frequency and gaps."""

from dataclasses import dataclass, replace
from typing import Any

import lightgbm
import numpy as np
import polars as pl

from personalization.engine.purchase_log import PurchaseLog
from personalization.engine.timing.bgnbd import fit_bgnbd
from personalization.engine.timing.cuts import FIRST_OFFSET, STEP, next_day
from personalization.engine.timing.features import SIMPLE, known_at
from personalization.engine.timing.forecast import Forecasts, forecast_customers
from personalization.engine.timing.learn import tree_parameters
from personalization.engine.timing.metrics import Measured, measure
from personalization.engine.timing.options import TimingOptions
from personalization.engine.timing.visits import Floats, Visits, visits_of

BEYOND_DAYS = 365.0
"""Written as the expected date of those who are not expected within a year."""
ENOUGH_SECONDS = 120.0


@dataclass(frozen=True)
class TimingRow:
    """One method at one horizon."""

    method: str
    days: int
    customers: int
    foretold: float
    """Mean probability; `bought` is the share that came."""
    bought: float
    metrics: dict[str, Measured]


def timing_table(
    log: PurchaseLog,
    *,
    cut: float,
    days: int = 30,
    budget_seconds: float = ENOUGH_SECONDS,
    options: TimingOptions | None = None,
) -> pl.DataFrame:
    """customer_id, p30, expected_date of each customer known before the cut; with other days `p{days}`."""
    column = _column(days)
    found = forecast_customers(log, as_of=cut, options=options or options_within(budget_seconds))
    expected = np.where(np.isnan(found.expected_day), cut + BEYOND_DAYS, found.expected_day)
    return pl.DataFrame(
        {
            "customer_id": [log.customers[number] for number in found.customer.tolist()],
            column: getattr(found, column),
            "expected_date": pl.Series(np.floor(expected).astype(np.int32)).cast(pl.Date),
        }
    )


def options_within(budget_seconds: float) -> TimingOptions:
    """Time goes with the customers learned from; below a minute fewer of them are looked at."""
    share = min(budget_seconds / ENOUGH_SECONDS, 1.0)
    plain = TimingOptions()
    return replace(plain, training_customers=max(int(plain.training_customers * share), 2_000))


def timing_report(
    log: PurchaseLog, *, cut: float, days: int = 30, options: TimingOptions | None = None
) -> list[TimingRow]:
    """Ours first, then the two references, each having seen the log before the cut alone."""
    ours = forecast_customers(log, as_of=cut, options=options)
    visits = visits_of(log)
    bought = (next_day(visits, customers=ours.customer, start=cut, end=cut + days) < np.inf).astype(float)
    past = visits.before(cut)
    methods = {
        "ours": getattr(ours, _column(days)),
        "BG/NBD": bgnbd_alone(past, cut=cut, days=days),
        "trees on recency, frequency, gaps": trees_alone(past, cut=cut, days=days),
    }
    return [_row(name, probability, bought=bought, days=days) for name, probability in methods.items()]


def interval_report(found: Forecasts, *, log: PurchaseLog) -> dict[str, float]:
    """What the days after `as_of` say of the interval, as far as the log goes."""
    end = float(log.day[-1]) if len(log) else found.as_of
    next_seen = next_day(visits_of(log), customers=found.customer, start=found.as_of, end=np.inf)
    judged = found.late_day <= end
    return {
        "customers": float(len(found.customer)),
        "late_day_given": float(np.isfinite(found.late_day).mean()),
        "judged": float(judged.sum()),
        "within": float(((next_seen >= found.early_day) & (next_seen <= found.late_day))[judged].mean()),
        "before_early": float((next_seen < found.early_day).mean()),
    }


def bgnbd_alone(past: Visits, *, cut: float, days: int) -> Floats:
    known = known_at(past, cut=cut)
    return fit_bgnbd(known.histories).probability_to_buy(known.histories, days=days)


def trees_alone(past: Visits, *, cut: float, days: int, rounds: int = 200, cuts: int = 12) -> Floats:
    """The same cuts and the same trees as ours: what differs is what they see."""
    offsets = [max(FIRST_OFFSET, float(days)) + STEP * place for place in range(cuts)]
    first = float(past.day.min())
    matrices, labels = [], []
    for offset in [offset for offset in offsets if cut - offset - first >= 45.0]:
        known = known_at(past, cut=cut - offset)
        seen = next_day(past, customers=known.customer, start=known.cut, end=known.cut + days)
        matrices.append(known.matrix(SIMPLE))
        labels.append(np.isfinite(seen).astype(np.float64))
    data = lightgbm.Dataset(np.vstack(matrices), np.concatenate(labels))
    model: Any = lightgbm.train(tree_parameters(rounds=rounds, seed=0, num_threads=1), data, rounds)
    return np.asarray(model.predict(known_at(past, cut=cut).matrix(SIMPLE)))


def _column(days: int) -> str:
    if days not in (7, 14, 30):
        raise ValueError(f"Timing is forecast for 7, 14 and 30 days, not for {days}: choose one of these.")
    return f"p{days}"


def _row(method: str, probability: Floats, *, bought: Floats, days: int) -> TimingRow:
    metrics = measure(probability, bought=bought)
    return TimingRow(method, days, len(bought), float(probability.mean()), float(bought.mean()), metrics)
