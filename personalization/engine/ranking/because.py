"""Why a listed product is there, in figures that can be counted again: who else bought it, and how many."""

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from personalization.engine.learning.pairs import Pairs, count_pairs
from personalization.engine.ranking.history import History, Whole

MIN_BUYERS = 2
PARTNERS = 200
LATELY_DAYS = 30.0


@dataclass(frozen=True)
class Because:
    """Row by row as the lists: the own product that most buyers share, -1 for none, and how many they are.

    Without one, `buyers` counts who bought the listed product in the last 30 days; below 2 it is 0: nothing
    true can be said, and the product is better not shown.
    """

    product: Whole
    buyers: Whole


@dataclass(frozen=True)
class Reasons:
    """`partners`: by product, who was bought by the same people and by how many of them."""

    partners: Pairs
    lately: Whole


def reasons_of(buyer: Whole, product: Whole, age: NDArray[np.float64], *, products: int) -> Reasons:
    """One entry a purchase of whom we can tell apart, customers and visitors alike; `age` in days."""
    partners = count_pairs(buyer, product, products=products, shrinkage=5.0, keep=PARTNERS)
    recent = age < LATELY_DAYS
    pair = np.unique(buyer[recent].astype(np.int64) * products + product[recent])
    return Reasons(partners, np.bincount(pair % max(products, 1), minlength=products))


def because_of(reasons: Reasons, history: History, *, customers: Whole, lists: Whole) -> Because:
    matrix = history.held
    product, buyers = _shared(
        customers, lists, matrix.indptr, matrix.indices,
        reasons.partners.start, reasons.partners.partner, reasons.partners.together, history.products,
    )  # fmt: skip
    lately = reasons.lately[np.maximum(lists, 0)]
    general = np.where(lately >= MIN_BUYERS, lately, 0)
    return Because(product, np.where(product >= 0, buyers, np.where(lists >= 0, general, 0)))


@njit(cache=True, nogil=True)
def _shared(customers, lists, own_ptr, own_idx, start, partner, together, products):  # type: ignore[no-untyped-def]
    """The owned partner of each listed product with the most buyers in common."""
    because = np.full(lists.shape, -1, dtype=np.int64)
    buyers = np.zeros(lists.shape, dtype=np.int64)
    is_owned = np.zeros(products, dtype=np.bool_)
    for row in range(len(customers)):
        own = own_idx[own_ptr[customers[row]] : own_ptr[customers[row] + 1]]
        for product in own:
            is_owned[product] = True
        for place in range(lists.shape[1]):
            listed = lists[row, place]
            if listed < 0:
                continue
            for link in range(start[listed], start[listed + 1]):
                if is_owned[partner[link]] and together[link] > buyers[row, place]:
                    because[row, place], buyers[row, place] = partner[link], together[link]
        for product in own:
            is_owned[product] = False
    return because, buyers
