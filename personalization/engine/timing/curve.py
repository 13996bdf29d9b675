"""The chance to have bought again by a day, as a curve for each customer; its quantiles are the dates."""

import numpy as np
from numpy.typing import NDArray

from personalization.engine.timing.visits import Floats

KNOTS = (7.0, 14.0, 30.0, 60.0, 90.0, 180.0, 365.0)


def monotone(curves: Floats) -> Floats:
    """A later day cannot be less likely: p7 <= p14 <= p30."""
    return np.maximum.accumulate(np.clip(curves, 0.0, 1.0), axis=1)


def quantile_days(curves: Floats, *, level: float) -> Floats:
    """Days until the curve reaches the level, straight between the knots; infinite where it never does."""
    filled = np.column_stack([np.zeros(len(curves)), curves])
    days = np.array([0.0, *KNOTS])
    place = (filled < level).sum(axis=1)
    reached = place < filled.shape[1]
    place = np.clip(place, 1, filled.shape[1] - 1)
    rows = np.arange(len(curves))
    low, high = filled[rows, place - 1], filled[rows, place]
    share = (level - low) / np.maximum(high - low, 1e-12)
    return np.where(reached, days[place - 1] + share * (days[place] - days[place - 1]), np.inf)


def early_level(curves: Floats, *, wait: Floats, missed: float) -> float:
    """The level under which the share `missed` of the purchases came, in the past."""
    return _level(
        curves, wait=wait, allowed=missed, levels=np.linspace(0.5, 0.005, 100), late=False, limit=0.0
    )


def late_level(curves: Floats, *, wait: Floats, missed: float, limit: float) -> float:
    """The smallest level that the share `missed` came after, of those whose late day is within `limit`."""
    return _level(
        curves, wait=wait, allowed=missed, levels=np.linspace(0.5, 0.995, 100), late=True, limit=limit
    )


def _level(
    curves: Floats, *, wait: Floats, allowed: float, levels: Floats, late: bool, limit: float
) -> float:
    for level in levels.tolist():
        days = quantile_days(curves, level=level)
        misses = (wait > days)[days <= limit] if late else wait < days
        if _upper_share(misses) <= allowed:
            return float(level)
    return float(levels[-1])


def _upper_share(misses: NDArray[np.bool_]) -> float:
    """The finite-sample correction of conformal prediction; nothing seen is no miss."""
    return float((misses.sum() + 1) / (len(misses) + 1)) if len(misses) else 0.0
