"""A plan of one's own: a content type's plan as text that people can edit, and read back.

[plan] names it, its content type and its length in words; each other section is a field. Fields may be left
out, and their limits, sentences and number changed; new kinds of fields need a new content type.
"""

from __future__ import annotations

import configparser
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from content.engine.lexicons import read_data
from content.engine.plans import CONTENT_PLANS, FieldPlan, Plan, fields_from
from content.engine.slots import PRODUCT_SLOTS
from content.engine.types import ContentType

_SIZES = ("short", "medium", "long")
_SHAPES = ("paragraphs", "line", "bullets", "questions")
_FREE_SENTENCES = (*PRODUCT_SLOTS, "scene", "rest", "close")
"""Sentences that any text may have, beside those of its own type."""
_MOST = 5000
_MOST_ALIKE = 15
_NEEDED = frozenset({"title", "slug"})
"""A page cannot be published without them."""


class BadPlan(ValueError):
    """The text is no plan; the message names the section and the remedy."""


def plan_text(content_type: ContentType) -> str:
    """The packaged plan as text to edit."""
    plan = CONTENT_PLANS[content_type]
    lines = ["[plan]", f"name = {plan.label}", f"content_type = {content_type}"]
    lines += [f"{size} = {low}-{high}" for size, (low, high) in plan.words.items()]
    for given in _entries(content_type):
        lines += ["", f"[{given['name']}]", *_lines(given)]
    return "\n".join(lines) + "\n"


def _lines(given: Mapping[str, Any]) -> Iterator[str]:  # Any: JSON
    if given["kind"] in {"line", "text"}:
        yield f"characters = {_range_text(given.get('min', 0), given.get('max', 0))}"
        yield f"characters_cjk = {_range_text(given.get('cjk_min', 0), given.get('cjk_max', 0))}"
        yield f"keyphrase = {given.get('keyphrase', 'none')}"
    if given.get("slots") and given["kind"] != "outline":
        yield f"sentences = {', '.join(given['slots'])}"
    if given["kind"] == "text":
        yield f"shape = {given.get('shape', 'paragraphs')}"
    if "count" in given:
        yield f"count = {given['count']}"


def _range_text(low: int, high: int) -> str:
    return f"{low}-{high or ''}" if low or high else ""


def parse_plan(text: str) -> Plan:
    """The plan that the text describes; `name` is its content type, `label` what people call it."""
    parser = configparser.ConfigParser(interpolation=None, delimiters=("=",), strict=True)
    try:
        parser.read_string(text)
    except configparser.Error as error:
        raise BadPlan(f"This is not written as a plan is: {' '.join(str(error).split())}") from None
    head = dict(parser["plan"]) if parser.has_section("plan") else {}
    if not head.get("name", "").strip():
        raise BadPlan("Begin with a section [plan] that has a line such as: name = Short tea descriptions")
    content_type = head.get("content_type", "").strip()
    if content_type not in CONTENT_PLANS:
        raise BadPlan(f"[plan] content_type = {content_type}: it is one of {', '.join(CONTENT_PLANS)}.")
    sections = {name: dict(parser[name]) for name in parser.sections() if name != "plan"}
    fields = _fields(content_type, sections)
    return Plan(content_type, head["name"].strip()[:80], _words(head), fields)


def _words(head: Mapping[str, str]) -> dict[str, tuple[int, int]]:
    words = {size: _range(head.get(size, ""), where=f"[plan] {size}") for size in _SIZES}
    for size, (low, high) in words.items():
        if not 0 < low < high:
            raise BadPlan(
                f"[plan] {size} needs a smaller and a larger number of words, such as {size} = 45-120."
            )
    return words


def _fields(content_type: ContentType, sections: Mapping[str, Mapping[str, str]]) -> tuple[FieldPlan, ...]:
    """In the order of the content type: a slug is made of the title, so the title is written first."""
    known = {given["name"]: given for given in _entries(content_type)}
    for name in sections:
        if name not in known:
            raise BadPlan(f"[{name}]: {content_type} has no such field. It has {', '.join(known)}.")
    for name in _NEEDED & set(known) - set(sections):
        raise BadPlan(f"[{name}] is missing: a page cannot be published without it.")
    edited = [_edited(given, sections[name]) for name, given in known.items() if name in sections]
    fields = tuple(field for given in edited for field in fields_from(given))
    if not any(field.is_main for field in fields):
        mains = ", ".join(name for name, given in known.items() if given.get("is_main"))
        raise BadPlan(f"Nothing is left to read: keep one of {mains}.")
    return fields


