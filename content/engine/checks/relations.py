"""Relations: a notebook that fits fountain pens does not have one, and is not made of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache

from content.engine.checks.fields import prose_fields
from content.engine.lexicons import read_data
from content.engine.support import said, title_of
from content.engine.text import stem, words
from content.engine.types import BriefSpec, FactValue, Fields, Finding


def check(spec: BriefSpec, fields: Fields) -> Iterator[Finding]:
    pattern, purposes = _had(spec.language), _words_of(spec, is_purpose=True)
    if pattern is None or not purposes:
        return
    strange = purposes - _words_of(spec, is_purpose=False)
    for field, text in prose_fields(spec, fields):
        for match in pattern.finditer(text):
            for word in words(match["what"]):
                if stem(word.text, language=spec.language) in strange:
                    yield _finding(field, match.start("what") + word.start, word.text)


def _finding(field: str, start: int, word: str) -> Finding:
    return Finding(
        check="relations",
        severity="error",
        field=field,
        start=start,
        end=start + len(word),
        message=f"A fact says that it goes with “{word}”, not that it has it or is made of it.",
        remedy="Say what it is for: “for …”, “fits …”.",
    )


@cache
def _had(language: str) -> re.Pattern[str] | None:
    """What is had ends where what it is for begins: "has a soft cover and fits fountain pens"."""
    data = read_data("relations.json")
    if language not in data:
        return None
    return re.compile(rf"(?i){data[language]}(?P<what>(?:(?!\b(?:{data['until']})\b)[^.,;!?:\n])+)")


@lru_cache(maxsize=512)
def _words_of(spec: BriefSpec, *, is_purpose: bool) -> frozenset[str]:
    facts = [
        said(fact)
        for product in spec.products
        for fact in product.facts
        if _tells_purpose(fact) is is_purpose
    ]
    titles = [] if is_purpose else [title_of(product) for product in spec.products]
    return frozenset(
        stem(word.text, language=spec.language)
        for text in (*facts, *titles)
        for word in words(text.replace("-", " "))
        if len(word.text) > 2
    )


def _tells_purpose(fact: FactValue) -> bool:
    parts = set(re.split(r"[^a-zà-ÿ]+", fact.name.casefold()))
    return bool(parts & frozenset(read_data("relations.json")["facts"].split()))
