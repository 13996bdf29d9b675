# ruff: noqa: E501 - tables of real sentences and payloads, one a line
"""In nine languages: what the facts say passes, what they do not say is an error, and each claim names
its fact."""

from __future__ import annotations

from dataclasses import replace

import pytest

from content.engine.checks import check_text
from content.engine.claims import find_claims
from content.engine.types import Brand, BriefSpec, FactValue, ProductFacts
from tests.content.engine.briefs import brief

FACTS = {
    "fr-FR": ("Théière Iwa en fonte", "fonte, intérieur émaillé", "noir mat", "Japon", "rincer à l'eau chaude, sécher aussitôt", "théière en fonte"),
    "es-ES": ("Tetera Iwa de hierro fundido", "hierro fundido, interior esmaltado", "negro mate", "Japón", "enjuagar con agua caliente y secar enseguida", "tetera de hierro fundido"),
    "it-IT": ("Teiera Iwa in ghisa", "ghisa, interno smaltato", "nero opaco", "Giappone", "sciacquare con acqua calda e asciugare subito", "teiera in ghisa"),
    "pt-PT": ("Bule Iwa em ferro fundido", "ferro fundido, interior esmaltado", "preto mate", "Japão", "enxaguar com água quente e secar logo", "bule de ferro fundido"),
    "nl-NL": ("Theepot Iwa van gietijzer", "gietijzer, binnenkant geëmailleerd", "mat zwart", "Japan", "afspoelen met heet water en meteen drogen", "gietijzeren theepot"),
    "ar": ("إبريق شاي إيوا من حديد الزهر", "حديد الزهر، مطلي بالمينا من الداخل", "أسود مطفي", "اليابان", "يشطف بالماء الساخن ويجفف فورا", "إبريق شاي حديد الزهر"),
}  # fmt: skip
TRUE = {
    "fr-FR": "Cette théière en fonte est noire et émaillée à l'intérieur. Elle contient 0,8 l et mesure 15 cm de haut. Elle vient du Japon. Rincez-la à l'eau chaude.",
    "es-ES": "Esta tetera de hierro fundido es negra y está esmaltada por dentro. Tiene una capacidad de 800 ml y mide 15 cm de alto. Viene de Japón.",
    "it-IT": "Questa teiera in ghisa è nera e smaltata all'interno. Contiene 0,8 l ed è alta 15 cm. Viene dal Giappone.",
    "pt-PT": "Este bule de ferro fundido é preto e esmaltado no interior. Tem uma capacidade de 0,8 l e 15 cm de altura. Vem do Japão.",
    "nl-NL": "Deze gietijzeren theepot is zwart en geëmailleerd aan de binnenkant. Hij heeft een inhoud van 0,8 l en is 15 cm hoog. Hij komt uit Japan.",
    "ar": "هذا الإبريق مصنوع من حديد الزهر ولونه أسود. سعته ٨٠٠ مل وارتفاعه ١٥ سم. يأتي من اليابان.",
}  # fmt: skip
FALSE = {
    "fr-FR": {"numbers": "Elle contient 1,2 l.", "materials": "La poignée est en bois.", "colours": "Elle est rouge.",
              "origins": "Fabriquée en Allemagne.", "properties": "Elle passe au lave-vaisselle.",
              "promises": "La livraison gratuite est comprise.", "superlatives": "C'est la plus légère.",
              "comparisons": "Elle est deux fois plus lourde.", "availability": "En stock.",
              "certifications": "Certifiée FSC.", "statements": "Assez pour une tasse."},
    "es-ES": {"numbers": "Contiene 1,2 l.", "materials": "El asa es de madera.", "colours": "Es roja.",
              "origins": "Hecha en Alemania.", "properties": "Es apta para lavavajillas.",
              "promises": "Con envío gratis.", "superlatives": "Es la más ligera.",
              "comparisons": "Pesa el doble de lo normal.", "availability": "En stock.",
              "certifications": "Certificado FSC.", "statements": "Suficiente para una taza."},
    "it-IT": {"numbers": "Contiene 1,2 l.", "materials": "Il manico è di legno.", "colours": "È rossa.",
              "origins": "Prodotta in Germania.", "properties": "Si lava in lavastoviglie.",
              "promises": "Con spedizione gratuita.", "superlatives": "È la più leggera.",
              "comparisons": "Pesa il doppio di altre.", "availability": "Pronta consegna.",
              "certifications": "Certificato FSC.", "statements": "Abbastanza per una tazza."},
    "pt-PT": {"numbers": "Contém 1,2 l.", "materials": "A pega é de madeira.", "colours": "É vermelho.",
              "origins": "Feito na Alemanha.", "properties": "Vai ao micro-ondas.",
              "promises": "Com envio grátis.", "superlatives": "É o mais leve.",
              "comparisons": "Pesa o dobro do normal.", "availability": "Pronta entrega.",
              "certifications": "Certificado FSC.", "statements": "Suficiente para uma chávena."},
    "nl-NL": {"numbers": "Hij bevat 1,2 l.", "materials": "Het handvat is van hout.", "colours": "Hij is rood.",
              "origins": "Gemaakt in Duitsland.", "properties": "Hij mag in de vaatwasser.",
              "promises": "Met gratis verzending.", "superlatives": "Hij is de lichtste.",
              "comparisons": "Hij is twee keer zo zwaar.", "availability": "Op voorraad.",
              "certifications": "Met FSC-keurmerk.", "statements": "Genoeg voor een kopje."},
    "ar": {"numbers": "سعته ١٫٢ لتر.", "materials": "المقبض من خشب.", "colours": "لونه أحمر.",
           "origins": "صنع في ألمانيا.", "properties": "يناسب غسالة الصحون.",
           "promises": "مع شحن مجاني.", "superlatives": "هو الأخف وزنا.",
           "comparisons": "أخف من غيره.", "availability": "متوفر الآن.",
           "certifications": "حاصل على FSC.", "statements": "يكفي لكوب واحد."},
}  # fmt: skip


