"""Numbers in a text as quantities that can be compared: "10 cm", "100 mm" and "10センチ" are one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, lru_cache
from typing import Literal

from content.engine.lexicons import read_data
from content.engine.numerals import number_pattern, number_words, parse_number, western
from content.engine.text import is_unspaced
from content.engine.units import NO_UNIT, Unit, unit_book

__all__ = ["Quantity", "half_digit", "parse_number", "quantities"]

Bound = Literal["", "up_to", "over"]
_ROUNDED = Decimal("0.02")
"""Inches for centimetres are never exact: 4 in for 10 cm is, 4 in for 9 cm is not."""
_EXACT = Decimal("0.000001")


@dataclass(frozen=True)
class Quantity:
    """A number, or a range, with its unit's dimension, in that dimension's base unit."""

    amount: Decimal
    dimension: str
    """"" for a bare number."""
    start: int
    end: int
    upper: Decimal | None = None
    """The other end of a range: 10–12 cm is neither 10 cm nor 12 cm."""
    bound: Bound = ""
    """What stands before the number: "up to", "more than"."""
    is_imperial: bool = False
    half_digit: Decimal = Decimal(0)
    """Half of the last written digit, in base units: what rounding may have taken away."""
    is_measure: bool = False
    """One of the numbers of a size such as 70 × 45, which may leave out their unit."""

    def equals(self, other: Quantity) -> bool:
        if self.dimension != other.dimension or (self.upper is None) != (other.upper is None):
            return False
        slack = self._slack(other)
        ends = [(self.amount, other.amount), (self.upper or Decimal(0), other.upper or Decimal(0))]
        return all(abs(mine - theirs) <= slack(theirs) for mine, theirs in ends)

    def _slack(self, other: Quantity) -> _Slack:
        if self.is_imperial == other.is_imperial:
            return _Slack(_EXACT, None)
        return _Slack(_ROUNDED, max(self.half_digit, other.half_digit))


@dataclass(frozen=True)
class _Slack:
    share: Decimal
    at_most: Decimal | None

    def __call__(self, amount: Decimal) -> Decimal:
        allowed = abs(amount) * self.share
        return allowed if self.at_most is None else min(allowed, self.at_most)


@dataclass(frozen=True)
class _Found:
    """One number as it stands, before ranges are joined."""

    written: str
    amount: Decimal
    unit: Unit
    start: int
    end: int


# A letter of an alphabet that parts words: 10 mg is no "10 m"; kana and Thai follow a unit directly.
_LETTER = r"A-Za-zÀ-ɏͰ-ϿЀ-ӿԱ-֏א-ת\u0620-\u064aऀ-ॿঀ-৿஀-௿ა-ჿ²³"
_BIDI = "\u200e\u200f\u061c"
_JOINT = r"\s?(?:[x×*–—~〜-]|to|bis|und|and|à|et|a|y|tot|en|do|إلى|و|から|至|到)\s?"
_RANGE = re.compile(r"\s?(?:[–—~〜-]|to|bis|à|a|tot|al|do|إلى|から|至|到)\s?", re.IGNORECASE)
_TIMES = re.compile(r"\s?[x×*]\s?", re.IGNORECASE)
_LIST_MARKER = re.compile(r"(?m)^\s*\d{1,2}[.)]\s")


@dataclass(frozen=True)
class _Patterns:
    """The regular expressions of one locale; each is tried only where the one before it matched."""

    number: re.Pattern[str]
    unit: re.Pattern[str]
    shared: re.Pattern[str]
    before: re.Pattern[str]
    word: re.Pattern[str] | None
    alone: re.Pattern[str] | None


@cache
def _patterns(locale: str) -> _Patterns:
    book, language = unit_book(locale), locale.replace("_", "-").split("-")[0]
    digits, edge = number_pattern(locale), "" if is_unspaced(language) else r"\b"
    ending = rf"|(?:{_alternatives(book.inflected)})[{_LETTER}]{{0,3}}" if book.inflected else ""
    unit = rf"(?!in-\d)(?P<unit>(?:{_alternatives(book.spelled)}{ending})(?![{_LETTER}]))"
    known = number_words(language)
    signs = "|".join(rf"(?<={re.escape(sign)})" for sign in book.before if re.search(r"[\w.,]$", sign))
    return _Patterns(
        number=re.compile(rf"(?=[\d½¼¾⅓⅔⅛])(?:(?<![\w.,٫])|(?<=[^\W\d{_LETTER}_])|{signs}){digits}"),
        unit=re.compile(rf"(?:-|[\s{_BIDI}]{{0,3}})(?:de\s)?{unit}", re.IGNORECASE),
        # A list such as 70 × 45 cm gives its unit to each of its numbers.
        shared=re.compile(rf"(?:{_JOINT}[\d.,]+\s?)+{unit}", re.IGNORECASE),
        before=re.compile(
            rf"(?:^|(?<=[^\w])|(?<=\d))(?P<unit>{_alternatives(book.before)})[\s{_BIDI}]{{0,3}}$",
            re.IGNORECASE,
        ),
        word=re.compile(rf"{edge}(?:{_alternatives(known)}){edge}", re.IGNORECASE) if known else None,
        alone=re.compile(rf"{edge}(?:{_alternatives(book.alone)}){edge}") if book.alone else None,
    )


def _alternatives(names: Iterable[str]) -> str:
    return "|".join(re.escape(name).replace(r"\ ", r"\s") for name in sorted(names, key=len, reverse=True))


@lru_cache(maxsize=4096)
def _quantities(text: str, locale: str) -> tuple[Quantity, ...]:
    plain = _without_list_markers(western(text))
    patterns = _patterns(locale)
    digits = [f for match in patterns.number.finditer(plain) for f in _digits(match, plain, locale=locale)]
    words = [found for found in _in_words(plain, locale=locale) if not _overlaps(found, digits)]
    found = sorted([*digits, *words], key=lambda one: one.start)
    return tuple(_joined(found, plain, locale=locale))


def quantities(text: str, *, language: str) -> list[Quantity]:
    """All quantities in the order they stand: digits with or without unit, and small numbers in words.

    `language` may be a whole locale: es-MX writes 1,500.5 where es-ES writes 1.500,5.
    """
    return list(_quantities(text, language))


def _without_list_markers(text: str) -> str:
    """The 1. of a numbered list is no number of the text."""
    return _LIST_MARKER.sub(lambda match: " " * len(match.group()), text)


def _digits(match: re.Match[str], text: str, *, locale: str) -> Iterator[_Found]:
    amount = parse_number(match.group(), language=locale)
    if amount is None:
        yield from _two_numbers(match)
        return
    book, patterns = unit_book(locale), _patterns(locale)
    after = patterns.unit.match(text, match.end())
    spelled = after or patterns.shared.match(text, match.end())
    before = None if spelled else patterns.before.search(text[max(0, match.start() - 12) : match.start()])
    unit = book.unit(spelled["unit"]) if spelled else book.money(before["unit"]) if before else NO_UNIT
    start = match.start() - len(before.group()) if before else match.start()
    yield _Found(match.group(), amount, unit, start, after.end() if after else match.end())


def _two_numbers(match: re.Match[str]) -> Iterator[_Found]:
    """24/7: no fraction, so two numbers."""
    for part in re.finditer(r"\d+", match.group()):
        start, end = match.start() + part.start(), match.start() + part.end()
        yield _Found(part.group(), Decimal(part.group()), NO_UNIT, start, end)


def _in_words(text: str, *, locale: str) -> Iterator[_Found]:
    patterns, book = _patterns(locale), unit_book(locale)
    known = number_words(locale.replace("_", "-").split("-")[0])
    for match in patterns.word.finditer(text) if patterns.word else ():
        after = patterns.unit.match(text, match.end())
        unit = book.unit(after["unit"]) if after else NO_UNIT
        amount = known[re.sub(r"\s", " ", match.group()).casefold()]
        # Half of what? Only a unit makes a number of it.
        if amount == amount.to_integral_value() or unit is not NO_UNIT:
            yield _Found(match.group(), amount, unit, match.start(), after.end() if after else match.end())
    for match in patterns.alone.finditer(text) if patterns.alone else ():
        amount, unit = book.alone[match.group()]
        yield _Found(match.group(), amount, unit, match.start(), match.end())
    yield from _dozens(text)


def _dozens(text: str) -> Iterator[_Found]:
    """ "A dozen" has no number of its own; "half a dozen" is six."""
    for match in _DOZEN.finditer(text):
        amount = Decimal("0.5") if match["half"] else Decimal(1)
        yield _Found(match.group(), amount, Unit("", Decimal(12)), match.start(), match.end())


_DOZEN = re.compile(
    r"(?i)(?P<half>half a |halbes |demi-|media |mezza |meia |half |半)?"
    r"(?:(?<![\w-])|(?<=-)|(?<=半))(?:dozen|Dutzend|douzaine|docena|dozzina|dúzia|dozijn|ダース|دزينة)(?![a-z])"
)


def _overlaps(one: _Found, others: Iterable[_Found]) -> bool:
    return any(one.start < other.end and other.start < one.end for other in others)


def _joined(found: list[_Found], text: str, *, locale: str) -> Iterator[Quantity]:
    """Two numbers with a dash or "to" between them are one range, where they are of one kind."""
    found = _distinct(found)
    place = 0
    while place < len(found):
        first = found[place]
        second = found[place + 1] if place + 1 < len(found) else None
        if second is not None and _is_range(first, second, text):
            yield _quantity(first, text, locale=locale, until=second)
            place += 2
        else:
            yield _quantity(first, text, locale=locale)
            place += 1


def _distinct(found: list[_Found]) -> list[_Found]:
    kept: list[_Found] = []
    for one in sorted(found, key=lambda f: (f.start, f.start - f.end)):
        if not _overlaps(one, kept):
            kept.append(one)
    return kept


def _is_range(first: _Found, second: _Found, text: str) -> bool:
    alike = first.unit == second.unit or first.unit is NO_UNIT
    joint = text[first.end : second.start]
    return alike and first.amount < second.amount and _RANGE.fullmatch(joint) is not None


def _quantity(one: _Found, text: str, *, locale: str, until: _Found | None = None) -> Quantity:
    unit = until.unit if until is not None else one.unit
    last = until or one
    return Quantity(
        _base(one.amount, unit), unit.dimension, one.start, last.end,
        upper=_base(until.amount, unit) if until is not None else None,
        bound=_bound(text[max(0, one.start - 24) : one.start], text[last.end : last.end + 8], locale),
        is_imperial=unit.is_imperial, half_digit=half_digit(last.written) * unit.factor,
        is_measure=_is_measure(one, text),
    )  # fmt: skip


def _base(amount: Decimal, unit: Unit) -> Decimal:
    return amount * unit.factor + unit.offset


def half_digit(written: str) -> Decimal:
    digits = re.search(r"[.,٫](\d{1,2})$", written)
    return Decimal("0.5").scaleb(-len(digits[1])) if digits else Decimal("0.5")


def _is_measure(one: _Found, text: str) -> bool:
    """Beside a multiplication sign."""
    before, after = text[max(0, one.start - 3) : one.start], text[one.end : one.end + 3]
    return bool(
        _TIMES.match(after)
        or re.search(r"\d\s?[x×*]\s?$", text[: one.start][-4:])
        or _TIMES.fullmatch(before)
    )


_BOUNDS: tuple[Bound, ...] = ("over", "up_to")


@cache
def _bounds(language: str) -> list[tuple[Bound, re.Pattern[str], re.Pattern[str]]]:
    entry = read_data("bounds.json").get(language, {})
    return [
        (
            bound,
            _ending_in(entry.get(f"{bound}_before", [])),
            _beginning_with(entry.get(f"{bound}_after", [])),
        )
        for bound in _BOUNDS
    ]


def _ending_in(words: list[str]) -> re.Pattern[str]:
    """The words stand right before the number: "more than ", 最大."""
    return re.compile(rf"(?i)(?:^|\W|(?<=[぀-鿿]))(?:{_any_of(words)})\s?$")


def _beginning_with(words: list[str]) -> re.Pattern[str]:
    return re.compile(rf"(?i)^\s?(?:{_any_of(words)})")


def _any_of(words: list[str]) -> str:
    return "|".join(re.escape(word) for word in words) or r"(?!)"


def _bound(before: str, after: str, locale: str) -> Bound:
    language = locale.replace("_", "-").split("-")[0]
    for bound, leading, trailing in _bounds(language):
        if leading.search(before) or trailing.search(after):
            return bound
    return ""
