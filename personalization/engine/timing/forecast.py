"""For each customer the chance to buy within 7, 14 and 30 days, and the day of the next purchase.

1. Turn the log before `as_of` into visits; nothing dated on or after it is read.
2. Look at earlier days as if they were today: what was known then, what came next.
3. Learn curves from them; the errors on customers left out set the levels of the early and the late day.
4. Score every customer. A log too small for that is answered by the BG/NBD, one without repeats by its rate.
"""

from dataclasses import dataclass

import numpy as np

from personalization.engine.purchase_log import PurchaseLog
from personalization.engine.timing import curve
from personalization.engine.timing.bgnbd import BGNBD, fit_bgnbd
from personalization.engine.timing.curve import KNOTS
from personalization.engine.timing.cuts import Cut, Rows, cut_at, offsets, rows_of
from personalization.engine.timing.features import Known, known_at, with_bgnbd
from personalization.engine.timing.learn import Learned, fold_of, learn
from personalization.engine.timing.options import TimingOptions
from personalization.engine.timing.visits import Floats, Numbers, Visits, visits_of

MIN_CALIBRATION_CUTS = 3
MIN_FOR_BGNBD = 30
PRIOR_DAYS = 60.0
"""Weight of the shop's rate, in days of a customer's own history."""


@dataclass(frozen=True)
class Forecasts:
    """One entry a customer known before `as_of`; days count like the log's.

    `expected_day` is when the customer is as likely to have bought as not; NaN: not within a year.
    Of the next purchases, the share asked for lies between `early_day` and `late_day`. `late_day` is NaN
    where it is later than `horizon_days` after `as_of`: the log cannot vouch for a longer time.
    """

    as_of: float
    customer: Numbers
    p7: Floats
    p14: Floats
    p30: Floats
    expected_day: Floats
    early_day: Floats
    late_day: Floats
    last_day: Floats
    purchases: Numbers
    horizon_days: float
    method: str
    """`learned`, `bgnbd` or `rate`."""


@dataclass(frozen=True)
class _Levels:
    early: float
    late: float
    horizon_days: float


def forecast_customers(log: PurchaseLog, *, as_of: float, options: TimingOptions | None = None) -> Forecasts:
    options = options or TimingOptions()
    visits = visits_of(log.before(as_of))
    known = known_at(visits, cut=as_of)
    trained = _train(_sample(visits, known, options=options), as_of=as_of, options=options)
    if trained is None:
        return _forecasts(known, *_simple_curves(known), levels=_plain_levels(options))
    learned, levels, model = trained
    with_bgnbd(known, model=model)
    return _forecasts(known, _in_chunks(learned, known, options=options), "learned", levels=levels)


def _sample(visits: Visits, known: Known, *, options: TimingOptions) -> Visits:
    if len(known.customer) <= options.training_customers:
        return visits
    chosen = np.zeros(int(known.customer[-1]) + 1, dtype=bool)
    draw = np.random.default_rng(options.seed)
    chosen[draw.choice(known.customer, options.training_customers, replace=False)] = True
    # A return may name somebody who never bought.
    chosen = np.append(chosen, np.zeros(int(visits.return_customer.max(initial=0)) + 1, dtype=bool))
    return visits.of(chosen)


def _train(visits: Visits, *, as_of: float, options: TimingOptions) -> tuple[Learned, _Levels, BGNBD] | None:
    """The levels come from the folds' own customers, none of whom their models have seen."""
    cuts = _cuts(visits, as_of=as_of, options=options)
    if not cuts:
        return None
    rows = rows_of(cuts, names=tuple(cuts[0].known.columns))
    learned = learn(rows, options=options)
    if learned is None:
        return None
    model = fit_bgnbd(known_at(visits, cut=as_of).histories)
    return learned, _levels(learned, rows, cuts=cuts, options=options), model


def _cuts(visits: Visits, *, as_of: float, options: TimingOptions) -> list[Cut]:
    span = as_of - float(visits.day.min()) if len(visits) else 0.0
    cuts: list[Cut] = []
    model: BGNBD | None = None
    for offset in offsets(span=span, options=options):
        cut, model = cut_at(visits, day=as_of - offset, until=as_of, start=model)
        cuts.append(cut)
    return cuts


def _levels(learned: Learned, rows: Rows, *, cuts: list[Cut], options: TimingOptions) -> _Levels:
    follows = sorted((cut.follow for cut in cuts), reverse=True)
    enough = follows[min(MIN_CALIBRATION_CUTS, len(follows)) - 1]
    horizon = max([knot for knot in KNOTS if knot <= enough], default=KNOTS[0])
    seen = rows.follow >= horizon
    fold = fold_of(rows.customer, folds=options.folds, seed=options.seed)[seen]
    curves = np.zeros((int(seen.sum()), len(KNOTS)))
    for number in range(options.folds):
        own = fold == number
        curves[own] = learned.fold_curves(number, rows.matrix[seen][own])
    wait, missed = rows.wait[seen], (1.0 - options.interval) / 2.0
    wait = np.where(wait < horizon, wait, np.inf)
    return _Levels(
        early=curve.early_level(curves, wait=wait, missed=missed),
        late=curve.late_level(curves, wait=wait, missed=missed, limit=horizon),
        horizon_days=horizon,
    )


def _plain_levels(options: TimingOptions) -> _Levels:
    missed = (1.0 - options.interval) / 2.0
    return _Levels(missed, 1.0 - missed, KNOTS[-1])


def _in_chunks(learned: Learned, known: Known, *, options: TimingOptions) -> Floats:
    names, count = learned.names, len(known.customer)
    parts = []
    for start in range(0, count, options.chunk_customers):
        rows = slice(start, start + options.chunk_customers)
        matrix = np.column_stack([known.columns[name][rows] for name in names]).astype(np.float32)
        parts.append(learned.curves(matrix))
    return np.concatenate(parts) if parts else np.zeros((0, len(KNOTS)))


def _simple_curves(known: Known) -> tuple[Floats, str]:
    histories = known.histories
    if len(known.customer) >= MIN_FOR_BGNBD and (histories.repeats > 0).sum() >= MIN_FOR_BGNBD // 3:
        model = fit_bgnbd(histories)
        curves = [model.probability_to_buy(histories, days=days) for days in KNOTS]
        return np.column_stack(curves), "bgnbd"
    rate = histories.repeats.sum() / max(float(histories.age.sum()), 1.0)
    own = (histories.repeats + PRIOR_DAYS * rate) / (histories.age + PRIOR_DAYS)
    return np.column_stack([1.0 - np.exp(-own * days) for days in KNOTS]), "rate"


def _forecasts(known: Known, curves: Floats, method: str, *, levels: _Levels) -> Forecasts:
    expected = curve.quantile_days(curves, level=0.5)
    early = np.minimum(curve.quantile_days(curves, level=levels.early), expected)
    late = np.maximum(curve.quantile_days(curves, level=levels.late), expected)
    late = np.where(late <= levels.horizon_days, late, np.inf)
    return Forecasts(
        as_of=known.cut,
        customer=known.customer,
        p7=curves[:, 0],
        p14=curves[:, 1],
        p30=curves[:, 2],
        expected_day=_day(known.cut, expected),
        early_day=_day(known.cut, early),
        late_day=_day(known.cut, late),
        last_day=known.last_day,
        purchases=known.visits,
        horizon_days=levels.horizon_days,
        method=method,
    )


def _day(as_of: float, wait: Floats) -> Floats:
    return np.where(np.isfinite(wait), as_of + wait, np.nan)
