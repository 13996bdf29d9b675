"""Glossary: the brand's own word for a thing, and not the other words for it."""

from __future__ import annotations

from collections.abc import Iterator

from content.engine.checks.fields import prose_fields
from content.engine.lexicons import forms_pattern
from content.engine.types import BriefSpec, Fields, Finding


def check(spec: BriefSpec, fields: Fields) -> Iterator[Finding]:
    for field, text in prose_fields(spec, fields):
        for other, own in spec.brand.glossary:
            for match in forms_pattern((other,), language=spec.language).finditer(text):
                if (
                    own.casefold()
                    not in text[max(0, match.start() - len(own)) : match.end() + len(own)].casefold()
                ):
                    yield Finding(
                        check="glossary",
                        severity="error",
                        field=field,
                        start=match.start(),
                        end=match.end(),
                        message=f"The glossary says “{own}”, not “{match.group()}”.",
                        remedy=f"Write “{own}”.",
                    )
