"""What many customers bought lately, everywhere or in the customer's market."""

from dataclasses import dataclass

import numpy as np

from personalization.engine.ranking.history import Floats, History, Whole
from personalization.engine.ranking.sources.base import ByGroup, Shop

MOST_LISTED = 20_000
"""In a larger catalogue only so many of what sold lately are proposed by sources that compare vectors."""


@dataclass(frozen=True)
class RecentPopularity:
    window_days: float = 30.0
    by_market: bool = False
    name: str = "popularity"

    def fit(self, history: History, shop: Shop) -> ByGroup:
        everywhere = buyers_since(history, days=self.window_days)
        if not self.by_market:
            return ByGroup(np.zeros(history.customers, dtype=np.int64), everywhere[None, :])
        markets = [
            buyers_since(history, days=self.window_days, market=m) for m in range(len(history.log.markets))
        ]
        # A market with few buyers says little by itself: everyone's purchases come in at a tenth.
        scores = np.stack([everywhere, *(own + 0.1 * everywhere for own in markets)])
        return ByGroup(history.market + 1, scores.astype(np.float32))


@dataclass(frozen=True)
class Adoption:
    """What customers lately bought for the first time: what everyone has already is no discovery."""

    half_life_days: float = 7.0
    name: str = "adoption"

    def fit(self, history: History, shop: Shop) -> ByGroup:
        first = history.is_first()
        weight = 0.5 ** ((history.as_of - history.events.day[first]) / self.half_life_days)
        scores = np.bincount(history.events.product[first], weights=weight, minlength=history.products)
        return ByGroup(np.zeros(history.customers, dtype=np.int64), scores.astype(np.float32)[None, :])


def buyers_since(history: History, *, days: float, market: int | None = None) -> Floats:
    """By product: how many different baskets held it in the last `days`."""
    log = history.log.between(history.as_of - days, history.as_of).purchases()
    if market is not None:
        log = log.select(log.market == market)
    pair = np.unique(log.basket.astype(np.int64) * history.products + log.product)
    return np.bincount(pair % max(history.products, 1), minlength=history.products).astype(np.float32)


def sold_lately(history: History, *, most: int) -> Whole | None:
    """The best sellers of the last 90 days, by number; None in a catalogue that is not larger."""
    if history.products <= most:
        return None
    return np.sort(np.argsort(-buyers_since(history, days=90.0), kind="stable")[:most])
