import numpy as np
import pytest

from personalization.engine.ranking.evaluation import interval, judge, truth_of
from personalization.engine.ranking.history import history_of
from tests.personalization.ranking.logs import START, log_of

ROWS = [
    (0, 0, 0, 1.0), (0, 1, 0, 1.0), (1, 2, 1, 2.0),            # before the cut at 10
    (0, 0, 2, 11.0), (0, 2, 2, 11.0), (1, 2, 3, 12.0),         # the window
    (2, 0, 4, 12.0),                                           # came too late to be judged
    (0, 3, 5, 41.0),                                           # after the window
]  # fmt: skip


def test_it_judges_customers_with_purchases_on_both_sides() -> None:
    log = log_of(ROWS, customers=3, products=4)
    history = history_of(log, as_of=START + 10)
    everything = truth_of(log, history=history, days=30, new_only=False)
    assert everything.customers.tolist() == [0, 1]
    assert everything.counts().tolist() == [2, 1]


def test_it_strikes_what_was_bought_before_from_new() -> None:
    log = log_of(ROWS, customers=3, products=4)
    history = history_of(log, as_of=START + 10)
    new = truth_of(log, history=history, days=30, new_only=True)
    assert new.customers.tolist() == [0]
    assert new.keys.tolist() == [0 * 4 + 2]


def test_it_computes_the_metrics_as_by_hand() -> None:
    log = log_of(ROWS, customers=3, products=4)
    history = history_of(log, as_of=START + 10)
    truth = truth_of(log, history=history, days=30, new_only=False)
    found = judge(truth, np.array([[3, 0, 2, -1], [0, 1, 3, -1]]))
    ideal = 1 + 1 / np.log2(3)
    assert found["recall"].tolist() == [1.0, 0.0]
    assert found["hit_rate"].tolist() == [1.0, 0.0]
    assert found["mrr"].tolist() == [0.5, 0.0]
    assert found["ndcg"] == pytest.approx([(1 / np.log2(3) + 1 / np.log2(4)) / ideal, 0.0])


def test_it_gives_an_interval_around_the_mean() -> None:
    values = np.repeat([0.0, 1.0], 200)
    low, high = interval(values)
    assert 0.4 < low < 0.5 < high < 0.6


def test_it_counts_baskets_and_pairs_before_the_moment_only() -> None:
    log = log_of(ROWS, customers=3, products=4)
    history = history_of(log, as_of=START + 11.5)
    assert history.baskets.tolist() == [2, 1, 0]
    place = history.owned.find(np.array([0, 0]), np.array([0, 3]), products=4)
    assert history.owned.times[place[0]] == 2
    assert place[1] == -1


def test_it_leaves_returns_out_of_what_was_bought() -> None:
    log = log_of(ROWS, customers=3, products=4, returns=(2,))
    history = history_of(log, as_of=START + 10)
    assert history.baskets.tolist() == [1, 0, 0]
