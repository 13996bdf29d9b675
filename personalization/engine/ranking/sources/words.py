"""Products that share rare words with what the customer bought: works for any catalogue that has titles."""

from dataclasses import dataclass

from personalization.engine.ranking.history import History
from personalization.engine.ranking.sources.base import Shop, SparseProduct


@dataclass(frozen=True)
class SharedWords:
    half_life_days: float = 60.0
    keep: int = 200
    name: str = "words"

    def fit(self, history: History, shop: Shop) -> SparseProduct:
        links = shop.word_links(history.log.titles, keep=self.keep)
        return SparseProduct(history.matrix(history.decayed(self.half_life_days)), links)
