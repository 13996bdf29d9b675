"""Orders the union of all sources by a weighted blend; a learned ranker can take its place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from personalization.engine.candidates import Candidate


class Pooled(NamedTuple):
    """A product with everything that speaks for it: at most one candidate of each source."""

    product_id: UUID
    candidates: Mapping[str, Candidate]


@dataclass(frozen=True)
class Features:
    """One row per pooled product, one column per name."""

    names: tuple[str, ...]
    values: NDArray[np.float64]


class Ranker(Protocol):
    @property
    def version(self) -> str: ...

    def rank(self, candidates: Sequence[Pooled], features: Features) -> NDArray[np.float64]: ...


@dataclass(frozen=True)
class BlendRanker:
    """Sum of the sources' normalised scores, each times its share in the placement's mix."""

    mix: Mapping[str, float]
    version: str = "blend-1"

    def rank(self, candidates: Sequence[Pooled], features: Features) -> NDArray[np.float64]:
        weights = np.array([self.mix.get(name, 0.0) for name in features.names])
        scores: NDArray[np.float64] = features.values @ weights
        return scores


def pool(candidates: Sequence[Candidate]) -> list[Pooled]:
    by_product: dict[UUID, dict[str, Candidate]] = {}
    for candidate in candidates:
        by_product.setdefault(candidate.product_id, {})[candidate.source] = candidate
    return [Pooled(product_id, found) for product_id, found in by_product.items()]


def features_of(pooled: Sequence[Pooled], *, sources: Sequence[str]) -> Features:
    """Each source's scores divided by its best in this answer: sources are comparable, products unmoved."""
    values = np.array(
        [
            [row.candidates[name].score if name in row.candidates else 0.0 for name in sources]
            for row in pooled
        ],
        dtype=np.float64,
    ).reshape(len(pooled), len(sources))
    best = values.max(axis=0, initial=0.0)
    return Features(tuple(sources), np.divide(values, best, out=np.zeros_like(values), where=best > 0))
