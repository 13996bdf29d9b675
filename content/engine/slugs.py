"""Slugs: readable addresses, ö as oe in German; scripts that romanise badly stay as they are."""

from __future__ import annotations

import re
import unicodedata

from slugify import slugify

from content.engine.locales import profile

_PAIRS = {
    "de": "ä>ae ö>oe ü>ue Ä>ae Ö>oe Ü>ue ß>ss",
    "da": "ø>oe å>aa æ>ae Ø>oe Å>aa Æ>ae",
    "nb": "ø>o å>a æ>ae Ø>o Å>a Æ>ae",
    "sv": "ö>o å>a ä>a Ö>o Å>a Ä>a",
    "fi": "ö>o å>a ä>a Ö>o Å>a Ä>a",
    "tr": "ı>i İ>i ş>s ğ>g ç>c ö>o ü>u",
    "ru": "щ>shch ё>yo ж>zh х>kh ц>ts ч>ch ш>sh ъ> ы>y ь> э>e ю>yu я>ya й>y",
    "uk": "щ>shch ж>zh х>kh ц>ts ч>ch ш>sh г>h ґ>g и>y і>i ї>i й>i є>ie ю>iu я>ia ь> '> ’>",
    "bg": "щ>sht ж>zh х>h ц>ts ч>ch ш>sh ъ>a ь>y ю>yu я>ya й>y",
    "sr": "ђ>dj ж>z љ>lj њ>nj ћ>c ч>c џ>dz ш>s х>h ц>c",
    "el": "αι>ai ει>ei οι>oi ου>ou αυ>av ευ>ev μπ>b ντ>nt γγ>ng γκ>gk θ>th χ>ch ψ>ps ξ>x "
    "η>i ή>i υ>y ύ>y ω>o ώ>o φ>f β>v",
}
_ROMANISED = frozenset({"Latn", "Cyrl", "Grek"})
"""text-unidecode reads kanji as Chinese (鋳鉄 → zhu-tie) and guesses vowels of Arabic: worse than the
script itself."""


def slug_for(text: str, *, language: str, max_length: int = 80) -> str:
    """`language` may be a whole locale: sr-Latn and sr are written in two scripts."""
    known = profile(language)
    if known.script not in _ROMANISED:
        return _kept(text, max_length=max_length)
    replacements = _replacements(known.language)
    slug: str = slugify(text, replacements=replacements, max_length=max_length, word_boundary=True)
    return slug


def _kept(text: str, *, max_length: int) -> str:
    """Letters, digits and vowel signs (चायदानी) as they are, a hyphen for all else; cut between words."""
    plain = unicodedata.normalize("NFKC", text).lower()
    slug = re.sub(r"-+", "-", "".join(c if _is_letter(c) else "-" for c in plain)).strip("-")
    if len(slug) <= max_length:
        return slug
    return slug[: max_length + 1].rpartition("-")[0] or slug[:max_length]


def _is_letter(character: str) -> bool:
    return character.isalnum() or unicodedata.category(character) in {"Mc", "Mn", "Lm"}


def _replacements(language: str) -> list[list[str]]:
    """Both cases; two letters that are one sound come before either of them."""
    pairs = [pair.partition(">")[::2] for pair in _PAIRS.get(language, "").split()]
    both = [
        [letter, roman]
        for old, roman in pairs
        for letter in dict.fromkeys((old, old.upper(), old.capitalize()))
    ]
    return sorted(both, key=lambda pair: -len(pair[0]))


def slug_of(*, title: str, keyphrase: str, language: str) -> str:
    """From the title when it holds the keyphrase, else from both: short, the keyphrase first."""
    wanted = slug_for(keyphrase, language=language)
    full = slug_for(title, language=language, max_length=60)
    if not wanted:
        return full
    if all(part in full for part in wanted.split("-")):
        return full
    known = wanted.split("-")
    rest = [part for part in full.split("-") if part not in known and not re.fullmatch(r"\d+", part)]
    slug = "-".join([wanted, *rest])
    return slug[:80].rsplit("-", 1)[0] if len(slug) > 80 else slug
