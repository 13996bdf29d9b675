"""Finds the products nearest to a vector among those that the rules allow."""

import numpy as np
from numpy.typing import NDArray

from personalization.selectors import search as read
from personalization.selectors.rules import Rules
from personalization.selectors.search import Near


def nearest(rules: Rules, *, vector: NDArray[np.float32], model_id: str, limit: int) -> list[Near]:
    return read.nearest_by_index(rules, vector=vector, model_id=model_id, limit=limit)
