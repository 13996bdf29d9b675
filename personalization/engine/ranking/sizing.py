"""How much of everything a shop of a given size can afford within its time."""

from dataclasses import replace

from personalization.engine.ranking.training import RankingOptions

PAIRS_PER_SECOND = 60_000.0
"""Pairs of customer and product judged in a second of the budget; a larger shop judges fewer each."""
SMALL_SHOP, LARGE_SHOP = 2_000, 100_000
"""Customers between which several models of each kind are averaged; others also look less far back."""
FEWER_CUTS = 4
LARGE_SHOP_ROUNDS, LARGE_SHOP_RATE = 100, 0.1
"""Ordering a million lists takes longer than learning how: half the trees cost half of it."""


def options_for(
    customers: int, *, budget_seconds: float, threads: int, days: float = 30.0, seed: int = 0
) -> RankingOptions:
    plain = RankingOptions(days=days, budget_seconds=budget_seconds)
    wanted = customers * (sum(plain.candidates.limits.values()) / 2)
    training = replace(plain.training, threads=threads, seed=seed)
    if customers > LARGE_SHOP:
        training = replace(training, rounds=LARGE_SHOP_ROUNDS, learning_rate=LARGE_SHOP_RATE)
    is_usual = SMALL_SHOP <= customers <= LARGE_SHOP
    return replace(
        plain,
        cuts=plain.cuts if is_usual else FEWER_CUTS,
        training=training if is_usual else replace(training, bags=1),
        candidates=plain.candidates.thinned(min(1.0, PAIRS_PER_SECOND * budget_seconds / max(wanted, 1.0))),
    )
