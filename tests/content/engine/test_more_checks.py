"""Width, readability, rule packs, duplicates: what the contract suite cannot say in one line each."""

from __future__ import annotations

import pytest

from content.engine.checks import CHECKS, check_text
from content.engine.checks.keyphrase_density import density
from content.engine.checks.pixels import width_of
from content.engine.checks.readability import score, syllables_of
from content.engine.rule_packs import (
    PACKAGED,
    BadRulePack,
    packaged,
    packaged_text,
    parse_rule_pack,
    rules_of,
)
from content.engine.types import PublishedText
from tests.content.engine.briefs import brief, fact


def found(
    name: str, language: str = "en", *, field: str = "body_markdown", text: str, **changes: object
) -> list[str]:
    return [finding.message for finding in CHECKS[name](brief(language, **changes), {field: text})]


def test_it_measures_a_title_in_pixels_and_not_in_letters() -> None:
    assert width_of("W" * 30, size=20) > width_of("i" * 60, size=20)
    assert width_of("鋳鉄", size=20) == 40
    assert found("pixels", field="title", text="W" * 40)
    assert not found("pixels", field="title", text="i" * 60)


def test_it_counts_syllables_well_enough() -> None:
    assert [syllables_of(word) for word in ("tea", "made", "teapot", "beautiful")] == [1, 1, 2, 3]


def test_it_knows_plain_language_from_officialese() -> None:
    plain = "The pot holds tea. It is made of iron. You can rinse it with hot water and dry it. " * 4
    heavy = (
        "Notwithstanding considerations regarding institutional responsibilities, "
        "organisational representatives "
        "systematically characterise methodological incompatibilities. "
    ) * 6
    assert score(plain, locale="en-GB") > score(heavy, locale="en-GB")  # type: ignore[operator]
    assert found("readability", text=heavy)
    assert not found("readability", text=plain)


@pytest.mark.parametrize("locale", ["en", "de", "fr", "es", "it", "pt", "nl", "ru", "sv", "pl", "el"])
def test_it_has_a_readability_formula_for_the_locale(locale: str) -> None:
    assert score("Ein Wort und noch ein anderes Wort. " * 10, locale=locale) is not None


def test_it_counts_the_keyphrase_inflected() -> None:
    assert density("Cast iron teapots and a cast-iron teapot.", "cast iron teapot", language="en")[0] == 2


def test_it_warns_of_a_text_that_wants_the_same_search() -> None:
    other = PublishedText(title="Teapots of iron", similarity=0.9, keyphrase="cast-iron teapots")
    assert found("cannibalisation", field="title", text="A cast iron teapot", published=(other,))
    assert not found("cannibalisation", field="title", text="A pot", keyphrase="tea pot", published=(other,))


@pytest.mark.parametrize("key", PACKAGED)
def test_it_packs_rules_that_can_be_read(key: str) -> None:
    pack = packaged(key)
    assert pack.markets
    assert len(pack.rules) >= 4
    assert all(rule.message and rule.remedy and rule.law for rule in pack.rules)


@pytest.mark.parametrize(
    ("locale", "text", "name"),
    [
        ("ja-JP", "血行を改善します。", "jp-medical"),
        ("ja-JP", "通常価格より半額です。", "jp-price"),
        ("ja-JP", "医師監修の急須です。", "jp-endorsed"),
        ("de-DE", "Die Kanne ist klimaneutral.", "eu-green-offset"),
        ("de-AT", "Die Kanne ist umweltfreundlich.", "eu-green-generic"),
        ("fr-FR", "Une théière respectueuse de l'environnement.", "eu-green-generic"),
        ("it-IT", "Una teiera con 20 % di sconto.", "eu-price-cut"),
        ("en-US", "Made in the USA.", "us-origin"),
        ("en-US", "Save $20 today.", "us-price"),
        ("en-US", "Satisfaction guaranteed.", "us-guarantee"),
    ],
)
def test_it_applies_the_rules_of_the_market(locale: str, text: str, name: str) -> None:
    language = locale[:2] if locale[:2] in {"en", "de", "ja"} else "en"
    spec = brief(language, locale=locale)
    messages = " ".join(f.message for f in CHECKS["market_rules"](spec, {"body_markdown": text}))
    pack = {"jp": "japan"}.get(name[:2], name[:2])
    rule = next(rule for rule in packaged(pack).rules if rule.name == name)
    assert rule.law in messages


def test_it_applies_no_rule_of_another_market() -> None:
    assert not found("market_rules", locale="en-AU", text="It is eco-friendly and made in the USA.")


def test_it_takes_a_fact_as_permission_but_not_for_what_is_never_allowed() -> None:
    product = brief().products[0]
    stated = type(product)(title="Pot", facts=(fact("note", "biodegradable and carbon neutral"),))
    assert not found("market_rules", locale="en-IE", text="It is biodegradable.", products=(stated,))
    assert found("market_rules", locale="en-IE", text="It is carbon neutral.", products=(stated,))


OWN = """
[pack]
name = Ours
markets = DE AT

[no-kettles]
severity = warning
message = We sell no kettles.
de = Kessel | Wasserkocher

[allowed]
phrases = reicht für eine Tasse | ganz ohne Eile
"""


def test_it_reads_a_pack_that_people_wrote() -> None:
    pack = parse_rule_pack(OWN, key="own")
    assert (pack.name, pack.allowed) == ("Ours", ("reicht für eine Tasse", "ganz ohne Eile"))
    rules = rules_of((pack,), market="AT")
    assert not rules_of((pack,), market="JP")
    spec = brief("de", market_rules=rules)
    (finding,) = CHECKS["market_rules"](spec, {"body_markdown": "Ein Kessel."})
    assert (finding.severity, finding.message) == ("warning", "“Kessel”: We sell no kettles.")


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("nonsense", "not written as rules are"),
        ("[rule]\nmessage = x\nen = y", "Begin with a section"),
        ("[pack]\nname = x\n[r]\nmessage = m", "has no words"),
        ("[pack]\nname = x\n[r]\nen = a", "has no message"),
        ("[pack]\nname = x\n[r]\nseverity = fatal\nmessage = m\nen = a", "error, warning or info"),
        (packaged_text("us") + packaged_text("us"), "not written as rules are"),
    ],
)
def test_it_says_what_is_wrong_with_a_pack(text: str, remedy: str) -> None:
    with pytest.raises(BadRulePack, match=remedy):
        parse_rule_pack(text, key="own")


def test_it_finds_a_heading_that_skips_a_level() -> None:
    messages = found(
        "headings", text="## Tea\n\nTea.\n\n#### Milk\n\nMilk.", content_type="product_description"
    )
    assert messages == ["A heading of level 4 follows level 2."]


def test_it_shows_errors_first() -> None:
    text = "Look no further. It is made of gold."
    severities = [f.severity for f in check_text(brief(), {"body_markdown": text})]
    assert severities == sorted(severities, key=["error", "warning", "info"].index)
