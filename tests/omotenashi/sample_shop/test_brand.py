"""The sample brand: its examples keep its own rules and say only what the catalogue says."""

import re
from typing import Any

import pytest

from omotenashi.sample_shop import guideline_rules, load_brand, load_briefs, load_products
from omotenashi.sample_shop.catalogue import LOCALES

BRAND = load_brand()
FACTS = {product["external_id"]: product["facts"] for product in load_products()}
EXAMPLES = pytest.mark.parametrize(
    "example", BRAND["examples"], ids=lambda example: f"{example['product']}-{example['locale']}"
)


def test_it_speaks_all_three_languages() -> None:
    for part in ("tagline", "story", "audience", "dos", "donts", "calls_to_action"):
        assert set(BRAND[part]) == set(LOCALES), part
    for product, phrases in BRAND["keyphrases"].items():
        assert product in FACTS
        assert set(phrases) == set(LOCALES), product


@EXAMPLES
def test_its_examples_use_no_banned_word_and_do_not_shout(example: dict[str, Any]) -> None:
    text = example["text"].casefold()
    assert not [word for word in BRAND["guideline"]["banned"][example["locale"]] if word.casefold() in text]
    assert not set(text) & set("!！")


@EXAMPLES
def test_its_examples_state_only_numbers_of_their_product(example: dict[str, Any]) -> None:
    facts = [f for f in FACTS[example["product"]] if f["locale"] in {"", example["locale"]}]
    known = set(re.findall(r"\d+(?:\.\d+)?", " ".join(fact["value"] for fact in facts)))
    stated = set(re.findall(r"\d+(?:\.\d+)?", example["text"].replace(",", ".")))
    assert stated <= known


@EXAMPLES
def test_its_examples_name_maker_and_origin_as_the_catalogue_does(example: dict[str, Any]) -> None:
    facts = {f["name"]: f["value"] for f in FACTS[example["product"]] if f["locale"] == example["locale"]}
    assert facts["maker"] in example["text"]
    assert facts["origin"] in example["text"]


def test_it_hands_three_examples_per_language_to_the_guideline() -> None:
    assert {locale: len(texts) for locale, texts in guideline_rules()["examples"].items()} == dict.fromkeys(
        LOCALES, 3
    )


def test_its_briefs_ask_for_products_and_languages_there_are() -> None:
    kinds = {brief["content_type"] for brief in load_briefs()}
    assert kinds == {"product_description", "blog_post", "social_post", "newsletter"}
    for brief in load_briefs():
        assert brief["products"]
        assert set(brief["products"]) <= set(FACTS)
        assert set(brief["keyphrases"]) == set(brief["call_to_action"]) == set(brief["locales"])


def test_its_examples_are_not_about_what_the_first_brief_asks_for() -> None:
    asked = {
        product
        for brief in load_briefs()
        if brief["content_type"] == "product_description"
        for product in brief["products"]
    }
    assert not asked & {example["product"] for example in BRAND["examples"]}
