"""Item–item neighbours from baskets: cosine of the baskets' columns, shrunk where the support is thin."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse  # type: ignore[import-untyped]

SHRINKAGE = 10.0
"""Pairs seen this often count half: two orders in common are a coincidence sooner than a habit."""
MIN_BASKETS = 2
PER_PRODUCT = 40
"""Kept neighbours per product: some are sold out or in the cart when they are wanted."""


@dataclass(frozen=True)
class Neighbors:
    product: NDArray[np.int64]
    neighbor: NDArray[np.int64]
    score: NDArray[np.float64]
    baskets: NDArray[np.int64]


def learn_neighbors(
    basket: NDArray[np.int64],
    product: NDArray[np.int64],
    *,
    shrinkage: float = SHRINKAGE,
    keep: int = PER_PRODUCT,
) -> Neighbors:
    """`basket[i]` holds `product[i]`; both are numbered from 0. A product counts once per basket."""
    if not len(basket):
        nothing = np.empty(0, dtype=np.int64)
        return Neighbors(nothing, nothing, np.empty(0), nothing)
    shape = (int(basket.max()) + 1, int(product.max()) + 1)
    holds = sparse.csr_matrix((np.ones(len(basket), dtype=np.int32), (basket, product)), shape=shape)
    holds.data[:] = 1
    together = (holds.T @ holds).tocsr()
    return _best_rows(together, counts=together.diagonal(), shrinkage=shrinkage, keep=keep)


def _best_rows(
    together: sparse.csr_matrix, *, counts: NDArray[np.int32], shrinkage: float, keep: int
) -> Neighbors:
    parts = [
        _row(together, index, counts=counts, shrinkage=shrinkage, keep=keep)
        for index in range(together.shape[0])
    ]
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
    return Neighbors(*columns)


def _row(
    together: sparse.csr_matrix, index: int, *, counts: NDArray[np.int32], shrinkage: float, keep: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], NDArray[np.int64]]:
    span = slice(together.indptr[index], together.indptr[index + 1])
    others, baskets = together.indices[span].astype(np.int64), together.data[span].astype(np.int64)
    wanted = (others != index) & (baskets >= MIN_BASKETS)
    others, baskets = others[wanted], baskets[wanted]
    cosine = baskets / np.sqrt(float(counts[index]) * counts[others])
    score = cosine * baskets / (baskets + shrinkage)
    best = np.lexsort((others, -score))[:keep]
    return np.full(len(best), index, dtype=np.int64), others[best], score[best], baskets[best]
