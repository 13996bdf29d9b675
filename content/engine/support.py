"""What the catalogue supports: the quantities and concepts that copy about these products may state."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from content.engine.lexicons import lexicon
from content.engine.quantities import Quantity, half_digit, quantities
from content.engine.types import BriefSpec, FactValue, ProductFacts
from content.engine.units import NO_UNIT, unit_book

TRUE_WORDS = frozenset({"true", "yes", "1", "ja", "oui", "sí", "si", "sì", "sim", "نعم", "はい"})


@dataclass(frozen=True)
class SupportedQuantity:
    """A quantity the catalogue states, and the fact that states it."""

    quantity: Quantity
    source: str


def product_text(product: ProductFacts) -> str:
    """Everything the catalogue says about a product, as one text."""
    return "\n".join([product.title, *product.categories, *(f"{said(fact)}" for fact in product.facts)])


def said(fact: FactValue) -> str:
    """The fact as text. A boolean says its name, or nothing when it is false."""
    if fact.kind == "boolean":
        return fact.name.replace("_", " ") if fact.value.casefold() in TRUE_WORDS else ""
    return fact.text


@lru_cache(maxsize=256)
def supported_quantities(spec: BriefSpec) -> tuple[SupportedQuantity, ...]:
    return tuple(entry for product in spec.products for entry in _of_product(product, locale=spec.locale))


def _of_product(product: ProductFacts, *, locale: str) -> Iterator[SupportedQuantity]:
    texts = [("title", product.title), *(("categories", name) for name in product.categories)]
    for source, text in texts:
        yield from (SupportedQuantity(q, source) for q in _readings(text, locale=locale))
    for fact in product.facts:
        yield from (SupportedQuantity(q, fact.name) for q in _of_fact(fact, locale=locale))
    if product.price:
        price = quantities(f"{product.price} {product.currency}", language="en")
        yield from (SupportedQuantity(q, "price") for q in price)


def _of_fact(fact: FactValue, *, locale: str) -> list[Quantity]:
    """A number has a dot whatever the language; a phrase follows its own ("1,5")."""
    amount = _decimal(fact.value) if fact.kind == "number" else None
    return _readings(said(fact), locale=locale) if amount is None else _of_number(fact, amount, locale=locale)


def _of_number(fact: FactValue, amount: Decimal, *, locale: str) -> list[Quantity]:
    """The unit by its English or its own name ("pieces", "Stück", "литр")."""
    found = {unit_book(tag).unit(fact.unit.strip()) for tag in (locale, "en")}
    known = {unit for unit in found if unit.dimension} or {NO_UNIT}
    return [
        Quantity(
            amount * unit.factor + unit.offset, unit.dimension, 0, len(fact.text),
            is_imperial=unit.is_imperial, half_digit=half_digit(fact.value) * unit.factor,
        )
        for unit in known
    ]  # fmt: skip


def _decimal(value: str) -> Decimal | None:
    try:
        return Decimal(value.strip())
    except InvalidOperation:
        return None


def _readings(text: str, *, locale: str) -> list[Quantity]:
    """Where both languages can read a mark, the locale's own reading counts: 1.500 g in German is 1500 g."""
    own = quantities(text, language=locale)
    places = {(q.start, q.end) for q in own}
    return [*own, *(q for q in quantities(text, language="en") if (q.start, q.end) not in places)]


@lru_cache(maxsize=2048)
def supported_concepts(spec: BriefSpec, group: str) -> frozenset[str]:
    text = "\n".join(product_text(product) for product in spec.products)
    return lexicon(group).concepts(text)
