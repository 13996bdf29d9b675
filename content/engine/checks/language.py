"""Language: every sentence is in the brief's language."""

from __future__ import annotations

from collections.abc import Iterator

from content.engine import text as texts
from content.engine.languages import foreign_script, judge_for
from content.engine.plans import fields_of
from content.engine.types import BriefSpec, Fields, Finding


def check(spec: BriefSpec, fields: Fields) -> Iterator[Finding]:
    skipped = {plan.name for plan in fields_of(spec) if plan.kind in {"slug", "tags"}}
    names = _names(spec)
    for field, text in fields.items():
        if field in skipped:
            continue
        for sentence in texts.sentences(text):
            said = _without(sentence.text.lstrip("#*- "), names)
            seen = foreign_script(said, language=spec.language) or judge_for(spec.language)(said)
            if seen and seen != spec.language:
                yield Finding(
                    check="language",
                    severity="error",
                    field=field,
                    start=sentence.start,
                    end=sentence.end,
                    message=f"This reads as “{seen}”, not “{spec.language}”.",
                    remedy=f"Write it in the brief's language ({spec.locale}).",
                )


def _names(spec: BriefSpec) -> list[str]:
    """Makers, titles and the brand's own words may be in any language."""
    facts = [fact.value for product in spec.products for fact in product.facts if fact.kind == "text"]
    return [
        *(product.title for product in spec.products),
        *facts,
        spec.brand.name,
        *spec.brand.cased,
        *spec.brand.required,
    ]


def _without(text: str, names: list[str]) -> str:
    for name in sorted(filter(None, names), key=len, reverse=True):
        text = text.replace(name, " ")
    return text
