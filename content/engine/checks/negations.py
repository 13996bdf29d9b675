"""Negations: what a fact denies is never said without its "not", and what it says is never denied."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from content.engine import text as texts
from content.engine.support import said
from content.engine.text import fold, is_unspaced
from content.engine.types import BriefSpec, Fields, Finding

_NOT = {
    "en": re.compile(
        r"(?i)\b(?:not|no|never|without|cannot|neither|nor|avoid|keep away|\w+n't|\w+n’t|free of)\b|\w-free\b"
    ),
    "de": re.compile(
        r"(?i)\b(?:nicht|kein\w*|nie|niemals|ohne|weder|vermeiden|fernhalten|frei von)\b|\w+frei\b"
    ),
    "ja": re.compile(r"不可|ない|なし|せず|ません|不使用|避け|控え|別売|禁止|以外"),
}
_SHARE = 0.6
"""Share of a fact's words that makes a clause speak of it."""
_CLAUSES = re.compile(r"[^,;、;。.!?()\uff08\uff09\uff1b\uff01\uff1f\n]+")


@dataclass(frozen=True)
class Said:
    """One clause of a fact: the words that tell it, and whether it denies them."""

    text: str
    words: frozenset[str]
    is_denied: bool


def check(spec: BriefSpec, fields: Fields) -> Iterator[Finding]:
    cue = _NOT.get(spec.language)
    if cue is None:
        return
    facts = _facts(spec)
    for field, text in fields.items():
        for clause in _CLAUSES.finditer(text):
            spoken_of = [
                fact for fact in facts if _share(fact.words, clause.group(), spec.language) >= _SHARE
            ]
            is_denied = bool(cue.search(clause.group()))
            if spoken_of and all(fact.is_denied != is_denied for fact in spoken_of):
                yield _finding(field, clause, spoken_of[0])


def _finding(field: str, clause: re.Match[str], fact: Said) -> Finding:
    wrong = "here it reads as if it were so" if fact.is_denied else "here it is denied"
    return Finding(
        check="negations",
        severity="error",
        field=field,
        start=clause.start(),
        end=clause.end(),
        message=f"The fact says “{fact.text}”; {wrong}.",
        remedy="Say it as the fact does, or leave it out.",
    )


@lru_cache(maxsize=512)
def _facts(spec: BriefSpec) -> tuple[Said, ...]:
    """Clauses of facts; a word of the title tells nothing about the fact."""
    cue = _NOT[spec.language]
    titles = {word for product in spec.products for word in _telling(product.title, spec.language)}
    clauses = [c.group().strip() for p in spec.products for f in p.facts for c in _CLAUSES.finditer(said(f))]
    found = [
        Said(c, frozenset(_telling(cue.sub(" ", c), spec.language) - titles), bool(cue.search(c)))
        for c in clauses
    ]
    plain = {word for fact in found if not fact.is_denied for word in fact.words}
    # "gas and oven, not induction": a denial is told by the words that no other clause states.
    kept = [replace(fact, words=fact.words - plain) if fact.is_denied else fact for fact in found]
    return tuple(fact for fact in kept if fact.words and (fact.is_denied or len(fact.words) > 1))


def _telling(clause: str, language: str) -> set[str]:
    if is_unspaced(language):
        return {fold(run.text) for run in texts.runs(clause)}
    return {texts.stem(w.text, language=language) for w in texts.words(clause) if len(w.text) > 3}


def _share(wanted: frozenset[str], clause: str, language: str) -> float:
    if is_unspaced(language):
        folded = fold(clause)
        return sum(run in folded for run in wanted) / len(wanted)
    return len(wanted & set(texts.stems(clause, language=language))) / len(wanted)
