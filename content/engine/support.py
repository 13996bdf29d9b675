"""What the catalogue supports: the quantities and concepts that copy about these products may state."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from content.engine.lexicons import lexicon
from content.engine.quantities import Quantity, quantities
from content.engine.types import BriefSpec, FactValue, ProductFacts


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
        return fact.name.replace("_", " ") if fact.value.casefold() in {"true", "yes", "1", "ja"} else ""
    return fact.text


@lru_cache(maxsize=256)
def supported_quantities(spec: BriefSpec) -> tuple[SupportedQuantity, ...]:
    return tuple(entry for product in spec.products for entry in _of_product(product, language=spec.language))


def _of_product(product: ProductFacts, *, language: str) -> list[SupportedQuantity]:
    sources = [("title", product.title), *((fact.name, said(fact)) for fact in product.facts)]
    found = [SupportedQuantity(q, name) for name, text in sources for q in _readings(text, language=language)]
    if product.price:
        found += [
            SupportedQuantity(q, "price")
            for q in quantities(f"{product.price} {product.currency}", language="en")
        ]
    return found


def _readings(text: str, *, language: str) -> list[Quantity]:
    """Fact numbers are plain decimals ("1.5"), fact phrases follow their language ("1,5")."""
    return [
        *quantities(text, language=language),
        *(quantities(text, language="en") if language != "en" else ()),
    ]


@lru_cache(maxsize=2048)
def supported_concepts(spec: BriefSpec, group: str) -> frozenset[str]:
    text = "\n".join(product_text(product) for product in spec.products)
    return lexicon(group).concepts(text)
