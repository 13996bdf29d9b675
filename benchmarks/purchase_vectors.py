"""Vectors of purchase history against ALS and EASE, on a shop's log: which finds what people buy next?

    python -m benchmarks.purchase_vectors --orders shared/data/online-retail/orders.parquet

History before each cut, new items of the 30 days after it as truth, customers with a purchase on both sides;
NDCG@10. The first cut is the one settings were chosen by; the others were only looked at.
"""

import argparse
import itertools
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse  # type: ignore[import-untyped]

from personalization.engine.cleaning import clean_orders
from personalization.engine.learning.purchase_vectors import fold_in, history_of, learn_items
from personalization.engine.mappings import mapping_from
from personalization.engine.purchase_log import PurchaseLog, log_from_lines

Scores = NDArray[np.float64]
Method = Callable[[PurchaseLog, float], Scores]
CUTS = (date(2011, 8, 12), date(2011, 9, 11), date(2011, 10, 11))


def purchase_vectors(log: PurchaseLog, cut: float) -> Scores:
    items = learn_items(history_of(log, until=cut))
    scores: Scores = fold_in(items, history_of(log)) @ items.rows.T
    return scores


def als(regularization: float, weight: float) -> Method:
    def method(log: PurchaseLog, cut: float) -> Scores:
        from implicit.cpu.als import AlternatingLeastSquares

        model = AlternatingLeastSquares(
            factors=64, regularization=regularization, random_state=1, num_threads=1
        )
        model.fit(history_of(log, until=cut) * weight, show_progress=False)
        scores: Scores = model.user_factors @ model.item_factors.T
        return scores

    return method


def ease(ridge: float) -> Method:
    def method(log: PurchaseLog, cut: float) -> Scores:
        history = history_of(log, until=cut)
        gram = (history.T @ history).toarray()
        gram[np.diag_indices_from(gram)] += ridge
        inverse = np.linalg.inv(gram)
        weights = -inverse / np.diag(inverse)
        np.fill_diagonal(weights, 0.0)
        scores: Scores = history @ weights
        return scores

    return method


METHODS: dict[str, Method] = {
    "purchase vectors, 64": purchase_vectors,
    "EASE, ridge 50": ease(50.0),
    **{
        f"implicit ALS, 64, regularization {own}, weight {weight}": als(own, weight)
        for own, weight in itertools.product((1.0, 10.0), (5.0, 20.0))
    },
}


def ndcg_of_new(scores: Scores, *, history: sparse.csr_matrix, truth: sparse.csr_matrix) -> float:
    bought, wanted = history.toarray() > 0, truth.toarray() > 0
    wanted &= ~bought
    asked = wanted.any(axis=1) & bought.any(axis=1)
    ranked = np.where(bought[asked], -np.inf, scores[asked])
    top = np.argsort(-ranked, axis=1, kind="stable")[:, :10]
    discount = 1 / np.log2(np.arange(2, 12))
    gained = (np.take_along_axis(wanted[asked], top, axis=1) * discount).sum(axis=1)
    ideal = np.cumsum(discount)[np.minimum(wanted[asked].sum(axis=1), 10) - 1]
    return float((gained / ideal).mean())


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--orders", type=Path, required=True)
    parser.add_argument("--mapping", default="online-retail")
    given = parser.parse_args()
    clean = clean_orders(pl.read_parquet(given.orders), mapping=mapping_from(given.mapping), currency="")
    log = log_from_lines(clean.lines)
    print("NDCG@10, new items".ljust(52), *CUTS, "seconds", sep="  ")
    for name, method in METHODS.items():
        found, started = [], time.perf_counter()
        for cut in CUTS:
            day = float((cut - date(1970, 1, 1)).days)
            past, after = log.before(day), log.between(day, day + 30)
            scores = method(past, day)
            found.append(ndcg_of_new(scores, history=history_of(past), truth=history_of(after)))
        seconds = (time.perf_counter() - started) / len(CUTS)
        print(name.ljust(52), *(f"{value:10.4f}" for value in found), f"{seconds:7.1f}", sep="  ", flush=True)


if __name__ == "__main__":
    main()
