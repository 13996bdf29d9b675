"""Feeds for the tests: the same small shop in every format, and ways to spoil it."""

import io
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal

from omotenashi.catalog.engine.readers import reader_for
from omotenashi.catalog.engine.rows import ParsedRow, ProductInput, ReadDefaults

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
DEFAULTS = ReadDefaults(now=NOW, currency="EUR")

# id, title, price, extra values by Google's names
SHOP: tuple[dict[str, str], ...] = (
    {"id": "cup-1", "title": "Hagi cup", "price": "24.00 EUR", "material": "stoneware", "color": "grey"},
    {"id": "cup-2", "title": "Tall <b>cup</b> & saucer", "price": "31.50 EUR", "material": "porcelain"},
    {"id": "cloth-1", "title": "Linen cloth, 50 × 70 cm", "price": "9.90 EUR", "material": "linen"},
)


def tsv(items: Iterable[Mapping[str, str]] = SHOP, *, columns: Sequence[str] | None = None) -> bytes:
    rows = list(items)
    names = list(columns or dict.fromkeys(name for row in rows for name in row))
    lines = [names, *([row.get(name, "") for name in names] for row in rows)]
    return "\n".join("\t".join(line) for line in lines).encode() + b"\n"


def xml(items: Iterable[Mapping[str, str]] = SHOP) -> bytes:
    from xml.sax.saxutils import escape

    rows = "".join(
        "<item>"
        + "".join(f"<g:{name}>{escape(value)}</g:{name}>" for name, value in item.items())
        + "</item>"
        for item in items
    )
    head = '<?xml version="1.0"?><rss version="2.0" xmlns:g="http://base.google.com/ns/1.0"><channel>'
    return f"{head}<title>Shop</title>{rows}</channel></rss>".encode()


def shopify(items: Iterable[Mapping[str, str]] = SHOP) -> bytes:
    import csv

    out = io.StringIO()
    names = ["Handle", "Title", "Body (HTML)", "Vendor", "Type", "Variant SKU", "Variant Price", "Image Src"]
    names += ["Option1 Name", "Option1 Value"]
    writer = csv.DictWriter(out, names)
    writer.writeheader()
    for item in items:
        price = item["price"].split()[0]
        writer.writerow({
            "Handle": item["id"], "Title": item["title"], "Variant SKU": item["id"], "Variant Price": price,
            "Option1 Name": "Title", "Option1 Value": "Default Title",
        })  # fmt: skip
    return out.getvalue().encode()


def json_lines(items: Iterable[Mapping[str, str]] = SHOP) -> bytes:
    return "".join(
        json.dumps({k: v for k, v in item.items() if k in {"id", "title", "price"}}) + "\n" for item in items
    ).encode()


WRITERS = {"google-tsv": tsv, "google-xml": xml, "shopify-csv": shopify, "jsonl": json_lines}


def read(kind: str, content: bytes, *, defaults: ReadDefaults = DEFAULTS) -> list[ParsedRow]:
    return list(reader_for(kind).read(io.BytesIO(content), defaults=defaults))


def products(rows: Iterable[ParsedRow]) -> list[ProductInput]:
    return [row.product for row in rows if row.product is not None]


def product(external_id: str = "cup-1", **values: object) -> ProductInput:
    fields: dict[str, object] = {"title": "Hagi cup", "price": Decimal("24.00"), "currency": "EUR"}
    return ProductInput(external_id=external_id, **{**fields, **values})  # type: ignore[arg-type]
