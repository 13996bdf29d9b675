"""Availability: in stock, sold out, only here; it changes by the hour, so copy states it only from a fact."""

from __future__ import annotations

from collections.abc import Iterator

from content.engine.checks.words_of_facts import unsupported
from content.engine.types import BriefSpec, Fields, Finding


def check(spec: BriefSpec, fields: Fields) -> Iterator[Finding]:
    return unsupported(spec, fields, group="availability", check="availability", noun="availability")
