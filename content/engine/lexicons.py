"""Word lists in data files: concepts (a material, a colour, an origin …) and the forms that name them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from babel import Locale

from content.engine.text import Span

UNSPACED_LANGUAGES = frozenset({"ja", "zh", "th"})


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
    listed: dict[str, dict[str, list[str]]]
    """Concept to language to forms, as the files have them."""

    def forms(self, concept: str, *, language: str) -> list[str]:
        return self.listed.get(concept, {}).get(language, [])

    def mentions(self, text: str, *, language: str) -> Iterator[Mention]:
        for listed in (language, "*"):
            # One pass for all forms: most sentences name none, and candidates are checked by the hundred.
            if listed in self.any_form and self.any_form[listed].search(text):
                yield from self._named(text, language=listed)

    def _named(self, text: str, *, language: str) -> Iterator[Mention]:
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
    """Two files, either may be absent: data/<group>.json {"concepts": {concept: {language: [forms]}},
    "implies": …}, and data/words/<group>.tsv, a table a native speaker can edit: a line per concept, a column
    per language, forms set apart by |. A column * holds for every language.
    """
    concepts, implies = _forms_of(group)
    patterns: dict[str, dict[str, re.Pattern[str]]] = {}
    for concept, languages in concepts.items():
        for language, forms in languages.items():
            patterns.setdefault(language, {})[concept] = forms_pattern(tuple(forms), language=language)
    any_form = {
        language: re.compile("|".join(p.pattern for p in named.values()), re.IGNORECASE)
        for language, named in patterns.items()
    }
    implied = {key: frozenset(value) for key, value in implies.items()}
    return Lexicon(group, patterns, any_form, implied, concepts)


Forms = dict[str, dict[str, list[str]]]
"""Concept to language to forms."""


def _forms_of(group: str) -> tuple[Forms, dict[str, list[str]]]:
    file = resources.files("content.engine").joinpath("data", f"{group}.json")
    data = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    concepts: Forms = {concept: dict(forms) for concept, forms in data.get("concepts", {}).items()}
    for concept, language, forms in _table(group):
        own = concepts.setdefault(concept, {})
        own[language] = [*own.get(language, []), *forms]
    if group == "origins":
        for concept, language, name in _countries():
            own = concepts.setdefault(concept, {})
            own[language] = list(dict.fromkeys([*own.get(language, []), name]))
    return concepts, data.get("implies", {})


def _table(group: str) -> Iterator[tuple[str, str, list[str]]]:
    file = resources.files("content.engine").joinpath("data", "words", f"{group}.tsv")
    if not file.is_file():
        return
    head, *rows = (line.split("\t") for line in file.read_text(encoding="utf-8").splitlines() if line.strip())
    for concept, *cells in rows:
        for language, cell in zip(head[1:], cells, strict=False):
            forms = [form.strip() for form in cell.split("|") if form.strip()]
            if forms:
                yield concept, language, forms


_ISO = {
    "Japan": "JP", "Germany": "DE", "France": "FR", "Italy": "IT", "Spain": "ES", "Portugal": "PT",
    "United Kingdom": "GB", "Ireland": "IE", "Netherlands": "NL", "Belgium": "BE", "Switzerland": "CH",
    "Austria": "AT", "Denmark": "DK", "Sweden": "SE", "Norway": "NO", "Finland": "FI", "Poland": "PL",
    "Czechia": "CZ", "Lithuania": "LT", "Latvia": "LV", "Estonia": "EE", "Hungary": "HU", "Romania": "RO",
    "Greece": "GR", "Turkey": "TR", "Morocco": "MA", "China": "CN", "Taiwan": "TW", "India": "IN",
    "Nepal": "NP", "Sri Lanka": "LK", "Vietnam": "VN", "Thailand": "TH", "Mexico": "MX", "Brazil": "BR",
    "Colombia": "CO", "Guatemala": "GT", "Ethiopia": "ET", "Kenya": "KE", "South Africa": "ZA",
    "United States": "US", "Canada": "CA", "Australia": "AU", "Peru": "PE", "Indonesia": "ID",
    "Bangladesh": "BD", "Pakistan": "PK", "Tunisia": "TN", "Egypt": "EG", "Iran": "IR", "Ukraine": "UA",
    "Bulgaria": "BG", "Slovakia": "SK", "Slovenia": "SI", "Croatia": "HR", "Iceland": "IS",
    "New Zealand": "NZ", "Argentina": "AR", "Chile": "CL", "Philippines": "PH", "Malaysia": "MY",
}  # fmt: skip
COUNTRY_LANGUAGES = (
    "en", "de", "fr", "es", "it", "pt", "nl", "ja", "ar", "sv", "da", "nb", "fi", "pl", "cs", "sk", "hu",
    "ro", "bg", "el", "tr", "ru", "uk", "zh", "ko", "he", "hi", "id", "vi", "th", "lt", "lv", "et", "hr",
    "sl", "ca",
)  # fmt: skip
"""Languages whose names of countries are read from CLDR; no adjectives ("Swedish") but in our own lists."""


def _countries() -> Iterator[tuple[str, str, str]]:
    for language in COUNTRY_LANGUAGES:
        names = Locale(language).territories
        for concept, code in _ISO.items():
            if code in names:
                yield concept, language, names[code]


def forms_pattern(forms: tuple[str, ...], *, language: str) -> re.Pattern[str]:
    """A form stands for its inflections; `*` lets a word go on (German compounds); ja/zh are substrings."""
    return re.compile("|".join(_form(form, language=language) for form in forms), re.IGNORECASE)


_TAILS = {
    "en": r"(?:s|es|'s|’s)?", "de": r"(?:e[nrsm]?|s|n)?", "fr": r"(?:e|s|es|x|ne|nes|le|les)?",
    "es": r"(?:s|es)?",
    "pt": r"(?:s|es)?", "nl": r"(?:e|s|en|n)?", "ar": r"(?:ة|ات|ي|ية|ين|ون|ان|ا|اً)?",
}  # fmt: skip
_ARABIC_HEAD = r"(?:[وف]?(?:بال|كال|ال|لل|[بلك])?)"
_ARTICLES = {"fr": r"(?:\b|(?<=[ldnsjmtcLDNSJMTC]['’]))", "it": r"(?:\b|(?<=['’]))"}


def _form(form: str, *, language: str) -> str:
    opened, closed = form.startswith("*"), form.endswith("*")
    core = re.escape(form.strip("*")).replace(r"\ ", r"[\s-]+").replace("'", "['’]")
    if language in UNSPACED_LANGUAGES:
        return core
    if language == "*":
        return rf"(?<![A-Za-z0-9]){core}(?![A-Za-z])"  # kana may follow at once
    tail = r"\w*" if closed else _TAILS.get(language, "")
    head = r"\b\w*" if opened else _ARTICLES.get(language, r"\b") + (_ARABIC_HEAD if language == "ar" else "")
    # A form that ends in a mark (No. 1, U.S.) has no word edge there.
    return head + core + tail + (r"\b" if form[-1:].isalnum() or closed else "")
