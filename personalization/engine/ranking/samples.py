"""Training samples: what could have been shown at an earlier moment, and what was bought after it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from personalization.engine.purchase_log import PurchaseLog
from personalization.engine.ranking.candidates import union_of
from personalization.engine.ranking.evaluation import Truth, truth_of
from personalization.engine.ranking.features import FeatureSpace, Table, feature_space, pair_features
from personalization.engine.ranking.history import Floats, History, Whole, history_of
from personalization.engine.ranking.sources import BATCH_SOURCES, Fitted, Pairs, Shop

LIMITS: dict[str, int] = {
    "adoption": 120,
    "adoption_month": 60,
    "popularity": 40,
    "popularity_week": 40,
    "popularity_market": 30,
    "tifu_knn": 40,
    "up_cf": 40,
    "neighbors_lately": 70,
    "neighbors_adopted": 70,
    "ease": 70,
    "factors": 40,
    "item_neighbors": 50,
    "copurchase": 30,
    "next_basket": 40,
    "text_lately": 40,
    "text": 30,
    "words": 30,
}
"""Products new to the customer that each source may propose. Sources not named here only score."""


@dataclass(frozen=True)
class CandidateOptions:
    limits: Mapping[str, int] = field(default_factory=lambda: dict(LIMITS))
    most_owned: int = 200
    """Own products per customer, the latest first."""

    def thinned(self, share: float) -> "CandidateOptions":
        """For a shop too large to judge them all in its budget."""
        limits = {name: max(3, round(limit * share)) for name, limit in self.limits.items()}
        return CandidateOptions(limits, max(20, round(self.most_owned * share)))


@dataclass(frozen=True)
class Moment:
    """A history with everything fitted to it: ready to judge any customers."""

    history: History
    fitted: Mapping[str, Fitted]
    space: FeatureSpace


@dataclass(frozen=True)
class Judged:
    """Candidates of some customers with their features."""

    pairs: Pairs
    table: Table
    is_owned: NDArray[np.bool_]

    def row(self) -> Whole:
        """By pair: the place of its customer."""
        return np.repeat(np.arange(len(self.pairs.customers)), np.diff(self.pairs.start))


@dataclass(frozen=True)
class Sample:
    judged: Judged
    label: NDArray[np.bool_]
    truth_all: Truth
    truth_new: Truth


def moment_of(log: PurchaseLog, shop: Shop, *, as_of: float) -> Moment:
    history = history_of(log, as_of=as_of)
    fitted = {name: source.fit(history, shop) for name, source in BATCH_SOURCES.items()}
    return Moment(history, fitted, feature_space(history, shop))


def judge_candidates(moment: Moment, customers: Whole, *, options: CandidateOptions) -> Judged:
    history = moment.history
    pairs = union_of(
        moment.fitted,
        limits=options.limits,
        history=history,
        customers=customers,
        recent=moment.space.recent,
        most_owned=options.most_owned,
    )
    scores: dict[str, Floats] = {name: source.score(pairs) for name, source in moment.fitted.items()}
    owned = history.owned.find(pairs.customer, pairs.product, products=history.products) >= 0
    return Judged(pairs, pair_features(moment.space, pairs, scores), owned)


def sample_of(
    log: PurchaseLog,
    shop: Shop,
    *,
    as_of: float,
    days: float,
    options: CandidateOptions,
    most_customers: int,
    seed: int = 0,
) -> Sample:
    """Customers who bought on both sides of `as_of`, at most so many of them."""
    moment = moment_of(log, shop, as_of=as_of)
    truth = truth_of(log, history=moment.history, days=days, new_only=False)
    customers = truth.customers
    if len(customers) > most_customers:
        generator = np.random.default_rng(seed)
        customers = np.sort(generator.choice(customers, most_customers, replace=False))
    judged = judge_candidates(moment, customers, options=options)
    return Sample(
        judged,
        label=is_bought(truth, judged.pairs),
        truth_all=truth.of(customers),
        truth_new=truth_of(log, history=moment.history, days=days, new_only=True).of(customers),
    )


def is_bought(truth: Truth, pairs: Pairs) -> NDArray[np.bool_]:
    keys = pairs.customer * truth.products + pairs.product
    if not len(truth.keys):
        return np.zeros(len(keys), dtype=bool)
    place = np.minimum(np.searchsorted(truth.keys, keys), len(truth.keys) - 1)
    found: NDArray[np.bool_] = truth.keys[place] == keys
    return found
