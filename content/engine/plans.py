"""Content types as data (data/plans.json): their fields in the order they are written, with limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from content.engine.lexicons import read_data
from content.engine.types import BriefSpec, ContentType

_HALF_WIDTH = frozenset({"ja", "zh", "ko"})
"""Scripts whose letters take two columns: limits are about half."""


@dataclass(frozen=True)
class FieldPlan:
    """One field: what kind of text it is and what it must fit."""

    name: str
    kind: Literal["line", "slug", "text", "tags", "outline"]
    label: str
    min: int = 0
    """Characters; 0 is no limit."""
    max: int = 0
    cjk_min: int = 0
    cjk_max: int = 0
    is_main: bool = False
    """Counts towards the brief's length."""
    keyphrase: Literal["wanted", "none"] = "none"
    """Wanted: a finding when the keyphrase is missing."""
    slots: tuple[str, ...] = ()
    """For texts: the sentences in order, by what each is about (see slots.py)."""
    task: str = ""
    """For lines: the name of the prompt's task."""
    shape: Literal["paragraphs", "line", "bullets", "questions"] = "paragraphs"
    """How a text's sentences stand together."""
    place: int = 0
    """Where a reader meets the field, where that is not the order of writing."""
    number: int = 0
    """Of a set of alike fields (headline_1, headline_2 …): which one; 0 outside a set."""

    def limits(self, language: str) -> tuple[int, int]:
        return (self.cjk_min, self.cjk_max) if language in _HALF_WIDTH else (self.min, self.max)


@dataclass(frozen=True)
class Plan:
    """One content type."""

    name: str
    label: str
    words: Mapping[str, tuple[int, int]]
    """Words of the main text for short, medium and long, where the brief gives no numbers."""
    fields: tuple[FieldPlan, ...]


def _plan(name: str, entry: Mapping[str, Any]) -> Plan:  # Any: JSON
    words = {size: (low, high) for size, (low, high) in entry["words"].items()}
    return Plan(
        name, entry["label"], words, tuple(p for given in entry["fields"] for p in fields_from(given))
    )


def fields_from(given: Mapping[str, Any]) -> list[FieldPlan]:  # Any: JSON
    """A field with a count is a set: headline_1, headline_2 …"""
    values = {**given, "slots": tuple(given.get("slots", ()))}
    count, first = values.pop("count", 1), values.pop("first", {})
    one = FieldPlan(**values)
    if count == 1:
        return [one]
    numbers = range(1, count + 1)
    of_set = [replace(one, name=f"{one.name}_{n}", label=f"{one.label} {n}", number=n) for n in numbers]
    return [replace(of_set[0], **first), *of_set[1:]]


CONTENT_PLANS: Mapping[ContentType, Plan] = {
    name: _plan(name, entry) for name, entry in read_data("plans.json").items()
}
PLANS: Mapping[ContentType, tuple[FieldPlan, ...]] = {name: p.fields for name, p in CONTENT_PLANS.items()}


def plan_for(content_type: ContentType) -> tuple[FieldPlan, ...]:
    try:
        return PLANS[content_type]
    except KeyError:
        raise ValueError(f"content_type: unknown {content_type!r}; known are {', '.join(PLANS)}") from None


def fields_of(spec: BriefSpec) -> tuple[FieldPlan, ...]:
    """The brief's own plan, else that of its content type."""
    return spec.own_fields or plan_for(spec.content_type)


def main_text(content_type: ContentType, fields: Mapping[str, str]) -> str:
    """The fields that count towards the brief's length, as a reader meets them."""
    plans = sorted((plan for plan in plan_for(content_type) if plan.is_main), key=lambda plan: plan.place)
    return "\n\n".join(text for plan in plans if (text := fields.get(plan.name, "").strip()))
