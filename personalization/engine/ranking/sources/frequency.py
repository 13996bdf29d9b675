"""What the customer buys again and again; among equals, what many buy now."""

from dataclasses import dataclass

from personalization.engine.ranking.history import History
from personalization.engine.ranking.sources.base import Personal, Shop
from personalization.engine.ranking.sources.popularity import buyers_since


@dataclass(frozen=True)
class PersonalFrequency:
    half_life_days: float = 0.0
    """0: every purchase counts the same."""
    name: str = "frequency"

    def fit(self, history: History, shop: Shop) -> Personal:
        times = history.decayed(self.half_life_days) if self.half_life_days else history.owned.times
        popular = buyers_since(history, days=30.0)
        share = popular / max(float(popular.max(initial=0.0)), 1.0)
        return Personal(history.matrix(times + share[history.owned.product]))
