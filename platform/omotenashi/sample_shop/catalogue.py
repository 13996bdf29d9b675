"""The sample shop's products, read from `rooms/*.json` into the rows that `PUT /v1/products` takes."""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypedDict

SITE_URL = "https://tansu-thyme.example"
LOCALES = ("en", "de", "ja")
PICTURES = "/static/sample_shop"
# The shop's own order, which is also the order of the rows.
ROOMS = (
    "tea_coffee", "kitchen", "tableware", "linen_textiles", "candles_scent", "bath", "storage", "stationery",
    "garden_balcony", "cleaning", "lighting",
)  # fmt: skip


class FactRow(TypedDict):
    name: str
    value: str
    unit: str
    locale: str
    """Empty for numbers: they are true in every language."""
    kind: Literal["text", "number"]


class ProductRow(TypedDict):
    external_id: str
    sku: str
    title: str
    titles: dict[str, str]
    description: str
    price: str
    currency: str
    stock: int
    brand: str
    categories: list[str]
    url: str
    image_url: str
    group_id: str
    attributes: dict[str, str | int]
    facts: list[FactRow]


@cache
def sample_records() -> tuple[Mapping[str, Any], ...]:
    """The files' own records: a product with what the pictures and the history know about it."""
    folder = Path(__file__).parent / "rooms"
    rooms = [json.loads((folder / f"{room}.json").read_text(encoding="utf-8")) for room in ROOMS]
    return tuple(record for room in rooms for record in room["products"])


def load_products(*, asset_url: str = "") -> list[ProductRow]:
    """All products. `asset_url` (scheme and host) makes picture addresses absolute, as mails need them."""
    return [_row(record, asset_url=asset_url.rstrip("/")) for record in sample_records()]


def _row(record: Mapping[str, Any], *, asset_url: str) -> ProductRow:
    external_id = record["external_id"]
    facts = list(_facts(record["facts"]))
    return ProductRow(
        external_id=external_id,
        sku=record["sku"],
        title=record["titles"]["en"],
        titles=dict(record["titles"]),
        description=record["description"],
        price=record["price"],
        currency="EUR",
        stock=record["stock"],
        brand=next((fact["value"] for fact in facts if fact["name"] == "maker"), ""),
        categories=list(record["categories"]),
        url=f"{SITE_URL}/products/{external_id}",
        image_url=f"{asset_url}{PICTURES}/{external_id}.png",
        group_id=record["group_id"],
        attributes=dict(record["attributes"]),
        facts=facts,
    )


def _facts(facts: Mapping[str, Mapping[str, str]]) -> Iterator[FactRow]:
    """`{"height": {"value", "unit"}}` is one row, `{"material": {"en", "de", "ja"}}` is one per locale."""
    for name, fact in facts.items():
        if "value" in fact:
            yield FactRow(name=name, value=fact["value"], unit=fact["unit"], locale="", kind="number")
        else:
            for locale in LOCALES:
                yield FactRow(name=name, value=fact[locale], unit="", locale=locale, kind="text")
