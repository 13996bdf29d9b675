"""The protocol over any purchase log: a list for each customer known before it, and how good they were."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl

from personalization.engine.purchase_log import PurchaseLog
from personalization.engine.ranking.blending import Blend, tune_blend
from personalization.engine.ranking.candidates import owned_pairs
from personalization.engine.ranking.evaluation import METRICS, interval, judge, truth_of
from personalization.engine.ranking.history import History, Whole, history_of
from personalization.engine.ranking.listing import ranked_lists
from personalization.engine.ranking.lists import best_of
from personalization.engine.ranking.models import Goal, usable
from personalization.engine.ranking.samples import Moment, judge_candidates, moment_of, sample_of
from personalization.engine.ranking.sources import BATCH_SOURCES, Shop
from personalization.engine.ranking.training import LearnedRanking, RankingOptions, Tell, learn_ranking


class UnknownSource(ValueError):
    """A source that is not registered; the text names those that are."""


@dataclass(frozen=True)
class BacktestResult:
    history: History
    customers: Whole
    lists: Whole
    """Row i: the products of customer i, best first; -1 fills up."""
    learned: LearnedRanking | None
    weights: Mapping[str, float] = field(default_factory=dict)
    """Of the sources, where a blend answered."""

    def frame(self) -> pl.DataFrame:
        """customer_id, product_id, rank: under the log's own ids."""
        row, place = np.nonzero(self.lists >= 0)
        log = self.history.log
        customers, products = np.array(log.customers, dtype=object), np.array(log.products, dtype=object)
        return pl.DataFrame(
            {
                "customer_id": customers[self.customers[row]].tolist(),
                "product_id": products[self.lists[row, place]].tolist(),
                "rank": place + 1,
            },
            schema={"customer_id": pl.String, "product_id": pl.String, "rank": pl.Int64},
        )


def backtest(
    log: PurchaseLog,
    shop: Shop,
    *,
    cut: float,
    goal: Goal,
    top: int,
    options: RankingOptions,
    clock: Callable[[], float],
    sources: Sequence[str] = (),
    tell: Tell = lambda message: None,
) -> BacktestResult:
    """With `sources`: one source's own lists, or the tuned blend of several; else the learned ranking."""
    unknown = [name for name in sources if name not in BATCH_SOURCES]
    if unknown:
        raise UnknownSource(f"Unknown source {unknown[0]!r}. Known: {', '.join(BATCH_SOURCES)}.")
    known = log.before(cut)
    if not len(known.of_customers()):
        history = history_of(known, as_of=cut)
        return BacktestResult(history, history.active(), np.empty((0, top), dtype=np.int64), None)
    if sources:
        return _by_sources(known, shop, cut=cut, goal=goal, top=top, options=options, names=sources)
    learned = learn_ranking(known, shop, as_of=cut, options=options, clock=clock, goals=(goal,), tell=tell)
    tell("Ranking for every customer")
    moment = moment_of(known, shop, as_of=cut)
    parts = [
        chunk[goal].product
        for chunk in ranked_lists(
            moment,
            learned,
            customers=moment.history.active(),
            limit=top,
            options=options.candidates,
            threads=options.training.threads,
            goals=(goal,),
        )
    ]
    return BacktestResult(moment.history, moment.history.active(), _stacked(parts, top=top), learned)


def _by_sources(
    log: PurchaseLog,
    shop: Shop,
    *,
    cut: float,
    goal: Goal,
    top: int,
    options: RankingOptions,
    names: Sequence[str],
) -> BacktestResult:
    moment = moment_of(log, shop, as_of=cut)
    customers = moment.history.active()
    if len(names) == 1:
        lists = source_lists(moment, names[0], customers=customers, goal=goal, top=top)
        return BacktestResult(moment.history, customers, lists, None)
    blend = blend_before(log, shop, cut=cut, goal=goal, options=options, names=names)
    lists = blend_lists(moment, blend, customers=customers, goal=goal, top=top, options=options)
    return BacktestResult(moment.history, customers, lists, None, blend.weights)


def blend_before(
    log: PurchaseLog,
    shop: Shop,
    *,
    cut: float,
    goal: Goal,
    options: RankingOptions,
    names: Sequence[str] = (),
) -> Blend:
    """Tuned on the window that ends at the cut."""
    sample = sample_of(
        log,
        shop,
        as_of=cut - options.days,
        days=options.days,
        options=options.candidates,
        most_customers=options.most_customers,
    )
    return tune_blend(sample, goal=goal, names=names or tuple(BATCH_SOURCES))


def blend_lists(
    moment: Moment, blend: Blend, *, customers: Whole, goal: Goal, top: int, options: RankingOptions
) -> Whole:
    parts = []
    for start in range(0, len(customers), 1_000):
        judged = judge_candidates(moment, customers[start : start + 1_000], options=options.candidates)
        scores = blend.score(judged, goal=goal)
        parts.append(best_of(judged.pairs, scores, usable(judged, goal=goal), limit=top)[0])
    return _stacked(parts, top=top)


def source_lists(moment: Moment, name: str, *, customers: Whole, goal: Goal, top: int) -> Whole:
    without = owned_pairs(moment.history, customers=customers) if goal == "new" else None
    product = moment.fitted[name].top(customers, limit=top, without=without).product
    return _stacked([product], top=top)


def metrics_of(
    log: PurchaseLog, result: BacktestResult, *, days: float, goal: Goal
) -> dict[str, dict[str, Any]]:
    """Mean and 95 % interval of each metric at 10; empty where the log does not reach past the cut."""
    truth = truth_of(log, history=result.history, days=days, new_only=goal == "new")
    if not len(truth.customers):
        return {}
    rows = np.searchsorted(result.customers, truth.customers)
    judged = judge(truth, result.lists[rows])
    found: dict[str, dict[str, Any]] = {"customers": {"judged": len(truth.customers)}}
    for name in METRICS:
        low, high = interval(judged[name])
        found[name] = {"mean": float(judged[name].mean()), "low": low, "high": high}
    return found


def _stacked(parts: Sequence[Whole], *, top: int) -> Whole:
    """`top` columns, however few the sources gave."""
    if not parts:
        return np.empty((0, top), dtype=np.int64)
    rows = np.concatenate(parts)[:, :top]
    return np.pad(rows, ((0, 0), (0, top - rows.shape[1])), constant_values=-1)
