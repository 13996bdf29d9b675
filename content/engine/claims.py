"""Claims: what a text says about the products, each with the fact that supports it or None."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from content.engine.checks.fields import prose_fields
from content.engine.checks.numbers import supporting
from content.engine.checks.superlatives import superlatives
from content.engine.lexicons import lexicon
from content.engine.quantities import quantities
from content.engine.statements import statements
from content.engine.support import said, supported_quantities
from content.engine.text import fold
from content.engine.types import BriefSpec, Claim, Fields

KINDS = {
    "materials": "material", "colours": "colour", "origins": "origin", "properties": "property",
    "certifications": "certificate", "promises": "promise", "comparisons": "comparison",
    "availability": "availability",
}  # fmt: skip
"""Word lists, and what one of their words claims."""


def find_claims(spec: BriefSpec, fields: Fields) -> list[Claim]:
    """In the order of the fields and of the text; overlapping finds of one place are one claim."""
    found: list[Claim] = []
    for field, text in prose_fields(spec, fields):
        found += _distinct(
            [
                *_verbatim(spec, field, text),
                *_quantities(spec, field, text),
                *_concepts(spec, field, text),
                *_superlatives(spec, field, text),
                *_statements(spec, field, text),
            ]
        )
    return found


def _quantities(spec: BriefSpec, field: str, text: str) -> Iterator[Claim]:
    for quantity in quantities(text, language=spec.locale):
        sources = supporting(quantity, supported_quantities(spec))
        kind = "price" if quantity.dimension.startswith("money") else "number"
        yield _claim(text, field, quantity.start, quantity.end, sources[0] if sources else None, kind)


def _concepts(spec: BriefSpec, field: str, text: str) -> Iterator[Claim]:
    for group, kind in KINDS.items():
        for mention in lexicon(group).mentions(text, language=spec.language):
            fact = _fact_naming(spec, group, mention.concept)
            yield _claim(text, field, mention.span.start, mention.span.end, fact, kind)


def _superlatives(spec: BriefSpec, field: str, text: str) -> Iterator[Claim]:
    for match in superlatives(text, language=spec.language):
        fact = _fact_saying(spec, match["word"])
        yield _claim(text, field, match.start(), match.end(), fact, "superlative")


def _statements(spec: BriefSpec, field: str, text: str) -> Iterator[Claim]:
    """Words of a statement that nothing explains."""
    for statement in statements(spec, text):
        for word in statement.unexplained:
            yield _claim(text, field, word.start, word.end, None, "statement")


def _claim(text: str, field: str, start: int, end: int, fact: str | None, kind: str) -> Claim:
    return Claim(text=text[start:end], field=field, start=start, end=end, fact=fact, kind=kind)


def _fact_naming(spec: BriefSpec, group: str, concept: str) -> str | None:
    words = lexicon(group)
    return _first(spec, lambda said: concept in words.concepts(said))


def _fact_saying(spec: BriefSpec, phrase: str) -> str | None:
    return _first(spec, lambda said: fold(phrase) in fold(said))


def _first(spec: BriefSpec, supports: Callable[[str], bool]) -> str | None:
    """The first fact, title or category that supports; "allowed" is what the workspace answers for."""
    for product in spec.products:
        for fact in product.facts:
            if supports(said(fact)):
                return fact.name
        if supports(product.title):
            return "title"
        if supports("\n".join(product.categories)):
            return "categories"
    return "allowed" if any(supports(phrase) for phrase in spec.allowed) else None


def _verbatim(spec: BriefSpec, field: str, text: str) -> Iterator[Claim]:
    """Facts said in their own words: makers, care, scents."""
    lower = text.lower()
    for product in spec.products:
        for fact in product.facts:
            value = said(fact).lower()
            start = lower.find(value) if len(fold(value)) >= 3 else -1
            if start >= 0:
                yield _claim(text, field, start, start + len(value), fact.name, "fact")


def _distinct(claims: list[Claim]) -> list[Claim]:
    """The longest of overlapping supported claims; an unsupported one always stays."""
    kept: list[Claim] = []
    for claim in sorted(claims, key=lambda c: (c.fact is not None, -(c.end - c.start), c.start)):
        if not any(claim.start < other.end and other.start < claim.end for other in kept):
            kept.append(claim)
    return sorted(kept, key=lambda c: c.start)
