"""Brands and the rules that apply to a locale."""

import pytest

from content import services
from content.models import Brand
from content.rules import rules_for
from omotenashi.errors import InvalidInput
from tests.content.conftest import RULES


def test_it_makes_a_new_version_only_when_rules_change(brand: Brand) -> None:
    same = services.save_guideline(brand, rules=RULES)
    changed = services.save_guideline(brand, rules={**RULES, "voice": "Dry."})
    assert (same.version, changed.version, brand.guidelines.count()) == (1, 2, 2)


@pytest.mark.parametrize(
    ("locale", "formality", "banned"),
    [
        ("de-AT", "du", ("Must-have", "game-changer")),
        ("en", "", ("must-have", "game-changer")),
        ("fr", "", ("game-changer",)),
    ],
)
def test_it_reads_the_rules_nearest_to_a_locale(
    brand: Brand, locale: str, formality: str, banned: tuple[str, ...]
) -> None:
    guideline = brand.guideline
    assert guideline is not None
    rules = rules_for(guideline.rules, name=brand.name, locale=locale)
    assert (rules.formality, rules.banned) == (formality, banned)


def test_it_names_an_unknown_rule_and_the_known_ones(brand: Brand) -> None:
    with pytest.raises(InvalidInput, match=r"no colour.*voice"):
        services.save_guideline(brand, rules={"colour": "blue"})


def test_it_refuses_a_rule_for_a_language_that_does_not_exist(brand: Brand) -> None:
    with pytest.raises(InvalidInput, match="en-GB"):
        services.save_guideline(brand, rules={"banned": {"en-UK": ["cheap"]}})
