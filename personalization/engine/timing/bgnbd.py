"""The BG/NBD model of repeat purchases: a customer buys at a rate of their own until, one day, they stop.

Fader, Hardie, Lee (2005): "Counting Your Customers" the Easy Way, Marketing Science 24(2). Rates are gamma
(r, alpha), the chance to stop after each purchase is beta (a, b). A customer is (x, t_x, T): how often they
came back, the age at the last time, the age today.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize  # type: ignore[import-untyped]
from scipy.special import betaln, gammaln  # type: ignore[import-untyped]

Floats = NDArray[np.float64]

PENALTY = 1e-3
"""Of the squared logarithms, for each customer: keeps a log without any repeats from running to infinity."""
SMALLEST, LARGEST = 1e-4, 1e5


@dataclass(frozen=True)
class Histories:
    """One entry a customer."""

    repeats: Floats
    last_age: Floats
    age: Floats


@dataclass(frozen=True)
class BGNBD:
    r: float
    alpha: float
    a: float
    b: float

    def probability_alive(self, histories: Histories) -> Floats:
        x = histories.repeats
        odds = (self.r + x) * np.log((self.alpha + histories.age) / (self.alpha + histories.last_age))
        odds += np.log(self.a / (self.b + np.maximum(x, 1.0) - 1.0))
        # Who never came back has not had a chance to stop in this model.
        return np.where(x > 0, 1.0 / (1.0 + np.exp(np.minimum(odds, 700.0))), 1.0)

    def probability_to_buy(self, histories: Histories, *, days: float) -> Floats:
        """At least one purchase in the next `days`: alive, and the gamma-mixed rate has an arrival."""
        aged = self.alpha + histories.age
        none = np.exp((self.r + histories.repeats) * np.log(aged / (aged + days)))
        return self.probability_alive(histories) * (1.0 - none)


def fit_bgnbd(histories: Histories, *, start: BGNBD | None = None) -> BGNBD:
    """Maximum likelihood, over the logarithms of the parameters; ages are scaled so that the mean is 1."""
    scale = max(float(histories.age.mean()), 1e-9) if len(histories.age) else 1.0
    scaled = Histories(histories.repeats, histories.last_age / scale, histories.age / scale)
    first = start or BGNBD(1.0, scale, 1.0, 2.0)
    guess = np.log([first.r, first.alpha / scale, first.a, first.b])
    bounds = [(np.log(SMALLEST), np.log(LARGEST))] * 4
    found = minimize(_loss, guess, args=(scaled,), method="L-BFGS-B", bounds=bounds)
    r, alpha, a, b = (float(value) for value in np.exp(found.x))
    return BGNBD(r, alpha * scale, a, b)


def _loss(logarithms: Floats, histories: Histories) -> float:
    likelihood = log_likelihood(BGNBD(*np.exp(logarithms)), histories)
    weight = PENALTY / max(len(histories.age), 1)
    return float(-likelihood.mean() + weight * np.square(logarithms).sum())


def log_likelihood(model: BGNBD, histories: Histories) -> Floats:
    """Equation 6 of the paper, one a customer."""
    x, age, last = histories.repeats, histories.age, histories.last_age
    rate = gammaln(model.r + x) - gammaln(model.r) + model.r * np.log(model.alpha)
    still = betaln(model.a, model.b + x) - (model.r + x) * np.log(model.alpha + age)
    stopped = betaln(model.a + 1.0, model.b + np.maximum(x, 1.0) - 1.0)
    stopped = np.where(x > 0, stopped - (model.r + x) * np.log(model.alpha + last), -np.inf)
    return np.asarray(rate - betaln(model.a, model.b) + np.logaddexp(still, stopped))
