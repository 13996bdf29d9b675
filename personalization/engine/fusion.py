"""One list out of two that rank by scores which cannot be compared: words and meaning."""

from collections.abc import Hashable, Sequence
from typing import TypeVar

Id = TypeVar("Id", bound=Hashable)

SMOOTHING = 60
"""How little the very first places differ; the value of the paper below, and robust in it."""


def fuse(rankings: Sequence[Sequence[tuple[Id, float]]]) -> list[tuple[Id, float]]:
    """Weighted reciprocal rank fusion: weight / (60 + place), summed; best first, ties as they were given.

    Each ranking has (id, weight) in its order. With weights of 1 this is Cormack, Clarke and Büttcher:
    Reciprocal Rank Fusion outperforms Condorcet and individual Rank Learning Methods, SIGIR 2009.
    """
    scores: dict[Id, float] = {}
    for ranking in rankings:
        for place, (found, weight) in enumerate(ranking, start=1):
            scores[found] = scores.get(found, 0.0) + weight / (SMOOTHING + place)
    return sorted(scores.items(), key=lambda row: -row[1])
