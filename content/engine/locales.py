"""What CLDR knows of a locale: number marks, direction, script, names, formats. Any BCP 47 tag is taken.

A tag that CLDR does not know is read by its nearest known relative, and says so (`is_known`).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Literal

from babel import Locale, UnknownLocaleError, dates, numbers
from babel.core import get_global

ScriptClass = Literal["spaced", "wide", "unspaced"]
"""spaced: words and spaces. wide: letters two columns wide. unspaced: narrow letters without spaces."""
Readability = Literal["flesch", "lix", "sentence"]
"""flesch: a formula made for the language. lix: long words and sentences. sentence: length alone."""

_WIDE = frozenset({"Jpan", "Hans", "Hant", "Kore", "Hani", "Hira", "Kana", "Bopo", "Hang"})
_UNSPACED = frozenset({"Thai", "Laoo", "Khmr", "Mymr", "Tibt"})
_RTL = frozenset({"Arab", "Hebr", "Thaa", "Syrc", "Nkoo", "Adlm", "Rohg", "Mand", "Samr"})
_FLESCH = frozenset({"en", "de", "fr", "es", "it", "nl", "pt", "ru"})
_FALLBACK = "en"


@dataclass(frozen=True, kw_only=True)
class LocaleProfile:
    """One locale, as far as copy is concerned."""

    tag: str
    language: str
    territory: str
    """The tag's own, else the likeliest of its language; "" when unknown (`eo`)."""
    script: str
    is_known: bool
    """False: CLDR has no data for the language; formats are those of English."""
    decimal_mark: str
    group_mark: str
    is_rtl: bool
    script_class: ScriptClass
    readability: Readability
    cldr: str
    """The name of the CLDR locale the formats come from."""

    @property
    def direction(self) -> Literal["ltr", "rtl"]:
        return "rtl" if self.is_rtl else "ltr"

    def limit(self, characters: int) -> int:
        """A limit stated in narrow letters; wide ones take two columns."""
        return characters // 2 if self.script_class == "wide" else characters


@cache
def profile(tag: str) -> LocaleProfile:
    """The profile of any tag: `de-AT`, `zh-Hant-HK`, `sr-Latn`, `tlh`."""
    parts = tag.replace("_", "-").split("-")
    language = parts[0].lower() or _FALLBACK
    found = _nearest(tag)
    likely = _likely(language, parts)
    script, territory = _subtags(parts, likely)
    source = found or Locale(_FALLBACK)
    return LocaleProfile(
        tag=tag, language=language, territory=territory, script=script, is_known=found is not None,
        decimal_mark=numbers.get_decimal_symbol(source, numbering_system="latn"),
        group_mark=numbers.get_group_symbol(source, numbering_system="latn"),
        is_rtl=script in _RTL, script_class=_script_class(script),
        readability=_readability(language, script), cldr=str(source),
    )  # fmt: skip


def babel_locale(tag: str) -> Locale:
    return Locale.parse(profile(tag).cldr)


def format_number(value: Decimal, *, locale: str) -> str:
    """1234.5 → 1.234,5 (de), 1 234,5 (fr), 1,234.5 (en); digits are Western, as shops write them."""
    return str(numbers.format_decimal(value, locale=babel_locale(locale), numbering_system="latn"))


def format_price(value: Decimal, *, currency: str, locale: str) -> str:
    return str(numbers.format_currency(value, currency, locale=babel_locale(locale), numbering_system="latn"))


def format_date(value: object, *, locale: str) -> str:  # a date or datetime
    return str(dates.format_date(value, format="long", locale=babel_locale(locale)))  # type: ignore[arg-type]


def _nearest(tag: str) -> Locale | None:
    """The tag itself, then with fewer subtags, as far as the language."""
    parts = tag.replace("_", "-").split("-")
    for size in range(len(parts), 0, -1):
        try:
            return Locale.parse("-".join(parts[:size]), sep="-")
        except (UnknownLocaleError, ValueError):
            continue
    return None


def _likely(language: str, parts: list[str]) -> list[str]:
    """CLDR's likely subtags: `zh-TW` → zh, Hant, TW."""
    table = get_global("likely_subtags")
    rest = [part for part in parts[1:] if part]
    keys = ["_".join([language, part.title() if len(part) == 4 else part.upper()]) for part in rest]
    found = next((table[key] for key in [*keys, language] if key in table), "")
    return str(found).split("_")


def _subtags(parts: list[str], likely: list[str]) -> tuple[str, str]:
    own = parts[1:3]
    script = next((part.title() for part in own if len(part) == 4 and part.isalpha()), "")
    territory = next((part.upper() for part in own if len(part) == 2 or (len(part) == 3 and part.isdigit())), "")
    likely_script = next((part for part in likely if len(part) == 4), "Latn")
    likely_territory = likely[-1] if len(likely) > 1 and len(likely[-1]) != 4 else ""
    return script or likely_script, territory or likely_territory


def _script_class(script: str) -> ScriptClass:
    if script in _WIDE:
        return "wide"
    return "unspaced" if script in _UNSPACED else "spaced"


def _readability(language: str, script: str) -> Readability:
    if language in _FLESCH:
        return "flesch"
    return "lix" if script in {"Latn", "Cyrl", "Grek"} else "sentence"
