"""Keyphrase density: neither absent from the headings nor said so often that readers and engines notice."""

from __future__ import annotations

import re
from collections.abc import Iterator

from content.engine import text as texts
from content.engine.checks.keyphrase import contains
from content.engine.plans import fields_of
from content.engine.text import fold, is_unspaced
from content.engine.types import BriefSpec, Fields, Finding

MOST = 0.04
"""Share of the words that may be the keyphrase's."""
_FEWEST_WORDS, _FEWEST_TIMES, _HEADINGS = 40, 4, 2


def check(spec: BriefSpec, fields: Fields) -> Iterator[Finding]:
    if not spec.keyphrase.strip():
        return
    names = [plan.name for plan in fields_of(spec) if plan.is_main and fields.get(plan.name)]
    whole = "\n".join(fields[name] for name in names)
    if not names:
        return
    yield from _too_often(spec, names[0], fields[names[0]], whole)
    yield from _in_headings(spec, fields, names)


def _too_often(spec: BriefSpec, field: str, text: str, whole: str) -> Iterator[Finding]:
    times, share = density(whole, spec.keyphrase, language=spec.language)
    words = (
        texts.measure(whole, unit="characters") / 2.5
        if is_unspaced(spec.language)
        else len(texts.words(whole))
    )
    if words >= _FEWEST_WORDS and times >= _FEWEST_TIMES and share > MOST:
        yield Finding(
            check="keyphrase_density", severity="warning", field=field, start=0, end=len(text),
            message=f"The keyphrase is said {times} times, {share:.1%} of the text.",
            remedy="Use a pronoun or another name for it now and then.",
        )  # fmt: skip


def density(text: str, keyphrase: str, *, language: str) -> tuple[int, float]:
    """How often the keyphrase stands there as one phrase, inflected or not, and its share of the words."""
    if is_unspaced(language):
        times = fold(text).replace(" ", "").count(fold(keyphrase).replace(" ", ""))
        return times, times * len(keyphrase.replace(" ", "")) / max(1, len(text))
    wanted = texts.stems(keyphrase.replace("-", " "), language=language)
    found = texts.stems(text.replace("-", " "), language=language)
    size = len(wanted)
    times = (
        sum(sorted(found[n : n + size]) == sorted(wanted) for n in range(len(found) - size + 1))
        if size
        else 0
    )
    return times, times * size / max(1, len(found))


def _in_headings(spec: BriefSpec, fields: Fields, names: list[str]) -> Iterator[Finding]:
    found = [
        (name, match)
        for name in names
        for match in re.finditer(r"^#{1,6}\s+(.+)$", fields[name], re.MULTILINE)
    ]
    if len(found) >= _HEADINGS and not any(
        contains(m[1], spec.keyphrase, language=spec.language) for _, m in found
    ):
        name, match = found[0]
        yield Finding(
            check="keyphrase_density", severity="info", field=name, start=match.start(), end=match.end(),
            message=f"No heading contains the keyphrase “{spec.keyphrase}”.",
            remedy="Use it in one of the headings.",
        )  # fmt: skip
