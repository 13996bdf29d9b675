"""Forecasts on logs whose right answer is known: clockwork, Poisson, and the model's own world."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from personalization.engine.purchase_log import PurchaseLog
from personalization.engine.timing.backtest import timing_report, timing_table
from personalization.engine.timing.bgnbd import BGNBD, Histories, fit_bgnbd
from personalization.engine.timing.curve import quantile_days
from personalization.engine.timing.cuts import next_day
from personalization.engine.timing.forecast import Forecasts, forecast_customers
from personalization.engine.timing.options import TimingOptions
from personalization.engine.timing.products import DueDates, forecast_products
from personalization.engine.timing.visits import visits_of

QUICK = TimingOptions(recent_cuts=4, folds=2, rounds=60)
AS_OF = 300.0


def log_of(
    customer: NDArray[np.int64], day: NDArray[np.float64], product: NDArray[np.int64] | None = None
) -> PurchaseLog:
    order = np.argsort(day, kind="stable")
    bought = np.zeros(len(day), dtype=np.int64) if product is None else product
    products, people = int(bought.max()) + 1, int(customer.max()) + 1
    return PurchaseLog(
        customer=customer[order].astype(np.int32),
        product=bought[order].astype(np.int32),
        basket=np.arange(len(day), dtype=np.int32),
        day=day[order],
        quantity=np.ones(len(day), np.float32),
        price=np.full(len(day), 5.0, np.float32),
        market=np.zeros(len(day), np.int32),
        is_return=np.zeros(len(day), dtype=bool),
        customers=[f"c{number}" for number in range(people)],
        products=[f"p{number}" for number in range(products)],
        titles=[""] * products,
        markets=["DE"],
    )


def poisson_log(
    *, people: int = 600, until: float = 400.0, seed: int = 0
) -> tuple[PurchaseLog, NDArray[np.float64]]:
    """Half buy every 60 days on average, half every 12; all since the first day, and for ever."""
    draw = np.random.default_rng(seed)
    rates = np.where(np.arange(people) % 2, 1 / 12, 1 / 60)
    customer = np.repeat(np.arange(people), draw.poisson(rates * until))
    later = draw.uniform(0.0, until, len(customer))
    # The purchase that makes everyone known lies on the first day: spread out it would raise the rates.
    everyone, first = np.arange(people), draw.uniform(0.0, 1.0, people)
    return log_of(np.concatenate([everyone, customer]), np.concatenate([first, later])), rates


def clockwork_log(*, people: int = 400, every: float = 10.0, until: float = 400.0) -> PurchaseLog:
    """Each buys product 0 every ten days to the hour, from a day of their own on."""
    start = np.arange(people) % every
    days = [np.arange(first + 0.5, until, every) for first in start]
    return log_of(np.repeat(np.arange(people), [len(own) for own in days]), np.concatenate(days))


@pytest.fixture(scope="module")
def poisson() -> tuple[PurchaseLog, NDArray[np.float64], Forecasts]:
    log, rates = poisson_log()
    return log, rates, forecast_customers(log, as_of=AS_OF, options=QUICK)


def test_it_foretells_clockwork_to_the_day() -> None:
    log = clockwork_log()
    found = forecast_customers(log, as_of=AS_OF, options=QUICK)
    came = next_day(visits_of(log), customers=found.customer, start=AS_OF, end=np.inf)
    assert found.method == "learned"
    assert np.abs(found.expected_day - came).mean() < 2.5
    assert found.p14.min() > 0.9
    within_a_week = came < AS_OF + 7.0
    assert found.p7[within_a_week].mean() > 0.85
    assert found.p7[~within_a_week].mean() < 0.15


def test_it_knows_the_chance_of_poisson_buyers(
    poisson: tuple[PurchaseLog, NDArray[np.float64], Forecasts],
) -> None:
    _, rates, found = poisson
    for rate in (1 / 12, 1 / 60):
        own = rates[found.customer] == rate
        assert found.p30[own].mean() == pytest.approx(1 - np.exp(-30 * rate), abs=0.06)
        assert found.p7[own].mean() == pytest.approx(1 - np.exp(-7 * rate), abs=0.06)


def test_its_interval_holds_four_in_five(
    poisson: tuple[PurchaseLog, NDArray[np.float64], Forecasts],
) -> None:
    log, _, found = poisson
    came = next_day(visits_of(log), customers=found.customer, start=AS_OF, end=np.inf)
    given = np.isfinite(found.late_day) & (found.late_day < 400.0)
    assert given.mean() > 0.4
    within = (came >= found.early_day) & (came <= found.late_day)
    assert 0.72 <= within[given].mean() <= 0.9


def test_a_longer_time_is_never_less_likely(
    poisson: tuple[PurchaseLog, NDArray[np.float64], Forecasts],
) -> None:
    _, _, found = poisson
    assert (found.p7 <= found.p14).all()
    assert (found.p14 <= found.p30).all()
    dated = np.isfinite(found.expected_day)
    assert (found.early_day[dated] <= found.expected_day[dated]).all()
    late = np.isfinite(found.late_day)
    assert (found.expected_day[late] <= found.late_day[late]).all()


@pytest.mark.parametrize("change", ["shuffled", "replaced", "gone"])
def test_it_reads_nothing_of_the_day_itself_or_later(
    change: str, poisson: tuple[PurchaseLog, NDArray[np.float64], Forecasts]
) -> None:
    log, _, found = poisson
    changed = forecast_customers(later_changed(log, change), as_of=AS_OF, options=QUICK)
    for name in (
        "customer",
        "p7",
        "p14",
        "p30",
        "expected_day",
        "early_day",
        "late_day",
        "last_day",
        "purchases",
    ):
        np.testing.assert_array_equal(getattr(changed, name), getattr(found, name))


@pytest.mark.parametrize("change", ["shuffled", "replaced", "gone"])
def test_due_dates_read_nothing_of_the_day_itself_or_later(change: str) -> None:
    log = clockwork_log(people=60)
    found, changed = (forecast_products(one, as_of=AS_OF) for one in (log, later_changed(log, change)))
    for name in ("customer", "product", "due_day", "early_day", "late_day", "chance", "interval_days"):
        np.testing.assert_array_equal(getattr(changed, name), getattr(found, name))


def later_changed(log: PurchaseLog, change: str) -> PurchaseLog:
    later = log.day >= AS_OF
    if change == "gone":
        return log.before(AS_OF)
    draw = np.random.default_rng(1)
    if change == "shuffled":
        own = log.customer.copy()
        own[later] = draw.permutation(own[later])
        return replace(log, customer=own)
    days = log.day.copy()
    days[later] = AS_OF  # all on the first moment that must not be read
    return replace(
        log, day=days, price=np.where(later, 9_999.0, log.price).astype(np.float32), is_return=later
    )


def test_an_order_of_forecasts_is_the_same_twice() -> None:
    log, _ = poisson_log(people=300)
    first, second = (forecast_customers(log, as_of=AS_OF, options=QUICK) for _ in range(2))
    np.testing.assert_array_equal(first.p30, second.p30)


@pytest.mark.parametrize("people", [1, 8, 60])
def test_it_answers_for_a_small_shop_by_a_simpler_model(people: int) -> None:
    log, _ = poisson_log(people=people)
    found = forecast_customers(log, as_of=AS_OF)
    assert found.method == ("bgnbd" if people == 60 else "rate")
    often = found.customer % 2 == 1
    if people > 1:
        assert found.p30[often].mean() > found.p30[~often].mean()
    assert np.isfinite(found.p30).all()


def test_it_answers_an_empty_log_with_nobody() -> None:
    log, _ = poisson_log(people=3)
    empty = log.before(-1.0)
    assert len(forecast_customers(empty, as_of=AS_OF).customer) == 0
    assert len(forecast_products(empty, as_of=AS_OF).customer) == 0


def test_it_finds_the_parameters_that_made_the_histories() -> None:
    truth = BGNBD(r=0.8, alpha=15.0, a=0.8, b=2.5)
    histories = simulated(truth, people=6_000, seed=3)
    found = fit_bgnbd(histories)
    foretold = found.probability_to_buy(histories, days=30.0)
    assert foretold.mean() == pytest.approx(truth.probability_to_buy(histories, days=30.0).mean(), abs=0.01)
    assert found.r == pytest.approx(truth.r, rel=0.15)
    assert found.r / found.alpha == pytest.approx(truth.r / truth.alpha, rel=0.15)
    assert found.a / (found.a + found.b) == pytest.approx(truth.a / (truth.a + truth.b), rel=0.2)


def simulated(model: BGNBD, *, people: int, seed: int) -> Histories:
    draw = np.random.default_rng(seed)
    rate, stop = draw.gamma(model.r, 1 / model.alpha, people), draw.beta(model.a, model.b, people)
    age = draw.uniform(50.0, 300.0, people)
    repeats, last = np.zeros(people), np.zeros(people)
    alive, now = np.ones(people, dtype=bool), np.zeros(people)
    while alive.any():
        now = now + draw.exponential(1 / rate)
        alive &= now <= age
        repeats[alive] += 1
        last = np.where(alive, now, last)
        alive &= draw.random(people) > stop
    return Histories(repeats, last, age)


def test_a_curve_is_read_between_its_knots() -> None:
    curves = np.array([[0.1, 0.3, 0.5, 0.6, 0.7, 0.8, 0.9], [0.0] * 7])
    np.testing.assert_allclose(quantile_days(curves, level=0.4), [22.0, np.inf])


def test_a_product_bought_like_clockwork_is_due_on_its_day() -> None:
    log = clockwork_log()
    found = forecast_products(log, as_of=AS_OF)
    came = next_day(visits_of(log), customers=found.customer, start=AS_OF, end=np.inf)
    assert len(found.customer) == 400
    np.testing.assert_allclose(found.interval_days, 10.0, atol=0.01)
    assert np.abs(found.due_day - came).mean() < 2.0
    assert found.chance.min() > 0.9
    assert covered(found, came) >= 0.8


def test_due_dates_cover_four_in_five_of_what_is_bought_again() -> None:
    """Three products at three rhythms, and people who keep them loosely."""
    draw = np.random.default_rng(5)
    customer, day, product = [], [], []
    for person in range(400):
        mean = (15.0, 30.0, 45.0)[person % 3]
        days = np.cumsum(draw.gamma(5.0, mean / 5.0, 40)) - draw.uniform(0, mean)
        days = days[(days >= 0) & (days < 400.0)]
        customer += [person] * len(days)
        product += [person % 3] * len(days)
        day += days.tolist()
    log = log_of(np.array(customer), np.array(day), np.array(product))
    found = forecast_products(log, as_of=AS_OF)
    came = next_day(visits_of(log), customers=found.customer, start=AS_OF, end=AS_OF + found.horizon_days)
    assert 0.72 <= covered(found, came) <= 0.9
    assert found.due_day.min() >= AS_OF
    assert np.median(found.late_day - found.early_day) < 40.0


def covered(found: DueDates, came: NDArray[np.float64]) -> float:
    again = np.isfinite(came)
    return float(((came >= found.early_day) & (came <= found.late_day))[again].mean())


def test_a_product_bought_once_is_due_only_where_the_product_has_a_rhythm() -> None:
    log = clockwork_log(people=60)
    once = log_of(np.array([60, 61]), np.array([290.0, 290.0]), np.array([0, 1]))
    both = log_of(
        np.concatenate([log.customer, once.customer]).astype(np.int64),
        np.concatenate([log.day, once.day]),
        np.concatenate([log.product, once.product]).astype(np.int64),
    )
    found = forecast_products(both, as_of=AS_OF)
    assert 60 in found.customer
    assert 61 not in found.customer


def test_the_table_names_each_customer_known_before_the_cut() -> None:
    log, _ = poisson_log(people=200)
    table = timing_table(log, cut=AS_OF, days=30, budget_seconds=5.0, options=QUICK)
    assert table.columns == ["customer_id", "p30", "expected_date"]
    known = {log.customers[number] for number in log.before(AS_OF).customer.tolist()}
    assert set(table["customer_id"]) == known
    assert table.null_count().sum_horizontal().item() == 0


def test_the_report_sets_ours_beside_both_references() -> None:
    log, _ = poisson_log(people=400)
    ours, bgnbd, trees = timing_report(log, cut=AS_OF, days=30, options=QUICK)
    assert ours.customers == len(np.unique(log.before(AS_OF).customer))
    assert ours.metrics["auc"].low <= ours.metrics["auc"].value <= ours.metrics["auc"].high
    assert (
        ours.metrics["brier"].value < min(bgnbd.metrics["brier"].value, trees.metrics["brier"].value) + 0.01
    )
    with pytest.raises(ValueError, match="7, 14 and 30"):
        timing_report(log, cut=AS_OF, days=31, options=QUICK)
