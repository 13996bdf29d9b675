"""Materials, colours and origins: a word of these lexicons is said only where a fact, title or category says it."""

from __future__ import annotations

from collections.abc import Iterator

from content.engine.lexicons import lexicon
from content.engine.support import supported_concepts
from content.engine.types import BriefSpec, Fields, Finding


def check_materials(spec: BriefSpec, fields: Fields) -> Iterator[Finding]:
    return unsupported(spec, fields, group="materials", check="materials", noun="material")


def check_colours(spec: BriefSpec, fields: Fields) -> Iterator[Finding]:
    return unsupported(spec, fields, group="colours", check="colours", noun="colour")


def check_origins(spec: BriefSpec, fields: Fields) -> Iterator[Finding]:
    return unsupported(spec, fields, group="origins", check="origins", noun="origin")


def unsupported(spec: BriefSpec, fields: Fields, *, group: str, check: str, noun: str) -> Iterator[Finding]:
    """Words of the group that the products' catalogue entries do not contain."""
    supported = supported_concepts(spec, group)
    for field, text in fields.items():
        if field == "slug":
            continue
        for mention in lexicon(group).mentions(text, language=spec.language):
            if mention.concept not in supported:
                yield Finding(
                    check=check, severity="error", field=field, start=mention.span.start, end=mention.span.end,
                    message=f"No fact supports the {noun} “{mention.span.text}”.", remedy="Leave it out, or add the fact to the catalogue.",
                )  # fmt: skip
