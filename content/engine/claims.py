"""Claims: what a text says about the products, each with the fact that supports it or None."""

from __future__ import annotations

from collections.abc import Iterator

from content.engine.checks.numbers import supporting
from content.engine.lexicons import lexicon
from content.engine.plans import plan_for
from content.engine.quantities import quantities
from content.engine.support import said, supported_quantities
from content.engine.text import fold
from content.engine.types import BriefSpec, Claim, Fields

GROUPS = ("materials", "colours", "origins", "properties", "promises")


def find_claims(spec: BriefSpec, fields: Fields) -> list[Claim]:
    """In the order of the fields and of the text; overlapping finds of one place are one claim."""
    skipped = {plan.name for plan in plan_for(spec.content_type) if plan.kind in {"slug", "tags"}}
    found: list[Claim] = []
    for field, text in fields.items():
        if field not in skipped:
            found += _distinct(
                [
                    *_verbatim(spec, field, text),
                    *_quantities(spec, field, text),
                    *_concepts(spec, field, text),
                ]
            )
    return found


def _quantities(spec: BriefSpec, field: str, text: str) -> Iterator[Claim]:
    for quantity in quantities(text, language=spec.locale):
        sources = supporting(quantity, supported_quantities(spec))
        yield Claim(
            text=text[quantity.start : quantity.end],
            field=field,
            start=quantity.start,
            end=quantity.end,
            fact=sources[0] if sources else None,
        )


def _concepts(spec: BriefSpec, field: str, text: str) -> Iterator[Claim]:
    for group in GROUPS:
        for mention in lexicon(group).mentions(text, language=spec.language):
            fact = _fact_naming(spec, group, mention.concept)
            yield Claim(
                text=mention.span.text, field=field, start=mention.span.start, end=mention.span.end, fact=fact
            )


def _fact_naming(spec: BriefSpec, group: str, concept: str) -> str | None:
    words = lexicon(group)
    for product in spec.products:
        for fact in product.facts:
            if concept in words.concepts(said(fact)):
                return fact.name
        if concept in words.concepts(product.title):
            return "title"
        if concept in words.concepts("\n".join(product.categories)):
            return "categories"
    return None


def _verbatim(spec: BriefSpec, field: str, text: str) -> Iterator[Claim]:
    """Facts said in their own words: makers, care, scents."""
    lower = text.lower()
    for product in spec.products:
        for fact in product.facts:
            value = said(fact).lower()
            start = lower.find(value) if len(fold(value)) >= 3 else -1
            if start >= 0:
                yield Claim(
                    text=text[start : start + len(value)],
                    field=field,
                    start=start,
                    end=start + len(value),
                    fact=fact.name,
                )


def _distinct(claims: list[Claim]) -> list[Claim]:
    """The longest of overlapping supported claims; an unsupported one always stays."""
    kept: list[Claim] = []
    for claim in sorted(claims, key=lambda c: (c.fact is not None, -(c.end - c.start), c.start)):
        if not any(claim.start < other.end and other.start < claim.end for other in kept):
            kept.append(claim)
    return sorted(kept, key=lambda c: c.start)
