"""The learned models of a goal, and how their scores are mixed."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import lightgbm
import numpy as np
from numpy.typing import NDArray

from personalization.engine.ranking.history import Floats, Whole
from personalization.engine.ranking.samples import Judged, Sample

Goal = Literal["all", "new"]
GOALS: tuple[Goal, ...] = ("all", "new")
Kind = Literal["lambda_mart", "binary"]
NEGATIVES: dict[Kind, float] = {"lambda_mart": 0.4, "binary": 0.5}
"""Share of what was not bought that a model sees: half the time, the same quality, another half each bag."""
MAX_BIN = 63


@dataclass(frozen=True)
class TrainingOptions:
    rounds: int = 200
    learning_rate: float = 0.06
    leaves: int = 31
    bags: int = 3
    """Models of each kind whose scores are averaged: the lists move less from seed to seed."""
    threads: int = 1
    seed: int = 0


@dataclass(frozen=True)
class Member:
    """One LightGBM model in its own text form (no pickle), and its weight in the sum."""

    text: str
    weight: float

    @cached_property
    def booster(self) -> Any:
        return lightgbm.Booster(model_str=self.text)


@dataclass(frozen=True)
class GoalModel:
    """A sum of LambdaMART (Burges 2010) and binary models over the same features."""

    members: tuple[Member, ...]

    def score(self, values: Floats, *, threads: int) -> Floats:
        total = np.zeros(len(values), dtype=np.float64)
        for member in self.members:
            total += member.weight * predict(member.booster, values, threads=threads)
        return total.astype(np.float32)


def predict(booster: Any, values: Floats, *, threads: int) -> NDArray[np.float64]:
    found: NDArray[np.float64] = booster.predict(values, raw_score=True, num_threads=threads)
    return found


def usable(judged: Judged, *, goal: Goal) -> NDArray[np.bool_]:
    return ~judged.is_owned if goal == "new" else np.ones(len(judged.pairs), dtype=bool)


def train(
    samples: Sequence[Sample], *, kind: Kind, goal: Goal, options: TrainingOptions, bag: int = 0
) -> str:
    parts = [
        _thinned(sample, goal=goal, kind=kind, seed=options.seed + 1_000 * bag + number)
        for number, sample in enumerate(samples)
    ]
    data = lightgbm.Dataset(
        np.concatenate([values for values, _, _ in parts]),
        np.concatenate([label for _, label, _ in parts]),
        group=np.concatenate([sizes for _, _, sizes in parts]) if kind == "lambda_mart" else None,
        params={"max_bin": MAX_BIN, "verbose": -1},
    )
    wanted: dict[str, Any] = {"objective": "binary"}
    if kind == "lambda_mart":
        wanted = {"objective": "lambdarank", "lambdarank_truncation_level": 20}
    parameters = _parameters(options) | wanted | {"seed": options.seed + bag}
    return str(lightgbm.train(parameters, data, options.rounds).model_to_string())


def _thinned(sample: Sample, *, goal: Goal, kind: Kind, seed: int) -> tuple[Floats, Floats, Whole]:
    """All that was bought, a share of the rest; LambdaMART learns nothing from a list without a purchase."""
    row, label = sample.judged.row(), sample.label
    rows = len(sample.judged.pairs.customers)
    kept = np.random.default_rng(seed).random(len(label)) < NEGATIVES[kind]
    mask = usable(sample.judged, goal=goal) & (label | kept)
    if kind == "lambda_mart":
        mask &= (np.bincount(row[mask], weights=label[mask], minlength=rows) > 0)[row]
    sizes = np.bincount(row[mask], minlength=rows)
    return sample.judged.table.values[mask], label[mask].astype(np.float32), sizes[sizes > 0]


def _parameters(options: TrainingOptions) -> dict[str, Any]:
    return {
        "learning_rate": options.learning_rate,
        "num_leaves": options.leaves,
        "min_data_in_leaf": 100,
        "feature_fraction": 0.3,
        "bagging_fraction": 0.8,
        "bagging_freq": 1,
        "lambda_l2": 5.0,
        "max_bin": MAX_BIN,
        "deterministic": True,
        "force_col_wise": True,
        "num_threads": options.threads,
        "verbose": -1,
    }
