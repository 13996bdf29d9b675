"""Which fields a check reads: prose, not addresses and hashtags."""

from __future__ import annotations

from collections.abc import Iterator

from content.engine.plans import fields_of
from content.engine.types import BriefSpec, Fields

_NOT_PROSE = frozenset({"slug", "tags"})


def prose_fields(spec: BriefSpec, fields: Fields) -> Iterator[tuple[str, str]]:
    """Fields people read as sentences, in their order; a field that no plan knows is prose."""
    skipped = {plan.name for plan in fields_of(spec) if plan.kind in _NOT_PROSE}
    yield from ((field, text) for field, text in fields.items() if field not in skipped)