def _edited(given: Mapping[str, Any], section: Mapping[str, str]) -> dict[str, Any]:  # Any: JSON
    """The packaged field with what the section says in place of it."""
    where, changed = f"[{given['name']}]", dict(given)
    for key, value in section.items():
        if key not in _keys_of(given):
            raise BadPlan(f"{where} {key}: unknown here. Known are {', '.join(_keys_of(given))}.")
        changed |= _READERS[key](given, value, f"{where} {key}")
    low, high = changed.get("min", 0), changed.get("max", 0)
    if high and low > high:
        raise BadPlan(f"{where} characters: the smaller number comes first.")
    return changed


def _keys_of(given: Mapping[str, Any]) -> list[str]:  # Any: JSON
    return [line.partition(" =")[0] for line in _lines(given)]


def _characters(given: Mapping[str, Any], value: str, where: str) -> dict[str, Any]:
    low, high = _range(value, where=where)
    return {"min": low, "max": _within(given.get("max", 0), high, where=where)}


def _characters_cjk(given: Mapping[str, Any], value: str, where: str) -> dict[str, Any]:
    low, high = _range(value, where=where)
    return {"cjk_min": low, "cjk_max": _within(given.get("cjk_max", 0), high, where=where)}


def _within(packaged: int, wanted: int, *, where: str) -> int:
    """Networks and search engines cut what is longer: a plan may ask for less, not for more."""
    if packaged and not 0 < wanted <= packaged:
        raise BadPlan(f"{where}: at most {packaged} characters are shown.")
    return wanted


def _keyphrase(given: Mapping[str, Any], value: str, where: str) -> dict[str, Any]:
    return {"keyphrase": _one_of(value, ("wanted", "none"), where=where)}


def _shape(given: Mapping[str, Any], value: str, where: str) -> dict[str, Any]:
    return {"shape": _one_of(value, _SHAPES, where=where)}


def _sentences(given: Mapping[str, Any], value: str, where: str) -> dict[str, Any]:
    slots = [slot.strip() for slot in value.split(",") if slot.strip()]
    known = dict.fromkeys([*given["slots"], *_FREE_SENTENCES])
    if not slots:
        raise BadPlan(f"{where}: say at least one of {', '.join(known)}.")
    for slot in slots:
        _one_of(slot, tuple(known), where=where)
    return {"slots": slots}


def _count(given: Mapping[str, Any], value: str, where: str) -> dict[str, Any]:
    if not re.fullmatch(r"\d{1,2}", value.strip()) or not 1 <= int(value) <= _MOST_ALIKE:
        raise BadPlan(f"{where} = {value}: write a number from 1 to {_MOST_ALIKE}.")
    return {"count": int(value)}


_READERS = {
    "characters": _characters,
    "characters_cjk": _characters_cjk,
    "keyphrase": _keyphrase,
    "sentences": _sentences,
    "shape": _shape,
    "count": _count,
}


def _one_of(value: str, known: Sequence[str], *, where: str) -> str:
    if value.strip() not in known:
        raise BadPlan(f"{where} = {value}: it is one of {', '.join(known)}.")
    return value.strip()


def _range(value: str, *, where: str) -> tuple[int, int]:
    """ "45-120"; "-60" and "60" are at most 60, and nothing at all is no limit."""
    match = re.fullmatch(r"(?:(\d{1,4})?\s*[-–])?\s*(\d{1,4})?", value.strip())
    if match is None or max(int(part or 0) for part in match.groups()) > _MOST:
        raise BadPlan(f"{where} = {value}: write two numbers, such as 45-120.")
    return int(match[1] or 0), int(match[2] or 0)


def _entries(content_type: ContentType) -> list[dict[str, Any]]:  # Any: JSON
    return list(read_data("plans.json")[content_type]["fields"])
