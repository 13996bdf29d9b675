"""Item–item neighbours from baskets: cosine of the baskets' columns, shrunk where the support is thin."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from personalization.engine.learning.pairs import MIN_TOGETHER, count_pairs

SHRINKAGE = 10.0
"""Pairs seen this often count half: two orders in common are a coincidence sooner than a habit."""
MIN_BASKETS = MIN_TOGETHER
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
    products = int(product.max(initial=-1)) + 1
    found = count_pairs(basket, product, products=products, shrinkage=shrinkage, keep=keep)
    return Neighbors(
        found.product, found.partner.astype(np.int64), found.score, found.together.astype(np.int64)
    )
