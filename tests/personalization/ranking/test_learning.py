from dataclasses import replace

import numpy as np
import pytest

from personalization.engine.ranking.backtest import UnknownSource, backtest, metrics_of
from personalization.engine.ranking.models import Goal, TrainingOptions
from personalization.engine.ranking.sources import Shop
from personalization.engine.ranking.training import RankingOptions, learn_ranking
from tests.personalization.ranking.logs import START, changed_after, log_of, two_worlds

LOG = two_worlds()
CUT = START + 200.0
OPTIONS = RankingOptions(cuts=3, training=TrainingOptions(rounds=30, bags=1))


class Ticking:
    """A clock that moves a second a look."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 1.0
        return self.now


def _lists(log=LOG, *, goal: Goal = "all", sources: tuple[str, ...] = ()):  # type: ignore[no-untyped-def]
    return backtest(
        log, Shop(), cut=CUT, goal=goal, top=10, options=OPTIONS, clock=Ticking(), sources=sources
    )


@pytest.mark.parametrize("goal", ["all", "new"])
def test_it_reads_nothing_from_the_cut_on(goal: Goal) -> None:
    now, shuffled = _lists(goal=goal), _lists(changed_after(LOG, day=CUT), goal=goal)
    np.testing.assert_array_equal(now.customers, shuffled.customers)
    np.testing.assert_array_equal(now.lists, shuffled.lists)


def test_it_puts_the_staple_first_where_repeats_count() -> None:
    found = _lists(goal="all")
    own = [np.arange(customer % 2, 40, 2) for customer in found.customers]
    staple = np.array(
        [mine[customer % len(mine)] for customer, mine in zip(found.customers, own, strict=True)]
    )
    assert (found.lists[:, 0] == staple).mean() > 0.95


def test_it_keeps_two_worlds_apart_and_shows_nothing_bought_before() -> None:
    found = _lists(goal="new")
    rows, places = np.nonzero(found.lists >= 0)
    products = found.lists[rows, places]
    owned = found.history.owned.find(found.customers[rows], products, products=40)
    assert (owned == -1).all()
    first = found.lists[:, 0]
    known = first >= 0
    assert (first[known] % 2 == found.customers[known] % 2).mean() > 0.95


def test_it_beats_popularity_and_says_so_with_an_interval() -> None:
    ours = metrics_of(LOG, _lists(), days=30, goal="all")
    popular = metrics_of(LOG, _lists(sources=("popularity",)), days=30, goal="all")
    assert ours["ndcg"]["low"] > popular["ndcg"]["high"]
    assert ours["customers"] == popular["customers"]


def test_it_lists_every_customer_known_before_the_cut() -> None:
    frame = _lists().frame()
    assert set(frame["customer_id"]) == {f"c{number}" for number in range(120)}
    assert frame.columns == ["customer_id", "product_id", "rank"]
    assert frame["rank"].min() == 1


def test_it_blends_named_sources() -> None:
    found = _lists(sources=("frequency", "ease"))
    assert set(found.weights) <= {"frequency", "ease"}
    assert found.weights
    with pytest.raises(UnknownSource, match="Known: "):
        _lists(sources=("psychic",))


def test_it_answers_with_a_blend_where_there_is_too_little_to_learn_from() -> None:
    log = log_of([(0, 0, 0, 1.0), (1, 1, 1, 2.0), (1, 0, 2, 3.0)], customers=2, products=3)
    learned = learn_ranking(log, Shop(), as_of=START + 4, options=OPTIONS, clock=Ticking())
    assert not learned.models
    found = backtest(log, Shop(), cut=START + 4, goal="all", top=5, options=OPTIONS, clock=Ticking())
    assert found.lists[0, 0] == 0


def test_it_copes_with_an_empty_log() -> None:
    log = log_of([], customers=0, products=0)
    found = backtest(log, Shop(), cut=START, goal="all", top=5, options=OPTIONS, clock=Ticking())
    assert found.frame().is_empty()


def test_it_makes_fewer_samples_when_time_is_short() -> None:
    short = replace(OPTIONS, budget_seconds=1.0)
    assert len(learn_ranking(LOG, Shop(), as_of=CUT, options=short, clock=Ticking()).windows) == 1
    assert len(learn_ranking(LOG, Shop(), as_of=CUT, options=OPTIONS, clock=Ticking()).windows) == 6
