"""Shopify's product export: a line per variant or picture, grouped by Handle; only the first names it."""

import re
from collections.abc import Iterator
from typing import BinaryIO

from omotenashi.catalog.engine.html_text import html_to_text
from omotenashi.catalog.engine.readers.delimited import Record, Table, lower_keys
from omotenashi.catalog.engine.rows import (
    FactInput,
    ParsedRow,
    ProductInput,
    ReadDefaults,
    RowProblem,
)
from omotenashi.catalog.engine.values import clean_line, parse_price, parse_stock

REQUIRED = ("Handle", "Title", "Variant Price")
# Of the product as a whole: lines after the first leave these empty.
SHARED = (
    "title", "body (html)", "vendor", "product category", "type", "tags", "published", "status", "image src",
    "option1 name", "option2 name", "option3 name",
)  # fmt: skip


class ShopifyCsvReader:
    def read(self, stream: BinaryIO, *, defaults: ReadDefaults) -> Iterator[ParsedRow]:
        table = Table(stream, delimiter=",", required=REQUIRED)
        return _rows(table, defaults=defaults)


def _rows(table: Table, *, defaults: ReadDefaults) -> Iterator[ParsedRow]:
    shared: dict[str, str] = {}
    for record in table.records():
        if warning := table.encoding_warning():
            yield warning
        if record.problem:
            yield ParsedRow(record.row_number, problems=(record.problem,), raw=record.raw)
            continue
        line = {name: value.strip() for name, value in lower_keys(record.fields.items()).items()}
        if line["handle"] != shared.get("handle") or line["title"]:
            shared = {"handle": line["handle"], **{name: line.get(name, "") for name in SHARED}}
        if line["variant price"] or line["title"]:  # else the line only adds a picture
            yield _variant(record, {**line, **_inherited(line, shared)}, defaults=defaults)


def _inherited(line: dict[str, str], shared: dict[str, str]) -> dict[str, str]:
    own_picture = line.get("variant image", "")
    return {**shared, **({"image src": own_picture} if own_picture else {})}


def _variant(record: Record, line: dict[str, str], *, defaults: ReadDefaults) -> ParsedRow:
    problems: list[RowProblem] = []
    external_id = clean_line(_external_id(line))[:128]
    product = _product(line, external_id=external_id, defaults=defaults, problems=problems)
    is_bad = any(not problem.is_warning for problem in problems)
    return ParsedRow(record.row_number, None if is_bad else product, tuple(problems), external_id, record.raw)


def _external_id(line: dict[str, str]) -> str:
    """The SKU where the shop keeps one, else the handle with the options: stable across exports."""
    options = [re.sub(r"[^\w]+", "-", value.casefold()) for value in _options(line).values()]
    return line.get("variant sku", "").lstrip("'") or ":".join([line["handle"], *options])


def _options(line: dict[str, str]) -> dict[str, str]:
    pairs = ((line.get(f"option{n} name", ""), line.get(f"option{n} value", "")) for n in (1, 2, 3))
    # "Title: Default Title" is how Shopify says that there are no options.
    return {name: value for name, value in pairs if name and value and value != "Default Title"}


def _product(
    line: dict[str, str], *, external_id: str, defaults: ReadDefaults, problems: list[RowProblem]
) -> ProductInput | None:
    if not line["handle"] or not line["title"]:
        name = "Title" if line["handle"] else "Handle"
        problems.append(
            RowProblem(name, "required", f"Every product needs a {name}, on its first line at least.")
        )
        return None
    try:
        money = parse_price(line["variant price"], currency=defaults.currency)
    except ValueError as error:
        problems.append(RowProblem("Variant Price", "bad_price", str(error)))
        return None
    options = _options(line)
    return ProductInput(
        external_id=external_id,
        sku=line.get("variant sku", "").lstrip("'"),
        title=" – ".join([line["title"], *([" / ".join(options.values())] if options else [])]),
        description=html_to_text(line.get("body (html)", "")),
        image_url=line.get("image src", ""),
        brand=line.get("vendor", ""),
        price=money.amount,
        currency=money.currency,
        stock=_stock(line, problems=problems),
        available=_is_available(line),
        categories=_categories(line),
        group_id=line["handle"],
        facts=tuple(_facts(line, options=options)),
        attributes=_attributes(line),
    )


def _stock(line: dict[str, str], *, problems: list[RowProblem]) -> int | None:
    """Counted only where Shopify tracks it and does not sell on regardless."""
    quantity = line.get("variant inventory qty", "")
    tracked = line.get("variant inventory tracker", "")
    if not quantity or not tracked or line.get("variant inventory policy", "").casefold() == "continue":
        return None
    try:
        return parse_stock(quantity)
    except ValueError as error:
        problems.append(RowProblem("Variant Inventory Qty", "bad_stock", str(error)))
        return None


def _is_available(line: dict[str, str]) -> bool:
    is_active = line.get("status", "").casefold() in {"", "active"}
    return is_active and line.get("published", "").casefold() != "false"


def _categories(line: dict[str, str]) -> tuple[str, ...]:
    path = [part.strip() for part in line.get("product category", "").split(">")]
    return tuple(part for part in [*path, line.get("type", "")] if part)


def _facts(line: dict[str, str], *, options: dict[str, str]) -> Iterator[FactInput]:
    for name, value in options.items():
        yield FactInput(name, value)
    if barcode := line.get("variant barcode", "").lstrip("'"):
        yield FactInput("gtin", barcode)
    grams = line.get("variant grams", "")
    if grams.isdecimal() and int(grams) > 0:
        yield FactInput("weight", grams, "g", kind="number")


def _attributes(line: dict[str, str]) -> dict[str, object]:
    tags = [tag.strip() for tag in line.get("tags", "").split(",") if tag.strip()]
    seo = {f"seo_{name}": line.get(f"seo {name}", "") for name in ("title", "description")}
    kept: dict[str, object] = {"handle": line["handle"], "tags": tags, **seo}
    return {name: value for name, value in kept.items() if value}
