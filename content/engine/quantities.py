"""Numbers in a text as quantities that can be compared: "10 cm", "100 mm" and "10センチ" are one."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cache

from content.engine.lexicons import read_data
from content.engine.text import narrow


@dataclass(frozen=True)
class Quantity:
    """A number with its unit's dimension, in that dimension's base unit."""

    amount: Decimal
    dimension: str
    """"" for a bare number."""
    start: int
    end: int

    def equals(self, other: Quantity) -> bool:
        return self.dimension == other.dimension and abs(self.amount - other.amount) <= abs(
            other.amount
        ) * Decimal("0.000001")


@dataclass(frozen=True)
class Unit:
    dimension: str
    factor: Decimal
    offset: Decimal = Decimal(0)


@cache
def units() -> dict[str, Unit]:
    """Spelling to unit; case counts only where two units differ by it."""
    found: dict[str, Unit] = {}
    for dimension, entries in read_data("units.json").items():
        for spellings, factor, *offset in entries:
            unit = Unit(dimension, Decimal(str(factor)), Decimal(str(offset[0])) if offset else Decimal(0))
            found.update(dict.fromkeys(spellings.split("|"), unit))
    return found


@cache
def _number_words(language: str) -> dict[str, int]:
    return dict(read_data("number_words.json").get(language, {}))


@cache
def _quantity_pattern() -> re.Pattern[str]:
    spelled = "|".join(re.escape(unit) for unit in sorted(units(), key=len, reverse=True))
    grouped = r"\d{1,3}(?:[.,' ]\d{3})+(?:[.,]\d+)?"
    number = rf"(?<![\w.,])(?:{grouped}|\d+(?:[.,]\d+)?)|(?<=[^\W\dA-Za-zÄÖÜäöüß_])\d+(?:[.,]\d+)?"
    # A list such as 70 × 45 cm gives its unit to each of its numbers.
    shared = (
        r"(?=\s?(?:[x×*–-]|to|bis|und|and|から|~|〜)\s?[\d.,]+\s?(?P<shared>"
        + spelled
        + r")(?![A-Za-zÄÖÜäöüß²³]))"
    )
    return re.compile(rf"(?P<number>{number})(?:(?:\s|-)?(?P<unit>{spelled})(?![A-Za-zÄÖÜäöüß²³])|{shared})?")


def quantities(text: str, *, language: str) -> list[Quantity]:
    """All quantities in the order they stand: digits with or without unit, and small numbers in words."""
    plain = narrow(text)
    found = [
        quantity
        for match in _quantity_pattern().finditer(plain)
        for quantity in _readings(match, language=language)[:1]
    ]
    return sorted([*found, *_in_words(plain, language=language)], key=lambda quantity: quantity.start)


def _readings(match: re.Match[str], *, language: str) -> list[Quantity]:
    amount = parse_number(match["number"], language=language)
    if amount is None:
        return []
    spelling = match["unit"] or match["shared"]
    unit = units().get(spelling or "", Unit("", Decimal(1)))
    return [Quantity(amount * unit.factor + unit.offset, unit.dimension, match.start(), match.end())]


def parse_number(written: str, *, language: str) -> Decimal | None:
    """1,5 is one and a half in German; 1,500 is fifteen hundred in English, but 1,25 can only be decimal."""
    text = written.strip().replace(" ", "").replace("'", "")
    decimal_mark = (
        "," if language in {"de", "fr", "es", "it", "nl", "pt", "pl", "ru", "sv", "da", "fi"} else "."
    )
    marks = [c for c in text if c in ".,"]
    if len(marks) == 1:
        mark = marks[0]
        is_group = mark != decimal_mark and re.fullmatch(r"\d{1,3}[.,]\d{3}", text) is not None
        text = text.replace(mark, "" if is_group else ".")
    elif marks:
        last = marks[-1]
        is_group = len(set(marks)) == 1
        text = text.replace("," if last == "." else ".", "") if not is_group else text.replace(last, "")
        text = text.replace(",", ".")
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def _in_words(text: str, *, language: str) -> Iterable[Quantity]:
    known = _number_words(language)
    if not known:
        return
    spelled = "|".join(sorted(map(re.escape, known), key=len, reverse=True))
    pattern = rf"(?:{spelled})" if language in {"ja", "zh"} else rf"\b(?:{spelled})\b"
    unit_names = "|".join(sorted(map(re.escape, units()), key=len, reverse=True))
    for match in re.finditer(
        rf"(?P<number>{pattern})(?:[\s-]?(?P<unit>{unit_names})(?![A-Za-zÄÖÜäöüß]))?", text, re.IGNORECASE
    ):
        unit = units().get(match["unit"] or "", Unit("", Decimal(1)))
        amount = Decimal(known[match["number"].casefold()])
        yield Quantity(amount * unit.factor + unit.offset, unit.dimension, match.start(), match.end())
