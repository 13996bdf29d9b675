"""Grammatical gender: what the model itself calls a noun most often, and what does not agree with that."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from content.engine.lexicons import read_data

_FEWEST_VOTES = 3
_MAJORITY = 0.6


def gender_of(sentences: Sequence[str], noun: str, *, language: str) -> str:
    """By the articles before the noun; empty when the language has none or the model contradicts itself."""
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
