"""Relations and counts: true words said of the wrong thing."""

from __future__ import annotations

import pytest

from content.engine.checks import CHECKS
from content.engine.lines import tidy_line
from content.engine.types import ProductFacts
from tests.content.engine.briefs import brief, fact


def found(name: str, language: str = "en", *, text: str, product: ProductFacts) -> list[str]:
    spec = brief(locale=f"{language}-{language.upper()}", products=(product,), keyphrase="")
    return [finding.message for finding in CHECKS[name](spec, {"body_markdown": text})]


def _noted(language: str, purpose: str, *others: str) -> ProductFacts:
    facts = [fact("fits", purpose), *(fact("detail", other) for other in others)]
    title = {"en": "Hako notebook A5", "de": "Notizbuch Hako A5"}[language]
    return ProductFacts(title=title, facts=tuple(facts))


@pytest.mark.parametrize(
    ("language", "purpose", "text", "word"),
    [
        ("en", "fountain pens", "The notebook has a fountain pen.", "fountain"),
        ("en", "fountain pens", "It comes with a soft cover and a fountain pen.", "fountain"),
        ("en", "fruit and small vegetables", "The knife is made of fruit.", "fruit"),
        ("de", "Füllfederhalter", "Das Notizbuch enthält einen Füllfederhalter.", "Füllfederhalter"),
    ],
)
def test_it_does_not_have_what_it_is_for(language: str, purpose: str, text: str, word: str) -> None:
    messages = found("relations", language, text=text, product=_noted(language, purpose))
    assert f"goes with “{word}”" in messages[0]


@pytest.mark.parametrize(
    "text",
    [
        "The notebook fits fountain pens.",
        "It has a soft cover and fits fountain pens.",
        "It has paper for fountain pens.",
        "It comes with a pen loop.",
    ],
)
def test_it_may_say_what_it_is_for(text: str) -> None:
    assert found("relations", text=text, product=_noted("en", "fountain pens", "pen loop")) == []


@pytest.mark.parametrize(
    ("language", "title", "facts", "text", "word"),
    [
        ("en", "Mug", (("colour", "moss green"),), "It smells of moss.", "moss"),
        ("de", "Becher", (("colour", "Moosgrün"),), "Duftet nach Moosgrün.", "Moosgrün"),
        ("fr", "Bougie", (("scent", "cèdre"), ("colour", "ivoire")), "La bougie sent l'ivoire.", "ivoire"),
        ("es", "Vela", (("scent", "cedro"), ("colour", "marfil")), "Huele a marfil.", "marfil"),
        ("en", "Tea", (("taste", "malty"), ("scent", "smoke")), "It tastes of smoke.", "smoke"),
    ],
)
def test_a_colour_has_no_scent(
    language: str, title: str, facts: tuple[tuple[str, str], ...], text: str, word: str
) -> None:
    product = ProductFacts(title=title, facts=tuple(fact(name, value) for name, value in facts))
    messages = found("relations", language, text=text, product=product)
    assert len(messages) == 1
    assert word in messages[0]


@pytest.mark.parametrize(
    "text", ["It smells of hinoki and cedar.", "The hinoki candle smells of cedar, and it burns for 40 h."]
)
def test_a_candle_smells_of_what_the_fact_says(text: str) -> None:
    facts = (fact("scent", "hinoki and cedar"), fact("burn_time", "40 h"))
    product = ProductFacts(title="Hinoki soy candle", facts=facts)
    assert found("relations", text=text, product=product) == []


def test_the_table_is_not_what_is_measured() -> None:
    board = ProductFacts(title="Schneidebrett Kante", facts=(fact("height", "3 cm"),))
    table = ProductFacts(title="Tisch Kante", facts=(fact("height", "3 cm"),))
    text = "Der Tisch hat eine Höhe von 3 cm."
    assert len(found("relations", "de", text=text, product=board)) == 1
    assert found("relations", "de", text=text, product=table) == []


@pytest.mark.parametrize(
    ("language", "detail", "text"),
    [
        ("de", "gedrehte Fransen an beiden Enden", "Sie hat zwei gedrehte Fransen."),
        ("en", "twisted fringe at both ends, 2 loops", "It has two twisted fringes."),
        ("fr", "livré avec 2 coussins", "Avec deux housses."),
    ],
)
def test_it_counts_what_the_fact_counts(language: str, detail: str, text: str) -> None:
    throw = ProductFacts(title="Fell", facts=(fact("detail", detail),))
    assert "counts something else" in found("numbers", language, text=text, product=throw)[0]


