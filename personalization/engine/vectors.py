"""Arithmetic on a few vectors at a time: what answering needs of what learning does in bulk."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def unit(vector: NDArray[np.float32]) -> NDArray[np.float32]:
    length = float(np.linalg.norm(vector))
    return vector / length if length > 0 else vector


def blend(
    vectors: NDArray[np.float32], weights: Sequence[float] | NDArray[np.float64]
) -> NDArray[np.float32]:
    """Weighted mean of unit vectors, brought back to length 1."""
    return unit((np.asarray(weights, dtype=np.float32)[:, None] * vectors).sum(axis=0))


def cosines(rows: NDArray[np.float32], others: NDArray[np.float32]) -> NDArray[np.float64]:
    """Of each row with each other; summed in doubles, as pgvector does."""
    left, right = rows.astype(np.float64), others.astype(np.float64)
    lengths = np.outer(np.linalg.norm(left, axis=1), np.linalg.norm(right, axis=1))
    found: NDArray[np.float64] = np.divide(
        left @ right.T, lengths, out=np.zeros_like(lengths), where=lengths > 0
    )
    return found
