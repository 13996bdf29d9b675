"""Statements: what a sentence says of the product rests on facts, word by word; everyday words are no fact."""

from __future__ import annotations

from collections.abc import Iterator

from content.engine.checks.fields import prose_fields
from content.engine.statements import Statement, statements
from content.engine.types import BriefSpec, Fields, Finding

_SHOWN = 4


def check(spec: BriefSpec, fields: Fields) -> Iterator[Finding]:
    for field, text in prose_fields(spec, fields):
        for statement in statements(spec, text):
            if statement.unexplained:
                yield _finding(field, statement)


def _finding(field: str, statement: Statement) -> Finding:
    words = ", ".join(f"“{word.text}”" for word in statement.unexplained[:_SHOWN])
    return Finding(
        check="statements",
        severity="error",
        field=field,
        start=statement.unexplained[0].start,
        end=statement.unexplained[-1].end,
        message=f"This says something of the product that no fact supports: {words}.",
        remedy="Say what the facts say, add the fact to the catalogue, or allow the words in your rules.",
    )
