"""Which candidate is best: checks first, then how well it says its facts, then how well it reads."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from content.engine import text as texts
from content.engine.agreement import agreed
from content.engine.checks import check_sentence
from content.engine.checks.keyphrase import contains
from content.engine.checks.numbers import supporting
from content.engine.checks.unsupported_words import unknown_words, unsaid_words
from content.engine.demos import Demo
from content.engine.grammar import articled, breaks, oddities, reads_as_sentence
from content.engine.likeness import likeness
from content.engine.quantities import quantities
from content.engine.sampling import Candidate
from content.engine.slots import Slot, head_noun, label_of, labelled, localized
from content.engine.support import supported_quantities
from content.engine.text import fold, is_unspaced
from content.engine.types import BriefSpec, FactValue, Finding


@dataclass(frozen=True)
class Judged:
    """A candidate with what is wrong with it and how good it is otherwise."""

    text: str
    errors: tuple[Finding, ...]
    coverage: float
    """Share of the slot's facts it says, word by word."""
    score: float
    order: int

    unknown: int = 0
    """Words that come from no fact: an invention, as likely as not."""
    broken: int = 0
    """Signs that no native wrote it."""

    @property
    def is_true(self) -> bool:
        """Says nothing that the checks can doubt."""
        return not self.errors and not self.unknown

    @property
    def passes(self) -> bool:
        return self.is_true and not self.broken and self.coverage >= _ENOUGH

    @property
    def rank(self) -> tuple[bool, float, float, int]:
        return (not self.passes, float(len(self.errors) + self.unknown), -self.score, self.order)


_ENOUGH = 0.8
_NAMES = frozenset({"maker", "brand", "designer", "required"})
"""Facts that are names: said letter by letter or not at all."""
_PARTS = frozenset(
    {"handle", "base", "vessel", "binding", "wick_material", "hardness", "cable", "pages", "lid"}
)
"""Facts about a part or a measure that the sentence has to name."""
_UNKNOWN, _UNSAID, _COVERAGE, _DEMO, _BARE, _GRAMMAR, _KEYPHRASE = 0.9, 0.12, 2.0, 1.5, 1.2, 1.2, 0.7
_LIKE = 1.0
"""Worth more than what two true candidates usually differ by in likelihood."""


def judge(spec: BriefSpec, slot: Slot, candidate: Candidate, *, field: str, demos: Sequence[Demo]) -> Judged:
    """Errors against the slot's own product alone: another product's number is not this one's."""
    own = _narrowed(spec, slot)
    text = tidy(candidate.text, language=spec.language)
    text = agreed(text, _noun(slot, spec), language=spec.language) if slot.product else text
    errors = (
        tuple(f for f in check_sentence(own, text, field=field) if f.severity == "error")
        if text
        else (_nothing(field),)
    )
    coverage = covered(own, slot, text)
    # A scene says nothing about a product, so it may use any words.
    unknown = len(_invented(own, slot, text)) if slot.product else 0
    broken = len(breaks(text, noun=_noun(slot, spec), language=spec.language)) + _is_what_it_has(slot, text)
    score = _score(own, slot, text, candidate, coverage, demos) - _UNKNOWN * unknown
    return Judged(text, errors, coverage, score, candidate.order, unknown, broken)


def _invented(spec: BriefSpec, slot: Slot, text: str) -> list[str]:
    """Unknown words, but for those that name the facts: "160 pages", "the binding"."""
    names = " ".join(labelled(fact, language=spec.language) for fact in slot.facts)
    labels = set(texts.stems(names.replace("-", " "), language=spec.language))
    found = [word.text for word in unknown_words(spec, text)]
    return [word for word in found if texts.stem(word, language=spec.language) not in labels]


def _narrowed(spec: BriefSpec, slot: Slot) -> BriefSpec:
    return replace(spec, products=(slot.product,)) if slot.product else spec


def _score(
    spec: BriefSpec, slot: Slot, text: str, candidate: Candidate, coverage: float, demos: Sequence[Demo]
) -> float:
    score = candidate.logprob + _COVERAGE * coverage + _LIKE * likeness(text, spec.brand.examples)
    score -= _UNSAID * len(unsaid_words(spec, text))
    score -= _DEMO * _echoes(text, demos, spec.language)
    is_fragment = not reads_as_sentence(text, spec.language)
    score += (
        _KEYPHRASE
        if slot.is_needed and spec.keyphrase and contains(text, spec.keyphrase, language=spec.language)
        else 0.0
    )
    score -= _GRAMMAR if _is_what_it_has(slot, text) else 0.0
    score -= _BARE if is_fragment and (slot.name != "opening" or spec.language == "ja") else 0.0
    score -= _GRAMMAR * len(oddities(text, noun=_noun(slot, spec), language=spec.language))
    return score - 0.04 * max(0, _size(text, spec.language) - _wanted_size(slot, spec.language))


_HAD = frozenset(
    {
        "detail",
        "vessel",
        "pattern",
        "contents",
        "packaging",
        "scent",
        "fringe",
        "pockets",
        "base",
        "edges",
        "blade",
        "handle",
        "cable",
        "binding",
        "pages",
        "fits",
        "strap",
        "closure",
        "lining",
    }
)