@pytest.mark.parametrize(
    ("language", "detail", "text"),
    [
        ("de", "gedrehte Fransen an beiden Enden", "Mit Fransen an beiden Enden."),
        ("en", "2 linen cushions", "It comes with two cushions."),
        ("en", "2 linen cushions", "Two soft cushions come with it."),
        ("de", "mit 2 Kissen", "Dazu gehören zwei Zierkissen."),
        ("en", "2 linen cushions", "Cushions of linen: two."),
    ],
)
def test_it_may_count_it_in_other_words(language: str, detail: str, text: str) -> None:
    throw = ProductFacts(title="Fell", facts=(fact("detail", detail),))
    assert found("numbers", language, text=text, product=throw) == []


def test_lumens_are_no_length() -> None:
    lamp = ProductFacts(title="Lamp", facts=(fact("light", "600 lm"), fact("burn_time", "40 h")))
    assert found("numbers", text="It is 600 lm long.", product=lamp) == ["“600 lm” is no length."]
    assert found("numbers", text="It burns for 40 h and gives 600 lm.", product=lamp) == []


@pytest.mark.parametrize(
    ("language", "title", "facts", "text", "is_wrong"),
    [
        ("de", "Wolldecke Fell", (("material", "Lammwolle"),), "Wolldecke aus Fell in Grau", True),
        ("de", "Wolldecke Fell", (("material", "Lammwolle"),), "Eine Wolldecke aus Lammwolle.", False),
        ("de", "Duftkerze Hinoki", (("scent", "Hinoki und Zeder"),), "Duftkerze aus Hinoki", True),
        ("de", "Becher", (("colour", "Moosgrün"),), "Becher aus Moosgrün", True),
        (
            "de",
            "Becher",
            (("origin", "Portugal"), ("maker", "Töpferei Lund")),
            "Aus der Töpferei Lund.",
            False,
        ),
        ("de", "Teekanne aus Gusseisen", (), "Die Teekanne ist aus Gusseisen.", False),
        ("en", "Moss mug", (), "It is made of moss.", True),
        ("en", "Iwa cast-iron teapot", (), "The teapot is made of cast iron.", False),
    ],
)
def test_a_name_is_no_material(
    language: str, title: str, facts: tuple[tuple[str, str], ...], text: str, is_wrong: bool
) -> None:
    product = ProductFacts(title=title, facts=tuple(fact(name, value) for name, value in facts))
    assert bool(found("materials", language, text=text, product=product)) == is_wrong


def test_it_is_not_what_it_is_for() -> None:
    notebook = ProductFacts(title="Hako notebook A5", facts=(fact("fits", "fountain pens"),))
    assert found("relations", text="The notebook is a fountain pen.", product=notebook)
    assert found("relations", text="The notebook is for fountain pens.", product=notebook) == []


def test_one_bar_is_no_pair() -> None:
    bar = ProductFacts(title="Olive soap bar", facts=(fact("net_weight", "120 g"),))
    pair = ProductFacts(title="Pair of olive soap bars", facts=())
    text = "A pair of olive soap bars."
    assert found("numbers", text=text, product=bar)
    assert found("numbers", text=text, product=pair) == []


@pytest.mark.parametrize(
    ("text", "is_cut"),
    [
        ("鋳鉄のポット「いわ", True),
        ("鋳鉄のポット「いわ」", False),
        ("Kanne „Iwa", True),
        ("Kanne „Iwa“", False),
    ],
)
def test_a_name_keeps_its_closing_quote(text: str, is_cut: bool) -> None:
    spec = brief(locale="ja-JP")
    assert bool(list(CHECKS["truncation"](spec, {"title": text}))) == is_cut
    assert tidy_line(f"{text}。") == text


@pytest.mark.parametrize("text", ['"Cast iron teapot"', "“Cast iron teapot.”", "「Cast iron teapot」。"])
def test_quotes_around_a_whole_title_go(text: str) -> None:
    assert tidy_line(text) == "Cast iron teapot"


def test_a_first_in_japan_is_a_rank() -> None:
    pot = ProductFacts(title="急須いわ", facts=(fact("origin", "日本"),))
    assert found("superlatives", "ja", text="日本で最初に作られた急須です。", product=pot)


def test_a_place_is_named_whole() -> None:
    throw = ProductFacts(
        title="Wolldecke Fell",
        facts=(fact("maker", "Weberei Fell"), fact("origin", "Gifu, Japan"), fact("material", "Lammwolle")),
    )
    assert found("materials", "de", text="Wolldecke aus Fell in Grau", product=throw)
    for text in ("Sie kommt aus der Weberei Fell in Gifu.", "Aus Gifu.", "Die Decke ist aus Lammwolle."):
        assert found("materials", "de", text=text, product=throw) == []


def test_newness_needs_a_fact() -> None:
    bar = ProductFacts(title="Olive soap bar", facts=(fact("detail", "paper sleeve"),))
    assert found("statements", text="The new soap bar has a paper sleeve.", product=bar)
    assert found("statements", text="The soap bar has a paper sleeve.", product=bar) == []
