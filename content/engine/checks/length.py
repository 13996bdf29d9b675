"""Length: short fields against their plan, the main text against the brief."""

from __future__ import annotations

from collections.abc import Iterator

from content.engine import text as texts
from content.engine.plans import FieldPlan, fields_of
from content.engine.types import BriefSpec, Fields, Finding, Severity

_TOLERANCE = 0.25
"""Share by which the main text may miss the brief's length and still be approved, with a warning."""


def check(spec: BriefSpec, fields: Fields) -> Iterator[Finding]:
    for plan in fields_of(spec):
        text = fields.get(plan.name)
        if text is None:
            continue
        if not text.strip():
            yield _finding(
                plan.name,
                text,
                "error",
                "The field is empty.",
                "Write it, or let the draft be written again.",
            )
        elif plan.kind != "slug":
            yield from _short_field(plan, text, spec)
    yield from _main_text(spec, fields)


def _short_field(plan: FieldPlan, text: str, spec: BriefSpec) -> Iterator[Finding]:
    low, high = plan.limits(spec.language)
    size = len(text.strip())
    if high and size > high:
        yield _finding(
            plan.name,
            text,
            "error",
            f"{size} characters; at most {high} fit.",
            f"Shorten it by {size - high} characters.",
            start=high,
        )
    elif low and size < low:
        yield _finding(
            plan.name,
            text,
            "warning",
            f"{size} characters; {low} to {high} are shown.",
            f"There is room for {high - size} more characters.",
        )


def _main_text(spec: BriefSpec, fields: Fields) -> Iterator[Finding]:
    names = [plan.name for plan in fields_of(spec) if plan.is_main and fields.get(plan.name, "").strip()]
    if not spec.length or not names:
        return
    unit = spec.length.unit
    size = sum(texts.measure(fields[name], unit=unit) for name in names)
    low, high = spec.length.min, spec.length.max
    if size < low:
        severity: Severity = "warning" if size >= low * (1 - _TOLERANCE) else "error"
        yield _finding(
            names[0],
            fields[names[0]],
            severity,
            f"{size} {unit}; the brief asks for at least {low}.",
            f"Add about {low - size} {unit}.",
        )
    elif high and size > high:
        severity = "warning" if size <= high * (1 + _TOLERANCE) else "error"
        yield _finding(
            names[-1],
            fields[names[-1]],
            severity,
            f"{size} {unit}; the brief asks for at most {high}.",
            f"Cut about {size - high} {unit}.",
        )


def _finding(
    field: str, text: str, severity: Severity, message: str, remedy: str, *, start: int = 0
) -> Finding:
    return Finding(
        check="length",
        severity=severity,
        field=field,
        start=start,
        end=len(text),
        message=message,
        remedy=remedy,
    )
