"""Personal data: nobody's e-mail address, phone, card or identity number, address or name stands in copy."""

from __future__ import annotations

from collections.abc import Iterator

from content.engine.personal import Found, personal_data
from content.engine.support import product_text
from content.engine.types import BriefSpec, Fields, Finding

_DOUBTFUL = frozenset({"a street address", "a postal code", "a person's name"})
"""Shops name makers and workshops: a person decides."""


def check(spec: BriefSpec, fields: Fields) -> Iterator[Finding]:
    for field, text in fields.items():
        if field == "slug":
            continue
        for found in personal_data(text):
            if not (found.kind in _DOUBTFUL and _is_the_shops(spec, found)):
                yield Finding(
                    check="personal_data",
                    severity="warning" if found.kind in _DOUBTFUL else "error",
                    field=field,
                    start=found.start,
                    end=found.end,
                    message=f"“{text[found.start : found.end][:60]}” looks like {found.kind}.",
                    remedy="Take it out, unless it is the shop's own."
                    if found.kind in _DOUBTFUL
                    else "Take it out.",
                )


def _is_the_shops(spec: BriefSpec, found: Found) -> bool:
    """A maker's name that the catalogue states is no secret."""
    said = [*(product_text(product) for product in spec.products), spec.brand.name, *spec.brand.cased, *spec.allowed]
    return found.text.casefold() in "\n".join(said).casefold()
