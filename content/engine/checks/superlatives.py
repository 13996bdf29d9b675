"""Superlatives: the warmest, am leichtesten, le plus doux; a rank needs a fact that states it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from content.engine.checks.fields import prose_fields
from content.engine.lexicons import read_data
from content.engine.support import product_text
from content.engine.text import fold
from content.engine.types import BriefSpec, Fields, Finding


def check(spec: BriefSpec, fields: Fields) -> Iterator[Finding]:
    for field, text in prose_fields(spec, fields):
        for match in superlatives(text, language=spec.language):
            if not is_stated(spec, match["word"]):
                yield Finding(
                    check="superlatives",
                    severity="error",
                    field=field,
                    start=match.start(),
                    end=match.end(),
                    message=f"“{match.group()}” is a rank that no fact states.",
                    remedy="Say what it is instead of where it ranks.",
                )


def superlatives(text: str, *, language: str) -> Iterator[re.Match[str]]:
    entry = _patterns().get(language)
    if entry is None:
        return
    pattern, exceptions = entry
    yield from (match for match in pattern.finditer(text) if fold(match["word"]) not in exceptions)


def is_stated(spec: BriefSpec, words: str) -> bool:
    said = "\n".join([*(product_text(product) for product in spec.products), *spec.allowed])
    return fold(words) in fold(said)


@cache
def _patterns() -> dict[str, tuple[re.Pattern[str], frozenset[str]]]:
    return {
        language: (re.compile(entry["find"]), frozenset(map(fold, entry["except"].split())))
        for language, entry in read_data("superlatives.json").items()
    }
