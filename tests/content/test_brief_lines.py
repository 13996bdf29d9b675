"""Lines of briefs: read strictly, and refused with the field and the remedy."""

import json
from typing import Any

import pytest

from content.brief_lines import LineRefused, parse_line

LINE: dict[str, Any] = {
    "id": "a1", "content_type": "product_description", "locale": "de-DE",
    "products": [{"title": "Teekanne Iwa", "facts": {"capacity": "0,8 l", "material": "Gusseisen"}}],
    "brand": {"name": "Tansu", "voice": "Warm.", "banned": ["Hingucker"], "required": ["Tansu"]},
    "keyphrase": "Teekanne", "audience": "Teetrinker",
    "length": {"unit": "words", "min": 20, "max": 90}, "call_to_action": "Jetzt ansehen.",
}  # fmt: skip


def line(**changes: Any) -> str:
    return json.dumps(LINE | changes)


def test_it_reads_every_field() -> None:
    brief = parse_line(line())
    spec = brief.spec
    assert (brief.id, spec.content_type, spec.locale) == ("a1", "product_description", "de-DE")
    assert (spec.brand.banned, spec.brand.required) == (("Hingucker",), ("Tansu",))
    assert spec.length is not None
    assert (spec.length.unit, spec.length.min, spec.length.max) == ("words", 20, 90)
    assert (spec.keyphrase, spec.audience, spec.call_to_action) == (
        "Teekanne",
        "Teetrinker",
        "Jetzt ansehen.",
    )


def test_it_needs_no_more_than_four_fields() -> None:
    kept = {name: LINE[name] for name in ("id", "content_type", "locale", "products")}
    assert parse_line(json.dumps(kept)).spec.length is None


@pytest.mark.parametrize(
    ("value", "kind", "said"),
    [
        ("0,8 l", "number", "0.8 l"),
        ("800 ml", "number", "800 ml"),
        (6, "number", "6"),
        (True, "boolean", "true"),
        ("70 × 45 cm", "text", "70 × 45 cm"),
        ("800 ml Tee", "text", "800 ml Tee"),
        (["Eiche", "Messing"], "text", "Eiche, Messing"),
    ],
)
def test_it_tells_measures_from_words(value: object, kind: str, said: str) -> None:
    product = {"title": "Kanne", "facts": {"x": value}}
    fact = parse_line(line(products=[product])).spec.products[0].facts[0]
    assert (fact.kind, fact.text) == (kind, said)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"colour": "red"}, "colour: unknown field"),
        ({"brand": {"name": "T", "tone": "warm"}}, "brand.tone: unknown field"),
        ({"products": [{"title": "T", "price": 3}]}, r"products\[0\].price: unknown field"),
        ({"length": {"unit": "pages"}}, "length.unit: “pages”"),
        ({"length": {"min": 9, "max": 3}}, "length.min: 9 is more"),
        ({"content_type": "poem"}, "content_type: “poem” is unknown. Known are product_description"),
        ({"locale": "de_XX"}, "locale: "),
        ({"products": []}, "products: must be a list of 1 to 12"),
        ({"products": [{"title": " "}]}, r"products\[0\].title: is empty"),
        ({"products": [{"title": "T", "facts": {"size": {"w": 3}}}]}, r"products\[0\].facts.size: must be"),
        ({"keyphrase": 7}, "keyphrase: must be a text"),
        ({"id": ""}, "id: is empty"),
    ],
)
def test_it_names_the_field_that_is_wrong(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(LineRefused, match=told):
        parse_line(line(**changes))


@pytest.mark.parametrize("text", ["{", "[]", '"brief"', "null", '{"id": "a"}'])
def test_it_refuses_what_is_no_brief(text: str) -> None:
    with pytest.raises(LineRefused):
        parse_line(text)
