"""Products whose texts are like those the customer bought."""

from dataclasses import dataclass

import numpy as np

from personalization.engine.ranking.history import Floats, History
from personalization.engine.ranking.sources.base import Dots, Shop
from personalization.engine.ranking.sources.popularity import buyers_since

MOST_LISTED = 20_000
"""In a larger catalogue only so many of what sold lately are proposed, by their strongest directions."""


@dataclass(frozen=True)
class TextTaste:
    half_life_days: float = 60.0
    popularity_power: float = 0.0
    """Above 0: what sells now leads among texts equally near."""
    name: str = "text"

    def fit(self, history: History, shop: Shop) -> Dots:
        vectors = centred(shop, products=history.products)
        listed = None
        if history.products > MOST_LISTED:
            vectors = reduced(vectors, dimensions=64)
            listed = np.sort(np.argsort(-buyers_since(history, days=90.0), kind="stable")[:MOST_LISTED])
        taste = history.matrix(history.decayed(self.half_life_days)) @ vectors
        if self.popularity_power:
            sold = buyers_since(history, days=14.0)
            vectors = (vectors * (sold**self.popularity_power)[:, None]).astype(np.float32)
        return Dots(unit(np.asarray(taste)), vectors, listed)


def centred(shop: Shop, *, products: int) -> Floats:
    """Unit rows around the catalogue's mean: what all texts share says nothing about taste."""
    if shop.text is None:
        return np.zeros((products, 1), dtype=np.float32)
    has_text = np.abs(shop.text).sum(axis=1) > 0
    mean = shop.text[has_text].mean(axis=0) if has_text.any() else 0.0
    return unit(np.where(has_text[:, None], shop.text - mean, 0.0))


def unit(rows: Floats) -> Floats:
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    found: Floats = (rows / np.maximum(length, 1e-9)).astype(np.float32)
    return found


def reduced(rows: Floats, *, dimensions: int) -> Floats:
    """The strongest directions only, as unit rows again: similarity at a sixth of the cost."""
    if rows.shape[1] <= dimensions:
        return rows
    _, vectors = np.linalg.eigh(rows.T @ rows)
    return unit(rows @ vectors[:, -dimensions:])
