"""Numbers: every quantity is one the catalogue states, said of the right thing: a height is no width."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache

from content.engine.lexicons import forms_pattern, read_data
from content.engine.plans import plan_for
from content.engine.quantities import Quantity, quantities
from content.engine.support import SupportedQuantity, supported_quantities
from content.engine.types import BriefSpec, Fields, Finding

_REACH = 18
"""Characters within which a word such as "high" belongs to a number."""


def check(spec: BriefSpec, fields: Fields) -> Iterator[Finding]:
    supported = supported_quantities(spec)
    skipped = {plan.name for plan in plan_for(spec.content_type) if plan.kind in {"slug", "tags"}}
    for field, text in fields.items():
        if field not in skipped:
            for quantity in quantities(text, language=spec.locale):
                yield from _judge(quantity, supported, spec=spec, field=field, text=text)


def supporting(quantity: Quantity, supported: Sequence[SupportedQuantity]) -> list[str]:
    """Names of the facts that state this quantity, and as much of it: "over 2 h" is more than 2 h."""
    exact = [entry.source for entry in supported if _states(entry.quantity, quantity)]
    if exact or quantity.dimension:
        return exact
    # A bare number may leave out its unit in a size ("70 × 45"), but not change its value.
    return [entry.source for entry in supported if _written_alike(quantity, entry.quantity)]


def _states(fact: Quantity, said: Quantity) -> bool:
    if not said.equals(fact):
        return False
    if said.bound == "over":
        return fact.bound == "over"
    return fact.bound != "up_to" or said.bound == "up_to" or said.upper is not None


def _written_alike(bare: Quantity, stated: Quantity) -> bool:
    return (
        bare.is_measure and stated.dimension == "length" and stated.upper is None
        and bare.amount in {stated.amount, stated.amount / 10}
    )  # fmt: skip


def _judge(
    quantity: Quantity, supported: Sequence[SupportedQuantity], *, spec: BriefSpec, field: str, text: str
) -> Iterator[Finding]:
    said = text[quantity.start : quantity.end]
    sources = supporting(quantity, supported)
    if not sources:
        yield _finding(field, quantity, f"No fact states “{said}”.", _remedy(quantity, supported))
        return
    meant = _meant(text, quantity, language=spec.language)
    if meant and not any(_may_mean(source, meant, language=spec.language) for source in sources):
        name = sources[0].replace("_", " ")
        message = f"“{said}” is the {name}, not what the text says it is."
        yield _finding(field, quantity, message, f"Say it of the {name}, or leave it out.")


def _may_mean(source: str, meant: set[str], *, language: str) -> bool:
    """A fact of another name may be anything, unless other words of the language are known to speak of it."""
    return source in meant or not any(source in names for names, *_ in _cues(language))


def _meant(text: str, quantity: Quantity, *, language: str) -> set[str]:
    """Names of the facts that the words around the number speak of: "16 cm high", 高さ16cm."""
    before, after = (
        text[max(0, quantity.start - _REACH) : quantity.start],
        text[quantity.end : quantity.end + _REACH],
    )
    # Another number or a clause in between takes the word for itself.
    before, after = re.split(r"\d|[,、。;]", before)[-1], re.split(r"\d|[,、。;×x]", after)[0]
    near = [
        (distance, names)
        for names, pattern_before, pattern_after in _cues(language)
        for distance in (*_distances_before(pattern_before, before), *_distances_after(pattern_after, after))
    ]
    return min(near, key=lambda cue: cue[0])[1] if near else set()


def _distances_before(pattern: re.Pattern[str] | None, text: str) -> list[int]:
    return [len(text) - match.end() for match in pattern.finditer(text)] if pattern else []


def _distances_after(pattern: re.Pattern[str] | None, text: str) -> list[int]:
    return [match.start() for match in pattern.finditer(text)] if pattern else []


Cue = tuple[set[str], "re.Pattern[str] | None", "re.Pattern[str] | None"]


@cache
def _cues(language: str) -> list[Cue]:
    cues = read_data("dimension_words.json").get(language, [])
    return [
        (set(names), _pattern(before, language), _pattern(after, language)) for names, before, after in cues
    ]


def _pattern(forms: list[str], language: str) -> re.Pattern[str] | None:
    return forms_pattern(tuple(forms), language=language) if forms else None


def _remedy(quantity: Quantity, supported: Sequence[SupportedQuantity]) -> str:
    alike = [entry.source for entry in supported if entry.quantity.dimension == quantity.dimension]
    return (
        f"Use the number of the fact “{alike[0]}”, or leave it out."
        if alike
        else "Leave it out, or add the fact to the catalogue."
    )


def _finding(field: str, quantity: Quantity, message: str, remedy: str) -> Finding:
    return Finding(
        check="numbers",
        severity="error",
        field=field,
        start=quantity.start,
        end=quantity.end,
        message=message,
        remedy=remedy,
    )
