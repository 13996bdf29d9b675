"""Latent factors of purchases: a truncated SVD of the damped customer × product matrix (PureSVD).

Cremonesi, Koren and Turrin 2010. Products are damped by popularity, or best sellers would take all factors.
"""

from dataclasses import dataclass

import numpy as np
from scipy import sparse  # type: ignore[import-untyped]

from personalization.engine.ranking.history import Floats, History
from personalization.engine.ranking.sources.base import Dots, Shop
from personalization.engine.ranking.sources.popularity import MOST_LISTED, sold_lately


@dataclass(frozen=True)
class Factors:
    dimensions: int = 128
    half_life_days: float = 180.0
    damping: float = 0.4
    name: str = "factors"

    def fit(self, history: History, shop: Shop) -> Dots:
        bought = history.matrix(np.log1p(history.owned.times))
        sold = np.asarray(history.matrix().sum(axis=0)).ravel()
        damped = bought @ sparse.diags(np.power(np.maximum(sold, 1.0), -self.damping))
        products = top_directions(damped.tocsr(), dimensions=self.dimensions)
        taste = history.matrix(history.decayed(self.half_life_days)) @ products
        listed = sold_lately(history, most=MOST_LISTED)
        return Dots(np.asarray(taste, dtype=np.float32), products, listed)


def top_directions(matrix: sparse.csr_matrix, *, dimensions: int, rounds: int = 4) -> Floats:
    """Right singular vectors by randomized subspace iteration (Halko, Martinsson and Tropp 2011); seeded."""
    generator = np.random.default_rng(0)
    # As many directions as products would only repeat what was bought.
    width = min(dimensions, min(matrix.shape) // 8 + 1)
    basis = generator.standard_normal((matrix.shape[1], width)).astype(np.float32)
    for _ in range(rounds):
        basis, _ = np.linalg.qr(matrix.T @ (matrix @ basis))
    return basis.astype(np.float32)
