"""Sentences, slugs, claims, grammar hints: the small parts the writer stands on."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from content.engine.agreement import clashes, gender_of
from content.engine.checks.keyphrase import contains
from content.engine.checks.negations import check as negations
from content.engine.claims import find_claims
from content.engine.grammar import oddities
from content.engine.slots import clean, head_noun, short_title
from content.engine.slugs import slug_for, slug_of
from content.engine.text import sentences
from tests.content.engine.briefs import brief


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("It holds 1.5 l. It is black.", 2),
        ("Für Tee, z. B. Sencha. Am 3. Mai gepflückt.", 2),
        ("鋳鉄です。容量は800mlです。", 2),
        ("## Iwa\n\nA teapot.", 2),
        ("Tansu & Thyme ships e.g. teapots.", 1),
    ],
)
def test_it_splits_where_sentences_end(text: str, count: int) -> None:
    assert len(sentences(text)) == count


@given(st.text(max_size=200))
@settings(max_examples=100, deadline=None)
def test_it_finds_each_sentence_where_it_says(text: str) -> None:
    for sentence in sentences(text):
        assert text[sentence.start : sentence.end] == sentence.text


@pytest.mark.parametrize(
    ("text", "keyphrase", "language", "expected"),
    [
        ("Iwa Cast-Iron Teapots in Black", "cast iron teapot", "en", True),
        ("Gusseiserne Teekanne in Schwarz", "Teekanne Gusseisen", "de", True),
        ("Geschirrtuch aus Leinen", "Geschirrtücher Leinen", "de", True),
        ("鋳鉄のティーポット", "鋳鉄 ティーポット", "ja", True),
        ("A black teapot", "cast iron teapot", "en", False),
        ("陶器の急須", "鋳鉄 ティーポット", "ja", False),
    ],
)
def test_it_finds_an_inflected_keyphrase(text: str, keyphrase: str, language: str, expected: bool) -> None:
    assert contains(text, keyphrase, language=language) is expected


@pytest.mark.parametrize(
    ("text", "language", "slug"),
    [
        ("Gießkanne für Kräuter", "de", "giesskanne-fuer-kraeuter"),
        ("Iwa Cast-Iron Teapot, 800 ml", "en", "iwa-cast-iron-teapot-800-ml"),
        ("鋳鉄 ティーポット", "ja", "鋳鉄-ティーポット"),
    ],
)
def test_it_makes_readable_slugs(text: str, language: str, slug: str) -> None:
    assert slug_for(text, language=language) == slug


def test_it_puts_a_missing_keyphrase_before_the_title() -> None:
    slug = slug_of(title="Iwa in Black", keyphrase="cast iron teapot", language="en")
    assert slug == "cast-iron-teapot-iwa-in-black"


@pytest.mark.parametrize(
    ("title", "language", "noun"),
    [
        ("Iwa cast-iron teapot, black, 800 ml", "en", "teapot"),
        ("Oak chopping board with juice groove, 40 × 26 cm", "en", "board"),
        ("Gusseiserne Teekanne „Iwa“, schwarz, 800 ml", "de", "Teekanne"),
        ("Schneidebrett aus Eiche mit Saftrille, 40 × 26 cm", "de", "Schneidebrett"),
        ("鋳鉄ティーポット「いわ」黒 800ml", "ja", "ティーポット"),
        ("オークのまな板 溝付き 40×26cm", "ja", "まな板"),
    ],
)
def test_it_names_the_thing_as_a_person_would(title: str, language: str, noun: str) -> None:
    assert head_noun(title, language=language) == noun


def test_it_cuts_the_variant_from_a_title() -> None:
    assert short_title("Iwa cast-iron teapot, black, 800 ml") == "Iwa cast-iron teapot"


@given(st.text(max_size=100))
@settings(max_examples=100, deadline=None)
def test_it_cleans_any_value_to_one_line_without_control_tokens(value: str) -> None:
    cleaned = clean(value)
    assert len(cleaned.splitlines()) <= 1
    assert "<|" not in cleaned
    assert "```" not in cleaned


@pytest.mark.parametrize(
    ("language", "false", "true"),
    [
        ("en", "Do not rinse it with water or dry it at once.", "Rinse with hot water only, dry at once."),
        (
            "de",
            "Nicht bei heißem Wasser ausspülen, sofort abtrocknen.",
            "Nur mit heißem Wasser ausspülen, sofort abtrocknen.",
        ),
        ("ja", "IH・直火で使えます。", "直火・IHでは使えません。"),
    ],
)
def test_it_tells_a_fact_from_its_opposite(language: str, false: str, true: str) -> None:
    assert [f.severity for f in negations(brief(language), {"body_markdown": false})] == ["error"]
    assert list(negations(brief(language), {"body_markdown": true})) == []


@pytest.mark.parametrize(
    ("language", "text", "claims"),
    [
        ("en", "It holds 800 ml and is made of oak.", [("800 ml", "capacity"), ("oak", None)]),
        ("de", "Sie fasst 0,8 l und kommt aus Japan.", [("0,8 l", "title"), ("Japan", "origin")]),
        ("ja", "日本のくろがね鋳造所で作られています。", [("日本", "origin"), ("くろがね鋳造所", "maker")]),
    ],
)
def test_it_links_each_claim_to_its_fact(
    language: str, text: str, claims: list[tuple[str, str | None]]
) -> None:
    found = find_claims(brief(language), {"body_markdown": text})
    assert [(claim.text, claim.fact) for claim in found] == claims
    assert all(text[claim.start : claim.end] == claim.text for claim in found)


def test_it_hears_the_gender_the_model_itself_uses() -> None:
    gender = gender_of(
        ["Die Teekanne ist schwarz."] * 3 + ["Der Teekanne ist rot."], "Teekanne", language="de"
    )
    assert gender == "f"
    assert clashes("Ein Teekanne aus Eisen.", "Teekanne", gender, language="de")
    assert not clashes("Sie ist aus Eisen.", "Teekanne", gender, language="de")


@pytest.mark.parametrize(
    ("text", "noun", "language"),
    [
        ("They are hand-patinated.", "teapot", "en"),
        ("A soy wax candle in soy wax.", "candle", "en"),
        ("Teekanne wird in der Gießerei in Japan.", "Teekanne", "de"),
        ("キャンドル 柚子の香りです。", "キャンドル", "ja"),
    ],
)
def test_it_notices_broken_grammar(text: str, noun: str, language: str) -> None:
    assert oddities(text, noun=noun, language=language)
