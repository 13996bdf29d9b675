"""All checks by name, and the one way to run them: `check_text`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from content.engine.checks import (
    availability,
    banned_terms,
    boilerplate,
    certifications,
    comparisons,
    duplicates,
    glossary,
    headings,
    keyphrase,
    keyphrase_density,
    language,
    leftovers,
    length,
    links,
    market_rules,
    negations,
    numbers,
    orders,
    personal_data,
    pixels,
    promises,
    properties,
    readability,
    relations,
    repetition,
    required_terms,
    statements,
    superlatives,
    truncation,
    unjudged,
    unsupported_words,
    words_of_facts,
)  # fmt: skip
from content.engine.types import BriefSpec, Fields, Finding

Check = Callable[[BriefSpec, Fields], Iterable[Finding]]

CHECKS: Mapping[str, Check] = {
    "length": length.check,
    "pixels": pixels.check,
    "keyphrase": keyphrase.check,
    "keyphrase_density": keyphrase_density.check,
    "headings": headings.check,
    "readability": readability.check,
    "language": language.check,
    "banned_terms": banned_terms.check,
    "required_terms": required_terms.check,
    "glossary": glossary.check,
    "market_rules": market_rules.check,
    "numbers": numbers.check,
    "materials": words_of_facts.check_materials,
    "colours": words_of_facts.check_colours,
    "origins": words_of_facts.check_origins,
    "properties": properties.check,
    "negations": negations.check,
    "relations": relations.check,
    "certifications": certifications.check,
    "promises": promises.check,
    "superlatives": superlatives.check,
    "comparisons": comparisons.check,
    "availability": availability.check,
    "statements": statements.check,
    "unjudged": unjudged.check,
    "unsupported_words": unsupported_words.check,
    "repetition": repetition.check,
    "boilerplate": boilerplate.check,
    "near_duplicate": duplicates.check_near_duplicate,
    "cannibalisation": duplicates.check_cannibalisation,
    "leftovers": leftovers.check,
    "orders": orders.check,
    "links": links.check,
    "truncation": truncation.check,
    "personal_data": personal_data.check,
}
"""The order findings are shown in. A new check is a file, a line here and a line in tests/contracts."""

WHOLE_FIELD = frozenset(
    {
        "length",
        "pixels",
        "keyphrase",
        "keyphrase_density",
        "headings",
        "required_terms",
        "near_duplicate",
        "cannibalisation",
    }
)
"""Checks that judge a finished field; one sentence of it cannot pass or fail them."""

_RANK = {"error": 0, "warning": 1, "info": 2}


def check_text(spec: BriefSpec, fields: Fields, *, names: Sequence[str] = tuple(CHECKS)) -> list[Finding]:
    """All findings, errors first, then as they stand in the text."""
    order = {name: place for place, name in enumerate(fields)}
    found = [finding for name in names for finding in CHECKS[name](spec, fields)]
    return sorted(found, key=lambda f: (_RANK[f.severity], order.get(f.field, 0), f.start))


def check_sentence(spec: BriefSpec, text: str, *, field: str) -> list[Finding]:
    """What is wrong with one sentence on its own, wherever in the field it will stand."""
    return list(_sentence_findings(spec, text, field))


def _sentence_findings(spec: BriefSpec, text: str, field: str) -> Iterator[Finding]:
    for name, check in CHECKS.items():
        if name not in WHOLE_FIELD:
            yield from check(spec, {field: text})
