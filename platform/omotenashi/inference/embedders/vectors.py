"""What every embedder does to its texts and vectors."""

import numpy as np
from numpy.typing import NDArray


def clean(text: str) -> str:
    """Without what ends a C string or cannot be encoded."""
    return text.replace("\0", " ").encode("utf-8", "replace").decode("utf-8")


def unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Rows of length 1, so that a dot product is the cosine."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    rows: NDArray[np.float32] = (vectors / np.maximum(lengths, 1e-12)).astype(np.float32)
    return rows
