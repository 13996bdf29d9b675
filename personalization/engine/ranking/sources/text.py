"""Products whose texts are like those the customer bought."""

from dataclasses import dataclass

import numpy as np

from personalization.engine.ranking.history import History
from personalization.engine.ranking.sources.base import Dots, Shop
from personalization.engine.ranking.sources.popularity import MOST_LISTED, buyers_since, sold_lately
from personalization.engine.ranking.texts import centred, reduced, unit


@dataclass(frozen=True)
class TextTaste:
    half_life_days: float = 60.0
    popularity_power: float = 0.0
    """Above 0: what sells now leads among texts equally near."""
    name: str = "text"

    def fit(self, history: History, shop: Shop) -> Dots:
        vectors = centred(shop.text, products=history.products)
        if history.products > MOST_LISTED:
            vectors = reduced(vectors)
        taste = history.matrix(history.decayed(self.half_life_days)) @ vectors
        if self.popularity_power:
            sold = buyers_since(history, days=14.0)
            vectors = (vectors * (sold**self.popularity_power)[:, None]).astype(np.float32)
        return Dots(unit(np.asarray(taste)), vectors, sold_lately(history, most=MOST_LISTED))
