"""Which language a sentence is in, by script and common words, or by lingua where a worker has loaded it."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

from content.engine.lexicons import read_data

Judge = Callable[[str], str | None]
"""The sentence's language, or None when it cannot tell."""

_SCRIPTS = {
    "kana": re.compile(r"[぀-ヿ]"), "han": re.compile(r"[一-鿿]"), "hangul": re.compile(r"[가-힯]"),
    "thai": re.compile(r"[฀-๿]"), "arabic": re.compile(r"[؀-ۿ]"), "hebrew": re.compile(r"[֐-׿]"),
    "cyrillic": re.compile(r"[Ѐ-ӿ]"), "greek": re.compile(r"[Ͱ-Ͽ]"), "devanagari": re.compile(r"[ऀ-ॿ]"),
    "latin": re.compile(r"[A-Za-zÀ-ɏ]"),
}  # fmt: skip
_OF_LANGUAGE = {
    "ja": {"kana", "han"}, "zh": {"han"}, "ko": {"hangul"}, "th": {"thai"}, "ar": {"arabic"},
    "fa": {"arabic"}, "he": {"hebrew"},
    "ru": {"cyrillic"}, "uk": {"cyrillic"}, "bg": {"cyrillic"}, "el": {"greek"}, "hi": {"devanagari"},
}  # fmt: skip
_NAMED_BY = {
    "kana": "ja",
    "han": "zh",
    "hangul": "ko",
    "thai": "th",
    "arabic": "ar",
    "hebrew": "he",
    "cyrillic": "ru",
    "greek": "el",
    "devanagari": "hi",
}
_LATIN_ALONGSIDE = 0.6
"""In Japanese and the like, Latin letters are names and units, unless they are most of the sentence."""

_loaded: dict[str, Judge] = {}


def foreign_script(sentence: str, *, language: str) -> str | None:
    """The language a foreign script points at; None when the scripts are right."""
    own = _OF_LANGUAGE.get(language, {"latin"})
    counts = {script: len(pattern.findall(sentence)) for script, pattern in _SCRIPTS.items()}
    total = sum(counts.values())
    if total < 4:
        return None
    if language == "ja" and counts["han"] >= 8 and not counts["kana"]:
        return "zh"
    for script, count in counts.items():
        if script not in own and script != "latin" and count:
            return _NAMED_BY[script]
    is_latin = "latin" not in own and counts["latin"] > total * _LATIN_ALONGSIDE and counts["latin"] > 12
    return "en" if is_latin else None


def judge_for(language: str) -> Judge:
    """lingua if `use_lingua` was called for the language in this process, else common words."""
    if _OF_LANGUAGE.get(language):
        return lambda sentence: None
    return _loaded.get(language, lambda sentence: by_common_words(sentence, language=language))


def by_common_words(sentence: str, *, language: str) -> str | None:
    """The language with clearly more common words than the wanted one."""
    words = [word.casefold() for word in re.findall(r"[^\W\d_]+", sentence)]
    if len(words) < 4:
        return None
    scores = {code: sum(word in common for word in words) for code, common in _common_words().items()}
    likeliest = max(scores, key=lambda code: scores[code])
    is_clear = scores[likeliest] >= 2 and scores[likeliest] > 2 * scores.get(language, 0)
    return likeliest if is_clear and likeliest != language else None


@cache
def _common_words() -> dict[str, frozenset[str]]:
    return {language: frozenset(words.split()) for language, words in read_data("common_words.json").items()}


_NEIGHBOURS = ("en", "de", "fr", "es", "it", "nl")
"""What a model slips into; more languages make a verdict on a short sentence weaker."""


def use_lingua(language: str) -> None:
    """Load lingua for the language and those it is mistaken for. Only worker processes call this:

    it takes two seconds at first use and some 200 MB.
    """
    if language in _loaded or _OF_LANGUAGE.get(language):
        return
    # 96 MB and seconds to load: the web processes must never import it.
    from lingua import IsoCode639_1, Language, LanguageDetectorBuilder

    codes = [getattr(IsoCode639_1, code.upper(), None) for code in dict.fromkeys((language, *_NEIGHBOURS))]
    languages = [Language.from_iso_code_639_1(code) for code in codes if code is not None]
    detector = LanguageDetectorBuilder.from_languages(*languages).build()

    def judge(sentence: str) -> str | None:
        if len(re.findall(r"[^\W\d_]+", sentence)) < 4:
            return None
        values = detector.compute_language_confidence_values(sentence)
        best = values[0]
        own = next((v.value for v in values if v.language.iso_code_639_1.name.lower() == language), 0.0)
        # Product sentences are full of names: only a clear verdict counts.
        return str(best.language.iso_code_639_1.name.lower()) if best.value > 0.5 and own < 0.2 else None

    _loaded[language] = judge
