"""Short fields: lines sampled by themselves, and descriptions chosen from sentences that already passed."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, product

from content.engine.checks.keyphrase import contains
from content.engine.judging import overlap
from content.engine.plans import FieldPlan
from content.engine.slots import clean, labelled, short_title, spoken, usable_facts
from content.engine.text import is_unspaced, join_sentences, unquoted
from content.engine.types import BriefSpec

_MOST_GROUPS = 6
_SAME = 0.6
"""Share of telling words from which two sentences say the same."""
_SHORT_FACT = 24
"""Characters of a fact that fits a headline."""


def line_keywords(spec: BriefSpec, *, task: str, number: int = 0) -> list[str]:
    """The keyphrase and what it is about: one product in full, else the first few by their short names.

    Each line of a set after the first is about another fact.
    """
    if number > 1:
        product = spec.products[(number - 1) % len(spec.products)]
        facts = [fact for fact in usable_facts(product) if len(fact.value) <= _SHORT_FACT]
        told = [labelled(facts[(number - 2) % len(facts)], language=spec.language)] if facts else []
        return [short_title(spoken(product.title, spec)), *told]
    titles = [spoken(entry.title, spec) for entry in spec.products[: 1 if task == "title" else 2]]
    is_one = len(spec.products) == 1
    parts = [clean(spec.keyphrase), *(titles if is_one else [short_title(title) for title in titles])]
    return list(dict.fromkeys(filter(None, parts)))


def fitted(text: str, high: int) -> str:
    """Too long a line is cut at its last comma that fits: what is left was said all the same."""
    if not high or len(text) <= high:
        return text
    places = [place for place, c in enumerate(text[: high + 1]) if c in ",、|–"]
    return text[: places[-1]].strip() if places and places[-1] > high // 3 else text


def tidy_line(text: str) -> str:
    """A title has no final stop and no quotes around it; a name's own quotes at its end stay."""
    return unquoted(text.strip().rstrip("。.").strip()).rstrip("。.").strip()


Choice = tuple[str, float]
"""A sentence and how good it is."""


def best_line(spec: BriefSpec, plan: FieldPlan, groups: Sequence[Sequence[Choice]]) -> str:
    """At most one sentence of each group, in order, that together fit the plan best and read best."""
    kept = groups[:_MOST_GROUPS]
    clashes = _clashes([text for group in kept for text, _ in group], spec)
    options = [[None, *group] for group in kept]
    picks = [[choice for choice in pick if choice is not None] for pick in product(*options)]
    picks = [
        pick for pick in picks if not any(pair in clashes for pair in combinations([t for t, _ in pick], 2))
    ]
    lines = [
        (join_sentences([text for text, _ in pick], language=spec.language), pick) for pick in picks if pick
    ]
    return max(lines, key=lambda line: _fit(spec, plan, line[0], line[1]))[0] if lines else ""


def _clashes(said: Sequence[str], spec: BriefSpec) -> set[tuple[str, str]]:
    """Pairs of sentences that say the same, whatever the product's name adds to both."""
    named = " ".join(entry.title for entry in spec.products)
    return {
        (one, other)
        for one in said
        for other in said
        if one == other or overlap(one, other, language=spec.language, besides=named) > _SAME
    }


def _fit(
    spec: BriefSpec, plan: FieldPlan, text: str, pick: Sequence[Choice]
) -> tuple[bool, bool, bool, float]:
    """Fits, holds the keyphrase, is long enough; then the mean goodness, a fuller line a little better."""
    low, high = plan.limits(spec.language)
    has_keyphrase = (
        plan.keyphrase == "none"
        or not spec.keyphrase
        or contains(text, spec.keyphrase, language=spec.language)
    )
    goodness = sum(score for _, score in pick) / len(pick)
    return (not high or len(text) <= high, has_keyphrase, len(text) >= low, goodness + len(text) / 400)


def hashtags(spec: BriefSpec) -> str:
    """From the keyphrase, the brand and the categories' own words: tags are names, not prose."""
    said = [spec.keyphrase, spec.brand.name, *(short_title(p.title) for p in spec.products[:1])]
    tags = dict.fromkeys(_tag(text, unspaced=is_unspaced(spec.language)) for text in said if text.strip())
    return " ".join(tag for tag in tags if len(tag) > 2)


def _tag(text: str, *, unspaced: bool) -> str:
    kept = "".join(c if c.isalnum() or c in "ー々" else " " for c in text).split()
    return "#" + "".join(part if unspaced else part[:1].upper() + part[1:] for part in kept)
