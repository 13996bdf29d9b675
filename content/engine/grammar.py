"""Signs of broken grammar that likelihood does not show: hints for choosing a candidate, never findings."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache

from content.engine import text as texts
from content.engine.lexicons import read_data
from content.engine.text import fold, is_unspaced

_PASSIVE = re.compile(r"\b(?:wird|werden)\b")
_PARTICIPLE = re.compile(r"\b(?:\w*ge\w{2,}(?:t|en)|\w+iert|ver\w+t|be\w+t|her\w+t|ent\w+t)\b")
_INFINITIVE = re.compile(
    r"\b(?:ist|sind|hat|wäschst|spülst)\b(?!.*\b(?:zu|lassen)\b).*\w(?:spülen|trocknen|waschen|wischen|kürzen)\b"
)
_DETERMINER = r"(?:der|die|das|ein|eine|dem|den|des|einem|einen|einer|diese|dieser|dieses)"


_ENGLISH_ORDER = re.compile(
    r"(?i)\b(?:is|are|was|has|have|comes?|should be|can be|must be) (?:only )?"
    r"(?:wash|rinse|wipe|dry|trim|keep|store|machine wash|hand wash|clean|cut|use|avoid)\b"
    r"(?! (?:clean|free)|-)"
)


def reads_as_sentence(text: str, language: str) -> bool:
    """Has a verb of the kind copy uses; always true for languages without a list."""
    pattern = _finite(language)
    return pattern is None or bool(pattern.search(text))


@cache
def _finite(language: str) -> re.Pattern[str] | None:
    verbs = read_data("verbs.json").get(language, "").split()
    if not verbs:
        return None
    if is_unspaced(language):
        return re.compile(rf"(?:{'|'.join(verbs)})[。\uff01\uff1f]?$")
    return re.compile(rf"(?i)\b(?:{'|'.join(verbs)})\b")


def breaks(text: str, *, noun: str, language: str) -> list[str]:
    """What no native writes: a sentence with one of these is not taken, however true it is."""
    found = [match.group() for pattern in _odd(language) for match in pattern.finditer(text)]
    found += _mangled(text, noun, language)
    if language == "en":
        # "The throw is wash by hand": an order with a subject put before it.
        found += _ENGLISH_ORDER.findall(text)
    elif language == "de" and _INFINITIVE.search(text):
        found.append("finite verb beside an infinitive")
    return found


def oddities(text: str, *, noun: str, language: str) -> list[str]:
    found = breaks(text, noun=noun, language=language) * 2
    found += said_twice(text, language) + re.findall(r"\w\s*[:\uff1a]\s*\w", text)
    if language == "en":
        found += _english(text, noun)
    elif language == "de":
        found += _german(text, noun)
    elif language == "ja":
        found += re.findall(r"[ぁ-ヿ一-鿿],", text) + re.findall(r"[ぁ-ヿ一-鿿] [ぁ-ヿ一-鿿]", text)
    return found


_HAS = {
    "en": r"\bhas an?",
    "de": r"\b(?:hat|besitzt) eine?n?",
    "fr": r"(?:\b(?:a|possède)|\b(?:il|elle) est) une?",
    "es": r"\b(?:tiene|lleva) una?",
}


_PLURAL = {"fr": "les|des|ces", "es": "las|los|unas|unos"}
"""Articles of many, before a noun that is one."""


def _mangled(text: str, noun: str, language: str) -> list[str]:
    """The noun with an ending it does not have, or as its own part: el tetero, "it has a teapot"."""
    if noun and (had := _HAS.get(language)) and re.search(rf"(?i){had}\s+{re.escape(noun)}\b", text):
        return [f"has a {noun}"]
    if noun and language == "de":
        root = re.escape(noun)
        return [
            *re.findall(rf"\b{root}in(?:nen)?\b", text),
            # One verb for many, one article for many: Wolldecken kommt, das Wolldecken.
            *re.findall(rf"\b{root}e?n (?:kommt|ist|hat|wird|fasst|misst|wiegt)\b", text),
            *re.findall(rf"(?i:\b(?:das|ein|eine|jede|jedes)) {root}n\b", text),
        ]
    if not noun or language not in {"fr", "es", "it", "pt"}:
        return []
    if _PLURAL.get(language) and noun[-1:] not in "sxz":
        many = re.findall(rf"(?i)\b(?:{_PLURAL[language]}) {re.escape(noun)}\b", text)
        if many:
            return many
    root = texts.stem(noun, language=language)
    right = {noun.lower() + ending for ending in ("", "s", "es", "x")}
    said = [word.text for word in texts.words(text) if word.text.lower() not in right]
    return [word for word in said if texts.stem(word, language=language) == root]


@cache
def _odd(language: str) -> list[re.Pattern[str]]:
    """A pot that measures 800 ml, a height 15 cm: what no native writes."""
    return [re.compile(pattern) for pattern in read_data("odd.json").get(language, [])]


def said_twice(text: str, language: str) -> list[str]:
    """The same telling word twice in one short sentence."""
    common = read_data("common_words.json").get(language, "").split()
    if is_unspaced(language):
        parts = [fold(run.text) for run in texts.runs(text) if len(run.text) >= 2]
    else:
        parts = [
            texts.stem(word.text, language=language)
            for word in texts.words(text)
            if word.text.lower() not in common
        ]
    return [part for part, count in Counter(parts).items() if count > 1]


def _english(text: str, noun: str) -> list[str]:
    is_plural = noun.endswith("s") and not noun.endswith("ss")
    # An "it" may stand for a cloth or a set; "they" for one teapot is always wrong.
    wrong = (
        r"(?i)^(?:it|this|an?)\b(?! (?:set|pair|pack|bag|box))"
        if is_plural
        else r"(?i)\b(?:they|them|their|these)\b"
    )
    odd = [match.group() for match in re.finditer(wrong, text) if noun]
    first_person = re.findall(r"\b(?:I|I'm|I've|my|me)\b", text)
    if noun:
        # "A mug is made in Portugal": said of any mug, not of this one.
        odd += re.findall(
            rf"(?i)^an? (?:[\w-]+ )?{re.escape(noun)} (?:is|has|comes|holds|burns|weighs)\b", text
        )
    # ", so it goes to the top": a conclusion is nothing a fact says.
    concluded = re.findall(r"(?i),? (?:so|which means|because|making it|making them)\b", text)
    return odd + first_person + concluded + re.findall(r"\b(\w+) \1\b", text)


def _german(text: str, noun: str) -> list[str]:
    odd = []
    if _PASSIVE.search(text) and not _PARTICIPLE.search(text):
        odd.append("werden without a participle")
    if noun and re.match(rf"{re.escape(noun)}\b", text):
        odd += ["noun without an article"] * 2
    if (
        noun
        and re.search(rf"(?i)\b{_DETERMINER}\s+\w*[a-zß](?:em|en)\s+{re.escape(noun)}\b", text)
        and re.match(r"(?:Die|Der|Das|Ein|Eine)\b", text)
    ):
        odd.append("case")
    return odd


def articled(text: str) -> str:
    """English "a" before a vowel is "an"; a fix that cannot change what is said."""
    return re.sub(r"\b([Aa]) (?=[AEIOaeio](?!ne\b|nce\b|u)|[Uu]n(?!i))", r"\1n ", text)
