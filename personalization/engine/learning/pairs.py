"""How many groups hold both of two products, for all pairs: groups are baskets, or people."""

from dataclasses import dataclass
from typing import Any

import numba
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
    shape = (int(group.max(initial=-1)) + 1, products)
    holds = sparse.csr_matrix((np.ones(len(group), dtype=np.int32), (group, product)), shape=shape)
    holds.sum_duplicates()
    holders = holds.T.tocsr()
    return Pairs(
        *_best_partners(
            holders.indptr, holders.indices, holds.indptr, holds.indices, float(shrinkage), keep, MIN_TOGETHER
        )
    )


@numba.njit(nogil=True)  # type: ignore[untyped-decorator]
def _best_partners(
    groups_at: Any, groups: Any, products_at: Any, products: Any, shrinkage: float, keep: int, least: int
) -> Any:
    count = len(groups_at) - 1
    start = np.zeros(count + 1, dtype=np.int64)
    partner = np.empty(count * min(keep, count), dtype=np.int32)
    score = np.empty(len(partner), dtype=np.float64)
    together = np.empty(len(partner), dtype=np.int32)
    seen = np.zeros(count, dtype=np.int32)
    touched = np.empty(count, dtype=np.int32)
    for product in range(count):
        size = 0
        for at in range(groups_at[product], groups_at[product + 1]):
            group = groups[at]
            for place in range(products_at[group], products_at[group + 1]):
                other = products[place]
                if seen[other] == 0:
                    touched[size] = other
                    size += 1
                seen[other] += 1
        own = groups_at[product + 1] - groups_at[product]
        first = start[product]
        taken = 0
        for at in range(size):
            other = touched[at]
            both = seen[other]
            seen[other] = 0
            if other != product and both >= least:
                theirs = groups_at[other + 1] - groups_at[other]
                value = both / np.sqrt(float(own) * theirs) * both / (both + shrinkage)
                # Inserted where it belongs among the best so far; a hundred are kept, so this stays short.
                place = taken
                while place > 0 and (
                    score[first + place - 1] < value
                    or (score[first + place - 1] == value and partner[first + place - 1] > other)
                ):
                    place -= 1
                if place < keep:
                    taken = min(taken + 1, keep)
                    for move in range(taken - 1, place, -1):
                        score[first + move] = score[first + move - 1]
                        partner[first + move] = partner[first + move - 1]
                        together[first + move] = together[first + move - 1]
                    score[first + place], partner[first + place] = value, other
                    together[first + place] = both
        start[product + 1] = first + taken
    end = start[count]
    return start, partner[:end].copy(), score[:end].copy(), together[:end].copy()