_IS = r"(?:is|are|ist|sind|est|sont|es|son|è|sono)"
_DETERMINER = r"(?:made (?:of|from)\s+)?(?:(?:an?|the|eine?n?|das|die|der)\s+)?"


def _is_what_it_has(slot: Slot, text: str) -> bool:
    """ "The teapot is a lift-out strainer", "est fonderie Kurogane": a part or maker for the whole."""
    parts = [fact.value.split()[0] for fact in slot.facts if fact.name in _HAD | _NAMES]
    return any(re.search(rf"(?i)\b{_IS}\s+{_DETERMINER}{re.escape(part)}", text) for part in parts)


def _noun(slot: Slot, spec: BriefSpec) -> str:
    return head_noun(slot.product.title, language=spec.language) if slot.product else ""


def covered(spec: BriefSpec, slot: Slot, text: str) -> float:
    """The share of its least said fact: a number is said by its quantity, words by their stems."""
    if not slot.facts:
        return _words_said(slot.subject, text, spec.language)
    return min(_said(spec, fact, text) for fact in slot.facts)


def _said(spec: BriefSpec, fact: FactValue, text: str) -> float:
    stated = localized(fact, language=spec.language)
    wanted = [
        q for q in quantities(stated, language=spec.language) if supporting(q, supported_quantities(spec))
    ]
    found = quantities(text, language=spec.language)
    if fact.name in _NAMES:
        return float(fold(fact.value) in fold(text))
    label = label_of(fact.name, language=spec.language)
    if fact.name in _PARTS and label and not _words_said(label, text, spec.language):
        return 0.0  # "The knife is walnut" says of the whole what is true of its handle
    if fact.kind == "number":
        return float(any(q.equals(other) for q in wanted for other in found))
    return _words_said(stated, text, spec.language)


_ONLY = re.compile(r"(?i)\b(?:only|nur|max|up to|bis zu)\b|のみ|だけ|まで")
"""Words that narrow a fact: without them it promises more."""


def _words_said(wanted: str, text: str, language: str) -> float:
    if _ONLY.search(wanted) and not _ONLY.search(text):
        return 0.0
    if is_unspaced(language):
        pairs = _pairs(wanted)
        return len(pairs & _pairs(text)) / len(pairs) if pairs else 1.0
    stems = [
        texts.stem(w.text, language=language)
        for w in texts.words(wanted)
        if len(w.text) > 3 or w.text.isupper()
    ]
    found = set(texts.stems(text, language=language))
    return sum(stem in found for stem in stems) / len(stems) if stems else 1.0


def _pairs(text: str) -> set[str]:
    """Neighbouring letters: in Japanese the endings tell "dry it at once" from "it dries at once"."""
    parts = re.findall(r"[^\W_]+", fold(text))
    return {part[i : i + 2] for part in parts for i in range(len(part) - 1)}


def overlap(one: str, other: str, *, language: str, besides: str = "") -> float:
    """Share of the shorter text's telling words that the other has too; words of `besides` do not count."""
    mine, theirs = (
        _telling(one, language) - _telling(besides, language),
        _telling(other, language) - _telling(besides, language),
    )
    return len(mine & theirs) / max(1, min(len(mine), len(theirs)))


def _telling(text: str, language: str) -> set[str]:
    if is_unspaced(language):
        return {fold(run.text) for run in texts.runs(text)}
    return {
        texts.stem(w.text, language=language) for w in texts.words(text.replace("-", " ")) if len(w.text) > 3
    }


def _echoes(text: str, demos: Sequence[Demo], language: str) -> int:
    """Runs of a demonstration's sentence in the text: copied from another product."""
    size = 7 if is_unspaced(language) else 4
    mine = _runs(text, size, language)
    return sum(bool(mine & _runs(sentence, size, language)) for _, sentence in demos)


def _runs(text: str, size: int, language: str) -> set[tuple[str, ...]]:
    parts = list(fold(text)) if is_unspaced(language) else [fold(word.text) for word in texts.words(text)]
    return {tuple(parts[i : i + size]) for i in range(len(parts) - size + 1)}


def _size(text: str, language: str) -> int:
    return len(text) // 2 if is_unspaced(language) else len(texts.words(text))


def _wanted_size(slot: Slot, language: str) -> int:
    return 9 + sum(_size(fact.text, language) for fact in slot.facts) + _size(slot.subject, language)


def _nothing(field: str) -> Finding:
    return Finding(
        check="length",
        severity="error",
        field=field,
        start=0,
        end=0,
        message="The model wrote nothing.",
        remedy="Write one sentence.",
    )


def tidy(text: str, *, language: str) -> str:
    """Fixes that cannot change meaning: the first sentence only, white space, outer quotes, first capital."""
    line = re.sub(r"\s+", " ", text.strip().splitlines()[0]).strip() if text.strip() else ""
    found = texts.sentences(texts.unquoted(line))
    first = found[0].text if found else ""
    return _cased(articled(first) if language == "en" else first, language)


def _cased(text: str, language: str) -> str:
    return text[:1].upper() + text[1:] if text and not is_unspaced(language) else text
