"""Unjudged: what the engine cannot judge in this language is said, so that a person reads it against the facts."""

from __future__ import annotations

from collections.abc import Iterator

from content.engine.checks.fields import prose_fields
from content.engine.locales import profile
from content.engine.statements import JUDGED_LANGUAGES
from content.engine.types import BriefSpec, Fields, Finding


def check(spec: BriefSpec, fields: Fields) -> Iterator[Finding]:
    if spec.language in JUDGED_LANGUAGES:
        return
    name = profile(spec.locale).language
    for field, text in prose_fields(spec, fields):
        if text.strip():
            yield Finding(
                check="unjudged",
                severity="warning",
                field=field,
                start=0,
                end=len(text),
                message=f"There are no word lists for “{name}”: numbers, units, countries and certificates are "
                "judged; materials, colours, properties, promises and comparisons are not.",
                remedy="Have someone who reads the language compare the text with the facts.",
            )
            return
