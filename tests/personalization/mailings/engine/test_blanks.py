"""Which values of a person a template prints without asking whether they are there."""

from __future__ import annotations

import pytest

from personalization.mailings.engine.blanks import bare_names, blank_among
from personalization.mailings.engine.liquid import parse_html


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("Dear {{ customer.first_name }},", {"first_name"}),
        ("Dear {{ customer.first_name | default: 'friend' }},", set()),
        ("{% if customer.first_name != blank %}Dear {{ customer.first_name }}{% endif %}", set()),
        ("{% if customer.city %}{{ customer.first_name }}{% endif %}", {"first_name"}),
        ("{% unless customer.city == blank %}{{ customer.city }}{% endunless %}", set()),
        ("{% if a %}x{% elsif customer.city %}{{ customer.city }}{% endif %}", set()),
        ("{% for p in recommendations %}{{ customer.pet.name | upcase }}{% endfor %}", {"pet.name"}),
        ("{{ shop.name }} {{ subject }}", set()),
    ],
)
def test_it_finds_what_is_printed_unasked(source: str, expected: set[str]) -> None:
    assert bare_names(parse_html(source)) == expected


def test_a_value_is_blank_when_it_prints_as_nothing() -> None:
    customer = {"first_name": " ", "city": "Kyoto", "pet": {"name": None}, "age": 0}
    names = ["first_name", "city", "pet.name", "age", "unknown", "city.ward"]
    assert blank_among(names, customer=customer) == ("first_name", "pet.name", "unknown", "city.ward")
