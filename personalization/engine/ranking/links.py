"""Sparse item–item links."""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse  # type: ignore[import-untyped]

from personalization.engine.ranking.history import Whole


def nearest(links: sparse.csr_matrix, *, keep: int) -> sparse.csr_matrix:
    """Each row's `keep` largest values."""
    links = links.tocsr()
    if links.nnz and np.diff(links.indptr).max() > keep:
        data = [
            _kept(links.data[a:b], keep=keep) + a
            for a, b in zip(links.indptr[:-1], links.indptr[1:], strict=True)
        ]
        chosen = np.concatenate(data)
        indptr = np.concatenate([[0], np.cumsum([len(part) for part in data])])
        links = sparse.csr_matrix((links.data[chosen], links.indices[chosen], indptr), shape=links.shape)
    return links


def _kept(values: NDArray[np.floating], *, keep: int) -> Whole:
    if len(values) <= keep:
        return np.arange(len(values))
    return np.sort(np.argpartition(-values, keep - 1)[:keep])
