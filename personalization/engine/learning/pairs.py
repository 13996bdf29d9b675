"""How many groups hold both of two products, for all pairs: groups are baskets, or people."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse  # type: ignore[import-untyped]

MIN_TOGETHER = 2


@dataclass(frozen=True)
class Pairs:
    """Of each product its best partners: `start[p]:start[p + 1]` are its rows, best first."""

    start: NDArray[np.int64]
    partner: NDArray[np.int32]
    score: NDArray[np.float64]
    together: NDArray[np.int32]

    @property
    def product(self) -> NDArray[np.int64]:
        return np.repeat(np.arange(len(self.start) - 1), np.diff(self.start))


def count_pairs(
    group: NDArray[Any], product: NDArray[Any], *, products: int, shrinkage: float, keep: int
) -> Pairs:
    """The score is the cosine of the two columns, shrunk where few groups hold both; ties go by number.

    A pair is counted exactly, however many groups there are, and no matrix of pairs is ever held: one product
    at a time walks its groups and adds up what else they hold.
    """
    from personalization.engine.kernels import best_partners  # late: it compiles, and only workers need it

    shape = (int(group.max(initial=-1)) + 1, products)
    holds = sparse.csr_matrix((np.ones(len(group), dtype=np.int32), (group, product)), shape=shape)
    holds.sum_duplicates()
    holders = holds.T.tocsr()
    return Pairs(
        *best_partners(
            holders.indptr, holders.indices, holds.indptr, holds.indices, float(shrinkage), keep, MIN_TOGETHER
        )
    )
