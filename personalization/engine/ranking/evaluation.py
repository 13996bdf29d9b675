"""The protocol: lists made before a cut, judged by what was bought in the days after it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from personalization.engine.purchase_log import PurchaseLog
from personalization.engine.ranking.history import Floats, History, Whole

METRICS = ("recall", "ndcg", "hit_rate", "mrr")


@dataclass(frozen=True)
class Truth:
    """What each judged customer bought in the window: keys customer * products + product, sorted."""

    customers: Whole
    keys: Whole
    products: int

    def of(self, customers: Whole) -> "Truth":
        """Only these customers'; one without a purchase is left out."""
        keys = self.keys[np.isin(self.keys // self.products, customers)]
        return Truth(np.unique(keys // self.products), keys, self.products)

    def counts(self) -> Whole:
        """Bought products by judged customer."""
        places = np.searchsorted(self.customers, self.keys // self.products)
        return np.bincount(places, minlength=len(self.customers))


def truth_of(log: PurchaseLog, *, history: History, days: float, new_only: bool) -> Truth:
    """Customers with purchases on both sides; for `new_only`, products they had not bought before."""
    window = log.between(history.as_of, history.as_of + days).purchases().of_customers()
    products = history.products
    keys = np.unique(window.customer.astype(np.int64) * products + window.product)
    customer = keys // products
    keys = keys[history.baskets[customer] > 0]
    if new_only:
        owned = history.owned.find(keys // products, keys % products, products=products) >= 0
        keys = keys[~owned]
    return Truth(np.unique(keys // products), keys, products)


def hits_of(truth: Truth, lists: Whole) -> NDArray[np.bool_]:
    """Row i: which of the products of `lists[i]` customer `truth.customers[i]` bought."""
    keys = truth.customers[:, None] * truth.products + lists
    if not len(truth.keys):
        return np.zeros(lists.shape, dtype=bool)
    place = np.minimum(np.searchsorted(truth.keys, keys), len(truth.keys) - 1)
    found: NDArray[np.bool_] = (truth.keys[place] == keys) & (lists >= 0)
    return found


def judge(truth: Truth, lists: Whole, *, at: int = 10) -> dict[str, Floats]:
    """Each metric of each judged customer. `lists` holds one row for each of `truth.customers`."""
    hits = hits_of(truth, lists[:, :at]).astype(np.float64)
    wanted = truth.counts()
    discount = 1.0 / np.log2(np.arange(2, at + 2))
    ideal = np.concatenate([[0.0], np.cumsum(discount)])[np.minimum(wanted, at)]
    first = np.where(hits.any(axis=1), hits.argmax(axis=1) + 1, np.inf)
    return {
        "recall": hits.sum(axis=1) / wanted,
        "ndcg": (hits @ discount[: hits.shape[1]]) / ideal,
        "hit_rate": hits.any(axis=1).astype(np.float64),
        "mrr": 1.0 / first,
    }


def interval(values: Floats, *, draws: int = 1_000, seed: int = 0) -> tuple[float, float]:
    """95 % bootstrap interval of the mean over customers."""
    generator = np.random.default_rng(seed)
    means = [values[generator.integers(0, len(values), len(values))].mean() for _ in range(draws)]
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)
