"""How alike the texts of products are, by vectors that are read once and kept at length 1."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from personalization.selectors.edition import Product
from personalization.selectors.learned import joined

MOST_ROWS = 5_000
"""Some 8 MB; then it begins again."""
Key = int | UUID
"""A product's number in the model version, or its id."""


class Likeness(NamedTuple):
    """Rows of one embedder's matrix, by product."""

    places: Mapping[Key, int]
    rows: NDArray[np.float32]
    is_mixed: bool = False
    """Two embedders are at work: which of them counts is decided person by person, and not here."""

    def greatest(self, products: Sequence[Key], *, others: Sequence[Key]) -> float:
        """The greatest cosine between any of these and any of the others: at worst more than there is."""
        if self.is_mixed:
            return 1.0
        places = self.places
        mine = [places[own] for own in products if own in places]
        theirs = [places[own] for own in others if own in places]
        return float((self.rows[mine] @ self.rows[theirs].T).max()) if mine and theirs else -1.0


_NOTHING = Likeness({}, np.zeros((0, 0), np.float32))


class Texts:
    """Keeps what it was given, for the next who asks. Threads may ask at the same time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._models: set[str] = set()
        self._taken: set[Key] = set()
        self._known = _NOTHING

    def of(self, products: Mapping[Key, Product]) -> Likeness:
        with self._lock:
            if not products.keys() <= self._taken:
                self._take(products)
            return self._known

    def _take(self, products: Mapping[Key, Product]) -> None:
        if len(self._taken) + len(products) > MOST_ROWS:
            self._taken, self._known = set(), _NOTHING
        new = {key: own.vectors for key, own in products.items() if key not in self._taken}
        self._taken |= new.keys()
        self._models |= {model_id for vectors in new.values() for model_id in vectors}
        if len(self._models) > 1:
            self._known = self._known._replace(is_mixed=True)
            return
        vectors = {key: own for key, by_model in new.items() for own in by_model.values()}
        if vectors:
            # New objects: who asked before still reads the old ones.
            known, rows = self._known, _of_length_one(joined(list(vectors.values())))
            places = {**known.places, **{key: n for n, key in enumerate(vectors, start=len(known.rows))}}
            self._known = Likeness(places, np.vstack([known.rows, rows]) if known.places else rows)


def _of_length_one(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    lengths: NDArray[np.float32] = np.sqrt(np.einsum("ij,ij->i", rows, rows))
    lengths[lengths == 0] = 1
    return rows / lengths[:, None]
