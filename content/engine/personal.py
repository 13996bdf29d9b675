"""Finds personal data in a text: what identifies or reaches a person, by shape and by the words around it.

Names without a cue ("Jennifer is kind") are not found: that needs a model, and copy is full of names of makers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from content.engine.numerals import western


@dataclass(frozen=True)
class Found:
    """One piece of personal data: what it is, and where."""

    kind: str
    text: str
    start: int
    end: int


_D = r"[\s./‐-–-]"
_EMAIL = re.compile(r"[\w.+%-]+\s?(?:@|\(at\)|\[at\]|＠)\s?[\w-]+(?:\s?(?:\.|\(dot\)|\[dot\])\s?[\w-]+)+")
_UNIT_AFTER = r"(?!\w|[²³°%×€$£¥]|[.,]\d|\s?(?:[×x]\s?\d|mm\b|cm\b|ml\b|kg\b|g\b|l\b|m\b|km\b|EUR\b|USD\b|GBP\b|円))"
_PHONE = re.compile(
    r"(?<![\w.,/×#-])(?:"
    r"(?:\+|00)\d{1,3}[\s./-]?(?:\(\d{1,5}\)[\s./-]?)?\d{1,5}(?:[\s./-]?\d{2,5}){1,5}"  # +46 (0)8 928 571 38
    r"|\(0?\d{1,5}\)[\s./-]?\d{2,4}(?:[\s./-]\d{2,5}){0,4}"  # (579)888-3058
    r"|\d{2,5}(?:[\s./-]\d{2,5}){1,5}"  # 0494 92 82 32, 780-999-2181
    r"|0\d{8,11}|[2-9]\d{9}"  # 0491570156, 9498777106
    r")(?:\s?(?:x|ext\.?)\s?\d{1,5})?" + _UNIT_AFTER,
    re.ASCII,
)
_SHORT_PHONE = re.compile(
    r"(?i)\b(?:phone|tel(?:efon|éfono|efono|efoon)?|mobile?|handy|cell|fax|desk|call(?: me)?(?: on| at)?|office|電話|هاتف)"
    r"\.?\s?(?:number|nummer|no\.?)?\s*[:：]?\s*(?P<data>\(?\d{2,4}\)?[\s./-]?\d{3,4}(?:[\s./-]?\d{2,4})?)(?!\w)"
)
_LABELLED_PHONE = re.compile(r"(?i)(?P<data>\(?\+?\d[\d\s()./-]{5,18}\d)(?=[\s-]{0,2}(?:office|fax|mobile|phone|tel)\b)")
_CARD = re.compile(r"(?<!\d)(?<!\d[.,])\d(?:[ -]?\d){12,18}(?!\d|[.,]\d)")
_CARD_NAMED = re.compile(r"(?i)\b(?:card|cc|karte|carte|tarjeta|carta|cartão|kaart|カード|بطاقة)\b[^\d\n]{0,20}(?P<data>\d{11,19})(?!\d)")
_IBAN = re.compile(r"(?i)(?<![A-Z0-9])[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?(?![A-Z0-9])")
_SSN = re.compile(r"(?<![\d-])\d{3}-\d{2}-\d{4}(?![\d-])")
_NUMBERED = re.compile(
    r"(?i)\b(?:driver.?s? licen[cs]e|passport|social security|ssn|tax id|national id|identity card|personalausweis|reisepass|"
    r"steuer-?id|passeport|pasaporte|passaporto|dni|nif|マイナンバー|旅券)\b[^\d\n]{0,24}(?P<data>[A-Z]{0,3}\d[\d-]{5,14}\d)"
)
_IP = re.compile(r"(?<![\d.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\d.])")
_STREET_WORD = (
    r"street|avenue|road|lane|drive|boulevard|square|court|terrace|crescent|parade|highway|close|"
    r"rue|allée|chemin|via|viale|corso|piazza|calle|avenida|plaza|rua|travessa|utca|út|ulica|"
    r"straat|weg|laan|gracht|plein|gade|vej|gatan|vägen|veien|gata|braut|straße|strasse|gasse|platz|allee"
)
_HOUSE_FIRST = re.compile(
    rf"(?i)(?<![\w.])\d{{1,5}}[a-z]?,?\s(?:[\w'’.-]+\s){{0,3}}(?:[\w'’-]*(?:{_STREET_WORD})|st|ave|rd|blvd)\b\.?"
    r"(?:[\s,]+\d{1,4}\b)?"
)
_STREET_FIRST = re.compile(
    r"(?i)\b[\w'’.-]*[^\W\d_]{3,}(?:straße|strasse|str\.|gasse|platz|allee|weg|straat|laan|gracht|gade|vej|veien|gatan|vägen|braut|utca|vegur|stien|tie|katu)\s\d{1,4}\s?[a-z]?\b"
    r"|\b(?:rue|via|viale|calle|avenida|rua|ulica|ul\.|plaza|piazza)\s(?:[^\W\d_][\w'’.-]*\s){1,3}\d{1,4}\b"
)
_FLAT = re.compile(r"(?i)\b(?:apt|apartment|suite|wohnung|appartement|p\.?o\.? box|postfach|po|dpo|apo)\b\.?\s(?:[a-z]{2}\s)?#?\d{1,6}\b")
_LIVES = re.compile(r"(?i)\b(?:lives? at|living at|address(?: of [^\n:]{1,40})? is|address[ \t]*:|wohnt in der|habite au|vive en la)\s+(?P<data>[^\n.]{4,60})")
_ZIP = re.compile(r"(?i)\b(?:zip|postal|post)[ -]?(?:code)?(?:\s(?:is|code is))?\s?:?\s(?P<data>\d{3,5}(?:[ -]?(?:\d{2,4}|[A-Z]{2}))?)\b|〒\s?\d{3}-\d{4}")
_NAME = r"(?-i:[A-ZÀ-ÖØ-ÞŠŽČĆĐÁŐŰ][\w'’.-]+)(?:\s(?:[A-Z]\.?\s)?(?-i:[A-ZÀ-ÖØ-ÞŠŽČĆĐÁŐŰ][\w'’.-]+)){0,2}"
_PERSON = re.compile(
    rf"(?i)(?:\b(?:mr|mrs|ms|miss|dr|prof|herr|frau|monsieur|madame|mme|señora?|sr|sra|signora?|dhr|mevr|sig)\b\.?\s(?P<a>{_NAME})"
    rf"|\b(?:my name is|i am called|name\s*:|user\s*:|ich heiße|mein name ist|je m['’]appelle|me llamo|mi chiamo)\s*(?P<b>{_NAME})"
    rf"|(?P<c>{_NAME})(?=\slives? at\b)|(?P<d>[一-鿿]{{2,5}})(?:さん|様|氏)(?=[のがはに、]))"
)
_NO_NAMES = frozenset({"お客", "皆", "王", "神", "奥"})


def personal_data(text: str) -> list[Found]:
    """In the order of the text; of overlapping finds the longest."""
    plain = western(text)
    found = [f for name, pattern, is_meant in _SHAPES for f in _matches(name, pattern, plain, is_meant)]
    kept: list[Found] = []
    for one in sorted(found, key=lambda f: (_RANK[f.kind], -(f.end - f.start), f.start)):
        if not any(one.start < other.end and other.start < one.end for other in kept):
            kept.append(one)
    return sorted(kept, key=lambda f: f.start)


def _matches(
    name: str, pattern: re.Pattern[str], text: str, is_meant: Callable[[str], bool]
) -> Iterator[Found]:
    for match in pattern.finditer(text):
        group = next((key for key, value in match.groupdict().items() if value), 0)
        if is_meant(match[group]):
            yield Found(name, match[group], match.start(group), match.end(group))


def _digits(found: str) -> str:
    return re.sub(r"\D", "", found)


def _is_phone(found: str) -> bool:
    """Not a pair of years, not a date, not a series of sizes: 1990-2000, 2020-06-20, 40 60 80."""
    digits = _digits(re.sub(r"(?:x|ext).*$", "", found))
    is_date = re.match(r"(?:(?:19|20)\d\d\D\d\d?\D\d\d?\b|\d\d?\D\d\d?\D(?:19|20)\d\d\b)", found) is not None
    is_years = re.fullmatch(r"(?:1[5-9]|20)\d\d\D(?:1[5-9]|20)\d\d", found) is not None
    is_thousands = re.fullmatch(r"[1-9]\d{0,2}(?:[. ]000)+", found) is not None
    parts = re.split(r"\D+", found.strip("+()"))
    is_sizes = len(digits) < 8 and not found.startswith(("+", "0", "("))
    is_decades = all(len(part) == 2 for part in parts) and not found.startswith("0") and "-" not in found
    return 8 <= len(digits) <= 15 and not (is_date or is_years or is_thousands or is_sizes or is_decades)


def _passes_luhn(found: str) -> bool:
    doubled = [int(d) * (1 + place % 2) for place, d in enumerate(reversed(_digits(found)))]
    return sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0


def _is_iban(found: str) -> bool:
    """The check digits, or at least a country's letters and the length of an account number."""
    plain = found.replace(" ", "")
    if found.islower() and not _passes_mod_97(plain):
        return False
    return 15 <= len(plain) <= 34 and sum(character.isdigit() for character in plain) >= 10


