"""Negations: what a fact denies ("not for the stove") is never said without its "not"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from content.engine import text as texts
from content.engine.support import said
from content.engine.text import Span, fold, is_unspaced
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
"""Share of a denied fact's words that makes a sentence speak of it."""


def check(spec: BriefSpec, fields: Fields) -> Iterator[Finding]:
    cue = _NOT.get(spec.language)
    denied = _denied(spec) if cue else ()
    for field, text in fields.items():
        for sentence in texts.sentences(text) if denied else ():
            if cue is None or cue.search(sentence.text):
                continue
            for value, wanted in denied:
                if _share(wanted, sentence, spec.language) >= _SHARE:
                    yield Finding(
                        check="negations",
                        severity="error",
                        field=field,
                        start=sentence.start,
                        end=sentence.end,
                        message=f"The fact says “{value}”; here it reads as if it were so.",
                        remedy="Say it with its “not”, or leave it out.",
                    )


@lru_cache(maxsize=512)
def _denied(spec: BriefSpec) -> tuple[tuple[str, frozenset[str]], ...]:
    """Denying facts with their telling words, unless the same words are also said without denial."""
    cue = _NOT[spec.language]
    clauses = [
        c.strip()
        for p in spec.products
        for f in p.facts
        for c in re.split(r"[,;、;。()\uff08\uff09\uff1b]", said(f))
        if c.strip()
    ]
    plain = {word for clause in clauses if not cue.search(clause) for word in _telling(clause, spec.language)}
    titles = {word for product in spec.products for word in _telling(product.title, spec.language)}
    found = (
        (c, frozenset(_telling(cue.sub(" ", c), spec.language)) - plain - titles)
        for c in clauses
        if cue.search(c)
    )
    return tuple((clause, words) for clause, words in found if words)


def _telling(clause: str, language: str) -> set[str]:
    if is_unspaced(language):
        return {fold(run.text) for run in texts.runs(clause)}
    return {texts.stem(w.text, language=language) for w in texts.words(clause) if len(w.text) > 3}


def _share(wanted: frozenset[str], sentence: Span, language: str) -> float:
    if is_unspaced(language):
        folded = fold(sentence.text)
        return sum(run in folded for run in wanted) / len(wanted)
    found = set(texts.stems(sentence.text, language=language))
    return len(wanted & found) / len(wanted)
