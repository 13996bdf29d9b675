"""Grammatical gender, by the model's own majority."""

import pytest

from content.engine.agreement import agreed, clashes, gender_of


def test_it_believes_the_majority_of_the_sentences() -> None:
    said = ["La sartén es de hierro.", "Esta sartén mide 15 cm.", "Una sartén negra.", "El sartén pesa 1 kg."]
    assert gender_of(said, "sartén", language="es") == "f"
    assert gender_of(said[:2], "sartén", language="es") == ""
    assert gender_of(["Die Butter.", "Das Butter.", "Der Butter."], "Butter", language="de") == ""


@pytest.mark.parametrize(
    ("language", "noun", "gender", "right", "wrong"),
    [
        ("de", "Kanne", "f", "Die Kanne fasst 1 l.", "Das Kanne fasst 1 l."),
        ("de", "Kanne", "f", "Sie ist schwarz.", "Er ist schwarz."),
        ("fr", "théière", "f", "Elle est fabriquée au Japon.", "Elle est fabriqué au Japon."),
        ("fr", "plaid", "m", "Le plaid est tissé à la main.", "La plaid est tissé à la main."),
        ("es", "manta", "f", "La manta está hecha de lana.", "La manta está hecho de lana."),
        ("it", "teiera", "f", "La teiera è fatta in ghisa.", "Il teiera è fatta in ghisa."),
    ],
)
def test_it_sees_what_does_not_agree(language: str, noun: str, gender: str, right: str, wrong: str) -> None:
    assert not clashes(right, noun, gender, language=language)
    assert clashes(wrong, noun, gender, language=language)


def test_it_says_nothing_of_languages_without_gender() -> None:
    assert gender_of(["The pot.", "The pot.", "The pot."], "pot", language="en") == ""
    assert not clashes("The pot is black.", "pot", "", language="en")


@pytest.mark.parametrize(
    ("language", "noun", "written", "right"),
    [
        ("fr", "théière", "Le théière a un filtre.", "La théière a un filtre."),
        ("fr", "théière", "Il a un filtre.", "Elle a un filtre."),
        ("fr", "théière", "Il suffit de rincer un théière.", "Il suffit de rincer une théière."),
        ("es", "manta", "Este manta pesa 1 kg.", "Esta manta pesa 1 kg."),
        ("de", "Teekanne", "Das Teekanne fasst 1 l.", "Die Teekanne fasst 1 l."),
        ("de", "Teekanne", "Deckel der Teekanne.", "Deckel der Teekanne."),
        ("de", "Iwa", "Das Iwa fasst 1 l.", "Das Iwa fasst 1 l."),
    ],
)
def test_it_sets_right_what_the_nouns_ending_tells(language: str, noun: str, written: str, right: str) -> None:
    assert agreed(written, noun, language=language) == right
