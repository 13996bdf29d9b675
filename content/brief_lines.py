"""One brief a line of JSON, read strictly: each refusal names the field and the remedy."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from content.engine.plans import CONTENT_PLANS
from content.engine.quantities import quantities
from content.engine.types import Brand, BriefSpec, FactValue, Length, ProductFacts
from content.locales import standard_locale

MAX_LINE = 64_000
"""Characters of one line."""
MAX_PRODUCTS = 12
_COMMA_LANGUAGES = frozenset({"de", "fr", "es", "it", "nl", "pt", "pl", "ru", "sv", "da", "fi", "tr", "cs"})


class LineRefused(ValueError):
    """The line is no brief; the message names the field and what to write instead."""


@dataclass(frozen=True)
class BriefLine:
    """A brief under the id its file gave it."""

    id: str
    spec: BriefSpec


def parse_line(line: str) -> BriefLine:
    if len(line) > MAX_LINE:
        raise LineRefused(f"The line has {len(line)} characters; at most {MAX_LINE} are read.")
    try:
        given = json.loads(line)
    except json.JSONDecodeError as error:
        raise LineRefused(f"Not JSON: {error.msg} at character {error.pos + 1}.") from None
    fields = _Fields(given, "brief", known=_BRIEF)
    locale = fields.take("locale", _locale)
    language = locale.partition("-")[0]
    spec = BriefSpec(
        content_type=fields.take("content_type", _content_type),
        locale=locale,
        products=tuple(
            _product(entry, f"products[{place}]", language=language)
            for place, entry in enumerate(fields.take("products", _products))
        ),
        brand=_brand(fields.maybe("brand", _object, {})),
        keyphrase=fields.maybe("keyphrase", _text, ""),
        audience=fields.maybe("audience", _text, ""),
        length=_length(fields.maybe("length", _object, None)),
        call_to_action=fields.maybe("call_to_action", _text, ""),
    )
    return BriefLine(fields.take("id", _id), spec)


_BRIEF = (
    "id", "content_type", "locale", "products", "brand", "keyphrase", "audience", "length", "call_to_action",
)  # fmt: skip

Read = Callable[[Any, str], Any]
"""A JSON value and the name of its field to the value we keep; Any: JSON in, each reader its own type out."""


class _Fields:
    """One JSON object, field by field; what nobody asks for was refused at the start."""

    def __init__(self, given: Any, where: str, *, known: tuple[str, ...]) -> None:  # Any: JSON
        self._where = "" if where == "brief" else f"{where}."
        self._given: Mapping[str, Any] = _object(given, where)
        unknown = sorted(set(self._given) - set(known))
        if unknown:
            raise LineRefused(f"{self._where}{unknown[0]}: unknown field. Known are {', '.join(known)}.")

    def take(self, name: str, read: Read) -> Any:  # Any: what `read` gives
        if name not in self._given:
            raise LineRefused(f"{self._where}{name}: missing. It is required.")
        return read(self._given[name], f"{self._where}{name}")

    def maybe(self, name: str, read: Read, default: Any) -> Any:  # Any: what `read` gives
        given = self._given.get(name)
        return default if given is None else read(given, f"{self._where}{name}")


def _object(given: Any, name: str) -> Mapping[str, Any]:  # Any: JSON
    if not isinstance(given, dict):
        raise LineRefused(f"{name}: must be an object in braces, not {_kind(given)}.")
    return given


def _text(given: Any, name: str) -> str:  # Any: JSON
    if not isinstance(given, str):
        raise LineRefused(f"{name}: must be a text in quotes, not {_kind(given)}.")
    return given.strip()


def _id(given: Any, name: str) -> str:  # Any: JSON
    text = str(given) if isinstance(given, int) and not isinstance(given, bool) else _text(given, name)
    if not text:
        raise LineRefused(f"{name}: is empty. Give each brief its own.")
    return text


def _texts(given: Any, name: str) -> tuple[str, ...]:  # Any: JSON
    if not isinstance(given, list):
        raise LineRefused(f"{name}: must be a list of texts, not {_kind(given)}.")
    return tuple(_text(entry, f"{name}[{place}]") for place, entry in enumerate(given))


def _locale(given: Any, name: str) -> str:  # Any: JSON
    try:
        return standard_locale(_text(given, name))
    except ValueError as error:
        raise LineRefused(f"{name}: {error}") from None


def _content_type(given: Any, name: str) -> str:  # Any: JSON
    text = _text(given, name)
    if text not in CONTENT_PLANS:
        raise LineRefused(f"{name}: “{text}” is unknown. Known are {', '.join(CONTENT_PLANS)}.")
    return text


def _products(given: Any, name: str) -> list[Any]:  # Any: JSON
    if not isinstance(given, list) or not 1 <= len(given) <= MAX_PRODUCTS:
        raise LineRefused(f"{name}: must be a list of 1 to {MAX_PRODUCTS} products.")
    return given


def _product(given: Any, where: str, *, language: str) -> ProductFacts:  # Any: JSON
    fields = _Fields(given, where, known=("title", "facts"))
    title = fields.take("title", _text)
    if not title:
        raise LineRefused(f"{where}.title: is empty. Name the product.")
    facts = fields.maybe("facts", _object, {})
    return ProductFacts(
        title=title,
        facts=tuple(
            _fact(name, value, f"{where}.facts.{name}", language=language) for name, value in facts.items()
        ),
    )


def _fact(name: str, value: Any, where: str, *, language: str) -> FactValue:  # Any: JSON
    if isinstance(value, bool):
        return FactValue(name=name, value="true" if value else "false", kind="boolean")
    if isinstance(value, int | float):
        return FactValue(name=name, value=str(value), kind="number")
    if isinstance(value, list):
        return FactValue(name=name, value=", ".join(_texts(value, where)))
    return _measured(name, _text(value, where), language=language)


def _measured(name: str, text: str, *, language: str) -> FactValue:
    """ "800 ml" is a number with a unit; "70 × 45 cm" and "800 ml of tea" are texts."""
    found = quantities(text, language=language)
    digits = text[: len(text) - len(text.lstrip("0123456789.,"))]
    unit = text[len(digits) :].strip()
    is_number = len(found) == 1 and bool(digits) and found[0].end - found[0].start == len(text)
    if not is_number or not found[0].dimension:
        return FactValue(name=name, value=text)
    plain = digits.replace(",", ".") if language in _COMMA_LANGUAGES and digits.count(",") == 1 else digits
    is_plain = plain.count(".") <= 1 and "," not in plain
    return (
        FactValue(name=name, value=plain, unit=unit, kind="number")
        if is_plain
        else FactValue(name=name, value=text)
    )


def _brand(given: Mapping[str, Any]) -> Brand:  # Any: JSON
    fields = _Fields(given, "brand", known=("name", "voice", "banned", "required"))
    return Brand(
        name=fields.maybe("name", _text, ""),
        voice=fields.maybe("voice", _text, ""),
        banned=fields.maybe("banned", _texts, ()),
        required=fields.maybe("required", _texts, ()),
    )


def _length(given: Mapping[str, Any] | None) -> Length | None:  # Any: JSON
    if given is None:
        return None
    fields = _Fields(given, "length", known=("unit", "min", "max"))
    unit = fields.maybe("unit", _text, "words")
    if unit not in {"words", "characters"}:
        raise LineRefused(f"length.unit: “{unit}” is unknown. Write “words” or “characters”.")
    low, high = fields.maybe("min", _count, 0), fields.maybe("max", _count, 0)
    if high and low > high:
        raise LineRefused(f"length.min: {low} is more than length.max, {high}.")
    return Length(unit=unit, min=low, max=high)


def _count(given: Any, name: str) -> int:  # Any: JSON
    if not isinstance(given, int) or isinstance(given, bool) or given < 0:
        raise LineRefused(f"{name}: must be a whole number from 0, not {_kind(given)}.")
    return given


def _kind(given: Any) -> str:  # Any: JSON
    if given is None:
        return "null"
    names = {bool: "true or false", int: "a number", float: "a number", str: "a text", list: "a list"}
    return names.get(type(given), "an object")
