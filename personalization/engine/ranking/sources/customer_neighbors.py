"""What similar customers buy: TIFU-KNN and UP-CF, the strongest neighbour methods for repeated baskets."""

from dataclasses import dataclass

import numpy as np
from scipy import sparse  # type: ignore[import-untyped]

from personalization.engine.ranking.history import Floats, History
from personalization.engine.ranking.links import nearest
from personalization.engine.ranking.sources.base import Shop, SparseProduct

MOST_POOLED = 20_000
"""Neighbours are looked for among this many of the latest buyers: all pairs of a million are out of reach."""


@dataclass(frozen=True)
class TifuKnn:
    """Fading personal frequency, mixed with that of the nearest customers (Hu et al., SIGIR 2020)."""

    neighbors: int = 300
    own_share: float = 0.7
    basket_decay: float = 0.9
    name: str = "tifu_knn"

    def fit(self, history: History, shop: Shop) -> SparseProduct:
        ago = history.baskets[history.events.customer] - 1 - history.events.ordinal
        weight = history.per_owned(self.basket_decay ** ago.astype(np.float64))
        per_basket = weight / np.maximum(history.baskets[history.owned.customer], 1)
        tastes = history.matrix(per_basket.astype(np.float32))
        near, pool = nearest_customers(history, tastes, keep=self.neighbors)
        others = sparse.diags(1.0 / np.maximum(np.diff(near.indptr), 1)) @ _ones(near)
        # One product for both parts: neighbours' rows in the pool, then the customer's own row.
        taste = sparse.hstack([(1 - self.own_share) * others, self.own_share * sparse.eye(history.customers)])
        return SparseProduct(taste.tocsr().astype(np.float32), sparse.vstack([tastes[pool], tastes]).tocsr())


@dataclass(frozen=True)
class UpCf:
    """Recency-aware user-wise popularity over neighbours (Faggioli, Polato and Aiolli, UMAP 2020)."""

    neighbors: int = 300
    window_baskets: int = 25
    locality: float = 3.0
    name: str = "up_cf"

    def fit(self, history: History, shop: Shop) -> SparseProduct:
        recent = history.events.ordinal >= history.baskets[history.events.customer] - self.window_baskets
        weight = history.per_owned(recent.astype(np.float64))
        share = weight / np.minimum(
            np.maximum(history.baskets[history.owned.customer], 1), self.window_baskets
        )
        popularity = history.matrix(share.astype(np.float32))
        near, pool = nearest_customers(history, history.matrix(), keep=self.neighbors, with_self=True)
        near.data = near.data**self.locality
        return SparseProduct(near, popularity[pool].tocsr())


@dataclass(frozen=True)
class NeighborsLately:
    """What similar customers bought in the last weeks: early signs of what is new to this one."""

    neighbors: int = 300
    half_life_days: float = 15.0
    locality: float = 2.0
    first_only: bool = False
    name: str = "neighbors_lately"

    def fit(self, history: History, shop: Shop) -> SparseProduct:
        weight = 0.5 ** ((history.as_of - history.events.day) / self.half_life_days)
        lately = history.per_owned(np.where(history.is_first(), weight, 0.0) if self.first_only else weight)
        near, pool = nearest_customers(history, history.matrix(), keep=self.neighbors)
        near.data = near.data**self.locality
        bought = history.matrix(np.where(lately > 0.01, np.minimum(lately, 1.0), 0.0))
        bought.eliminate_zeros()
        return SparseProduct(near, bought[pool].tocsr())


def nearest_customers(
    history: History, tastes: sparse.csr_matrix, *, keep: int, with_self: bool = False
) -> tuple[sparse.csr_matrix, Floats]:
    """Cosine of customers' rows: customer × pool, and the pool's customers."""
    known = history.active()
    latest = known[np.argsort(-history.last_day[known], kind="stable")]
    pool = np.sort(latest[:MOST_POOLED])
    norms = np.sqrt(np.asarray(tastes.multiply(tastes).sum(axis=1)).ravel())
    unit = sparse.diags(1.0 / np.maximum(norms, 1e-9)) @ tastes
    across = unit[pool].T.tocsr()
    parts = []
    for start in range(0, history.customers, 2_000):
        similar = (unit[start : start + 2_000] @ across).tocsr()
        if not with_self:
            own = np.repeat(np.arange(start, start + similar.shape[0]), np.diff(similar.indptr))
            similar.data[pool[similar.indices] == own] = 0.0
            similar.eliminate_zeros()
        parts.append(nearest(similar, keep=keep))
    return sparse.vstack(parts).tocsr().astype(np.float32), pool


def _ones(matrix: sparse.csr_matrix) -> sparse.csr_matrix:
    return sparse.csr_matrix(
        (np.ones(matrix.nnz, dtype=np.float32), matrix.indices, matrix.indptr), shape=matrix.shape
    )
