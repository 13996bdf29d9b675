"""How many different people of a market bought each product in a recent window."""

from datetime import datetime, timedelta

import polars as pl

WINDOWS_DAYS = (7, 30, 90)
MIN_BUYERS = 2
"""One buyer is no trend, and in a small market it could point at a person."""


def learn_popularity(purchases: pl.DataFrame, *, as_of: datetime) -> pl.DataFrame:
    """Answers market, window_days, product, buyers, score; `purchases`: product, buyer, market, at.

    A purchase with buyer -1 names nobody and is not counted.

    The score orders products across windows: buyers per day, so that what rises now leads.
    """
    named = purchases.filter(pl.col("buyer") >= 0)
    found = [
        _window(named, as_of=as_of, days=days, by_market=m) for days in WINDOWS_DAYS for m in (False, True)
    ]
    return pl.concat(found)


def _window(purchases: pl.DataFrame, *, as_of: datetime, days: int, by_market: bool) -> pl.DataFrame:
    recent = purchases.filter((pl.col("at") > as_of - timedelta(days=days)) & (pl.col("at") <= as_of))
    market = recent.filter(pl.col("market") != "") if by_market else recent.with_columns(market=pl.lit(""))
    return (
        market.group_by("market", "product")
        .agg(buyers=pl.col("buyer").n_unique().cast(pl.Int64))
        .filter(pl.col("buyers") >= MIN_BUYERS)
        .with_columns(window_days=pl.lit(days, pl.Int64), score=pl.col("buyers") / days)
        .select("market", "window_days", "product", "buyers", "score")
        .sort("market", "product")
    )
