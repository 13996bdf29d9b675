"""A ridge logistic regression on logarithms: the smooth half of the forecast. Not for text or vectors."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit  # type: ignore[import-untyped]

from personalization.engine.timing.visits import Floats

RIDGE = 50.0
STEPS = 8


@dataclass(frozen=True)
class Logistic:
    weights: Floats
    mean: Floats
    spread: Floats

    def margin(self, matrix: NDArray[np.float32]) -> Floats:
        scaled = (_logarithms(matrix) - self.mean) / self.spread
        return np.asarray(self.weights[0] + scaled @ self.weights[1:])


def fit_logistic(matrix: NDArray[np.float32], labels: Floats) -> Logistic:
    """Newton's method; the intercept is not shrunk."""
    logarithms = _logarithms(matrix)
    mean, spread = logarithms.mean(axis=0), logarithms.std(axis=0) + 1e-6
    design = np.column_stack([np.ones(len(labels)), (logarithms - mean) / spread])
    ridge = np.full(design.shape[1], RIDGE)
    ridge[0] = 1e-6
    weights = np.zeros(design.shape[1])
    for _ in range(STEPS):
        expected = expit(design @ weights)
        slope = design.T @ (expected - labels) + ridge * weights
        curvature = (design * (expected * (1.0 - expected))[:, None]).T @ design + np.diag(ridge)
        weights -= np.linalg.solve(curvature, slope)
    return Logistic(weights, mean, spread)


def _logarithms(matrix: NDArray[np.float32]) -> Floats:
    return np.log1p(np.maximum(np.nan_to_num(matrix.astype(np.float64), nan=0.0), 0.0))
