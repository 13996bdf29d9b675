"""Which products stand for a person's interest, weighed by how lately and in what way they showed it."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from personalization.engine.evidence import Relation, Seed

HALF_LIFE_DAYS: dict[str, float] = {"bought": 90.0, "viewed": 7.0}
MAX_SEEDS = 12
"""More seeds cost a look-up each and change little: the weights fall by half every half-life."""


def recency(at: datetime, *, now: datetime, half_life_days: float) -> float:
    days = max((now - at).total_seconds(), 0.0) / 86_400
    return float(0.5 ** (days / half_life_days))


def choose_seeds(
    shown: Iterable[tuple[UUID, Relation, datetime]], *, weights: Mapping[str, float], now: datetime
) -> tuple[Seed, ...]:
    """One seed per product: its strongest relation. `weights` is the placement's view of each relation."""
    best: dict[UUID, Seed] = {}
    for product_id, relation, at in shown:
        half_life = HALF_LIFE_DAYS.get(relation)
        fading = recency(at, now=now, half_life_days=half_life) if half_life else 1.0
        seed = Seed(product_id, relation, weights.get(relation, 0.0) * fading)
        if seed.weight > 0 and (product_id not in best or seed.weight > best[product_id].weight):
            best[product_id] = seed
    return tuple(sorted(best.values(), key=lambda seed: (-seed.weight, seed.product_id))[:MAX_SEEDS])
