"""A customer's taste: the recency-weighted mean of the vectors of what they bought."""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse  # type: ignore[import-untyped]

from personalization.engine.learning.purchase_vectors import times, unit_rows

HALF_LIFE_DAYS = 90.0
ALMOST_THE_SAME = 0.95


def learn_tastes(
    vectors: NDArray[np.float32],
    *,
    customer: NDArray[np.int64],
    product: NDArray[np.int64],
    days_ago: NDArray[np.float64],
) -> NDArray[np.float32]:
    """Row c is the taste of customer c; `product` indexes `vectors`.

    Only differences between a customer's own ages matter: a taste changes when they buy, not by waiting.
    """
    shape = (int(customer.max(initial=-1)) + 1, len(vectors))
    weights = (0.5 ** (days_ago / HALF_LIFE_DAYS)).astype(np.float32)
    return unit_rows(times(sparse.csr_matrix((weights, (customer, product)), shape=shape), vectors))


def similarity_floor(
    vectors: NDArray[np.float32], *, seed: int, pairs: int = 4000, quantile: float = 0.97
) -> float:
    """Cosine that 97 of 100 random pairs of products stay below: closer than that may be called similar.

    In a shop of look-alikes it would rise without end; what is almost the same text is similar anywhere.
    """
    if len(vectors) < 2:
        return ALMOST_THE_SAME
    random = np.random.default_rng(seed)
    left, right = random.integers(0, len(vectors), (2, pairs))
    different = left != right
    cosines = np.einsum("ij,ij->i", vectors[left[different]], vectors[right[different]])
    return min(float(np.quantile(cosines, quantile)), ALMOST_THE_SAME)
