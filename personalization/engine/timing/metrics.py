"""How good probabilities are: ranking, squared error, surprise and calibration, with bootstrap intervals."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata  # type: ignore[import-untyped]

from personalization.engine.timing.visits import Floats

BINS = 10
DRAWS = 200
NAMES = ("auc", "brier", "log_loss", "ece")


@dataclass(frozen=True)
class Measured:
    value: float
    low: float
    high: float


def measure(probability: Floats, *, bought: Floats, seed: int = 0) -> dict[str, Measured]:
    """95 % intervals over customers drawn again, with replacement."""
    draw = np.random.default_rng(seed)
    drawn = []
    for _ in range(DRAWS):
        rows = draw.integers(0, len(bought), len(bought))
        drawn.append(values(probability[rows], bought=bought[rows]))
    at, (low, high) = values(probability, bought=bought), np.nanpercentile(drawn, [2.5, 97.5], axis=0)
    return {
        name: Measured(float(at[place]), float(low[place]), float(high[place]))
        for place, name in enumerate(NAMES)
    }


def values(probability: Floats, *, bought: Floats) -> Floats:
    certain = np.clip(probability, 1e-6, 1.0 - 1e-6)
    surprise = -(bought * np.log(certain) + (1.0 - bought) * np.log(1.0 - certain)).mean()
    return np.array(
        [
            auc(probability, bought=bought),
            np.square(probability - bought).mean(),
            surprise,
            calibration_error(probability, bought=bought),
        ]
    )


def auc(probability: Floats, *, bought: Floats) -> float:
    positive, negative = float(bought.sum()), float(len(bought) - bought.sum())
    if not positive or not negative:
        return float("nan")
    ranks = rankdata(probability)[bought > 0].sum()
    return float((ranks - positive * (positive + 1.0) / 2.0) / (positive * negative))


def calibration_error(probability: Floats, *, bought: Floats) -> float:
    """Over ten groups of equal size: how far the foretold share is from what came."""
    order = np.argsort(probability, kind="stable")
    groups = np.array_split(order, BINS)
    return float(
        sum(abs(probability[rows].mean() - bought[rows].mean()) * len(rows) for rows in groups if len(rows))
        / max(len(bought), 1)
    )
