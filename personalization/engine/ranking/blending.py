"""The hand-tuned blend of sources: the baseline to beat, and what answers where nothing can be learned."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from personalization.engine.ranking.evaluation import Truth, judge
from personalization.engine.ranking.history import Floats
from personalization.engine.ranking.lists import best_of
from personalization.engine.ranking.models import Goal, usable
from personalization.engine.ranking.samples import Judged, Sample

STEPS = (0.0, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0)
DEFAULT_WEIGHTS: dict[Goal, dict[str, float]] = {
    "all": {"frequency": 1.0, "up_cf": 0.5, "ease": 0.1, "adoption": 0.1},
    "new": {"adoption": 0.5, "ease": 1.0, "neighbors_adopted": 1.0, "text_lately": 0.5},
}


@dataclass(frozen=True)
class Blend:
    weights: Mapping[str, float]

    def score(self, judged: Judged, *, goal: Goal) -> Floats:
        shares, names = shares_of(judged, usable(judged, goal=goal))
        weights = np.array([self.weights.get(name, 0.0) for name in names], dtype=np.float32)
        found: Floats = shares @ weights
        return found


def tune_blend(sample: Sample, *, goal: Goal, names: Sequence[str] = (), rounds: int = 2) -> Blend:
    """Coordinate ascent on NDCG@10 of the sample's window over the sources in `names` (default: all)."""
    mask = usable(sample.judged, goal=goal)
    truth = sample.truth_new if goal == "new" else sample.truth_all
    shares, known = shares_of(sample.judged, mask)
    weights = np.zeros(len(known))
    best = -1.0
    for _ in range(rounds):
        for place, name in enumerate(known):
            if names and name not in names:
                continue
            kept = weights[place]
            for step in STEPS:
                tried = weights.copy()
                tried[place] = step
                value = (
                    _quality(sample.judged, truth, (shares @ tried).astype(np.float32), mask)
                    if tried.any()
                    else -1.0
                )
                if value > best + 1e-6:
                    best, kept = value, step
            weights[place] = kept
    return Blend({name: float(weight) for name, weight in zip(known, weights, strict=True) if weight})


def shares_of(judged: Judged, mask: NDArray[np.bool_]) -> tuple[Floats, list[str]]:
    """Each source's score divided by its best among the customer's usable candidates."""
    names = [name for name in judged.table.names if name.startswith("pair.") and name.endswith(".score")]
    places = [judged.table.names.index(name) for name in names]
    scores = np.where(mask[:, None], judged.table.values[:, places], 0.0)
    best = np.maximum.reduceat(scores, np.minimum(judged.pairs.start[:-1], max(len(scores) - 1, 0)), axis=0)
    shares = scores / np.maximum(np.repeat(best, np.diff(judged.pairs.start), axis=0), 1e-9)
    return shares.astype(np.float32), [name[len("pair.") : -len(".score")] for name in names]


def _quality(judged: Judged, truth: Truth, scores: Floats, mask: NDArray[np.bool_]) -> float:
    lists, _ = best_of(judged.pairs, scores, mask, limit=10)
    chosen = np.searchsorted(judged.pairs.customers, truth.customers)
    return float(judge(truth, lists[chosen])["ndcg"].mean())
