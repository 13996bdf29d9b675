"""The union of what the sources propose for each customer."""

from collections.abc import Mapping

import numpy as np
from scipy import sparse  # type: ignore[import-untyped]

from personalization.engine.ranking.history import History, Whole
from personalization.engine.ranking.sources.base import Fitted, Pairs


def union_of(
    fitted: Mapping[str, Fitted],
    *,
    limits: Mapping[str, int],
    history: History,
    customers: Whole,
    recent: sparse.csr_matrix,
    most_owned: int,
) -> Pairs:
    """What each customer bought last, up to `most_owned`, and `limits[source]` new ones of each source.

    `recent`: own products of all customers, the latest first in each row.
    """
    owned = owned_pairs(history, customers=customers)
    keys = [_latest(recent[customers], most=most_owned)]
    for name, limit in limits.items():
        top = fitted[name].top(customers, limit=limit, without=owned)
        keys.append(_keys(top.product, history.products))
    return pairs_of(np.unique(np.concatenate(keys)), customers=customers, products=history.products)


def owned_pairs(history: History, *, customers: Whole) -> Pairs:
    matrix = history.held[customers]
    return Pairs(customers, matrix.indptr.astype(np.int64), matrix.indices.astype(np.int64))


def _latest(recent: sparse.csr_matrix, *, most: int) -> Whole:
    place = np.arange(recent.nnz) - np.repeat(recent.indptr[:-1], np.diff(recent.indptr))
    row = np.repeat(np.arange(recent.shape[0]), np.diff(recent.indptr))
    keys: Whole = (row * recent.shape[1] + recent.indices)[place < most].astype(np.int64)
    return keys


def pairs_of(keys: Whole, *, customers: Whole, products: int) -> Pairs:
    """From sorted keys row * products + product."""
    start = np.searchsorted(keys, np.arange(len(customers) + 1) * products)
    return Pairs(customers, start.astype(np.int64), keys % products)


def _keys(found: Whole, products: int) -> Whole:
    rows = np.arange(len(found))[:, None] * products + found
    return np.unique(rows[found >= 0])
