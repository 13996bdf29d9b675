"""Truncation: a text ends where a sentence ends, a line does not end on a comma or a conjunction."""

from __future__ import annotations

import re
from collections.abc import Iterator

from content.engine.plans import fields_of
from content.engine.text import words
from content.engine.types import BriefSpec, Fields, Finding

_CLOSED = re.compile(r"(?:[.!?。\uff01\uff1f♪☺]|[\U0001F300-\U0001FAFF])[\"'”’»)」』\uff09*_]*$")
_HANGING = {
    "en": frozenset(
        [
            "and",
            "or",
            "but",
            "with",
            "for",
            "of",
            "to",
            "in",
            "on",
            "at",
            "by",
            "from",
            "the",
            "a",
            "an",
            "that",
            "which",
            "is",
            "are",
            "was",
            "as",
            "your",
            "our",
            "its",
            "into",
            "than",
        ]
    ),
    "de": frozenset(
        [
            "und",
            "oder",
            "aber",
            "mit",
            "für",
            "von",
            "zu",
            "im",
            "in",
            "auf",
            "am",
            "an",
            "aus",
            "der",
            "die",
            "das",
            "den",
            "dem",
            "des",
            "ein",
            "eine",
            "einen",
            "einem",
            "einer",
            "als",
            "wie",
            "dass",
            "zum",
            "zur",
            "ist",
            "sind",
        ]
    ),
    "fr": frozenset(
        [
            "et",
            "ou",
            "mais",
            "avec",
            "pour",
            "de",
            "du",
            "des",
            "la",
            "le",
            "les",
            "un",
            "une",
            "dans",
            "sur",
            "est",
            "sont",
            "que",
            "qui",
        ]
    ),
}
_HANGING_MARKS = tuple(",;:、\uff0c\uff1b\uff1a–—-…(「『\uff08")


def check(spec: BriefSpec, fields: Fields) -> Iterator[Finding]:
    texts = {plan.name for plan in fields_of(spec) if plan.kind == "text"}
    lines = {plan.name for plan in fields_of(spec) if plan.kind == "line"}
    for field, text in fields.items():
        body = text.rstrip()
        last = body.rsplit("\n", 1)[-1]
        if field in texts | lines:
            yield from _unclosed(field, body)
        if not body or last.lstrip().startswith("#"):
            continue
        is_open = field in texts and not _CLOSED.search(_without_tags(body))
        if is_open or (field in texts | lines and _hangs(body, language=spec.language)):
            yield Finding(
                check="truncation",
                severity="error",
                field=field,
                start=max(0, len(body) - 20),
                end=len(body),
                message="The text stops in the middle of a sentence.",
                remedy="Finish the sentence, or cut it at the sentence before.",
            )


def _unclosed(field: str, text: str) -> Iterator[Finding]:
    """A name that lost its closing quote was cut."""
    for opening, closing in _PAIRS:
        if text.count(opening) > sum(text.count(mark) for mark in closing):
            start = text.rindex(opening)
            yield Finding(
                check="truncation",
                severity="error",
                field=field,
                start=start,
                end=min(len(text), start + 20),
                message=f"“{opening}” is opened and not closed.",
                remedy="Close it, or leave it out.",
            )


_PAIRS = (("「", "」"), ("『", "』"), ("\uff08", "\uff09"), ("(", ")"), ("„", "“”"), ("«", "»"))


def _without_tags(body: str) -> str:
    return re.sub(r"(?:\s+#\w+)+$", "", body)


def _hangs(body: str, *, language: str) -> bool:
    if body.endswith(_HANGING_MARKS):
        return True
    found = words(body)
    is_last_bare = bool(found) and found[-1].end == len(body)
    return is_last_bare and found[-1].text.casefold() in _HANGING.get(language, frozenset())