def _passes_mod_97(plain: str) -> bool:
    return int("".join(str(int(c, 36)) for c in plain[4:] + plain[:4])) % 97 == 1


def _any(found: str) -> bool:
    return True


def _is_address(found: str) -> bool:
    return any(character.isdigit() for character in found)


def _is_name(found: str) -> bool:
    return found not in _NO_NAMES


_SHAPES: tuple[tuple[str, re.Pattern[str], Callable[[str], bool]], ...] = (
    ("an e-mail address", _EMAIL, _any),
    ("an account number", _IBAN, _is_iban),
    ("a card number", _CARD, _passes_luhn),
    ("a card number", _CARD_NAMED, _any),
    ("an identity number", _SSN, _any),
    ("an identity number", _NUMBERED, _any),
    ("an IP address", _IP, _any),
    ("a phone number", _PHONE, _is_phone),
    ("a phone number", _SHORT_PHONE, lambda found: len(_digits(found)) >= 6),
    ("a phone number", _LABELLED_PHONE, lambda found: len(_digits(found)) >= 6),
    ("a street address", _HOUSE_FIRST, _any),
    ("a street address", _STREET_FIRST, _any),
    ("a street address", _FLAT, _any),
    ("a street address", _LIVES, _is_address),
    ("a postal code", _ZIP, _any),
    ("a person's name", _PERSON, _is_name),
)
_RANK = {name: place for place, name in enumerate(dict.fromkeys(name for name, *_ in _SHAPES))}
