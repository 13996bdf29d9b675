"""How long a campaign will take, and what it will cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from personalization.mailings.engine.pacing import ANY


@dataclass(frozen=True)
class Estimate:
    seconds: int
    cost: str | None
    """A decimal; None where nobody said what mails cost."""


def estimate(
    mails: int,
    *,
    providers: Mapping[str, int],
    rate: float,
    limits: Mapping[str, float],
    wave_size: int,
    wave_minutes: int,
    cost_per_thousand: Decimal | None,
) -> Estimate:
    """`providers`: how many go to each. The slowest counts: our rate, a provider's limit, the waves."""
    held = max((_held(name, count=count, limits=limits) for name, count in providers.items()), default=0.0)
    seconds = max(mails / rate, held)
    if wave_size and mails:
        waves = (mails - 1) // wave_size
        last = (mails - waves * wave_size) / rate
        seconds = max(seconds, waves * wave_minutes * 60 + last)
    return Estimate(seconds=round(seconds), cost=_cost(mails, per_thousand=cost_per_thousand))


def _cost(mails: int, *, per_thousand: Decimal | None) -> str | None:
    return None if per_thousand is None else str((per_thousand * mails / 1_000).quantize(Decimal("0.01")))


def _held(provider: str, *, count: int, limits: Mapping[str, float]) -> float:
    limit = limits.get(provider, limits.get(ANY, 0.0))
    return count / limit if limit else 0.0
