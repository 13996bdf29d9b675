"""A guideline's rules as the engine wants them: those of one locale."""

from collections.abc import Mapping
from typing import Any

from content.engine.types import Brand

EMPTY: dict[str, Any] = {
    "voice": "", "cased": [], "formality": {}, "banned": {}, "required": {}, "examples": {}, "glossary": {},
}  # fmt: skip


def rules_for(rules: Mapping[str, Any], *, name: str, locale: str) -> Brand:
    """`de-AT` reads what is said for `de-AT`, else for `de`, and always what is said for `*`."""
    return Brand(
        name=name,
        voice=str(rules.get("voice", "")),
        cased=tuple(rules.get("cased", ())),
        formality=_text(rules.get("formality", {}), locale=locale),
        banned=_terms(rules.get("banned", {}), locale=locale),
        required=_terms(rules.get("required", {}), locale=locale),
        examples=_terms(rules.get("examples", {}), locale=locale),
        glossary=_pairs(_terms(rules.get("glossary", {}), locale=locale)),
    )


def for_locale(values: Mapping[str, Any], *, locale: str) -> Any:  # Any: a text or a list, as the rule has it
    """The value for the tag, else for its language, else for another tag of that language, else None."""
    language = locale.split("-")[0]
    for key in (locale, language):
        if key in values:
            return values[key]
    return next((value for key, value in values.items() if key.split("-")[0] == language), None)


def _text(values: Mapping[str, Any], *, locale: str) -> str:
    return str(for_locale(values, locale=locale) or values.get("*", ""))


def _terms(values: Mapping[str, Any], *, locale: str) -> tuple[str, ...]:
    return (*(for_locale(values, locale=locale) or ()), *values.get("*", ()))


def _pairs(lines: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """ "kettle → teapot": the word not to use, and the brand's own."""
    pairs = [line.replace("->", "→").split("→") for line in lines]
    return tuple(
        (pair[0].strip(), pair[1].strip()) for pair in pairs if len(pair) == 2 and all(map(str.strip, pair))
    )
