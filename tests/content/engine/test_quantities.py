"""Numbers in three languages compare as the quantities they are."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from content.engine.checks.numbers import check
from content.engine.quantities import parse_number, quantities
from content.engine.types import ProductFacts
from tests.content.engine.briefs import TEAPOTS, brief, fact


def amounts(text: str, language: str) -> list[tuple[str, Decimal]]:
    return [(q.dimension, q.amount.normalize()) for q in quantities(text, language=language)]


@pytest.mark.parametrize(
    ("text", "language", "same", "other"),
    [
        ("10 cm", "en", "100 mm", "en"),
        ("10 cm", "en", "10センチ", "ja"),
        ("\uff11\uff10\uff43\uff4d", "ja", "10 cm", "en"),
        ("1,5 l", "de", "1.5 litres", "en"),
        ("1,5 Liter", "de", "1500 ml", "en"),
        ("1.450 g", "de", "1.45 kg", "en"),
        ("two hours", "en", "120 minutes", "en"),
        ("zwei Stunden", "de", "2時間", "ja"),
        ("60 °C", "en", "60℃", "ja"),
        ("二枚", "ja", "two", "en"),
    ],
)
def test_it_reads_both_as_one_quantity(text: str, language: str, same: str, other: str) -> None:
    assert amounts(text, language) == amounts(same, other)
    assert len(amounts(text, language)) == 1


def test_it_gives_each_number_of_a_list_the_shared_unit() -> None:
    assert amounts("70 × 45 cm", "en") == [("length", Decimal(700)), ("length", Decimal(450))]


@pytest.mark.parametrize(
    ("written", "language", "value"),
    [
        ("1,5", "de", "1.5"),
        ("1.500", "de", "1500"),
        ("1,500", "en", "1500"),
        ("1,25", "en", "1.25"),
        ("1.234,5", "de", "1234.5"),
    ],
)
def test_it_reads_marks_as_the_language_does(written: str, language: str, value: str) -> None:
    assert parse_number(written, language=language) == Decimal(value)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "It stands 16 cm high."),
        ("de", "Sie hat eine Höhe von 16 cm."),
        ("ja", "高さは16cmです。"),
    ],
)
def test_it_tells_a_height_from_a_diameter(language: str, text: str) -> None:
    assert [f.check for f in check(brief(language), {"body_markdown": text})] == ["numbers"]


@pytest.mark.parametrize(
    ("locale", "wrong", "right"),
    [
        ("fr-FR", "Le plaid mesure 180 cm de large.", "Le plaid mesure 180 cm de long et 130 cm de large."),
        ("fr-FR", "Sa hauteur est de 130 cm.", "Le plaid fait 130 cm de large et pèse 950 g."),
        ("es-ES", "La manta mide 180 cm de ancho.", "La manta mide 180 cm de largo y 130 cm de ancho."),
        ("es-ES", "La manta mide 130 cm de alto.", "La manta mide 130 cm de ancho y pesa 950 g."),
    ],
)
def test_it_tells_a_length_from_a_width(locale: str, wrong: str, right: str) -> None:
    facts = (fact("length", "180", "cm"), fact("width", "130", "cm"), fact("weight", "950", "g"))
    spec = brief(locale=locale, products=(ProductFacts(title="Fell", facts=facts),))
    assert [finding.check for finding in check(spec, {"body_markdown": wrong})] == ["numbers"]
    assert list(check(spec, {"body_markdown": right})) == []


def test_it_accepts_the_same_length_in_another_unit() -> None:
    assert list(check(brief("en"), {"body_markdown": "It stands 150 mm high and holds 0.8 l."})) == []


def test_it_accepts_the_price() -> None:
    assert list(check(brief("en"), {"body_markdown": "It costs 89 EUR."})) == []


@settings(deadline=None, max_examples=40)
@given(st.integers(min_value=1, max_value=5000))
def test_it_supports_any_whole_number_of_centimetres_written_in_millimetres(centimetres: int) -> None:
    product = replace(TEAPOTS["en"], title="Teapot", facts=(fact("height", str(centimetres), "cm"),))
    spec = brief(products=(product,))
    assert list(check(spec, {"body_markdown": f"It is {centimetres * 10} mm high."})) == []
    assert list(check(spec, {"body_markdown": f"It is {centimetres * 10 + 7} mm high."})) != []
