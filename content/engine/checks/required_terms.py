"""Required terms of the guideline stand in the main text at least once."""

from __future__ import annotations

from collections.abc import Iterator

from content.engine.plans import fields_of
from content.engine.types import BriefSpec, Fields, Finding


def check(spec: BriefSpec, fields: Fields) -> Iterator[Finding]:
    names = [plan.name for plan in fields_of(spec) if plan.is_main and plan.name in fields]
    if not names:
        return
    whole = "\n".join(fields[name] for name in names)
    for term in filter(str.strip, spec.brand.required):
        if term.casefold() not in whole.casefold():
            yield Finding(
                check="required_terms",
                severity="error",
                field=names[0],
                start=0,
                end=len(fields[names[0]]),
                message=f"The guideline requires “{term}”.",
                remedy=f"Use “{term}” once in the text.",
            )
