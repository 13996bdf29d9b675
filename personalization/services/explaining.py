"""Says what became of every candidate of an answer: which source proposed it, which rule refused it.

1. Gather the sources' evidence once more, with no rule but that the product is the workspace's own.
2. Ask the rules' own SQL about each of these candidates, one column a rule.
3. Count, and name the products.
Costs about as much as the answer itself: only for those who ask, and for answers that came out empty.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from omotenashi.catalog.models import Product
from omotenashi.catalog.selectors import title_for
from personalization.engine.candidates import Candidate
from personalization.engine.choosing import (
    CANDIDATES_PER_SOURCE,
    Choice,
    Shaping,
    fallback_candidates,
    fallback_sources,
)
from personalization.engine.evidence import Evidence
from personalization.engine.placements import PlacementSettings
from personalization.engine.sources import gather
from personalization.engine.tracing import (
    PromotionTrace,
    RuleTrace,
    SourceTrace,
    Trace,
    Traced,
    WeightTrace,
)
from personalization.selectors.judging import judged_rules, refusals
from personalization.selectors.people import Person
from personalization.selectors.rules import Rules
from personalization.services.gathering import gather_evidence, with_newest
from personalization.services.past import Asked, Past
from personalization.services.rule_book import RuleBook

NAMED_PRODUCTS = 20
"""Of each rule's products so many are named; all are counted."""


@dataclass(frozen=True)
class Explained:
    """What was decided for one person, to be explained."""

    evidence: Evidence
    choice: Choice
    shaping: Shaping


def traces_for(
    asked: Asked,
    *,
    people: Sequence[Person],
    past: Past,
    rules: Rules,
    book: RuleBook,
    answers: Mapping[int, Explained],
    locale: str,
) -> dict[int, Trace]:
    """One trace a person; a fixed number of queries for all of them."""
    settings = asked.settings
    proposed = _proposed(asked, people=people, past=past, rules=rules)
    pairs = [
        (n, product_id, product_id in {row.product_id for row in evidence.due})
        for n, (evidence, candidates) in proposed.items()
        for product_id in {candidate.product_id for candidate in candidates}
    ]
    refused = refusals(rules, pairs=pairs)
    named = _names(rules, product_ids=_named_products(proposed, answers), locale=locale)
    return {
        person.number: _trace(
            candidates=proposed[person.number][1],
            refused={product_id: codes for (n, product_id), codes in refused.items() if n == person.number},
            rules=rules,
            book=book,
            explained=answers[person.number],
            settings=settings,
            named=named,
        )
        for person in people
    }


def _proposed(
    asked: Asked, *, people: Sequence[Person], past: Past, rules: Rules
) -> dict[int, tuple[Evidence, list[Candidate]]]:
    """What each source would say if there were no rules."""
    opened = replace(rules, people=tuple(people), is_open=True)
    evidence = gather_evidence(asked, people=people, past=past, rules=opened)
    if "newest" in {*fallback_sources(asked.settings), *asked.settings.mix}:
        evidence = with_newest(evidence, rules=opened, limit=CANDIDATES_PER_SOURCE)
    return {n: (own, _candidates(own, settings=asked.settings)) for n, own in evidence.items()}


def _candidates(evidence: Evidence, *, settings: PlacementSettings) -> list[Candidate]:
    found = gather(evidence, names=settings.mix, limit=CANDIDATES_PER_SOURCE)
    return [*found, *fallback_candidates(evidence, settings=settings)]


def _trace(
    *,
    candidates: Sequence[Candidate],
    refused: Mapping[UUID, frozenset[str]],
    rules: Rules,
    book: RuleBook,
    explained: Explained,
    settings: PlacementSettings,
    named: Mapping[UUID, Traced],
) -> Trace:
    names = [*settings.mix, *fallback_sources(settings)]
    passed = {product_id for product_id, codes in refused.items() if not codes}
    return Trace(
        candidates=len(refused),
        passed=len(passed),
        sources=tuple(_source(name, candidates, passed=passed, settings=settings) for name in names),
        rules=_rules(rules, refused=refused, named=named),
        weights=_weights(book, explained.shaping, passed=passed, named=named),
        promotions=_promotions(book, explained, named=named),
        minimum_relevance=settings.minimum_relevance,
        irrelevant=_some(explained.choice.irrelevant, named=named),
    )


def _source(
    name: str, candidates: Sequence[Candidate], *, passed: set[UUID], settings: PlacementSettings
) -> SourceTrace:
    own = [candidate.product_id for candidate in candidates if candidate.source == name]
    let_through = sum(product_id in passed for product_id in own)
    return SourceTrace(name, settings.mix.get(name, 0.0), proposed=len(own), passed=let_through)


def _rules(
    rules: Rules, *, refused: Mapping[UUID, frozenset[str]], named: Mapping[UUID, Traced]
) -> tuple[RuleTrace, ...]:
    found: list[RuleTrace] = []
    for rule in judged_rules(rules):
        own = [product_id for product_id, codes in refused.items() if rule.code in codes]
        alone = sum(len(refused[product_id]) == 1 for product_id in own)
        products = _some(own, named=named)
        found.append(RuleTrace(rule.code, rule.label, rule.expression, len(own), alone, products))
    return tuple(found)


def _weights(
    book: RuleBook, shaping: Shaping, *, passed: set[UUID], named: Mapping[UUID, Traced]
) -> tuple[WeightTrace, ...]:
    found: list[WeightTrace] = []
    for own in book.weighing:
        rule = own.rule
        touched = [own for own, weights in shaping.weights.items() if rule.name in weights and own in passed]
        products = _some(touched, named=named)
        found.append(WeightTrace(rule.name, rule.action, rule.weight, rule.filter, products))
    return tuple(found)


def _promotions(
    book: RuleBook, explained: Explained, *, named: Mapping[UUID, Traced]
) -> tuple[PromotionTrace, ...]:
    places = {
        item.product_id: place
        for place, item in enumerate(explained.choice.items, start=1)
        if item.stage == "promoted"
    }
    found = []
    for wish in explained.shaping.wishes:
        place = places.get(wish.product_id)
        why = "" if place else "no place left: the quota, the spacing or the end of the list"
        found.append(PromotionTrace(wish.rule, named.get(wish.product_id), wish.position, place, why))
    kept = {wish.rule for wish in explained.shaping.wishes}
    for own in book.pinning:
        if own.rule.name not in kept:
            why = "no product of this rule may be shown to this visitor"
            found.append(PromotionTrace(own.rule.name, None, own.rule.position, None, why))
    return tuple(found)


def _named_products(
    proposed: Mapping[int, tuple[Evidence, Sequence[Candidate]]], answers: Mapping[int, Explained]
) -> set[UUID]:
    found = {candidate.product_id for _, candidates in proposed.values() for candidate in candidates}
    for explained in answers.values():
        found |= {wish.product_id for wish in explained.shaping.wishes}
        found |= set(explained.choice.irrelevant)
    return found


def _names(rules: Rules, *, product_ids: Iterable[UUID], locale: str) -> dict[UUID, Traced]:
    rows = Product.objects.for_workspace(rules.workspace).filter(id__in=list(product_ids))
    products = rows.only("external_id", "title").prefetch_related("titles")
    return {product.id: Traced(product.external_id, title_for(product, locale)) for product in products}


def _some(product_ids: Iterable[UUID], *, named: Mapping[UUID, Traced]) -> tuple[Traced, ...]:
    known = [named[product_id] for product_id in product_ids if product_id in named]
    return tuple(sorted(known, key=lambda own: own.product_id)[:NAMED_PRODUCTS])
