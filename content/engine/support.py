"""What the catalogue supports: the quantities and concepts that copy about these products may state."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from content.engine.lexicons import lexicon, read_data
from content.engine.orders import MAX_FACT, gives_orders, without_orders
from content.engine.quantities import Quantity, half_digit, quantities
from content.engine.text import is_unspaced, stem, words
from content.engine.types import BriefSpec, FactValue, ProductFacts
from content.engine.units import NO_UNIT, unit_book

TRUE_WORDS = frozenset({"true", "yes", "1", "ja", "oui", "sí", "si", "sì", "sim", "نعم", "はい"})


@dataclass(frozen=True)
class SupportedQuantity:
    """A quantity the catalogue states, and the fact that states it."""

    quantity: Quantity
    source: str
    counted: frozenset[str] = frozenset()
    """Stems of what a bare number counts, where the fact says it: "fringe at both ends" counts ends."""


def counted_stems(text: str, end: int, *, language: str) -> frozenset[str]:
    """Stems of the telling words right behind a bare number; none where words are not set apart."""
    if is_unspaced(language):
        return frozenset()
    common = read_data("common_words.json").get(language, "").split()
    clause = re.split(r"[,.;:!?\n(]|\s[–—-]\s", text[end:], maxsplit=1)[0]
    telling = [w.text for w in words(clause) if w.text[0].isalpha() and w.text.casefold() not in common]
    return frozenset(stem(word, language=language) for word in telling[:_COUNTED_WITHIN])


_COUNTED_WITHIN = 3
"""Words behind a number in which its noun stands: "two soft linen cushions"."""


def product_text(product: ProductFacts) -> str:
    """Everything the catalogue says about a product, as one text."""
    return "\n".join([title_of(product), *product.categories, *(said(fact) for fact in product.facts)])


def title_of(product: ProductFacts) -> str:
    """A title may carry an order behind the name; the name alone says what the product is."""
    return without_orders(product.title)


def said(fact: FactValue) -> str:
    """The fact as text. A boolean says its name, or nothing when it is false. An order says nothing."""
    if fact.kind == "boolean":
        return fact.name.replace("_", " ") if fact.value.casefold() in TRUE_WORDS else ""
    return "" if len(fact.value) > MAX_FACT or gives_orders(fact.text) else fact.text


@lru_cache(maxsize=256)
def supported_quantities(spec: BriefSpec) -> tuple[SupportedQuantity, ...]:
    return tuple(entry for product in spec.products for entry in _of_product(product, locale=spec.locale))


def _of_product(product: ProductFacts, *, locale: str) -> Iterator[SupportedQuantity]:
    texts = [("title", title_of(product)), *(("categories", name) for name in product.categories)]
    for source, text in texts:
        yield from _supported(_readings(text, locale=locale), source, text=text, locale=locale)
    for fact in product.facts:
        text = "" if fact.kind == "number" else fact.text
        yield from _supported(_of_fact(fact, locale=locale), fact.name, text=text, locale=locale)
    if product.price:
        price = quantities(f"{product.price} {product.currency}", language="en")
        yield from (SupportedQuantity(q, "price") for q in price)


def _supported(
    found: Iterable[Quantity], source: str, *, text: str, locale: str
) -> Iterator[SupportedQuantity]:
    language = locale.replace("_", "-").split("-")[0]
    for quantity in found:
        is_bare = not quantity.dimension and text
        counted = counted_stems(text, quantity.end, language=language) if is_bare else frozenset()
        yield SupportedQuantity(quantity, source, counted)


def _of_fact(fact: FactValue, *, locale: str) -> list[Quantity]:
    """A number has a dot whatever the language; a phrase follows its own ("1,5")."""
    if not said(fact):
        return []
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
