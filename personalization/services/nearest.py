"""Finds the products nearest to a vector among those that the rules allow: always as many as there are.

1. A filter that leaves few products: those alone, all of them compared. No index can do better.
2. The process's index, asked for more than is wanted; PostgreSQL strikes out what the rules forbid and gives
   the true similarities. Where too many were struck out, once more with many more.
3. Still too few: all that the rules allow, compared in PostgreSQL.

While the index of a large catalogue is being filled, pgvector's own index answers.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from omotenashi.catalog.vector_index import VectorIndex, vector_indexes
from personalization.selectors import search as read
from personalization.selectors.rules import ProductFilter, Rules
from personalization.selectors.search import Near

FEW = 3_000
"""Up to so many allowed products are compared one by one: some ten milliseconds."""
TIMES = (1.5, 20)
"""How many times more candidates than wanted products are taken from the index: sold out ones are few."""
MOST_CANDIDATES = 4_000


@dataclass(frozen=True)
class _Asked:
    rules: Rules
    vector: NDArray[np.float32]
    model_id: str
    limit: int


def nearest(rules: Rules, *, vector: NDArray[np.float32], model_id: str, limit: int) -> list[Near]:
    asked = _Asked(rules, vector, model_id, limit)
    if rules.filter != ProductFilter() and read.count_allowed(rules, up_to=FEW + 1) <= FEW:
        return _all_allowed(asked)
    index = vector_indexes.ready(rules.workspace.id, model_id=model_id)
    if index is None:
        return read.nearest_by_index(rules, vector=vector, model_id=model_id, limit=limit)
    return _by_index(asked, index)


def _by_index(asked: _Asked, index: VectorIndex) -> list[Near]:
    for times in TIMES:
        candidates = min(int(times * asked.limit), MOST_CANDIDATES)
        near = read.near_of(
            asked.rules,
            product_ids=index.search(asked.vector, count=candidates),
            vector=asked.vector,
            model_id=asked.model_id,
            limit=asked.limit,
        )
        if len(near) == asked.limit or candidates >= len(index):
            return near
    return _all_allowed(asked)


def _all_allowed(asked: _Asked) -> list[Near]:
    return read.nearest_allowed(asked.rules, vector=asked.vector, model_id=asked.model_id, limit=asked.limit)
