"""Repetition: the same sentence twice, the same four words again and again."""

from __future__ import annotations

from collections.abc import Iterator

from content.engine import text as texts
from content.engine.text import fold, is_unspaced
from content.engine.types import BriefSpec, Fields, Finding, Severity

_WORDS = 4
_CHARACTERS = 14
"""Length of a repeated run in scripts without spaces."""


def check(spec: BriefSpec, fields: Fields) -> Iterator[Finding]:
    for field, text in fields.items():
        yield from _sentences_twice(field, text)
        yield from _runs_twice(field, text, is_unspaced=is_unspaced(spec.language))


def _sentences_twice(field: str, text: str) -> Iterator[Finding]:
    seen: set[str] = set()
    for sentence in texts.sentences(text):
        key = " ".join(word.text for word in texts.words(fold(sentence.text)))
        if key and key in seen:
            yield _finding(
                field,
                "error",
                sentence.start,
                sentence.end,
                "This sentence stands here twice.",
                "Leave one of the two out.",
            )
        seen.add(key)


def _runs_twice(field: str, text: str, *, is_unspaced: bool) -> Iterator[Finding]:
    parts = [texts.Span(c, i, i + 1) for i, c in enumerate(text)] if is_unspaced else texts.words(text)
    size = _CHARACTERS if is_unspaced else _WORDS
    last_seen: dict[tuple[str, ...], int] = {}
    reported_until = -1
    for place in range(len(parts) - size + 1):
        run = tuple(fold(part.text) for part in parts[place : place + size])
        before = last_seen.setdefault(run, place)
        if before <= place - size and place > reported_until:
            yield _finding(
                field,
                "warning",
                parts[place].start,
                parts[place + size - 1].end,
                f"“{text[parts[place].start : parts[place + size - 1].end]}” is said twice.",
                "Say it once, or in other words.",
            )
            reported_until = place + size


def _finding(field: str, severity: Severity, start: int, end: int, message: str, remedy: str) -> Finding:
    return Finding(
        check="repetition",
        severity=severity,
        field=field,
        start=start,
        end=end,
        message=message,
        remedy=remedy,
    )
