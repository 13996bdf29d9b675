"""Units and currencies by every name a language has for them: our own list, and CLDR's for any locale."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

from babel import Locale

from content.engine.lexicons import read_data
from content.engine.locales import babel_locale, profile


@dataclass(frozen=True)
class Unit:
    dimension: str
    factor: Decimal
    offset: Decimal = Decimal(0)
    is_imperial: bool = False


NO_UNIT = Unit("", Decimal(1))
_COUNT = "count"
"""The dimension of dozens in the data file: twelve things are a bare number."""

_CLDR = {
    "length-millimeter": "mm", "length-centimeter": "cm", "length-meter": "m", "length-kilometer": "km",
    "length-decimeter": "dm", "length-inch": "in", "length-foot": "ft",
    "mass-milligram": "mg", "mass-gram": "g", "mass-kilogram": "kg", "mass-ounce": "oz", "mass-pound": "lb",
    "volume-milliliter": "ml", "volume-centiliter": "cl", "volume-deciliter": "dl", "volume-liter": "l",
    "volume-fluid-ounce": "fl oz", "area-square-centimeter": "cm²", "area-square-meter": "m²",
    "temperature-celsius": "°C", "temperature-fahrenheit": "°F", "power-watt": "W", "power-kilowatt": "kW",
    "electric-volt": "V", "concentr-percent": "%", "duration-second": "s", "duration-minute": "min",
    "duration-hour": "h", "duration-day": "day", "duration-week": "week", "duration-month": "month",
    "duration-year": "year",
}  # fmt: skip
CURRENCIES = (
    "EUR", "USD", "GBP", "JPY", "CHF", "CNY", "KRW", "INR", "BRL", "CAD", "AUD", "NZD", "MXN", "SEK", "NOK",
    "DKK", "PLN", "CZK", "HUF", "RON", "BGN", "TRY", "ILS", "AED", "SAR", "EGP", "MAD", "ZAR", "SGD", "HKD",
    "TWD", "THB", "VND", "IDR", "MYR", "PHP", "RUB", "UAH", "KZT", "ARS", "CLP", "COP", "PEN", "NGN", "KES",
)  # fmt: skip
_GRAMMAR = frozenset({"per", "case", "gender"})


@cache
def units() -> dict[str, Unit]:
    """Our own spellings to units, currencies apart; case counts where two units differ by it."""
    found: dict[str, Unit] = {}
    for dimension, entries in read_data("units.json").items():
        name = "" if dimension == _COUNT else dimension
        for spellings, factor, *rest in entries:
            offset = Decimal(str(rest[0])) if rest and rest[0] != "imperial" else Decimal(0)
            unit = Unit(name, Decimal(str(factor)), offset, "imperial" in rest)
            found.update(dict.fromkeys(spellings.split("|"), unit))
    return found


@dataclass(frozen=True)
class UnitBook:
    """All spellings of one locale."""

    spelled: dict[str, Unit]
    alone: dict[str, tuple[Decimal, Unit]]
    """Words that hold their number: Arabic ساعتان, two hours."""
    before: dict[str, Unit]
    """Currency signs that stand before the number."""
    lowered: dict[str, Unit]
    inflected: frozenset[str]
    """Long names whose ending may change with the case: senttimetri, senttimetrin."""

    def unit(self, spelling: str | None) -> Unit:
        if not spelling:
            return NO_UNIT
        if spelling in self.spelled:
            return self.spelled[spelling]
        lower = spelling.lower()
        return self.lowered.get(lower) or self._stem(lower)

    def money(self, sign: str) -> Unit:
        return self.before.get(sign) or self.before.get(sign.upper()) or NO_UNIT

    def _stem(self, lower: str) -> Unit:
        known = max((name for name in self.inflected if lower.startswith(name.lower())), key=len, default="")
        return self.spelled.get(known, NO_UNIT)


@cache
def unit_book(locale: str) -> UnitBook:
    source = babel_locale(locale)
    spelled, alone = dict(units()), {}
    for name, number in _cldr_spellings(source):
        spelling, unit = name
        if number is None:
            spelled.setdefault(spelling, unit)
        elif number != 1:
            alone[spelling] = (number, unit)
    # "g." is a year in Croatian, but at the end of a sentence a gram.
    spelled = {name: unit for name, unit in spelled.items() if name.rstrip(".") not in spelled or name[-1:] != "."}
    before = _currencies(source, own=_own_currency(locale))
    spelled.update({name: unit for name, unit in before.items() if name not in spelled})
    inflected = frozenset(name for name in spelled if len(name) >= 4 and name.isalpha() and name not in units())
    lowered = {name.lower(): unit for name, unit in reversed(spelled.items())}
    return UnitBook(spelled, alone, before, lowered, inflected)


def _cldr_spellings(locale: Locale) -> Iterator[tuple[tuple[str, Unit], Decimal | None]]:
    """Each name with its unit; with a number where the name alone says it."""
    own = units()
    patterns: Any = locale._data["unit_patterns"]  # babel formats with these, but does not list them
    for key, short in _CLDR.items():
        widths = dict(patterns.get(key, {}))
        if key.startswith("duration"):
            widths.pop("narrow", None)  # one letter, often another unit's: Greek λ. is a litre
        for forms in widths.values():
            for category, pattern in forms.items():
                if category in _GRAMMAR or not isinstance(pattern, str):
                    continue
                name = _bare(pattern)
                if name and "{0}" in pattern:
                    yield (name, own[short]), None
                elif name and category in {"one", "two"}:
                    yield (name, own[short]), Decimal(1 if category == "one" else 2)


def _bare(pattern: str) -> str:
    return re.sub(r"[\u200e\u200f\u061c]", "", pattern.replace("{0}", "")).strip()


_DOLLARS = frozenset({"USD", "CAD", "AUD", "NZD", "SGD", "HKD", "TWD", "MXN", "ARS", "CLP", "COP"})


def _own_currency(locale: str) -> str:
    territory = profile(locale).territory
    return next((code for code, places in _CURRENCY_OF.items() if territory in places), "")


_CURRENCY_OF = {
    "USD": {"US"}, "CAD": {"CA"}, "AUD": {"AU"}, "NZD": {"NZ"}, "MXN": {"MX"}, "SEK": {"SE"}, "NOK": {"NO"},
    "DKK": {"DK"}, "CNY": {"CN"}, "JPY": {"JP"}, "SGD": {"SG"}, "HKD": {"HK"}, "TWD": {"TW"}, "ARS": {"AR"},
    "CLP": {"CL"}, "COP": {"CO"}, "GBP": {"GB"}, "EGP": {"EG"},
}  # fmt: skip


def _currencies(locale: Locale, *, own: str) -> dict[str, Unit]:
    """Signs, codes and names. A bare "$" or "kr" is the market's own money, else the first to claim it."""
    found: dict[str, Unit] = {"€": _money("EUR"), "£": _money("GBP"), "¥": _money("JPY"), "$": _money(own if own in _DOLLARS else "USD")}
    found |= {"円": _money("JPY"), "元": _money("CNY"), "₩": _money("KRW"), "US$": _money("USD"), "₹": _money("INR")}
    if own in {"CNY", "SEK", "NOK", "DKK", "GBP"}:
        found |= {name: _money(own) for name in (locale.currency_symbols.get(own, own), "¥" if own == "CNY" else own)}
    for code in CURRENCIES:
        for name in _names(locale, code):
            found.setdefault(name, _money(code))
    return found


def _names(locale: Locale, code: str) -> Iterable[str]:
    data: Any = locale._data  # babel has no public list of the plural names
    plurals = data.get("currency_names_plural", {}).get(code, {})
    symbol = str(locale.currency_symbols.get(code, ""))
    names = [code, symbol, locale.currencies.get(code, ""), *plurals.values(), *_SHORT_NAMES.get(code, ())]
    return [re.sub(r"[\u200e\u200f\u061c]", "", str(name)).strip() for name in names if str(name).strip()]


_SHORT_NAMES = {
    "EUR": ("euro", "euros", "Euro", "Euros", "ユーロ", "欧元", "يورو"),
    "USD": ("dollar", "dollars", "Dollar", "ドル", "dólares", "دولار"),
    "JPY": ("yen", "Yen", "ين"),
    "GBP": ("GBP",),
    "CHF": ("Fr.", "Franken"),
}


def _money(code: str) -> Unit:
    return Unit(f"money {code}", Decimal(1))
