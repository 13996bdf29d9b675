"""Duplicates: two live texts that say the same, or want the same search, take readers from each other.

`spec.published` holds live texts about the same and the most alike products (by their vectors); whether
one of
them is a twin is judged here, by the words.
"""

from __future__ import annotations

from collections.abc import Iterator

from content.engine import text as texts
from content.engine.plans import fields_of
from content.engine.text import fold, is_unspaced
from content.engine.types import BriefSpec, Fields, Finding, PublishedText

SAME, ALIKE = 0.8, 0.5
"""Share of this text's runs of words that the other has too: an error, a warning."""
_RUN = {"words": 5, "characters": 12}
_FEWEST_RUNS = 8


def check_near_duplicate(spec: BriefSpec, fields: Fields) -> Iterator[Finding]:
    names = [plan.name for plan in fields_of(spec) if plan.is_main and fields.get(plan.name)]
    mine = _runs("\n".join(fields[name] for name in names), spec.language)
    if len(mine) < _FEWEST_RUNS:
        return
    for other in spec.published:
        share = len(mine & _runs(other.text, spec.language)) / len(mine)
        if share >= ALIKE:
            yield Finding(
                check="near_duplicate", severity="error" if share >= SAME else "warning", field=names[0],
                start=0, end=len(fields[names[0]]),
                message=f"{share:.0%} of this stands in the published text “{other.title}” already.",
                remedy="Write what is different about this product, or withdraw the other text.",
            )  # fmt: skip


def check_cannibalisation(spec: BriefSpec, fields: Fields) -> Iterator[Finding]:
    field = next((name for name in ("title", "subject") if name in fields), next(iter(fields), ""))
    if not spec.keyphrase.strip() or not field:
        return
    wanted = _key(spec.keyphrase, spec.language)
    for other in spec.published:
        if other.keyphrase and _key(other.keyphrase, spec.language) == wanted:
            yield _same_search(field, fields[field], other)


def _same_search(field: str, text: str, other: PublishedText) -> Finding:
    return Finding(
        check="cannibalisation", severity="warning", field=field, start=0, end=len(text),
        message=f"“{other.title}” is live for the keyphrase “{other.keyphrase}” too: the two compete.",
        remedy="Choose another keyphrase, or let one of the texts link to the other.",
    )  # fmt: skip


def _key(keyphrase: str, language: str) -> frozenset[str]:
    return frozenset(texts.stems(keyphrase.replace("-", " "), language=language))


def _runs(text: str, language: str) -> set[tuple[str, ...]]:
    unit = "characters" if is_unspaced(language) else "words"
    parts = (
        [c for c in fold(text) if c.isalnum()]
        if unit == "characters"
        else [fold(w.text) for w in texts.words(text)]
    )
    size = _RUN[unit]
    return {tuple(parts[place : place + size]) for place in range(len(parts) - size + 1)}
