"""Keyphrase: what searchers type stands in title, first sentence, meta description and slug."""

from __future__ import annotations

from collections.abc import Iterator

from content.engine import text as texts
from content.engine.plans import FieldPlan, fields_of
from content.engine.slugs import slug_for
from content.engine.text import fold, is_unspaced
from content.engine.types import BriefSpec, Fields, Finding


def check(spec: BriefSpec, fields: Fields) -> Iterator[Finding]:
    if not spec.keyphrase.strip():
        return
    has_body_seen = False
    for plan in fields_of(spec):
        text = fields.get(plan.name, "")
        if plan.keyphrase != "wanted" or not text.strip():
            continue
        is_body = plan.kind == "text" and not has_body_seen
        has_body_seen = has_body_seen or is_body
        if not _is_present(plan, text, spec):
            yield _finding(plan, text, spec)


def contains(text: str, keyphrase: str, *, language: str) -> bool:
    """All words of the keyphrase are in the text, inflected or compounded; order does not matter."""
    if is_unspaced(language):
        return all(fold(part) in fold(text) for part in keyphrase.split())
    # Cast-iron and cast iron are one keyphrase.
    stems = texts.stems(text.replace("-", " "), language=language)
    wanted = texts.stems(keyphrase.replace("-", " "), language=language)
    return all(_has(stems, word) for word in wanted)


def _has(stems: list[str], wanted: str) -> bool:
    """Short words must match whole; long ones may be part of a compound (Teekanne, Gusseisenteekanne)."""
    if wanted in stems:
        return True
    return len(wanted) >= 5 and any(wanted in stem for stem in stems)


def _is_present(plan: FieldPlan, text: str, spec: BriefSpec) -> bool:
    if plan.kind == "slug":
        # A romanised slug cannot hold a Japanese keyphrase as typed: it is compared in its own spelling.
        parts = slug_for(spec.keyphrase, language=spec.language).split("-")
        return all(part in text for part in parts if len(part) > 1)
    where = _first_sentence(text) if plan.kind == "text" else text
    return contains(where, spec.keyphrase, language=spec.language)


def _first_sentence(text: str) -> str:
    found = [s for s in texts.sentences(text) if not s.text.startswith("#")]
    return found[0].text if found else text


def _finding(plan: FieldPlan, text: str, spec: BriefSpec) -> Finding:
    end = len(_first_sentence(text)) if plan.kind == "text" else len(text)
    where = "first sentence" if plan.kind == "text" else plan.label.lower()
    return Finding(
        check="keyphrase",
        severity="warning",
        field=plan.name,
        start=0,
        end=end,
        message=f"The {where} does not contain the keyphrase “{spec.keyphrase}”.",
        remedy=f"Use “{spec.keyphrase}”, inflected if need be.",
    )
