"""Every source, the tuned blend and the learned ranking on one log: `python -m benchmarks.ranking`.

The same functions as `manage.py backtest`, which reproduces each row by itself; here the texts are read and
the samples are made once for all of them. Prints a Markdown table.
"""

import argparse
import os
import resource
import sys
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import django

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "platform"))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "omotenashi.settings")
django.setup()

import numpy as np  # noqa: E402  (Django's settings come first)

from personalization.engine.mappings import mapping_from  # noqa: E402
from personalization.engine.purchase_log import PurchaseLog  # noqa: E402
from personalization.engine.ranking.backtest import (  # noqa: E402
    BacktestResult,
    blend_before,
    blend_lists,
    metrics_of,
    source_lists,
)
from personalization.engine.ranking.listing import ranked_lists  # noqa: E402
from personalization.engine.ranking.models import GOALS, Goal  # noqa: E402
from personalization.engine.ranking.samples import Moment, moment_of  # noqa: E402
from personalization.engine.ranking.sizing import options_for  # noqa: E402
from personalization.engine.ranking.sources import BATCH_SOURCES, Shop  # noqa: E402
from personalization.engine.ranking.training import RankingOptions, learn_ranking  # noqa: E402
from personalization.services.backtesting import read_log, read_texts  # noqa: E402

Row = tuple[str, Goal, BacktestResult, float]


def main() -> None:
    arguments = _arguments()
    begun = time.perf_counter()
    log = read_log(arguments.orders, mapping=mapping_from(arguments.mapping), products=None)
    for cut in arguments.cut:
        day = float((date.fromisoformat(cut) - date(1970, 1, 1)).days)
        options = options_for(
            len(log.customers), budget_seconds=arguments.budget_minutes * 60, threads=arguments.threads
        )
        text = read_texts(log, cut=day, seconds=600, tell=_tell)
        print(f"\n### Cut {cut}, 30 days\n")
        print("| method | target | Recall@10 | NDCG@10 (95 %) | HitRate@10 | MRR@10 | seconds |")
        print("|---|---|---|---|---|---|---|", flush=True)
        for name, goal, result, seconds in _rows(log.before(day), Shop(text), cut=day, options=options):
            print(_line(name, goal, metrics_of(log, result, days=30, goal=goal), seconds), flush=True)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"\n{time.perf_counter() - begun:.0f} s in all, {peak:,.0f} MiB at the peak")


def _rows(log: PurchaseLog, shop: Shop, *, cut: float, options: RankingOptions) -> Iterator[Row]:
    moment = moment_of(log, shop, as_of=cut)
    customers = moment.history.active()
    for goal in GOALS:
        for name in BATCH_SOURCES:
            begun = time.perf_counter()
            lists = source_lists(moment, name, customers=customers, goal=goal, top=10)
            yield (
                name,
                goal,
                BacktestResult(moment.history, customers, lists, None),
                time.perf_counter() - begun,
            )
        begun = time.perf_counter()
        blend = blend_before(log, shop, cut=cut, goal=goal, options=options)
        lists = blend_lists(moment, blend, customers=customers, goal=goal, top=10, options=options)
        yield (
            "best blend",
            goal,
            BacktestResult(moment.history, customers, lists, None),
            time.perf_counter() - begun,
        )
    yield from _learned(log, shop, moment, cut=cut, options=options)


def _learned(
    log: PurchaseLog, shop: Shop, moment: Moment, *, cut: float, options: RankingOptions
) -> Iterator[Row]:
    begun = time.perf_counter()
    learned = learn_ranking(log, shop, as_of=cut, options=options, clock=time.perf_counter, tell=_tell)
    customers = moment.history.active()
    chunks = list(
        ranked_lists(
            moment, learned, customers=customers, limit=10,
            options=options.candidates, threads=options.training.threads,
        )
    )  # fmt: skip
    seconds = time.perf_counter() - begun
    for goal in GOALS:
        lists = np.concatenate([chunk[goal].product for chunk in chunks])
        yield "**learned ranking**", goal, BacktestResult(moment.history, customers, lists, learned), seconds


def _line(name: str, goal: Goal, found: dict[str, dict[str, float]], seconds: float) -> str:
    ndcg = found["ndcg"]
    between = f"({ndcg['low']:.3f}–{ndcg['high']:.3f})"
    others = [f"{found[name]['mean']:.4f}" for name in ("hit_rate", "mrr")]
    cells = [name, goal, f"{found['recall']['mean']:.4f}", f"{ndcg['mean']:.4f} {between}", *others]
    return f"| {' | '.join(cells)} | {seconds:.0f} |"


def _tell(message: str) -> None:
    print(message, file=sys.stderr, flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=Path, required=True)
    parser.add_argument("--mapping", default="online-retail")
    parser.add_argument("--cut", action="append", required=True)
    parser.add_argument("--budget-minutes", type=float, default=20.0)
    parser.add_argument("--threads", type=int, default=2)
    return parser.parse_args()


if __name__ == "__main__":
    main()
