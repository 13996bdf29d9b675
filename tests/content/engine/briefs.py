"""Briefs in three languages for the engine's tests: one real-looking teapot each."""

from __future__ import annotations

from dataclasses import replace

from content.engine.types import Brand, BriefSpec, FactValue, Length, ProductFacts


def fact(name: str, value: str, unit: str = "") -> FactValue:
    return FactValue(name=name, value=value, unit=unit, kind="number" if unit else "text")


TEAPOTS = {
    "en": ProductFacts(
        title="Iwa cast-iron teapot, black, 800 ml",
        facts=(
            fact("material", "cast iron, enamelled inside"),
            fact("colour", "matt black"),
            fact("capacity", "800", "ml"),
            fact("height", "15", "cm"),
            fact("diameter", "16", "cm"),
            fact("origin", "Japan"),
            fact("maker", "Kurogane foundry"),
            fact("care", "rinse with hot water only, dry at once"),
            fact("safety", "not for use on the stove"),
            fact("detail", "lift-out strainer of stainless steel"),
        ),
        price="89.00",
        currency="EUR",
        categories=("Tea & Coffee", "Teapots"),
    ),
    "de": ProductFacts(
        title="Gusseiserne Teekanne „Iwa“, schwarz, 800 ml",
        facts=(
            fact("material", "Gusseisen, innen emailliert"),
            fact("colour", "Mattschwarz"),
            fact("capacity", "0.8", "l"),
            fact("height", "15", "cm"),
            fact("diameter", "16", "cm"),
            fact("origin", "Japan"),
            fact("maker", "Gießerei Kurogane"),
            fact("care", "nur mit heißem Wasser ausspülen, sofort abtrocknen"),
            fact("safety", "nicht für den Herd geeignet"),
        ),
        price="89.00",
        currency="EUR",
        categories=("Tea & Coffee", "Teapots"),
    ),
    "ja": ProductFacts(
        title="鋳鉄ティーポット「いわ」黒 800ml",
        facts=(
            fact("material", "鋳鉄（内側ホーロー）"),
            fact("colour", "マットブラック"),
            fact("capacity", "800", "ml"),
            fact("height", "15", "cm"),
            fact("diameter", "16", "cm"),
            fact("origin", "日本"),
            fact("maker", "くろがね鋳造所"),
            fact("care", "お湯ですすぎ、すぐに乾かす"),
            fact("safety", "直火・IH不可"),
        ),
        price="89.00",
        currency="EUR",
        categories=("Tea & Coffee", "Teapots"),
    ),
}
_KEYPHRASES = {"en": "cast iron teapot", "de": "Teekanne Gusseisen", "ja": "鋳鉄 ティーポット"}
_BANNED = {"en": ("stunning",), "de": ("Hingucker",), "ja": ("極上",)}


def brief(language: str = "en", **changes: object) -> BriefSpec:
    """A product description of the teapot; `changes` replace fields of the brief."""
    spec = BriefSpec(
        content_type="product_description",
        locale={"en": "en-GB", "de": "de-DE", "ja": "ja-JP"}[language],
        products=(TEAPOTS[language],),
        brand=Brand(name="Tansu & Thyme", banned=_BANNED[language], cased=("Tansu & Thyme",)),
        keyphrase=_KEYPHRASES[language],
        length=Length(unit="characters" if language == "ja" else "words", min=10, max=120),
    )
    return replace(spec, **changes)  # type: ignore[arg-type]
