"""Writes each customer's ranked lists: a step of the night's learning."""

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from personalization.binary import UUID_KIND, copy_arrays, ints_kind, uuid_array
from personalization.engine.purchase_log import SECONDS_PER_DAY
from personalization.engine.ranking.because import Reasons, because_of, reasons_of
from personalization.engine.ranking.history import Whole
from personalization.engine.ranking.listing import Ranked, ranked_lists
from personalization.engine.ranking.models import GOALS
from personalization.engine.ranking.samples import Moment, moment_of
from personalization.engine.ranking.sizing import options_for
from personalization.engine.ranking.sources import Shop
from personalization.engine.ranking.training import learn_ranking
from personalization.models import ModelVersion
from personalization.selectors.purchases import Purchases, Vectors
from personalization.selectors.ranking_log import read_ranking_log, text_rows
from personalization.services.version_tables import attach_table, create_table

LISTED = 50
"""Kept per customer and goal: some are sold out, in the cart or of another market when they are wanted."""
BUDGET_SECONDS = 1_200.0
_MOMENT = 1e-3 / SECONDS_PER_DAY
"""The newest order is part of the history it ends."""
Tell = Callable[[str], None]


def write_rankings(
    version: ModelVersion,
    purchases: Purchases,
    vectors: Vectors,
    *,
    tell: Tell,
    threads: int = 1,
    budget_seconds: float = BUDGET_SECONDS,
) -> dict[str, Any]:
    """Under the version, for nobody to see until it is active. Answers what its statistics tell of it."""
    log = read_ranking_log(version.workspace, products=purchases.products, customers=purchases.customers)
    if not len(log.of_customers()):
        return {"rankings": 0}
    shop = Shop(text_rows(vectors, products=purchases.products) if len(vectors.products) else None)
    as_of = version.as_of.timestamp() / SECONDS_PER_DAY + _MOMENT
    options = options_for(len(log.customers), budget_seconds=budget_seconds, threads=threads)
    learned = learn_ranking(log, shop, as_of=as_of, options=options, clock=time.perf_counter, tell=tell)
    moment = moment_of(log, shop, as_of=as_of)
    reasons = _reasons(version, purchases)
    table, written = create_table(version.id, kind="rankings"), 0
    for chunk in ranked_lists(
        moment,
        learned,
        customers=moment.history.active(),
        limit=LISTED,
        options=options.candidates,
        threads=threads,
    ):
        written += _copy(version, moment, reasons, chunk["all"], chunk["new"], table=table)
        tell(f"Ranking for each customer: {written:,} done")
    attach_table(version.id, kind="rankings")
    return {
        "rankings": written,
        "ranking_windows": len(learned.windows),
        "ranking_ndcg": {
            goal: max(found.values(), default=None) for goal, found in learned.validation.items()
        },
    }


def _reasons(version: ModelVersion, purchases: Purchases) -> Reasons:
    """Visitors count as buyers too, as in every other reason."""
    named = purchases.frame.filter(pl.col("buyer") >= 0)
    age = named.select(days=(pl.lit(version.as_of) - pl.col("at")).dt.total_microseconds() / 86_400e6)
    return reasons_of(
        named["buyer"].to_numpy(),
        named["product"].to_numpy(),
        age["days"].to_numpy(),
        products=len(purchases.products),
    )


def _copy(
    version: ModelVersion, moment: Moment, reasons: Reasons, everything: Ranked, new: Ranked, *, table: str
) -> int:
    customers = uuid_array([moment.history.log.customers[number] for number in everything.customers.tolist()])
    columns: dict[str, tuple[Any, NDArray[Any]]] = {
        "model_version_id": (UUID_KIND, np.frombuffer(version.id.bytes * len(customers), dtype="V16")),
        "customer_id": (UUID_KIND, customers),
    }
    for goal, ranked in zip(GOALS, (everything, new), strict=True):
        because = because_of(reasons, moment.history, customers=ranked.customers, lists=ranked.product)
        for name, values in (
            ("listed", ranked.product),
            ("because", because.product),
            ("buyers", because.buyers),
        ):
            columns[f"{name}_{goal}"] = (ints_kind(LISTED), _whole(values))
    return copy_arrays(columns, table=table)


def _whole(values: Whole) -> NDArray[np.int32]:
    return values.astype(np.int32)
