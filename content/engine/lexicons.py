"""Word lists in data files: concepts (a material, a colour, an origin …) and the forms that name them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from content.engine.text import Span

UNSPACED_LANGUAGES = frozenset({"ja", "zh"})


@dataclass(frozen=True)
class Mention:
    """A concept named in a text."""

    group: str
    concept: str
    span: Span


@dataclass(frozen=True)
class Lexicon:
    """One group of concepts, for example materials."""

    group: str
    patterns: dict[str, dict[str, re.Pattern[str]]]
    """Language to concept to the pattern of its forms."""
    any_form: dict[str, re.Pattern[str]]
    implies: dict[str, frozenset[str]]
    """What a named concept allows one to say as well: oak is wood."""

    def mentions(self, text: str, *, language: str) -> Iterator[Mention]:
        # One pass for all forms: most sentences name none, and candidates are checked by the hundred.
        if language not in self.any_form or not self.any_form[language].search(text):
            return
        for concept, pattern in self.patterns.get(language, {}).items():
            for match in pattern.finditer(text):
                yield Mention(self.group, concept, Span(match.group(), match.start(), match.end()))

    def concepts(self, text: str) -> frozenset[str]:
        """Concepts named in any language: a German text may rest on an English category."""
        named = {m.concept for language in self.patterns for m in self.mentions(text, language=language)}
        return frozenset(named.union(*(self.implies.get(concept, frozenset()) for concept in named)))


@cache
def read_data(name: str) -> Any:  # Any: JSON, each file has its own shape
    return json.loads(resources.files("content.engine").joinpath("data", name).read_text(encoding="utf-8"))


@cache
def lexicon(group: str) -> Lexicon:
    """data/<group>.json: {"concepts": {concept: {language: [forms]}}, "implies": {concept: [concepts]}}."""
    data = read_data(f"{group}.json")
    patterns: dict[str, dict[str, re.Pattern[str]]] = {}
    for concept, languages in data["concepts"].items():
        for language, forms in languages.items():
            patterns.setdefault(language, {})[concept] = forms_pattern(tuple(forms), language=language)
    any_form = {
        language: re.compile("|".join(p.pattern for p in named.values()), re.IGNORECASE)
        for language, named in patterns.items()
    }
    return Lexicon(
        group, patterns, any_form, {key: frozenset(value) for key, value in data.get("implies", {}).items()}
    )


def forms_pattern(forms: tuple[str, ...], *, language: str) -> re.Pattern[str]:
    """A form stands for its inflections; `*` lets a word go on (German compounds); ja/zh are substrings."""
    return re.compile("|".join(_form(form, language=language) for form in forms), re.IGNORECASE)


def _form(form: str, *, language: str) -> str:
    opened, closed = form.startswith("*"), form.endswith("*")
    core = re.escape(form.strip("*")).replace(r"\ ", r"[\s-]+")
    if language in UNSPACED_LANGUAGES:
        return core
    tail = r"\w*" if closed else {"en": r"(?:s|es|'s|’s)?", "de": r"(?:e[nrsm]?|s|n)?"}.get(language, "")
    return (r"\b\w*" if opened else r"\b") + core + tail + r"\b"
