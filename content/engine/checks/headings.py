"""Headings and paragraphs: levels in order, no empty sections, no walls of text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from content.engine import text as texts
from content.engine.plans import fields_of
from content.engine.text import is_unspaced
from content.engine.types import BriefSpec, Fields, Finding, Severity

_HEADING = re.compile(r"^(#{1,6})[ \t]*(.*)$", re.MULTILINE)
_LONG_HEADING, _LONG_PARAGRAPH, _LONG_TEXT = 80, 150, 400
"""Characters; words; words that want a heading. Half the letters and twice the characters in CJK."""


def check(spec: BriefSpec, fields: Fields) -> Iterator[Finding]:
    names = {plan.name for plan in fields_of(spec) if plan.kind == "text"}
    for field, text in fields.items():
        if field in names:
            yield from _levels(field, text)
            yield from _empty(field, text)
            yield from _paragraphs(spec, field, text)


def _levels(field: str, text: str) -> Iterator[Finding]:
    before = 1
    for match in _HEADING.finditer(text):
        level, title = len(match[1]), match[2].strip()
        if not title:
            yield _finding(
                field, match, "error", "A heading without words.", "Write the heading, or take it out."
            )
        elif level == 1:
            yield _finding(
                field, match, "warning", "The page's title is its only first heading.", "Begin with ##."
            )
        elif level > before + 1:
            yield _finding(
                field,
                match,
                "warning",
                f"A heading of level {level} follows level {before}.",
                "Skip no level.",
            )
        if len(title) > _LONG_HEADING:
            yield _finding(
                field, match, "warning", f"A heading of {len(title)} characters.", "Keep it to one line."
            )
        before = max(level, 1)


def _empty(field: str, text: str) -> Iterator[Finding]:
    """Two headings with nothing between them, or one at the end."""
    found = list(_HEADING.finditer(text))
    followers: list[re.Match[str] | None] = [*found[1:], None]
    for match, following in zip(found, followers, strict=False):
        until = following.start() if following else len(text)
        is_sub = following is not None and len(following[1]) > len(match[1])
        if not text[match.end() : until].strip() and not is_sub:
            yield _finding(
                field,
                match,
                "error",
                "Nothing stands below this heading.",
                "Write the section, or take the heading out.",
            )


def _paragraphs(spec: BriefSpec, field: str, text: str) -> Iterator[Finding]:
    unit = "characters" if is_unspaced(spec.language) else "words"
    factor = 2.5 if unit == "characters" else 1
    for match in re.finditer(r"(?:[^\n]+\n?)+", text):
        size = texts.measure(match.group(), unit=unit)
        if size > _LONG_PARAGRAPH * factor:
            yield _finding(field, match, "warning", f"A paragraph of {size} {unit}.", "Break it in two.")
    whole = texts.measure(text, unit=unit)
    if whole > _LONG_TEXT * factor and not _HEADING.search(text):
        remedy = "Give each part a heading that starts with ##."
        yield Finding(check="headings", severity="info", field=field, start=0, end=len(text),
                      message=f"{whole} {unit} without a heading.", remedy=remedy)  # fmt: skip


def _finding(field: str, match: re.Match[str], severity: Severity, message: str, remedy: str) -> Finding:
    return Finding(
        check="headings", severity=severity, field=field, start=match.start(), end=match.end(),
        message=message, remedy=remedy,
    )  # fmt: skip
