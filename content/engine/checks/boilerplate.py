"""Boilerplate: phrases that every text uses say nothing about this product, and readers know them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from content.engine.checks.fields import prose_fields
from content.engine.lexicons import read_data
from content.engine.types import BriefSpec, Fields, Finding


def check(spec: BriefSpec, fields: Fields) -> Iterator[Finding]:
    pattern = _pattern(spec.language)
    if pattern is None:
        return
    for field, text in prose_fields(spec, fields):
        for match in pattern.finditer(text):
            yield Finding(
                check="boilerplate",
                severity="warning",
                field=field,
                start=match.start(),
                end=match.end(),
                message=f"“{match.group()}” could stand in any text.",
                remedy="Say something that is true of this product alone.",
            )


@cache
def _pattern(language: str) -> re.Pattern[str] | None:
    phrases = read_data("boilerplate.json").get(language)
    if not phrases:
        return None
    parts = [re.escape(phrase).replace(r"\*", r"[^.!?\n]{1,30}").replace("'", "['’]") for phrase in phrases]
    edge = "" if language == "ja" else r"\b"
    return re.compile(rf"(?i){edge}(?:{'|'.join(parts)})")
