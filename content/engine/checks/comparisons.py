"""Comparisons: better than others, twice as much; measured against nothing, they are claims without a fact."""

from __future__ import annotations

from collections.abc import Iterator

from content.engine.checks.words_of_facts import unsupported
from content.engine.types import BriefSpec, Fields, Finding


def check(spec: BriefSpec, fields: Fields) -> Iterator[Finding]:
    return unsupported(spec, fields, group="comparisons", check="comparisons", noun="comparison")
