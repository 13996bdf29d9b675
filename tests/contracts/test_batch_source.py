"""What every batch source of the learned ranking keeps to."""

import numpy as np
import pytest

from personalization.engine.ranking.candidates import owned_pairs, pairs_of
from personalization.engine.ranking.history import History, history_of
from personalization.engine.ranking.sources import BATCH_SOURCES, Fitted, Shop
from personalization.engine.ranking.texts import unit
from tests.personalization.ranking.logs import START, changed_after, two_worlds

CUT = START + 180.0
LOG = two_worlds()


def _shop() -> Shop:
    """Texts of one parity are alike."""
    rows = np.random.default_rng(0).normal(0, 0.3, (len(LOG.products), 8)).astype(np.float32)
    rows[np.arange(len(rows)), np.arange(len(rows)) % 2] += 1.0
    return Shop(unit(rows))


@pytest.fixture(scope="module")
def history() -> History:
    return history_of(LOG, as_of=CUT)


@pytest.fixture(params=sorted(BATCH_SOURCES))
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def fitted(name: str, history: History) -> Fitted:
    return BATCH_SOURCES[name].fit(history, _shop())


def test_it_is_registered_under_its_name(name: str) -> None:
    assert BATCH_SOURCES[name].name == name


def test_it_gives_the_best_first_each_once_and_above_zero(fitted: Fitted, history: History) -> None:
    top = fitted.top(history.active(), limit=10)
    assert top.product.shape == top.score.shape
    for products, scores in zip(top.product, top.score, strict=True):
        given = products[products >= 0]
        assert len(set(given.tolist())) == len(given)
        assert (scores[: len(given)] > 0).all()
        assert (np.diff(scores[: len(given)]) <= 1e-6).all()
    assert (top.product >= 0).any()


def test_it_scores_a_pair_as_in_its_list(fitted: Fitted, history: History) -> None:
    customers = history.active()[:20]
    top = fitted.top(customers, limit=5)
    rows, places = np.nonzero(top.product >= 0)
    keys = rows * history.products + top.product[rows, places]
    order = np.argsort(keys)
    scores = fitted.score(pairs_of(keys[order], customers=customers, products=history.products))
    np.testing.assert_allclose(scores, top.score[rows, places][order], rtol=1e-4, atol=1e-6)


def test_it_leaves_out_what_it_is_told_to(name: str, fitted: Fitted, history: History) -> None:
    customers = history.active()
    owned = owned_pairs(history, customers=customers)
    top = fitted.top(customers, limit=20, without=owned)
    for row, products in enumerate(top.product):
        own = set(owned.product[owned.start[row] : owned.start[row + 1]].tolist())
        assert not own & set(products[products >= 0].tolist())
    assert (top.product >= 0).any() or name == "frequency"


def test_it_reads_nothing_from_the_cut_on(name: str, fitted: Fitted, history: History) -> None:
    other = history_of(changed_after(LOG, day=CUT), as_of=CUT)
    again = BATCH_SOURCES[name].fit(other, _shop())
    customers = history.active()
    np.testing.assert_array_equal(
        again.top(customers, limit=10).product, fitted.top(customers, limit=10).product
    )


@pytest.mark.parametrize(
    "personal",
    ["ease", "factors", "item_neighbors", "copurchase", "next_basket", "tifu_knn", "up_cf",
     "neighbors_lately", "text", "words"],
)  # fmt: skip
def test_it_keeps_two_worlds_apart(personal: str, history: History) -> None:
    source = BATCH_SOURCES[personal].fit(history, _shop())
    customers = history.active()
    top = source.top(customers, limit=5, without=owned_pairs(history, customers=customers))
    rows, places = np.nonzero(top.product >= 0)
    same = top.product[rows, places] % 2 == customers[rows] % 2
    assert same.mean() > 0.9
