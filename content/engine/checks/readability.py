"""Readability: a formula made for the language where there is one, LIX for the rest, sentence length for all.

Flesch (en), Amstad (de), Kandel and Moles (fr), Fernández Huerta (es), Flesch and Vacca (it), Martins
(pt), Douma (nl),
Oborneva (ru). Syllables are counted as groups of vowels: right on average, not word by word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from content.engine import text as texts
from content.engine.locales import profile
from content.engine.plans import fields_of
from content.engine.text import is_unspaced
from content.engine.types import BriefSpec, Fields, Finding

# Language → constant, weight of words per sentence, weight of syllables per word.
FLESCH = {
    "en": (206.835, 1.015, 84.6), "de": (180.0, 1.0, 58.5), "fr": (207.0, 1.015, 73.6),
    "es": (206.84, 1.02, 60.0),
    "it": (217.0, 1.3, 60.0), "pt": (248.835, 1.015, 84.6),
    "nl": (206.84, 0.93, 77.0), "ru": (206.835, 1.3, 60.1),
}  # fmt: skip
HARD, VERY_HARD_LIX = 30.0, 60.0
"""Flesch below 30 reads like a law; LIX above 60 as well."""
FEWEST_WORDS = 40
"""A formula says nothing of a few words."""
LONG_SENTENCE = {"words": 35, "characters": 90}
_VOWELS = re.compile(r"[aeiouyàâäáãåæéèêëíìîïóòôöõøœúùûüýаеёиоуыэюя]+", re.IGNORECASE)


def score(text: str, *, locale: str) -> tuple[str, float] | None:
    """The formula's name and its value; None where the text is short or no formula is fit."""
    known = profile(locale)
    words = [word.text for word in texts.words(text)]
    sentences = [sentence for sentence in texts.sentences(text) if not sentence.text.startswith("#")]
    if len(words) < FEWEST_WORDS or not sentences or known.readability == "sentence":
        return None
    per_sentence = len(words) / len(sentences)
    if known.readability == "flesch" and known.language in FLESCH:
        constant, by_sentence, by_syllable = FLESCH[known.language]
        syllables = sum(syllables_of(word) for word in words) / len(words)
        return "Flesch", constant - by_sentence * per_sentence - by_syllable * syllables
    long_words = sum(len(word) > 6 for word in words) / len(words)
    return "LIX", per_sentence + 100 * long_words


def syllables_of(word: str) -> int:
    """ "made" has one: a final e after a consonant is silent in English and French; elsewhere the
    error is small."""
    groups = len(_VOWELS.findall(word))
    is_silent = groups > 1 and re.search(r"[^aeiouyé]e$", word) is not None
    return max(1, groups - is_silent)


def check(spec: BriefSpec, fields: Fields) -> Iterator[Finding]:
    names = {plan.name for plan in fields_of(spec) if plan.kind == "text"}
    for field, text in fields.items():
        if field in names:
            yield from _long_sentences(spec, field, text)
            yield from _formula(spec, field, text)


def _formula(spec: BriefSpec, field: str, text: str) -> Iterator[Finding]:
    found = score(text, locale=spec.locale)
    if found is None:
        return
    name, value = found
    if (value < HARD) if name == "Flesch" else (value > VERY_HARD_LIX):
        yield Finding(
            check="readability", severity="warning", field=field, start=0, end=len(text),
            message=f"{name} {value:.0f}: hard to read.",
            remedy="Make sentences shorter and choose shorter words.",
        )  # fmt: skip


def _long_sentences(spec: BriefSpec, field: str, text: str) -> Iterator[Finding]:
    unit = "characters" if is_unspaced(spec.language) else "words"
    for sentence in texts.sentences(text):
        size = texts.measure(sentence.text, unit=unit)
        if size > LONG_SENTENCE[unit]:
            yield Finding(
                check="readability", severity="warning", field=field, start=sentence.start, end=sentence.end,
                message=f"A sentence of {size} {unit}.", remedy="Make two of it.",
            )  # fmt: skip
