"""Everyday words: what a text may say without a fact, and the words in it that nobody gave the writer."""

from __future__ import annotations

from functools import cache, lru_cache

from content.engine import text as texts
from content.engine.lexicons import read_data
from content.engine.support import product_text
from content.engine.text import Span, fold, is_unspaced, stem
from content.engine.types import BriefSpec


def has_everyday_words(language: str) -> bool:
    return bool(_everyday(language))


def unknown_words(spec: BriefSpec, text: str) -> list[Span]:
    """Content words nobody gave the writer; empty for languages without a list of everyday words."""
    if not _everyday(spec.language):
        return []
    if is_unspaced(spec.language):
        said = _said(spec)
        return [run for run in texts.runs(text) if not _is_explained(run.text, said, spec.language)]
    known = _known_stems(spec)
    return [word for word in texts.words(text) if not _is_known(word.text, known, spec.language)]


def unsaid_words(spec: BriefSpec, text: str) -> list[Span]:
    """Stricter, for titles: everyday words do not count as known either."""
    said = _said(spec)
    if is_unspaced(spec.language):
        return [run for run in texts.runs(text) if fold(run.text) not in said]
    known = frozenset(texts.stems(said.replace("-", " "), language=spec.language))
    words = texts.words(text.replace("-", " "))
    return [word for word in words if len(word.text) > 3 and not _is_known(word.text, known, spec.language)]


def _is_known(word: str, known: frozenset[str], language: str) -> bool:
    """A hyphenated or compound word is known when it begins with one known word and ends with another."""
    if not word[0].isalpha() or len(word) <= 2:
        return True
    root = stem(word, language=language)
    if (
        root in known
        or fold(word) in known
        or (
            len(root) >= 5
            and any(
                (k.startswith(root) or root.startswith(k)) and abs(len(k) - len(root)) <= 3
                for k in known
                if len(k) >= 5
            )
        )
    ):
        return True
    return "-" in word and all(_is_known(part, known, language) for part in word.split("-") if part)


def _is_explained(run: str, said: str, language: str) -> bool:
    """A run is explained when facts or everyday words cover it, piece by piece."""
    if len(run) == 1 or any(c.isdigit() for c in run):
        return True
    folded, everyday, place = fold(run), _everyday(language), 0
    while place < len(folded):
        size = next(
            (
                n
                for n in range(len(folded) - place, 0, -1)
                if folded[place : place + n] in everyday or folded[place : place + n] in said
            ),
            0,
        )
        if not size:
            return False
        place += size
    return True


@lru_cache(maxsize=512)
def _said(spec: BriefSpec) -> str:
    brief = [
        spec.keyphrase,
        spec.audience,
        spec.call_to_action,
        spec.brand.name,
        *spec.brand.required,
        *spec.brand.cased,
    ]
    return fold("\n".join([*(product_text(product) for product in spec.products), *brief]))


@lru_cache(maxsize=512)
def _known_stems(spec: BriefSpec) -> frozenset[str]:
    said = texts.stems(_said(spec), language=spec.language)
    return frozenset(said) | _everyday(spec.language)


@cache
def _everyday(language: str) -> frozenset[str]:
    listed = read_data("everyday_words.json").get(language, "").split()
    listed += [word for word in read_data("number_words.json").get(language, {}) if word.isalpha()]
    return frozenset(
        fold(word) if is_unspaced(language) else stem(word, language=language) for word in listed
    ) | frozenset(map(fold, listed))
