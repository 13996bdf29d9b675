"""Market rules: words that a market's law regulates, from editable rule packs; a stated fact may allow
them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from content.engine.checks.fields import prose_fields
from content.engine.checks.superlatives import is_stated
from content.engine.lexicons import forms_pattern
from content.engine.locales import profile
from content.engine.rule_packs import packaged_rules
from content.engine.types import BriefSpec, Fields, Finding, MarketRule


def check(spec: BriefSpec, fields: Fields) -> Iterator[Finding]:
    rules = packaged_rules(profile(spec.locale).territory) if spec.market_rules is None else spec.market_rules
    for field, text in prose_fields(spec, fields):
        for rule in rules:
            for match in _matches(rule, text, language=spec.language):
                if rule.is_absolute or not is_stated(spec, match.group()):
                    yield _finding(field, rule, match)


def _matches(rule: MarketRule, text: str, *, language: str) -> Iterator[re.Match[str]]:
    for key, words in rule.words:
        if key in {language, "*"}:
            yield from _pattern(words, language).finditer(text)


@lru_cache(maxsize=1024)
def _pattern(words: tuple[str, ...], language: str) -> re.Pattern[str]:
    """ "% off" begins and "was $" ends with a sign, where words have no edge."""
    signed = tuple(
        word for word in words if not word.strip("*")[:1].isalnum() or not word.strip("*")[-1:].isalnum()
    )
    plain = tuple(word for word in words if word not in signed)
    parts = [re.escape(word).replace(r"\ ", r"\s*") for word in signed]
    parts += [forms_pattern(plain, language=language).pattern] if plain else []
    return re.compile("|".join(parts), re.IGNORECASE)


def _finding(field: str, rule: MarketRule, match: re.Match[str]) -> Finding:
    law = f" ({rule.law})" if rule.law else ""
    return Finding(
        check="market_rules",
        severity=rule.severity,
        field=field,
        start=match.start(),
        end=match.end(),
        message=f"“{match.group()}”: {rule.message}{law}",
        remedy=rule.remedy,
    )
