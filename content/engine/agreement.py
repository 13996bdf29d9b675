"""Grammatical gender: by a noun's ending or the model's majority; what disagrees, and is set right."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from content.engine.lexicons import read_data

_SAID_OF_THINGS = {
    "de": "ist|hat|wird|kommt|besteht|fasst|misst|wiegt|stammt|passt|schmeckt|duftet|brennt|trägt",
    "fr": "a|mesure|pèse|vient|contient|tient|sent|provient|est (?:en|fait|fabriqu|tiss|émaill|huil)",
    "es": "es|está|mide|pesa|viene|tiene|huele|lleva",
    "it": "è|ha|misura|pesa|viene|profuma",
}
"""Verbs before which a pronoun stands for the product: "il suffit" and "Sie können" speak of nothing."""
_FEWEST_VOTES = 3
_MAJORITY = 0.6


def gender_of(sentences: Sequence[str], noun: str, *, language: str) -> str:
    """By its ending, else by the articles before it; empty when the model contradicts itself."""
    if known := gender_by_ending(noun, language=language):
        return known
    votes: Counter[str] = Counter()
    genders = _genders(language)
    for gender, forms in genders.items():
        others = {
            word for name, other in genders.items() if name != gender for word in other["articles"].split()
        }
        for article in set(forms["articles"].split()) - others:
            pattern = re.compile(rf"(?i)(?<!\w){article}\s+(?:[^\W\d_]+\s+)?{re.escape(noun)}(?!\w)")
            votes[gender] += sum(bool(pattern.match(sentence)) for sentence in sentences)
    likeliest = votes.most_common(1)
    if not likeliest or likeliest[0][1] < _FEWEST_VOTES:
        return ""
    return likeliest[0][0] if likeliest[0][1] > sum(votes.values()) * _MAJORITY else ""


def gender_by_ending(noun: str, *, language: str) -> str:
    """-ière is feminine whatever a small model believes; the longest ending decides."""
    word = noun.casefold()
    fitting = [
        (len(ending), gender)
        for gender, forms in _genders(language).items()
        for ending in forms["endings"].split("|")
        if word == ending or (word.endswith(ending) and len(word) > len(ending) + 1)
    ]
    return max(fitting)[1] if fitting else ""


def agreed(text: str, noun: str, *, language: str) -> str:
    """The right article before the noun and the right pronoun at the start: a fix that changes no meaning."""
    gender = gender_by_ending(noun, language=language)
    if not gender:
        return text
    forms = _genders(language)[gender]
    # German articles change with the case: only the subject's, at the start, is sure to be wrong.
    place = "^" if language == "de" else r"(?<!\w)"
    for wrong, right in _pairs(forms["swap"]):
        text = _swapped(text, rf"{place}{wrong}(?=\s+{re.escape(noun)}(?!\w))", right)
    for wrong, right in _pairs(forms["call"]):
        text = _swapped(text, rf"^{wrong}(?=\s(?:{_SAID_OF_THINGS[language]})(?!\w))", right)
    return text


def _swapped(text: str, pattern: str, right: str) -> str:
    def like(match: re.Match[str]) -> str:
        return right.capitalize() if match.group()[:1].isupper() else right

    return re.sub(pattern, like, text, flags=re.IGNORECASE)


def _pairs(written: str) -> list[tuple[str, str]]:
    return [(wrong, right) for wrong, _, right in (pair.partition(":") for pair in written.split())]


def clashes(text: str, noun: str, gender: str, *, language: str) -> bool:
    """Another gender's article or pronoun for the noun, or a participle that does not agree with it."""
    genders = _genders(language)
    if not gender or gender not in genders:
        return False
    own = genders[gender]
    right = {*own["articles"].split(), *own["pronouns"].split()}
    every = {word for forms in genders.values() for word in forms["articles"].split()}
    pronouns = {word for forms in genders.values() for word in forms["pronouns"].split()}
    before = re.match(rf"(?i)([^\W\d_]+)\s+(?:[^\W\d_]+\s+)?{re.escape(noun)}(?!\w)", text)
    if before and before.group(1).lower() in every - right:
        return True
    first = re.match(r"(?i)([^\W\d_]+)\s+(?:[^\W\d_]+)", text)
    if first and first.group(1).lower() in pronouns - right and not before:
        return True
    return bool(own["wrong"]) and bool(re.search(own["wrong"], text))


def _articles_but(genders: Mapping[str, Any], gender: str) -> set[str]:  # Any: JSON
    """German "ein" is masculine and neuter: it tells nothing."""
    others = [forms["articles"] for name, forms in genders.items() if name != gender]
    return {word for articles in others for word in articles.split()}


def _genders(language: str) -> dict[str, Any]:  # Any: JSON
    return dict(read_data("agreement.json").get(language, {}))
