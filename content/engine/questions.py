"""Questions a shopper asks: written by the model, and judged to ask for the very fact that answers them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache

from content.engine.checks import check_sentence
from content.engine.checks.unsupported_words import unknown_words
from content.engine.demos import Demo
from content.engine.judging import Judged, tidy
from content.engine.lexicons import read_data
from content.engine.quantities import quantities
from content.engine.sampling import Candidate
from content.engine.slots import Slot
from content.engine.text import is_unspaced
from content.engine.types import BriefSpec, FactValue

_ENDS = re.compile("[?\uff1f\u061f]$")


def question_slot(slot: Slot) -> Slot:
    """The question whose answer the slot is; the first fact names what is asked."""
    return replace(slot, name="question", facts=slot.facts[:1], is_needed=False)


def judge_question(
    spec: BriefSpec, slot: Slot, candidate: Candidate, *, field: str, demos: Sequence[Demo]
) -> Judged:
    text = tidy(candidate.text, language=spec.language)
    own = replace(spec, products=(slot.product,)) if slot.product else spec
    errors = tuple(f for f in check_sentence(own, text, field=field) if f.severity == "error")
    is_right = bool(_ENDS.search(text) or (spec.language == "ja" and text.endswith("か。")))
    # What it asks for, it must not tell.
    is_right = is_right and not quantities(text, language=spec.language) and _asks(slot, text, spec.language)
    unknown = len(unknown_words(_with_labels(own, slot), text))
    return Judged(text, errors, float(is_right), candidate.logprob - 0.9 * unknown, candidate.order, unknown)


def _with_labels(spec: BriefSpec, slot: Slot) -> BriefSpec:
    """A question may name what it asks for: the label of the fact is no invention."""
    if not spec.products:
        return spec
    told = FactValue(name="asked", value=" ".join(_words_of(slot, spec.language)))
    product = replace(spec.products[0], facts=(*spec.products[0].facts, told))
    return replace(spec, products=(product,))


def _words_of(slot: Slot, language: str) -> list[str]:
    names = [fact.name for fact in slot.facts]
    labels = read_data("fact_labels.json").get(language, {})
    return [str(labels.get(name, name)) for name in names] + _asked(language).get("words", "").split()


def _asks(slot: Slot, text: str, language: str) -> bool:
    """Holds a word that asks for this kind of fact; without a list for the language nothing does."""
    forms = [_asked(language).get(fact.name, "") for fact in slot.facts]
    pattern = "|".join(filter(None, [*forms, *(_label_form(fact.name, language) for fact in slot.facts)]))
    return bool(pattern) and bool(re.search(rf"(?i){pattern}", text))


def _label_form(name: str, language: str) -> str:
    label = str(read_data("fact_labels.json").get(language, {}).get(name, ""))
    if not label:
        label = name.replace("_", " ") if language == "en" else ""
    edge = "" if is_unspaced(language) else r"\b"
    return edge + re.escape(label.casefold()) if label else ""


@cache
def _asked(language: str) -> dict[str, str]:
    return dict(read_data("questions.json").get(language, {}))
