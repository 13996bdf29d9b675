"""Learns the curves from earlier cuts of the same log: boosted trees and a logistic regression, in folds.

Each horizon has models of its own. Up to 30 days they answer "buys within"; beyond, "buys by then, given not
before", and where the log is too short even for that the BG/NBD's shape goes on.
"""

from dataclasses import dataclass
from typing import Any, Protocol

import lightgbm
import numpy as np
from numpy.typing import NDArray
from scipy.special import expit  # type: ignore[import-untyped]

from personalization.engine.timing.curve import KNOTS, monotone
from personalization.engine.timing.cuts import Rows
from personalization.engine.timing.logistic import Logistic, fit_logistic
from personalization.engine.timing.options import TimingOptions
from personalization.engine.timing.visits import Floats, Numbers

DIRECT = 3
"""Of the knots: those learned as "within"."""
OLDEST_FOR_DIRECT = 200.0
MIN_CUSTOMERS, MIN_ROWS, MIN_OF_EACH = 150, 300, 40
SHRINKAGE = 6.0
"""Rounds times learning rate: fewer rounds then mean coarser steps, not unfinished ones."""
BGNBD_COLUMNS = tuple(f"bgnbd_{days:.0f}" for days in KNOTS)
TREES = {
    "objective": "binary",
    "num_leaves": 8,
    "min_data_in_leaf": 100,
    "feature_fraction": 0.5,
    "bagging_fraction": 0.5,
    "bagging_freq": 1,
    "lambda_l2": 10.0,
    "verbose": -1,
    "deterministic": True,
    "force_row_wise": True,
}


class Stage(Protocol):
    """One fold's model of one knot."""

    def probability(self, matrix: NDArray[np.float32]) -> Floats: ...


@dataclass(frozen=True)
class Blend:
    """Trees find the bends, the logistic regression keeps the level between them: their mean margin."""

    trees: Any
    smooth: Logistic

    def probability(self, matrix: NDArray[np.float32]) -> Floats:
        margin = np.asarray(self.trees.predict(matrix, raw_score=True))
        return np.asarray(expit((margin + self.smooth.margin(matrix)) / 2.0))


@dataclass(frozen=True)
class Constant:
    """Nearly all buy within: nothing to tell them apart by."""

    value: float

    def probability(self, matrix: NDArray[np.float32]) -> Floats:
        return np.full(len(matrix), self.value)


@dataclass(frozen=True)
class Learned:
    """`stages[fold][knot]`; fewer stages than knots where the log is short."""

    stages: tuple[tuple[Stage, ...], ...]
    names: tuple[str, ...]

    def curves(self, matrix: NDArray[np.float32]) -> Floats:
        folds = [self.fold_curves(fold, matrix) for fold in range(len(self.stages))]
        return np.asarray(np.mean(folds, axis=0))

    def fold_curves(self, fold: int, matrix: NDArray[np.float32]) -> Floats:
        """At all knots."""
        bgnbd = matrix[:, [self.names.index(name) for name in BGNBD_COLUMNS]].astype(np.float64)
        found = [stage.probability(matrix) for stage in self.stages[fold]]
        curves = monotone(np.column_stack(found[:DIRECT]))
        columns = [curves[:, place] for place in range(DIRECT)]
        for place in range(DIRECT, len(KNOTS)):
            before, after = bgnbd[:, place - 1], bgnbd[:, place]
            chance = found[place] if place < len(found) else (after - before) / np.maximum(1.0 - before, 1e-9)
            columns.append(columns[-1] + (1.0 - columns[-1]) * np.clip(chance, 0.0, 1.0))
        return np.column_stack(columns)


def fold_of(customer: Numbers, *, folds: int, seed: int) -> Numbers:
    """By the customer's number: the same at every cut, so that nobody is judged by their own past."""
    drawn = np.random.default_rng(seed).permutation(int(customer.max(initial=0)) + 1)
    return np.asarray(drawn[customer] % folds)


def learn(rows: Rows, *, options: TimingOptions) -> Learned | None:
    """None where the log has too few purchases to learn from."""
    if len(np.unique(rows.customer)) < MIN_CUSTOMERS:
        return None
    fold = fold_of(rows.customer, folds=options.folds, seed=options.seed)
    stages = []
    for number in range(options.folds):
        chosen = fold != number
        learned = [_stage(rows, chosen=chosen, place=place, options=options) for place in range(len(KNOTS))]
        found = tuple(stage for stage in _until_none(learned))
        if len(found) < DIRECT:
            return None
        stages.append(found)
    return Learned(tuple(stages), rows.names)


def tree_parameters(*, rounds: int, seed: int, num_threads: int) -> dict[str, Any]:
    return TREES | {"learning_rate": SHRINKAGE / rounds, "seed": seed, "num_threads": num_threads}


def _until_none(stages: list[Stage | None]) -> list[Stage]:
    found: list[Stage] = []
    for stage in stages:
        if stage is None:
            break
        found.append(stage)
    return found


def _stage(rows: Rows, *, chosen: NDArray[np.bool_], place: int, options: TimingOptions) -> Stage | None:
    end, start = KNOTS[place], (KNOTS[place - 1] if place >= DIRECT else 0.0)
    used = chosen & (rows.follow >= end) & (rows.wait >= start)
    if place < DIRECT:
        used &= rows.follow <= OLDEST_FOR_DIRECT
    labels = (rows.wait[used] < end).astype(np.float64)
    if len(labels) < MIN_ROWS or labels.sum() < MIN_OF_EACH:
        return None
    if len(labels) - labels.sum() < MIN_OF_EACH:
        return Constant(float((labels.sum() + 0.5) / (len(labels) + 1.0)))
    matrix = rows.matrix[used]
    data = lightgbm.Dataset(matrix, labels, free_raw_data=True)
    parameters = tree_parameters(rounds=options.rounds, seed=options.seed, num_threads=options.num_threads)
    return Blend(lightgbm.train(parameters, data, options.rounds), fit_logistic(matrix, labels))
