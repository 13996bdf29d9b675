"""Products of similar customers' carts and lives: item–item cosine or BM25, by customer or by basket."""

from dataclasses import dataclass

import numpy as np
from scipy import sparse  # type: ignore[import-untyped]

from personalization.engine.ranking.history import Floats, History, Whole
from personalization.engine.ranking.links import nearest
from personalization.engine.ranking.sources.base import Shop, SparseProduct


@dataclass(frozen=True)
class ItemNeighbors:
    """Cosine of the products' columns of customer × product, BM25-weighted where `bm25`."""

    bm25: bool = True
    half_life_days: float = 90.0
    keep: int = 200
    shrinkage: float = 10.0
    name: str = "item_neighbors"

    def fit(self, history: History, shop: Shop) -> SparseProduct:
        weighted = bm25_weighted(history.matrix(history.owned.times)) if self.bm25 else history.matrix()
        links = cosine(weighted, shrinkage=self.shrinkage, keep=self.keep)
        return SparseProduct(history.matrix(history.decayed(self.half_life_days)), links)


@dataclass(frozen=True)
class BasketNeighbors:
    """Cosine over baskets, those that name nobody too; later baskets count more."""

    half_life_days: float = 60.0
    basket_half_life_days: float = 120.0
    keep: int = 200
    shrinkage: float = 5.0
    name: str = "copurchase"

    def fit(self, history: History, shop: Shop) -> SparseProduct:
        baskets = basket_matrix(history, half_life_days=self.basket_half_life_days)
        links = cosine(baskets, shrinkage=self.shrinkage, keep=self.keep)
        return SparseProduct(history.matrix(history.decayed(self.half_life_days)), links)


@dataclass(frozen=True)
class NextBasket:
    """What follows in the next basket of a customer who bought this: first-order transitions."""

    keep: int = 200
    shrinkage: float = 10.0
    name: str = "next_basket"

    def fit(self, history: History, shop: Shop) -> SparseProduct:
        events = history.events
        span = int(history.baskets.max(initial=0)) + 1
        place = events.customer * span + events.ordinal
        ids, row = np.unique(place, return_inverse=True)
        shape = (len(ids), history.products)
        held = sparse.csr_matrix((np.ones(len(row), dtype=np.float32), (row, events.product)), shape=shape)
        follows = np.flatnonzero(np.diff(ids) == 1)
        before, after = _unit_rows(held[follows]), held[follows + 1]
        counts = (before.T @ after).tocsr()
        sold = np.asarray(held.sum(axis=0)).ravel() + self.shrinkage
        links = nearest((counts @ sparse.diags(1.0 / np.sqrt(sold))).tocsr(), keep=self.keep)
        newest = events.ordinal >= history.baskets[events.customer] - 2
        taste = sparse.csr_matrix(
            (newest.astype(np.float32), (events.customer, events.product)),
            shape=(history.customers, history.products),
        )
        taste.eliminate_zeros()
        return SparseProduct(taste.tocsr(), links)


def basket_matrix(history: History, *, half_life_days: float) -> sparse.csr_matrix:
    """basket × product of the square root of the basket's age weight; long wholesale baskets count less."""
    log = history.log.purchases()
    pair, first = np.unique(log.basket.astype(np.int64) * history.products + log.product, return_index=True)
    _, row = np.unique(pair // max(history.products, 1), return_inverse=True)
    weight = 0.5 ** ((history.as_of - log.day[first]) / half_life_days)
    size = np.bincount(row)[row] if len(row) else np.empty(0)
    values = np.sqrt(weight / np.sqrt(np.maximum(size, 1))).astype(np.float32)
    shape = (int(row.max(initial=-1)) + 1, history.products)
    return sparse.csr_matrix((values, (row, pair % max(history.products, 1))), shape=shape)


def bm25_weighted(counts: sparse.csr_matrix, *, k1: float = 1.2, b: float = 0.75) -> sparse.csr_matrix:
    """Robertson's BM25 with customers as documents, so that heavy buyers do not drown the others."""
    length = np.asarray(counts.sum(axis=1)).ravel()
    customers = np.repeat(np.arange(counts.shape[0]), np.diff(counts.indptr))
    seen = np.bincount(counts.indices, minlength=counts.shape[1])
    idf = np.log1p((counts.shape[0] - seen + 0.5) / (seen + 0.5))
    norm = k1 * (1 - b + b * length / max(float(length.mean()), 1e-9))
    data = counts.data * (k1 + 1) / (counts.data + norm[customers]) * idf[counts.indices]
    return sparse.csr_matrix((data.astype(np.float32), counts.indices, counts.indptr), shape=counts.shape)


def cosine(rows: sparse.csr_matrix, *, shrinkage: float, keep: int) -> sparse.csr_matrix:
    """Item–item cosine, shrunk where few rows hold both; the diagonal is empty."""
    together = (rows.T @ rows).tocsr()
    norms = np.sqrt(np.maximum(together.diagonal(), 1e-9))
    left = np.repeat(np.arange(together.shape[0]), np.diff(together.indptr))
    scale = float(np.median(norms[norms > 1e-4] ** 2)) if (norms > 1e-4).any() else 1.0
    support = together.data / (together.data + shrinkage * min(scale / 100.0, 1.0))
    together.data = _without_self(
        together.data / (norms[left] * norms[together.indices]) * support, left, together.indices
    )
    together.eliminate_zeros()
    return nearest(together, keep=keep)


def _without_self(values: Floats, left: Whole, right: Whole) -> Floats:
    return np.where(left == right, 0.0, values).astype(np.float32)


def _unit_rows(matrix: sparse.csr_matrix) -> sparse.csr_matrix:
    size = np.maximum(np.asarray(matrix.sum(axis=1)).ravel(), 1.0)
    return sparse.diags(1.0 / size) @ matrix
