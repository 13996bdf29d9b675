"""Turns an orders file into clean lines, and counts what was left out and why. The rules: `mappings.py`."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import polars as pl

from personalization.engine.countries import country_code
from personalization.engine.mappings import OrdersMapping, require_columns

MAX_SAMPLES = 5
TEXT_LIMIT = 200
PRICE_LIMIT = 10**10
QUANTITY_LIMIT = 2**31 - 1
LINE_COLUMNS = (
    "row", "order", "customer", "product", "title", "time", "quantity", "price", "country", "currency",
)  # fmt: skip


@dataclass(frozen=True)
class CleanOrders:
    """`rows_in` = lines + everything in `left_out`."""

    lines: pl.DataFrame
    rows_in: int
    left_out: Mapping[str, int]
    samples: Mapping[str, tuple[int, ...]]
    """Some row numbers of each reason; the first row below the header is 1."""
    without_customer: int
    unknown_countries: tuple[str, ...]


def clean_orders(frame: pl.DataFrame, *, mapping: OrdersMapping, currency: str) -> CleanOrders:
    require_columns(mapping, found=frame.columns)
    read = _read(frame, mapping=mapping, currency=currency)
    judged = read.with_columns(reason=_reason(mapping))
    judged = judged.with_columns(reason=_with_duplicates(judged))
    kept = judged.filter(pl.col("reason").is_null())
    countries = _countries(kept)
    lines = kept.with_columns(
        country=pl.col("country").replace_strict(countries, default="", return_dtype=pl.String)
    )
    return CleanOrders(
        lines=lines.select(LINE_COLUMNS),
        rows_in=frame.height,
        left_out=_counts(judged),
        samples=_samples(judged),
        without_customer=kept.filter(pl.col("customer") == "").height,
        unknown_countries=tuple(sorted(name for name, code in countries.items() if name and not code)),
    )


def returns_of(frame: pl.DataFrame, *, mapping: OrdersMapping, currency: str) -> pl.DataFrame:
    """Lines that came back, with the columns of clean lines: their quantities below 0 as positive numbers."""
    require_columns(mapping, found=frame.columns)
    read = _read(frame, mapping=mapping, currency=currency).filter(pl.col("quantity") < 0)
    kinder = replace(mapping, cancellation_prefix="")
    turned = read.with_columns(
        quantity=-pl.col("quantity"), order=pl.col("order") + " (return)", country=pl.lit("")
    )
    return turned.filter(_reason(kinder).is_null()).select(LINE_COLUMNS)


def _read(frame: pl.DataFrame, *, mapping: OrdersMapping, currency: str) -> pl.DataFrame:
    """Our columns and types; what cannot be read becomes null and is judged below."""
    given = {field: pl.col(column) for field, column in mapping.columns.items()}
    schema = {field: frame.schema[column] for field, column in mapping.columns.items()}
    product = _text(given["product"])
    return frame.select(
        row=pl.int_range(1, pl.len() + 1, dtype=pl.Int64),
        order=_text(given["order"]),
        customer=_text(given["customer"]) if "customer" in given else pl.lit(""),
        product=product.str.to_uppercase() if mapping.uppercase_products else product,
        title=_text(given["title"]) if "title" in given else pl.lit(""),
        time=_time(given["time"], kind=schema["time"], zone=mapping.time_zone),
        quantity=_whole(given["quantity"]) if "quantity" in given else pl.lit(1, pl.Int64),
        price=_number(given["price"]).round(2) if "price" in given else pl.lit(None, pl.Float64),
        has_price=pl.lit("price" in given),
        country=_text(given["country"]) if "country" in given else pl.lit(""),
        currency=_currency(given, mapping=mapping, default=currency),
    )


def _text(column: pl.Expr) -> pl.Expr:
    # A whole-number id that passed through a spreadsheet arrives as 17850.0.
    text = column.cast(pl.String, strict=False).fill_null("").str.replace_all("\x00", "").str.strip_chars()
    return text.str.replace(r"^(\d+)\.0$", "$1")


def _number(column: pl.Expr) -> pl.Expr:
    number = column.cast(pl.Float64, strict=False)
    return pl.when(number.is_finite()).then(number)


def _whole(column: pl.Expr) -> pl.Expr:
    number = _number(column)
    return pl.when(number == number.floor()).then(number).cast(pl.Int64, strict=False)


def _time(column: pl.Expr, *, kind: pl.DataType, zone: str) -> pl.Expr:
    if isinstance(kind, pl.Datetime) and kind.time_zone:
        return column.dt.convert_time_zone("UTC").cast(pl.Datetime("us", "UTC"))
    if kind.is_temporal():
        return _zoned(column.cast(pl.Datetime("us")), zone=zone)
    text = column.cast(pl.String, strict=False).str.strip_chars()
    stated = text.str.to_datetime("%+", strict=False, time_unit="us", time_zone="UTC")
    formats = ("%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%d %H:%M", "%Y-%m-%d")
    local = pl.coalesce(text.str.to_datetime(form, strict=False, time_unit="us") for form in formats)
    return pl.coalesce(stated, _zoned(local, zone=zone))


def _zoned(local: pl.Expr, *, zone: str) -> pl.Expr:
    """An hour that the clock skips is unreadable; one that it shows twice is the first."""
    return local.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null").dt.convert_time_zone(
        "UTC"
    )


def _currency(given: Mapping[str, pl.Expr], *, mapping: OrdersMapping, default: str) -> pl.Expr:
    if mapping.currency or "currency" not in given:
        return pl.lit(mapping.currency or default)
    code = _text(given["currency"]).str.to_uppercase()
    return pl.when(code == "").then(pl.lit(default)).otherwise(code)


def _reason(mapping: OrdersMapping) -> pl.Expr:
    """The first rule that leaves a row out; null keeps it."""
    quantity, price = pl.col("quantity"), pl.col("price")
    unreadable = (
        (pl.col("order") == "")
        | (pl.col("product") == "")
        | pl.col("time").is_null()
        | quantity.is_null()
        | (price.is_null() & pl.col("has_price"))
        | ~pl.col("currency").str.contains(r"^[A-Z]{3}$")
        | (quantity.abs() > QUANTITY_LIMIT)
        | (price.abs() >= PRICE_LIMIT).fill_null(False)
        | pl.max_horizontal(pl.col("order", "customer").str.len_chars()).gt(TEXT_LIMIT)
        | pl.col("product").str.len_chars().gt(128)
    )
    rules = [("unreadable value", unreadable)]
    if mapping.cancellation_prefix:
        rules.append(("cancellation", pl.col("order").str.starts_with(mapping.cancellation_prefix)))
    if mapping.not_a_product:
        pattern = rf"(?i)^(?:{mapping.not_a_product})$"
        rules.append(("not a product", pl.col("product").str.contains(pattern)))
    rules += [("quantity not positive", quantity <= 0), ("price not positive", price <= 0)]
    return pl.coalesce(pl.when(holds).then(pl.lit(name)) for name, holds in rules)


def _with_duplicates(judged: pl.DataFrame) -> pl.Series:
    key = ["order", "product", "quantity", "price"]
    again = pl.int_range(pl.len()).over([*key, pl.col("reason").is_null()]) > 0
    rule = pl.when(pl.col("reason").is_null() & again).then(pl.lit("duplicate line")).otherwise("reason")
    return judged.select(rule.alias("reason"))["reason"]


def _countries(kept: pl.DataFrame) -> dict[str, str]:
    return {name: country_code(name) for name in kept["country"].unique().to_list()}


def _counts(judged: pl.DataFrame) -> dict[str, int]:
    counts = judged.filter(pl.col("reason").is_not_null()).group_by("reason").len().sort("reason")
    return dict(counts.iter_rows())


def _samples(judged: pl.DataFrame) -> dict[str, tuple[int, ...]]:
    out = (
        judged.filter(pl.col("reason").is_not_null()).group_by("reason").agg(pl.col("row").head(MAX_SAMPLES))
    )
    return {reason: tuple(rows) for reason, rows in out.sort("reason").iter_rows()}


def titles_of(lines: pl.DataFrame) -> pl.DataFrame:
    """product, title, price: the name seen most often, the price seen last. Without any name: the code."""
    named = lines.filter(pl.col("title") != "").group_by("product", "title").len()
    best = named.sort(["len", "title"], descending=[True, False]).unique(
        "product", keep="first", maintain_order=True
    )
    latest = (
        lines.sort("time", "row")
        .group_by("product")
        .agg(price=pl.col("price").last(), currency=pl.col("currency").last())
    )
    return (
        latest.join(best.select("product", "title"), on="product", how="left")
        .with_columns(
            title=pl.coalesce("title", "product").str.slice(0, 500), price=pl.col("price").fill_null(0.0)
        )
        .sort("product")
    )
