"""Words that neither the facts, the brief nor everyday language explain: a person should look at them."""

from __future__ import annotations

from collections.abc import Iterator

from content.engine.everyday import unknown_words, unsaid_words
from content.engine.plans import fields_of
from content.engine.types import BriefSpec, Fields, Finding

__all__ = ["check", "unknown_words", "unsaid_words"]


def check(spec: BriefSpec, fields: Fields) -> Iterator[Finding]:
    skipped = {plan.name for plan in fields_of(spec) if plan.kind in {"slug", "tags"}}
    for field, text in fields.items():
        if field in skipped:
            continue
        for word in unknown_words(spec, text):
            yield Finding(
                check="unsupported_words",
                severity="info",
                field=field,
                start=word.start,
                end=word.end,
                message=f"“{word.text}” comes from no fact.",
                remedy="Make sure it is true of the product, or leave it out.",
            )
