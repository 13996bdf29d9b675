"""How much of everything a shop of a given size can afford within its time."""

from dataclasses import replace

from personalization.engine.ranking.training import RankingOptions

PAIRS_PER_SECOND = 80_000.0
"""Pairs of customer and product judged in a second of the budget; a larger shop judges fewer each."""
SMALL_SHOP, LARGE_SHOP = 2_000, 100_000
"""Customers between which several models of each kind are averaged; a small shop also looks less far back."""
SMALL_SHOP_CUTS = 4


def options_for(
    customers: int, *, budget_seconds: float, threads: int, days: float = 30.0, seed: int = 0
) -> RankingOptions:
    plain = RankingOptions(days=days, budget_seconds=budget_seconds)
    wanted = customers * (sum(plain.candidates.limits.values()) / 2)
    bags = plain.training.bags if SMALL_SHOP <= customers <= LARGE_SHOP else 1
    return replace(
        plain,
        cuts=plain.cuts if customers >= SMALL_SHOP else SMALL_SHOP_CUTS,
        training=replace(plain.training, threads=threads, bags=bags, seed=seed),
        candidates=plain.candidates.thinned(min(1.0, PAIRS_PER_SECOND * budget_seconds / max(wanted, 1.0))),
    )
