# ruff: noqa: E501 - tables of real sentences and payloads, one a line
"""Any rendering of a true fact passes, in any locale; any other number does not."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from babel import Locale
from babel.units import format_unit
from hypothesis import given, settings
from hypothesis import strategies as st

from content.engine.checks.numbers import check
from content.engine.locales import babel_locale, format_number, format_price, profile
from content.engine.quantities import quantities
from content.engine.types import FactValue, Finding
from tests.content.engine.briefs import TEAPOTS, brief

LOCALES = (
    "en-US", "en-GB", "en-IN", "de-DE", "de-CH", "de-AT", "fr-FR", "fr-CA", "fr-CH", "es-ES", "es-MX", "it-IT",
    "pt-BR", "pt-PT", "nl-NL", "ja-JP", "ar-SA", "ar-EG", "ar", "zh-CN", "zh-TW", "ko-KR", "pl-PL", "cs-CZ",
    "sv-SE", "da-DK", "nb-NO", "fi-FI", "ru-RU", "uk-UA", "tr-TR", "el-GR", "he-IL", "hi-IN", "th-TH", "vi-VN",
    "id-ID", "ro-RO", "hu-HU", "bg-BG", "hr-HR", "sk-SK", "lt-LT", "et-EE", "fa-IR", "bn-BD", "ca-ES",
)  # fmt: skip
UNITS = {
    "cm": ("length-centimeter", "length"), "g": ("mass-gram", "mass"), "kg": ("mass-kilogram", "mass"),
    "ml": ("volume-milliliter", "volume"), "l": ("volume-liter", "volume"), "mm": ("length-millimeter", "length"),
}  # fmt: skip
CONVERTED = {
    "cm": (("length-millimeter", 10), ("length-meter", Decimal("0.01"))),
    "kg": (("mass-gram", 1000),),
    "l": (("volume-milliliter", 1000), ("volume-centiliter", 100)),
    "g": (("mass-kilogram", Decimal("0.001")),),
    "ml": (("volume-liter", Decimal("0.001")),),
    "mm": (("length-centimeter", Decimal("0.1")),),
}
amounts = st.decimals(min_value="0.1", max_value="9999", places=1).filter(lambda d: d > 0)


def judged(locale: str, said: str, *, value: Decimal, unit: str) -> list[Finding]:
    product = replace(
        TEAPOTS["en"], title="Iwa", categories=(), price="",
        facts=(FactValue(name="size", value=str(value), unit=unit, kind="number"),),
    )  # fmt: skip
    return list(check(brief(products=(product,), locale=locale), {"body_markdown": f"{said}."}))


def written(value: Decimal, unit: str, *, locale: str, length: str, digits: str) -> str:
    """As CLDR writes it; where CLDR has no narrow form, its short one."""
    for form in (length, "short", "long"):
        said: str = format_unit(
            value, unit, length=form, locale=babel_locale(locale), numbering_system=digits,  # type: ignore[arg-type]
            format="#,##0.####",
        )  # fmt: skip
        if unit not in said:
            return said
    return f"{value} {unit}"


@settings(deadline=None, max_examples=150)
@given(
    value=amounts, unit=st.sampled_from(sorted(UNITS)), locale=st.sampled_from(LOCALES),
    length=st.sampled_from(["long", "short", "narrow"]), digits=st.sampled_from(["latn", "default"]),
)  # fmt: skip
def test_it_passes_a_true_number_in_any_locale(
    value: Decimal, unit: str, locale: str, length: str, digits: str
) -> None:
    said = written(value, UNITS[unit][0], locale=locale, length=length, digits=digits)
    assert judged(locale, said, value=value, unit=unit) == []


@settings(deadline=None, max_examples=150)
@given(
    data=st.data(), value=amounts, unit=st.sampled_from(sorted(CONVERTED)), locale=st.sampled_from(LOCALES)
)
def test_it_passes_a_true_number_in_another_unit(
    data: st.DataObject, value: Decimal, unit: str, locale: str
) -> None:
    name, factor = data.draw(st.sampled_from(CONVERTED[unit]))
    said = written(value * factor, name, locale=locale, length="long", digits="latn")
    assert judged(locale, said, value=value, unit=unit) == []


@settings(deadline=None, max_examples=200)
@given(
    value=amounts, other=amounts, unit=st.sampled_from(sorted(UNITS)), locale=st.sampled_from(LOCALES),
    length=st.sampled_from(["long", "short"]), digits=st.sampled_from(["latn", "default"]),
)  # fmt: skip
def test_it_fails_any_other_number(
    value: Decimal, other: Decimal, unit: str, locale: str, length: str, digits: str
) -> None:
    if other == value:
        return
    said = written(other, UNITS[unit][0], locale=locale, length=length, digits=digits)
    assert [f.check for f in judged(locale, said, value=value, unit=unit)] == ["numbers"]


@pytest.mark.parametrize("mistake", [10, 100, 1000, Decimal("0.1"), Decimal("0.001")])
@settings(deadline=None, max_examples=40)
@given(value=amounts, locale=st.sampled_from(LOCALES))
def test_it_fails_a_number_that_slipped_by_a_power_of_ten(
    mistake: Decimal, value: Decimal, locale: str
) -> None:
    said = written(value * mistake, "mass-gram", locale=locale, length="long", digits="latn")
    assert judged(locale, said, value=value, unit="g") != []


@settings(deadline=None, max_examples=150)
@given(
    price=st.decimals(min_value="0.5", max_value="99999", places=2), locale=st.sampled_from(LOCALES),
    currency=st.sampled_from(["EUR", "USD", "JPY", "GBP", "CHF", "BRL"]),
)  # fmt: skip
def test_it_reads_a_price_as_the_locale_writes_it(price: Decimal, locale: str, currency: str) -> None:
    price = price.quantize(Decimal(1)) if currency == "JPY" else price
    product = replace(TEAPOTS["en"], title="Iwa", facts=(), price=str(price), currency=currency)
    spec = brief(products=(product,), locale=locale)
    said = format_price(price, currency=currency, locale=locale)
    assert list(check(spec, {"body_markdown": f"{said}."})) == []
    wrong = format_price(price + 1, currency=currency, locale=locale)
    assert list(check(spec, {"body_markdown": f"{wrong}."})) != []


@pytest.mark.parametrize(
    ("locale", "fact", "true", "false"),
    [
        ("en-GB", "10-12 cm", "10 to 12 cm", "10 cm"),
        ("en-GB", "up to 40 hours", "up to 40 hours", "40 hours"),
        ("en-GB", "40 hours", "40 hours", "more than 40 hours"),
        ("en-GB", "12 cups", "a dozen", "two dozen"),
        ("en-GB", "6 eggs", "half a dozen", "a dozen"),
        ("en-GB", "10 cm", "3.9 in", "3 in"),
        ("de-DE", "0,5 l", "ein halber Liter", "ein Liter und 1,5 l"),
        ("de-DE", "12 Stück", "ein Dutzend", "zwei Dutzend"),
        ("de-DE", "bis zu 40 Stunden", "bis zu 40 Stunden", "über 40 Stunden"),
        ("fr-FR", "10 à 12 cm", "de 10 à 12 cm", "12 cm"),
        ("fr-FR", "6 tasses", "une demi-douzaine", "une douzaine"),
        ("ja-JP", "10〜12cm", "10から12センチ", "12センチ"),
        ("ja-JP", "12個", "1ダース", "2ダース"),
        ("ja-JP", "15000円", "1万5千円", "1万6千円"),
        ("ar", "ساعتان", "2 ساعة", "3 ساعات"),
        ("es-ES", "1,5 kg", "1500 g", "15 kg"),
        ("nl-NL", "2 uur", "twee uur", "drie uur"),
    ],
)  # fmt: skip
def test_it_reads_ranges_bounds_and_dozens(locale: str, fact: str, true: str, false: str) -> None:
    product = replace(
        TEAPOTS["en"], title="Iwa", categories=(), price="", facts=(FactValue(name="size", value=fact),)
    )
    spec = brief(products=(product,), locale=locale)
    assert list(check(spec, {"body_markdown": true})) == []
    assert list(check(spec, {"body_markdown": false})) != []


def test_it_reads_the_same_digits_differently_where_locales_differ() -> None:
    spain, mexico = (quantities("1.500 g", language=locale)[0].amount for locale in ("es-ES", "es-MX"))
    assert (spain, mexico) == (Decimal(1500), Decimal("1.500"))


def test_it_takes_no_number_of_a_list_for_a_claim() -> None:
    assert quantities("1. Rinse it.\n2. Dry it.", language="en") == []


def test_it_knows_more_than_a_hundred_locales() -> None:
    tags = [tag.replace("_", "-") for tag in Locale("en").languages if len(tag) <= 3]
    known = [tag for tag in tags if profile(tag).is_known]
    assert len(known) >= 100
    for tag in known:
        assert format_number(Decimal("1234.5"), locale=tag)
        assert profile(tag).limit(60) in {30, 60}
        assert profile(tag).readability in {"flesch", "lix", "sentence"}


@pytest.mark.parametrize(
    "tag", ["tlh", "zh-Hant-HK", "sr-Latn-RS", "de-1901", "x-private", "en-US-u-ca-buddhist", "qaa"]
)
def test_it_takes_any_tag(tag: str) -> None:
    assert profile(tag).direction == "ltr"
    assert format_number(Decimal("1.5"), locale=tag)
