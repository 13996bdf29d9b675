"""Every customer's list, in chunks that fit in memory."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from personalization.engine.ranking.history import Floats, Whole
from personalization.engine.ranking.lists import best_of
from personalization.engine.ranking.models import GOALS, Goal, usable
from personalization.engine.ranking.samples import CandidateOptions, Judged, Moment, judge_candidates
from personalization.engine.ranking.training import LearnedRanking

PAIRS_PER_CHUNK = 250_000


@dataclass(frozen=True)
class Ranked:
    """Row i belongs to `customers[i]`."""

    customers: Whole
    product: Whole
    score: Floats
    source: Whole
    """Place in the moment's sources of the one that puts the product highest for this customer; -1: none."""


def ranked_lists(
    moment: Moment,
    learned: LearnedRanking,
    *,
    customers: Whole,
    limit: int,
    options: CandidateOptions,
    threads: int,
    goals: tuple[Goal, ...] = GOALS,
    tell: Callable[[int], None] = lambda done: None,
) -> Iterator[dict[Goal, Ranked]]:
    """`tell` hears how many customers are done."""
    size = max(1, PAIRS_PER_CHUNK // (sum(options.limits.values()) // 2 + options.most_owned // 4))
    for start in range(0, len(customers), size):
        chunk = customers[start : start + size]
        judged = judge_candidates(moment, chunk, options=options)
        yield {
            goal: _ranked(judged, learned, moment, goal=goal, limit=limit, threads=threads) for goal in goals
        }
        tell(start + len(chunk))


def _ranked(
    judged: Judged, learned: LearnedRanking, moment: Moment, *, goal: Goal, limit: int, threads: int
) -> Ranked:
    scores = learned.score(judged, goal=goal, threads=threads)
    product, value = best_of(judged.pairs, scores, usable(judged, goal=goal), limit=limit)
    return Ranked(judged.pairs.customers, product, value, _leading(judged, moment, product))


def _leading(judged: Judged, moment: Moment, product: Whole) -> Whole:
    """The source with the best place for each listed product."""
    names = judged.table.names
    places = [names.index(f"pair.{name}.place") for name in moment.fitted]
    products = moment.history.products
    keys = np.repeat(np.arange(len(product)), np.diff(judged.pairs.start)) * products + judged.pairs.product
    wanted = np.arange(len(product))[:, None] * products + np.maximum(product, 0)
    found = np.minimum(np.searchsorted(keys, wanted.ravel()), max(len(keys) - 1, 0))
    values = judged.table.values[found][:, places]
    best = np.where(values.min(axis=1) < 999.0, values.argmin(axis=1), -1)
    return np.where(product.ravel() >= 0, best, -1).reshape(product.shape)
