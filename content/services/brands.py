"""Writing down a brand's rules."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import Max

from content.actors import SYSTEM, Actor
from content.locales import standard_locale
from content.models import Brand, Guideline
from content.rules import EMPTY
from omotenashi.errors import FieldError, InvalidInput

BY_LOCALE = ("formality", "banned", "required", "examples", "glossary")


@transaction.atomic
def save_guideline(brand: Brand, *, rules: Mapping[str, Any], by: Actor = SYSTEM) -> Guideline:
    """The next version; the newest one again when nothing has changed."""
    clean = checked_rules(rules)
    Brand.objects.select_for_update().get(pk=brand.pk)  # one after the other: versions are numbered
    newest = brand.guideline
    if newest is not None and newest.rules == clean:
        return newest
    last = brand.guidelines.aggregate(last=Max("version"))["last"] or 0
    return Guideline.objects.create(
        workspace=brand.workspace, brand=brand, version=last + 1, rules=clean, created_by=by.user
    )


def checked_rules(rules: Mapping[str, Any]) -> dict[str, Any]:
    """The rules in their one shape: tags standard, lists without blanks or repeats."""
    unknown = sorted(set(rules) - set(EMPTY))
    if unknown:
        detail = f"A guideline has no {', '.join(unknown)}. It has: {', '.join(EMPTY)}."
        raise InvalidInput(detail, errors=[FieldError("unknown_rule", detail, f"#/rules/{unknown[0]}")])
    clean: dict[str, Any] = {
        "voice": str(rules.get("voice", "")).strip(),
        "cased": _terms(rules.get("cased", ())),
    }
    for name in BY_LOCALE:
        values = {_key(tag, rule=name): value for tag, value in dict(rules.get(name, {})).items()}
        if name == "formality":
            clean[name] = {tag: str(value).strip() for tag, value in values.items() if str(value).strip()}
        else:
            clean[name] = {tag: terms for tag, value in values.items() if (terms := _terms(value))}
    return clean


def _key(tag: str, *, rule: str) -> str:
    if tag == "*":
        return tag
    try:
        return standard_locale(tag)
    except ValueError as error:
        raise InvalidInput(
            str(error), errors=[FieldError("unknown_locale", str(error), f"#/rules/{rule}")]
        ) from error


def _terms(values: Any) -> list[str]:  # Any: JSON from a form or a file
    return list(dict.fromkeys(str(value).strip() for value in values if str(value).strip()))
