"""Learns the ranking from earlier windows of the same log, within a time budget.

1. Choose windows: the newest whole one, some shorter and later ones, then back in steps of half a window.
2. Make a sample at each: candidates, features, and what was bought in the window.
3. Validate on the newest whole window with models of windows that closed before it: the mix of the two.
4. Train the final models on all samples.
Nothing dated on or after `as_of` is read.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from personalization.engine.purchase_log import PurchaseLog
from personalization.engine.ranking.blending import DEFAULT_WEIGHTS, Blend
from personalization.engine.ranking.evaluation import judge
from personalization.engine.ranking.history import Floats
from personalization.engine.ranking.lists import best_of
from personalization.engine.ranking.models import (
    GOALS,
    Goal,
    GoalModel,
    Kind,
    Member,
    TrainingOptions,
    predict,
    train,
    usable,
)
from personalization.engine.ranking.samples import CandidateOptions, Judged, Sample, sample_of
from personalization.engine.ranking.sources import Shop

Tell = Callable[[str], None]
Window = tuple[float, float]
"""Where it begins, and its days."""
SHORT_WINDOWS = (1 / 2, 2 / 3, 1 / 3)
KINDS: tuple[Kind, ...] = ("lambda_mart", "binary")
SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)
"""Of LambdaMART against the binary models, as tried on the validation window."""
DEFAULT_SHARE = 0.5
MIN_CUSTOMERS = 30
"""Fewer who bought on both sides of a cut teach a model nothing reliable."""
MIN_HISTORY_DAYS = 60.0


@dataclass(frozen=True)
class RankingOptions:
    days: float = 30.0
    cuts: int = 8
    most_customers: int = 4_000
    """Per cut: more teach little and cost much."""
    budget_seconds: float = 1_200.0
    training: TrainingOptions = field(default_factory=TrainingOptions)
    candidates: CandidateOptions = field(default_factory=CandidateOptions)


@dataclass(frozen=True)
class LearnedRanking:
    """A model or, where there was too little to learn from, a blend for each goal."""

    models: Mapping[Goal, GoalModel]
    blends: Mapping[Goal, Blend]
    validation: Mapping[str, Mapping[str, float]]
    """NDCG@10 on the validation window, by goal and method; empty where there was none."""
    windows: tuple[Window, ...]

    def score(self, judged: Judged, *, goal: Goal, threads: int) -> Floats:
        if goal in self.models:
            return self.models[goal].score(judged.table.values, threads=threads)
        return self.blends[goal].score(judged, goal=goal)


def learn_ranking(
    log: PurchaseLog,
    shop: Shop,
    *,
    as_of: float,
    options: RankingOptions,
    clock: Callable[[], float],
    goals: Sequence[Goal] = GOALS,
    tell: Tell = lambda message: None,
) -> LearnedRanking:
    """`clock` answers seconds: the budget is measured with it."""
    deadline = clock() + options.budget_seconds
    samples, windows = _samples(log.before(as_of), shop, as_of=as_of, options=options, clock=clock, tell=tell)
    if not samples:
        tell("Too little history to learn a ranking: a fixed blend answers")
        return LearnedRanking({}, {goal: Blend(DEFAULT_WEIGHTS[goal]) for goal in goals}, {}, ())
    older = [
        sample
        for sample, (cut, days) in zip(samples, windows, strict=True)
        if cut + days <= windows[0][0] + 1e-6
    ]
    models: dict[Goal, GoalModel] = {}
    validation: dict[str, dict[str, float]] = {}
    for number, goal in enumerate(goals):
        left = (deadline - clock()) / (len(goals) - number)
        tell(f"Learning the order of {'new products' if goal == 'new' else 'all products'}")
        share, bags, validation[goal] = _choose(
            samples, older, goal=goal, options=options, seconds=left, clock=clock
        )
        models[goal] = _train(samples, goal=goal, share=share, bags=bags, options=options)
    return LearnedRanking(models, {}, validation, tuple(windows))


def windows_of(*, as_of: float, days: float, cuts: int) -> list[tuple[float, float]]:
    """(cut, days): the newest whole window, those that end with it but begin later, then earlier whole ones.

    What has only just come into the shop is seen in the short ones alone.
    """
    whole = [(as_of - days * (1 + number / 2), days) for number in range(cuts)]
    short = [(as_of - days * share, days * share) for share in SHORT_WINDOWS]
    return [whole[0], *short, *whole[1:]]


def _samples(
    log: PurchaseLog,
    shop: Shop,
    *,
    as_of: float,
    options: RankingOptions,
    clock: Callable[[], float],
    tell: Tell,
) -> tuple[list[Sample], list[Window]]:
    """At most half of the budget goes here."""
    begun = clock()
    samples: list[Sample] = []
    windows: list[Window] = []
    start = float(log.day[0]) if len(log) else as_of
    earliest = start + min(MIN_HISTORY_DAYS, (as_of - start) / 3)
    for cut, days in windows_of(as_of=as_of, days=options.days, cuts=options.cuts):
        # The next window will take as long as those before it did.
        spent = clock() - begun
        expected = spent * (len(samples) + 1) / max(len(samples), 1) if samples else 0.0
        if cut < earliest or expected > options.budget_seconds / 2:
            break
        if _judged(log, cut=cut, days=days) < MIN_CUSTOMERS:
            continue
        tell(f"Looking back {as_of - cut:.0f} days")
        sample = sample_of(
            log,
            shop,
            as_of=cut,
            days=days,
            options=options.candidates,
            most_customers=options.most_customers,
        )
        if sample.label.any():
            samples.append(sample)
            windows.append((cut, days))
    return samples, windows


def _judged(log: PurchaseLog, *, cut: float, days: float) -> int:
    """How many customers bought on both sides: counted before anything is fitted."""
    before = log.before(cut).purchases().of_customers().customer
    after = log.between(cut, cut + days).purchases().of_customers().customer
    return len(np.intersect1d(before, after))


def _choose(
    samples: Sequence[Sample],
    older: Sequence[Sample],
    *,
    goal: Goal,
    options: RankingOptions,
    seconds: float,
    clock: Callable[[], float],
) -> tuple[float, int, dict[str, float]]:
    """LambdaMART's share, the bags there is time for, and how each share did on the newest window.

    The models that are compared come from windows that had closed before it began.
    """
    begun, tried, newest = clock(), options.training, samples[0]
    if not older:
        return DEFAULT_SHARE, tried.bags, {}
    standing = {
        kind: _standing(train(older, kind=kind, goal=goal, options=tried), newest, goal=goal, options=options)
        for kind in KINDS
    }
    found = {
        share: _ndcg(newest, share * standing["lambda_mart"] + (1 - share) * standing["binary"], goal=goal)
        for share in SHARES
    }
    # A mix within the noise of the best is safer than an end of the scale.
    share = max(found, key=lambda each: (found[each] - 0.004 * abs(each - DEFAULT_SHARE), -each))
    spent = clock() - begun
    bags = int(np.clip((seconds - spent) // max(spent, 1e-6), 1, tried.bags))
    return share, bags, {f"lambda_mart {share:g}": value for share, value in found.items()}


def _train(
    samples: Sequence[Sample], *, goal: Goal, share: float, bags: int, options: RankingOptions
) -> GoalModel:
    members: list[Member] = []
    shares: dict[Kind, float] = {"lambda_mart": share, "binary": 1.0 - share}
    for kind, weight in shares.items():
        for bag in range(bags if weight else 0):
            text = train(samples, kind=kind, goal=goal, options=options.training, bag=bag)
            spread = _deviation(_raw(text, samples[0], options=options), samples[0], goal=goal)
            members.append(Member(text, weight / bags / spread))
    return GoalModel(tuple(members))


def _standing(text: str, sample: Sample, *, goal: Goal, options: RankingOptions) -> Floats:
    scores = _raw(text, sample, options=options)
    return (scores / _deviation(scores, sample, goal=goal)).astype(np.float32)


def _raw(text: str, sample: Sample, *, options: RankingOptions) -> Floats:
    booster = Member(text, 1.0).booster
    return predict(booster, sample.judged.table.values, threads=options.training.threads).astype(np.float32)


def _deviation(scores: Floats, sample: Sample, *, goal: Goal) -> float:
    return max(float(np.std(scores[usable(sample.judged, goal=goal)])), 1e-9)


def _ndcg(sample: Sample, scores: Floats, *, goal: Goal) -> float:
    judged = sample.judged
    truth = sample.truth_new if goal == "new" else sample.truth_all
    lists, _ = best_of(judged.pairs, scores, usable(judged, goal=goal), limit=10)
    return float(judge(truth, lists[np.searchsorted(judged.pairs.customers, truth.customers)])["ndcg"].mean())
