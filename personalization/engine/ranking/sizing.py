"""How much of everything a shop of a given size can afford within its time."""

from dataclasses import replace

from personalization.engine.ranking.training import RankingOptions

PAIRS_PER_SECOND = 80_000.0
"""Pairs of customer and product judged in a second of the budget; a larger shop judges fewer each."""
FEW_CUSTOMERS = 100_000
"""Up to so many, several models of each kind are averaged."""


def options_for(
    customers: int, *, budget_seconds: float, threads: int, days: float = 30.0, seed: int = 0
) -> RankingOptions:
    plain = RankingOptions(days=days, budget_seconds=budget_seconds)
    wanted = customers * (sum(plain.candidates.limits.values()) / 2)
    bags = plain.training.bags if customers <= FEW_CUSTOMERS else 1
    return replace(
        plain,
        training=replace(plain.training, threads=threads, bags=bags, seed=seed),
        candidates=plain.candidates.thinned(min(1.0, PAIRS_PER_SECOND * budget_seconds / max(wanted, 1.0))),
    )
