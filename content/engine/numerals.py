"""Numbers as languages write them: 1.500,5 and 1,500.5, ١٬٥٠٠٫٥, 1万5千, ½, twelve. No units here."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal, InvalidOperation
from functools import cache

from content.engine.lexicons import read_data
from content.engine.locales import profile

_ARABIC_DECIMAL, _ARABIC_GROUP = "٫", "٬"
_SPACES = " \u00a0\u202f\u2009"
_FRACTIONS = {"½": "0.5", "¼": "0.25", "¾": "0.75", "⅓": "0.333333", "⅔": "0.666667", "⅛": "0.125"}
_MYRIADS = {"千": 1_000, "万": 10_000, "億": 100_000_000, "亿": 100_000_000, "萬": 10_000, "만": 10_000, "천": 1_000}

GROUPED = rf"[1-9]\d{{0,2}}(?:[.,'’{_ARABIC_GROUP}\u00a0\u202f\u2009 ]\d{{3}})+(?:[.,{_ARABIC_DECIMAL}]\d+)?"
GROUPED_UNSPACED = GROUPED.replace("\u00a0\u202f\u2009 ]", "\u202f\u2009]")
"""In languages that do not part thousands by a space: "2 500 g packs" are two packs."""
INDIAN = r"[1-9]\d?(?:,\d{2})+,\d{3}(?:\.\d+)?"
PLAIN = rf"\d+(?:[.,{_ARABIC_DECIMAL}]\d+)?[½¼¾⅓⅔⅛]?|[½¼¾⅓⅔⅛]|\d\s?/\s?\d{{1,2}}(?!\d)"
MYRIAD = r"\d+(?:\.\d+)?[万億亿萬만천千](?:\d[千천]|\d{1,4})?"


def western(text: str) -> str:
    """Every script's digits, and fullwidth ASCII, as ASCII: one character for one, so that places stay true."""
    return "".join(_western(character) for character in text) if not text.isascii() else text


def _western(character: str) -> str:
    if character.isascii():
        return character
    if "\uff01" <= character <= "\uff5e":
        return chr(ord(character) - 0xFEE0)
    if unicodedata.category(character) == "Nd":
        return str(unicodedata.decimal(character))
    return "\u0020" if character == "\u3000" else {"٪": "%", "．": ".", "，": ","}.get(character, character)


@cache
def number_pattern(locale: str) -> str:
    """A regular expression for digits with their marks; the longest reading first."""
    grouped = GROUPED if profile(locale).group_mark in _SPACES else GROUPED_UNSPACED
    slash = r"(?:\d+\s)?[1-9]/[1-9]\d?(?![\d/])"
    return rf"(?:{MYRIAD}|{INDIAN}|{grouped}(?!\d)|{slash}|{PLAIN})"


def parse_number(written: str, *, language: str) -> Decimal | None:
    """1,5 is one and a half in German; 1,500 is fifteen hundred in English, but 1,25 can only be decimal."""
    text = western(written.strip())
    if any(mark in text for mark in _MYRIADS):
        return _myriad(text)
    if "/" in text:
        return _ratio(text)
    fraction = Decimal(next((value for mark, value in _FRACTIONS.items() if mark in text), "0"))
    text = re.sub(rf"[{_SPACES}'’{_ARABIC_GROUP}½¼¾⅓⅔⅛]", "", text)
    if not text:
        return fraction
    whole = _plain(text, mark=profile(language).decimal_mark)
    return None if whole is None else whole + fraction


def _plain(text: str, *, mark: str) -> Decimal | None:
    if _ARABIC_DECIMAL in text:
        text = text.replace(".", "").replace(",", "").replace(_ARABIC_DECIMAL, ".")
    else:
        text = _dotted(text, mark=mark if mark in ".," else ".")
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def _dotted(text: str, *, mark: str) -> str:
    """With a dot as decimal mark and nothing between thousands."""
    marks = [character for character in text if character in ".,"]
    if not marks:
        return text
    if len(marks) == 1:
        is_group = marks[0] != mark and re.fullmatch(r"[1-9]\d{0,2}[.,]\d{3}", text) is not None
        return text.replace(marks[0], "" if is_group else ".")
    if len(set(marks)) == 1:
        return text.replace(marks[0], "")
    other = "," if marks[-1] == "." else "."
    return text.replace(other, "").replace(marks[-1], ".")


def _myriad(text: str) -> Decimal | None:
    """1万5千 is 15,000; 1.5万 too."""
    total, rest = Decimal(0), text
    for match in re.finditer(r"(\d+(?:\.\d+)?)([千万億亿萬만천]?)", rest):
        total += Decimal(match[1]) * _MYRIADS.get(match[2], 1)
    return total


def _ratio(text: str) -> Decimal | None:
    """1/2, 1 1/2; not 24/7 and other pairs that are no share of one."""
    match = re.fullmatch(r"(?:(\d+)\s)?(\d+)\s?/\s?(\d+)", text)
    if match is None or not 0 < int(match[2]) < int(match[3]) <= 16:
        return None
    return Decimal(match[1] or 0) + Decimal(match[2]) / Decimal(match[3])


@cache
def number_words(language: str) -> dict[str, Decimal]:
    """Word to value, from two up: "one" and "un" are articles as often as not."""
    return {word: Decimal(str(value)) for word, value in read_data("number_words.json").get(language, {}).items()}
