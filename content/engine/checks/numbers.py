"""Numbers: every quantity is one the catalogue states, said of the right thing: a height is no width."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache

from content.engine.lexicons import forms_pattern, read_data
from content.engine.plans import fields_of
from content.engine.quantities import Quantity, quantities
from content.engine.support import SupportedQuantity, counted_stems, supported_quantities
from content.engine.types import BriefSpec, Fields, Finding

_REACH = 18
"""Characters within which a word such as "high" belongs to a number."""


def check(spec: BriefSpec, fields: Fields) -> Iterator[Finding]:
    supported = supported_quantities(spec)
    skipped = {plan.name for plan in fields_of(spec) if plan.kind in {"slug", "tags"}}
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
    if wrong := _not_of_its_kind(quantity, meant):
        yield _finding(field, quantity, f"“{said}” is no {wrong}.", "Say what the number measures.")
        return
    if not quantity.dimension and not _counts_the_same(quantity, supported, spec=spec, text=text):
        message = f"The facts have the number “{said}”, but it counts something else there."
        yield _finding(field, quantity, message, "Count what the fact counts, or leave it out.")
        return
    if meant and not any(_may_mean(source, meant, language=spec.language) for source in sources):
        name = sources[0].replace("_", " ")
        message = f"“{said}” is the {name}, not what the text says it is."
        yield _finding(field, quantity, message, f"Say it of the {name}, or leave it out.")


def _not_of_its_kind(quantity: Quantity, meant: set[str]) -> str:
    """ "600 lm long": the words speak of a length, and lumens measure none."""
    kinds = {kind for name in meant for kind in _KINDS.get(name, ())}
    if not kinds or quantity.dimension in kinds | {"", "share"}:
        return ""
    return next(name for name in _KINDS if name in meant).replace("_", " ")


_KINDS = {
    "height": ("length",),
    "width": ("length",),
    "diameter": ("length",),
    "length": ("length", "time"),
    "depth": ("length",),
    "weight": ("mass", "fabric weight"),
    "capacity": ("volume", "mass"),
    "burn_time": ("time",),
}
"""Dimensions of what words such as "long", "weighs" and "holds" speak of: hours are long as well."""


def _counts_the_same(
    quantity: Quantity, supported: Sequence[SupportedQuantity], *, spec: BriefSpec, text: str
) -> bool:
    """ "Fringe at both ends" says nothing of two fringes."""
    said = counted_stems(text, quantity.end, language=spec.language)
    facts = [entry.counted for entry in supported if _states(entry.quantity, quantity)]
    if not said or not facts or not all(facts):
        return True
    return any(_is_alike(mine, theirs) for counted in facts for mine in said for theirs in counted)


def _is_alike(one: str, other: str) -> bool:
    """The same stem, or one at an end of the other: Kissen and Zierkissen."""
    short, long = sorted((one, other), key=len)
    return one == other or (len(short) >= 4 and (long.startswith(short) or long.endswith(short)))


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