def spec_of(locale: str) -> BriefSpec:
    title, material, colour, origin, care, keyphrase = FACTS[locale]
    facts = {"material": material, "colour": colour, "origin": origin, "care": care}
    product = ProductFacts(
        title=title,
        facts=(
            *(FactValue(name=name, value=value) for name, value in facts.items()),
            FactValue(name="capacity", value="800", unit="ml", kind="number"),
            FactValue(name="height", value="15", unit="cm", kind="number"),
        ),
    )
    return BriefSpec(
        content_type="product_description", locale=locale, products=(product,),
        brand=Brand(name="Tansu & Thyme"), keyphrase=keyphrase,
    )  # fmt: skip


def errors(spec: BriefSpec, text: str) -> dict[str, str]:
    found = check_text(spec, {"body_markdown": text})
    return {f.check: text[f.start : f.end] for f in found if f.severity == "error"}


@pytest.mark.parametrize("locale", TRUE)
def test_it_passes_what_the_facts_say(locale: str) -> None:
    assert errors(spec_of(locale), TRUE[locale]) == {}


@pytest.mark.parametrize(
    ("locale", "check"), [(locale, check) for locale in FALSE for check in FALSE[locale]]
)
def test_it_fails_what_they_do_not_say(locale: str, check: str) -> None:
    assert check in errors(spec_of(locale), FALSE[locale][check])


@pytest.mark.parametrize("locale", TRUE)
def test_it_links_each_claim_to_its_fact(locale: str) -> None:
    claims = find_claims(spec_of(locale), {"body_markdown": TRUE[locale]})
    assert {"capacity", "height", "colour", "origin"} <= {claim.fact for claim in claims}
    assert None not in {claim.fact for claim in claims}


@pytest.mark.parametrize("locale", FALSE)
def test_it_shows_a_false_claim_without_a_fact(locale: str) -> None:
    for text in FALSE[locale].values():
        claims = find_claims(spec_of(locale), {"body_markdown": text})
        assert any(claim.fact is None and claim.kind for claim in claims), text


def test_it_judges_numbers_countries_and_certificates_in_a_language_without_word_lists() -> None:
    spec = replace(spec_of("nl-NL"), locale="sv-SE", keyphrase="")
    assert errors(spec, "Den rymmer 0,8 liter och kommer från Japan.") == {}
    found = errors(spec, "Den rymmer 1,2 liter, kommer från Tyskland och är märkt med FSC.")
    assert set(found) == {"numbers", "origins", "certifications"}


def test_it_says_what_it_cannot_judge() -> None:
    spec = replace(spec_of("nl-NL"), locale="sv-SE", keyphrase="")
    found = check_text(spec, {"body_markdown": "Den är av trä."})
    assert [(f.check, f.severity) for f in found] == [("unjudged", "warning")]


def test_it_lets_the_workspace_answer_for_its_own_words() -> None:
    spec = spec_of("fr-FR")
    allowed = replace(spec, allowed=("assez pour une tasse", "la plus légère"))
    text = "Assez pour une tasse. C'est la plus légère."
    assert {"statements", "superlatives"} <= set(errors(spec, text))
    assert errors(allowed, text) == {}


@pytest.mark.parametrize(
    ("text", "is_stated"),
    [
        ("It is enough for a cup.", False),
        ("Enough for a cup.", False),
        ("The teapot is made for breakfast.", False),
        ("Coffee tastes better from it.", False),
        ("You get three cups of it.", False),
        ("Mornings are quiet.", True),
        ("When guests come, the kettle sings.", True),
        ("Pour a cup and sit down.", True),
        ("Why not sit down for a cup?", True),
        ("What are the primary functions of the liver?", False),
        ("What is a garak?", False),
        ("It is cast iron.", True),
    ],
)
def test_it_tells_a_statement_from_a_scene(text: str, is_stated: bool) -> None:
    found = [f for f in check_text(brief(), {"body_markdown": text}) if f.check in {"statements", "numbers"}]
    assert (found == []) == is_stated
