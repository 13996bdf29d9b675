"""Runs the production ranking over a file. Reads no table and writes none."""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from omotenashi.errors import InvalidInput
from omotenashi.inference.registry import embedder
from personalization.engine.cleaning import clean_orders, returns_of, titles_of
from personalization.engine.mappings import OrdersMapping
from personalization.engine.purchase_log import PurchaseLog, log_from_lines
from personalization.engine.ranking.backtest import backtest, metrics_of
from personalization.engine.ranking.models import Goal
from personalization.engine.ranking.sizing import options_for
from personalization.engine.ranking.sources import BATCH_SOURCES, Shop
from personalization.engine.ranking.training import Tell
from personalization.engine.timing.backtest import timing_report, timing_table
from personalization.services.orders_import import read_table

TEXT_SHARE = 0.25
"""Of the budget that reading the products' texts may take; the products sold last come first."""
TEXTS_PER_CALL = 256


@dataclass(frozen=True)
class BacktestRequest:
    orders: Path
    mapping: OrdersMapping
    products: Path | None
    cut: float
    days: int
    goal: Goal
    top: int
    sources: tuple[str, ...]
    budget_seconds: float
    threads: int
    seed: int


@dataclass(frozen=True)
class BacktestOutcome:
    table: pl.DataFrame
    report: dict[str, Any]


def run_backtest(request: BacktestRequest, *, tell: Tell = lambda message: None) -> BacktestOutcome:
    begun = time.perf_counter()
    tell("Reading the orders")
    log = read_log(request.orders, mapping=request.mapping, products=request.products)
    names = tuple(BATCH_SOURCES) if request.sources == ("all",) else request.sources
    text = read_texts(log, cut=request.cut, seconds=TEXT_SHARE * request.budget_seconds, tell=tell)
    shop = Shop(text)
    left = request.budget_seconds - (time.perf_counter() - begun)
    options = options_for(
        len(log.customers),
        budget_seconds=max(left, 30.0),
        threads=request.threads,
        days=float(request.days),
        seed=request.seed,
    )
    result = backtest(
        log, shop, cut=request.cut, goal=request.goal, top=request.top, options=options,
        clock=time.perf_counter, sources=names, tell=tell,
    )  # fmt: skip
    report = {
        "target": request.goal,
        "customers": len(result.customers),
        "sources": list(names),
        "weights": dict(result.weights),
        "texts": int(np.abs(text).sum(axis=1).astype(bool).sum()),
        "metrics": metrics_of(log, result, days=request.days, goal=request.goal),
    }
    if result.learned:
        report["validation"] = {goal: dict(found) for goal, found in result.learned.validation.items()}
        report["training_windows"] = len(result.learned.windows)
    return BacktestOutcome(result.frame(), report)


def run_timing_backtest(request: BacktestRequest, *, tell: Tell = lambda message: None) -> BacktestOutcome:
    """When each customer buys again, as of the cut; judged where the log reaches past it."""
    tell("Reading the orders")
    log = read_log(request.orders, mapping=request.mapping, products=request.products)
    tell("Forecasting")
    table = timing_table(
        log.before(request.cut), cut=request.cut, days=request.days, budget_seconds=request.budget_seconds
    )
    methods = []
    if len(log.between(request.cut, request.cut + request.days).of_customers()):
        tell("Judging, beside two known methods")
        methods = [asdict(row) for row in timing_report(log, cut=request.cut, days=request.days)]
    return BacktestOutcome(table, {"customers": table.height, "methods": methods, "metrics": {}})


def read_log(path: Path, *, mapping: OrdersMapping, products: Path | None) -> PurchaseLog:
    """All rows that the import would load, and the cancellations that it leaves out."""
    frame = read_table(path)
    clean = clean_orders(frame, mapping=mapping, currency="XXX")
    titles = dict(titles_of(clean.lines).select("product", "title").iter_rows())
    if products is not None:
        titles |= _texts_of(read_table(products))
    return log_from_lines(
        clean.lines, returns=returns_of(frame, mapping=mapping, currency="XXX"), titles=titles
    )


def _texts_of(frame: pl.DataFrame) -> dict[str, str]:
    wanted = [name for name in ("title", "description") if name in frame.columns]
    key = next((name for name in ("product", "product_id", "id") if name in frame.columns), None)
    if key is None or not wanted:
        raise InvalidInput(
            "The products file needs a column product (or product_id, id) and title; "
            f"it has: {', '.join(frame.columns)}."
        )
    text = pl.concat_str([pl.col(name).cast(pl.String).fill_null("") for name in wanted], separator=". ")
    return dict(frame.select(pl.col(key).cast(pl.String), text.alias("text")).iter_rows())


def read_texts(
    log: PurchaseLog,
    *,
    cut: float,
    seconds: float,
    tell: Tell,
    clock: Callable[[], float] = time.perf_counter,
) -> NDArray[np.float32]:
    """A vector for each product sold before the cut that has a title, as many as the time allows."""
    past = log.before(cut)
    last = np.full(len(log.products), -np.inf)
    last[past.product] = past.day
    order = [
        number
        for number in np.argsort(-last, kind="stable").tolist()
        if np.isfinite(last[number]) and log.titles[number]
    ]
    vectors = np.zeros((len(log.products), 384), dtype=np.float32)
    begun, model = clock(), embedder()
    for start in range(0, len(order), TEXTS_PER_CALL):
        if clock() - begun > seconds:
            tell(f"Read {start:,} of {len(order):,} texts in the time there was")
            break
        chunk = order[start : start + TEXTS_PER_CALL]
        vectors[chunk] = model.embed_passages([log.titles[number] for number in chunk])
    return vectors
