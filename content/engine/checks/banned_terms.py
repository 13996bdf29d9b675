"""Banned terms of the guideline, and terms that have only one right spelling and case."""

from __future__ import annotations

import re
from collections.abc import Iterator

from content.engine.lexicons import forms_pattern
from content.engine.types import BriefSpec, Fields, Finding


def check(spec: BriefSpec, fields: Fields) -> Iterator[Finding]:
    for field, text in fields.items():
        yield from _banned(spec, field, text)
        if field != "slug" and field != "hashtags":
            yield from _miscased(spec, field, text)


def _banned(spec: BriefSpec, field: str, text: str) -> Iterator[Finding]:
    for term in filter(str.strip, spec.brand.banned):
        for match in forms_pattern((term.strip(),), language=spec.language).finditer(text):
            yield Finding(
                check="banned_terms",
                severity="error",
                field=field,
                start=match.start(),
                end=match.end(),
                message=f"“{match.group()}” is banned by the guideline.",
                remedy="Say it in other words, or leave it out.",
            )


def _miscased(spec: BriefSpec, field: str, text: str) -> Iterator[Finding]:
    for term in filter(str.strip, (*spec.brand.cased, *spec.brand.required)):
        for match in re.finditer(rf"(?<!\w){re.escape(term)}(?!\w)", text, re.IGNORECASE):
            if match.group() != term and not _begins_sentence(term, match, text):
                yield Finding(
                    check="banned_terms",
                    severity="error",
                    field=field,
                    start=match.start(),
                    end=match.end(),
                    message=f"“{match.group()}” is written “{term}”.",
                    remedy=f"Write “{term}”.",
                )


def _begins_sentence(term: str, match: re.Match[str], text: str) -> bool:
    is_capital_only = match.group() == term[:1].upper() + term[1:]
    return is_capital_only and (match.start() == 0 or text[: match.start()].rstrip()[-1:] in ".!?\n")
