"""What similar customers buy: TIFU-KNN and UP-CF, the strongest neighbour methods for repeated baskets."""

from dataclasses import dataclass, field, replace

import numpy as np
from scipy import sparse  # type: ignore[import-untyped]

from personalization.engine.ranking.history import Floats, History, Whole
from personalization.engine.ranking.links import nearest
from personalization.engine.ranking.sources.base import Pairs, Shop, SparseProduct, Top

MOST_POOLED = 20_000
"""Neighbours are looked for among this many of the latest buyers: all pairs of a million are out of reach."""


@dataclass(frozen=True)
class TifuKnn:
    """Fading personal frequency, mixed with that of the nearest customers (Hu et al., SIGIR 2020)."""

    neighbors: int = 300
    own_share: float = 0.7
    basket_decay: float = 0.9
    name: str = "tifu_knn"

    def fit(self, history: History, shop: Shop) -> "ByNeighbors":
        ago = history.baskets[history.events.customer] - 1 - history.events.ordinal
        weight = history.per_owned(self.basket_decay ** ago.astype(np.float64))
        per_basket = weight / np.maximum(history.baskets[history.owned.customer], 1)
        tastes = history.matrix(per_basket.astype(np.float32))
        near = neighborhood(history, tastes, keep=self.neighbors)
        return ByNeighbors(
            near, tastes[near.pool].tocsr(), locality=0.0, own=tastes, own_share=self.own_share
        )


@dataclass(frozen=True)
class UpCf:
    """Recency-aware user-wise popularity over neighbours (Faggioli, Polato and Aiolli, UMAP 2020)."""

    neighbors: int = 300
    window_baskets: int = 25
    locality: float = 3.0
    name: str = "up_cf"

    def fit(self, history: History, shop: Shop) -> "ByNeighbors":
        recent = history.events.ordinal >= history.baskets[history.events.customer] - self.window_baskets
        weight = history.per_owned(recent.astype(np.float64))
        baskets = np.maximum(history.baskets[history.owned.customer], 1)
        popularity = history.matrix((weight / np.minimum(baskets, self.window_baskets)).astype(np.float32))
        near = neighborhood(history, history.matrix(), keep=self.neighbors, with_self=True)
        return ByNeighbors(near, popularity[near.pool].tocsr(), locality=self.locality)


@dataclass(frozen=True)
class NeighborsLately:
    """What similar customers bought in the last weeks: early signs of what is new to this one."""

    neighbors: int = 300
    half_life_days: float = 15.0
    locality: float = 2.0
    first_only: bool = False
    """Only what was new to the neighbour too."""
    name: str = "neighbors_lately"

    def fit(self, history: History, shop: Shop) -> "ByNeighbors":
        weight = 0.5 ** ((history.as_of - history.events.day) / self.half_life_days)
        lately = history.per_owned(np.where(history.is_first(), weight, 0.0) if self.first_only else weight)
        near = neighborhood(history, history.matrix(), keep=self.neighbors)
        bought = history.matrix(np.where(lately > 0.01, np.minimum(lately, 1.0), 0.0))
        bought.eliminate_zeros()
        return ByNeighbors(near, bought[near.pool].tocsr(), locality=self.locality)


@dataclass
class Neighborhood:
    """Cosine between customers' rows, looked up for those who are asked about."""

    rows: sparse.csr_matrix
    """Unit rows of all customers."""
    pool: Whole
    """The customers among whom neighbours are found."""
    keep: int
    with_self: bool
    _asked: bytes = b""
    _found: sparse.csr_matrix | None = None

    def __post_init__(self) -> None:
        self._across = self.rows[self.pool].T.tocsr()

    def of(self, customers: Whole) -> sparse.csr_matrix:
        """customer × pool. The last answer is kept: lists and scores are asked one after the other."""
        asked = customers.tobytes()
        if self._found is None or asked != self._asked:
            parts = [self._near(customers[at : at + 2_000]) for at in range(0, len(customers), 2_000)]
            empty = sparse.csr_matrix((0, len(self.pool)), dtype=np.float32)
            self._asked, self._found = asked, sparse.vstack(parts or [empty]).tocsr().astype(np.float32)
        return self._found

    def _near(self, customers: Whole) -> sparse.csr_matrix:
        similar = (self.rows[customers] @ self._across).tocsr()
        if not self.with_self:
            own = np.repeat(customers, np.diff(similar.indptr))
            similar.data[self.pool[similar.indices] == own] = 0.0
            similar.eliminate_zeros()
        return nearest(similar, keep=self.keep)


@dataclass(frozen=True)
class ByNeighbors:
    """The sum of neighbours' rows, weighed by similarity to the power of `locality`; 0: their mean."""

    near: Neighborhood
    bought: sparse.csr_matrix
    """pool × product."""
    locality: float
    own: sparse.csr_matrix | None = None
    own_share: float = field(default=0.0)

    def top(self, customers: Whole, *, limit: int, without: Pairs | None = None) -> Top:
        asked = np.arange(len(customers))
        left_out = replace(without, customers=asked) if without is not None else None
        return self._product(customers).top(asked, limit=limit, without=left_out)

    def score(self, pairs: Pairs) -> Floats:
        asked = replace(pairs, customers=np.arange(len(pairs.customers)))
        return self._product(pairs.customers).score(asked)

    def _product(self, customers: Whole) -> SparseProduct:
        taste = self.near.of(customers).copy()
        if self.locality:
            taste.data = taste.data**self.locality
        else:
            sizes = np.diff(taste.indptr)
            taste.data = np.repeat(1.0 / np.maximum(sizes, 1), sizes).astype(np.float32)
        if self.own is None:
            return SparseProduct(taste, self.bought)
        # One product for both parts: the neighbours' rows, then the customer's own.
        both = sparse.hstack(
            [(1.0 - self.own_share) * taste, self.own_share * sparse.eye(len(customers))], format="csr"
        )
        rows = sparse.vstack([self.bought, self.own[customers]], format="csr")
        return SparseProduct(both.astype(np.float32), rows)


def neighborhood(
    history: History, tastes: sparse.csr_matrix, *, keep: int, with_self: bool = False
) -> Neighborhood:
    known = history.active()
    latest = known[np.argsort(-history.last_day[known], kind="stable")]
    norms = np.sqrt(np.asarray(tastes.multiply(tastes).sum(axis=1)).ravel())
    unit = (sparse.diags(1.0 / np.maximum(norms, 1e-9)) @ tastes).tocsr().astype(np.float32)
    return Neighborhood(unit, np.sort(latest[:MOST_POOLED]), keep, with_self)
