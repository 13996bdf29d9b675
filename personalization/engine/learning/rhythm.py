"""How soon buyers come back for a product."""

import polars as pl

MIN_RETURNING_BUYERS = 3
MIN_RETURNING_SHARE = 0.2
"""Below this share most buyers never return: its rhythm says nothing about a person."""


def learn_rhythm(purchases: pl.DataFrame) -> pl.DataFrame:
    """`purchases`: product, buyer, at. Answers product, interval_days, returning_buyers, buyers.

    Purchases of one buyer on one day are one. The interval is the median over all gaps of returning buyers.
    """
    days = (
        purchases.select("product", "buyer", day=pl.col("at").dt.date())
        .unique()
        .sort("product", "buyer", "day")
    )
    gaps = days.with_columns(gap=pl.col("day").diff().over("product", "buyer").dt.total_days())
    per_product = gaps.group_by("product").agg(
        interval_days=pl.col("gap").median().cast(pl.Float64),
        returning_buyers=pl.col("buyer").filter(pl.col("gap").is_not_null()).n_unique().cast(pl.Int64),
        buyers=pl.col("buyer").n_unique().cast(pl.Int64),
    )
    return per_product.filter(
        (pl.col("returning_buyers") >= MIN_RETURNING_BUYERS)
        & (pl.col("returning_buyers") >= MIN_RETURNING_SHARE * pl.col("buyers"))
    ).sort("product")
