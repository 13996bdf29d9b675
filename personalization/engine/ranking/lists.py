"""From scores of pairs to each customer's list."""

import numpy as np
from numpy.typing import NDArray

from personalization.engine.ranking.history import Floats, Whole
from personalization.engine.ranking.sources.base import Pairs


def best_of(pairs: Pairs, scores: Floats, usable: NDArray[np.bool_], *, limit: int) -> tuple[Whole, Floats]:
    """Row i: customer i's best usable products, best first, and their scores; -1 and -inf fill up."""
    row = np.repeat(np.arange(len(pairs.customers)), np.diff(pairs.start))[usable]
    product, score = pairs.product[usable], scores[usable]
    order = np.lexsort((product, -score, row))
    row, product, score = row[order], product[order], score[order]
    first = np.searchsorted(row, np.arange(len(pairs.customers)))
    place = np.arange(len(row)) - first[row]
    kept = place < limit
    found = np.full((len(pairs.customers), limit), -1, dtype=np.int64)
    value = np.full((len(pairs.customers), limit), -np.inf, dtype=np.float32)
    found[row[kept], place[kept]] = product[kept]
    value[row[kept], place[kept]] = score[kept]
    return found, value
