"""Slugs: readable addresses, ö as oe in German; scripts that romanise badly stay as they are."""

from __future__ import annotations

import re

from slugify import slugify

_REPLACEMENTS = {
    "de": [["ä", "ae"], ["ö", "oe"], ["ü", "ue"], ["Ä", "ae"], ["Ö", "oe"], ["Ü", "ue"], ["ß", "ss"]],
    "da": [["ø", "oe"], ["å", "aa"], ["æ", "ae"]],
    "sv": [["ö", "o"], ["å", "a"], ["ä", "a"]],
}
_KEPT_SCRIPTS = frozenset({"ja", "zh", "ko", "th", "ar", "he"})
"""text-unidecode reads kanji as Chinese (鋳鉄 → zhu-tie): worse than the script itself."""


def slug_for(text: str, *, language: str, max_length: int = 80) -> str:
    slug: str = slugify(
        text, replacements=_REPLACEMENTS.get(language, []), allow_unicode=language in _KEPT_SCRIPTS,
        max_length=max_length, word_boundary=True,
    )  # fmt: skip
    return slug


def slug_of(*, title: str, keyphrase: str, language: str) -> str:
    """From the title when it holds the keyphrase, else from both: short, the keyphrase first."""
    wanted = slug_for(keyphrase, language=language)
    full = slug_for(title, language=language, max_length=60)
    if not wanted:
        return full
    if all(part in full for part in wanted.split("-")):
        return full
    rest = [
        part for part in full.split("-") if part not in wanted.split("-") and not re.fullmatch(r"\d+", part)
    ]
    return (
        "-".join([wanted, *rest])[:80].rsplit("-", 1)[0]
        if len("-".join([wanted, *rest])) > 80
        else "-".join([wanted, *rest])
    )
