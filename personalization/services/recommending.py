"""Answers "what shall we show this person here?", for one visitor or many recipients.

1. Read what each person bought and saw, and what was learned (a fixed number of queries for all of them).
2. Read each source's evidence with the hard rules, the filters and the exclude rules applied in SQL.
3. Choose in the engine: pool, rank, boost and bury, mix, spread, fall back, pin.
4. Where asked, or where nothing came out, find out what each rule refused.
5. Write items with reasons in the reader's language, and keep a record of what was served.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.utils import timezone

from omotenashi.accounts.models import Workspace
from omotenashi.errors import FieldError, InvalidInput
from personalization.engine.candidates import Candidate
from personalization.engine.choosing import (
    CANDIDATES_PER_SOURCE,
    Choice,
    Shaping,
    Wanted,
    choose,
    explain_fallback,
    fallback_candidates,
    pooled_candidates,
)
from personalization.engine.diversity import per_category_from
from personalization.engine.evidence import Evidence, Relation
from personalization.engine.placements import DEFAULTS, InvalidSettings, PlacementSettings, settings_for
from personalization.engine.ranker import Pooled
from personalization.engine.tracing import Trace, explain_shortness
from personalization.models import Placement
from personalization.selectors import candidates as read
from personalization.selectors.people import Person, customers_as_people, find_person
from personalization.selectors.rules import ProductFilter, Rules
from personalization.services.explaining import Explained, traces_for
from personalization.services.gathering import (
    Asked,
    Past,
    ever_bought,
    gather_evidence,
    just_bought,
    read_past,
    with_newest,
)
from personalization.services.requests import Fallback, Promotion, RecommendationAnswer, RecommendationRequest
from personalization.services.rule_book import RuleBook, rule_book
from personalization.services.serving import Shelf, keep_record, shelf_of, write_items
from personalization.services.shaping import shaping_for

PEOPLE_PER_ROUND = 200
"""Recipients answered together: large enough for few queries, small enough for memory."""


@dataclass(frozen=True)
class _Round:
    """What the persons of one round share."""

    asked: Asked
    wanted: Wanted
    placement: str
    locale: str
    filter: ProductFilter
    market: str
    book: RuleBook
    promotions: tuple[Promotion, ...] = ()
    explain: bool = False


@dataclass(frozen=True)
class _Found:
    """One person's evidence and the candidates it gives."""

    evidence: Evidence
    pooled: list[Pooled]
    fallback: list[Candidate]

    def product_ids(self) -> list[UUID]:
        """Each once: candidates before what only fills up."""
        return list(
            dict.fromkeys(
                [*(row.product_id for row in self.pooled), *(row.product_id for row in self.fallback)]
            )
        )

    @property
    def is_known(self) -> bool:
        known = self.evidence
        return bool(known.seeds or known.due or known.views or known.listed)


def recommend(request: RecommendationRequest) -> RecommendationAnswer:
    workspace = request.workspace
    person = find_person(
        workspace,
        customer_external_id=request.customer_id,
        anonymous_id=request.anonymous_id,
        blocked=frozenset({*request.cart, *request.exclude, *request.context_product_ids}),
    )
    shared = _round(
        workspace,
        placement=request.placement,
        count=request.count,
        locale=request.locale or person.locale,
        filter_=request.filter,
        market=request.market,
        context=_context(request),
        settings=request.settings,
    )
    shared = replace(
        shared,
        promotions=request.promotions,
        wanted=_spread(shared.wanted, request.diversity),
        explain=request.explain,
    )
    answers = _answers(shared, people=[person])
    if not request.dry_run:
        answers = keep_record(
            answers, people=[person], workspace=workspace, anonymous_id=request.anonymous_id
        )
    return answers[0]


def recommend_many(
    workspace: Workspace,
    *,
    customer_ids: Sequence[UUID],
    placement: str = "email",
    count: int | None = None,
    locale: str = "",
    market: str = "",
    product_filter: ProductFilter | None = None,
    dry_run: bool = False,
) -> dict[UUID, RecommendationAnswer]:
    """Answers by customer; a customer of another workspace is missing. Some dozen queries for each 200."""
    filter_ = product_filter or ProductFilter()
    shared = _round(
        workspace, placement=placement, count=count, locale=locale, filter_=filter_, market=market, context=()
    )
    found: dict[UUID, RecommendationAnswer] = {}
    for start in range(0, len(customer_ids), PEOPLE_PER_ROUND):
        people = customers_as_people(workspace, customer_ids=customer_ids[start : start + PEOPLE_PER_ROUND])
        answers = _answers(shared, people=people)
        if not dry_run:
            answers = keep_record(answers, people=people, workspace=workspace)
        found |= {p.customer_id: answer for p, answer in zip(people, answers, strict=True) if p.customer_id}
    return found


def _round(
    workspace: Workspace,
    *,
    placement: str,
    count: int | None,
    locale: str,
    filter_: ProductFilter,
    market: str,
    context: tuple[tuple[str, Relation], ...],
    settings: Mapping[str, Any] | None = None,
) -> _Round:
    wanted = _wanted(workspace, placement=placement, count=count, settings=settings)
    now = timezone.now()
    page = next((product_id for product_id, relation in context if relation == "context"), "")
    return _Round(
        asked=Asked(
            workspace=workspace,
            settings=wanted.settings,
            version=read.active_version(workspace.id),
            now=now,
            context=context,
        ),
        wanted=wanted,
        placement=placement,
        locale=locale or workspace.default_locale,
        filter=filter_,
        market=market,
        book=rule_book(workspace, settings=wanted.settings, asked=filter_.expression, page=page, now=now),
    )


def _wanted(
    workspace: Workspace, *, placement: str, count: int | None, settings: Mapping[str, Any] | None
) -> Wanted:
    own = dict(Placement.objects.for_workspace(workspace).values_list("key", "settings"))
    if settings is not None:
        own[placement] = settings
    return _wanted_of(placement, own=own, count=count)


def _wanted_of(placement: str, *, own: Mapping[str, Mapping[str, Any]], count: int | None) -> Wanted:
    try:
        settings = settings_for(placement, own=own)
    except InvalidSettings as error:
        raise InvalidInput(f"The settings of placement {placement!r} are not valid: {error}") from error
    if settings is None:
        known = ", ".join(sorted({*DEFAULTS, *own}))
        detail = f"There is no placement {placement[:60]!r}. Known: {known}. Add one in the studio."
        raise InvalidInput(detail, errors=[FieldError("unknown_placement", detail, "#/placement")])
    return _spread(Wanted(settings, count or settings.count, settings.max_per_category), settings.diversity)


def _spread(wanted: Wanted, diversity: float | None) -> Wanted:
    if diversity is None:
        return wanted
    return replace(wanted, per_category=per_category_from(diversity, count=wanted.count))


def _context(request: RecommendationRequest) -> tuple[tuple[str, Relation], ...]:
    page: list[tuple[str, Relation]] = [(product_id, "context") for product_id in request.context_product_ids]
    cart: list[tuple[str, Relation]] = [(product_id, "cart") for product_id in request.cart]
    return (*page, *cart)


def _answers(shared: _Round, *, people: Sequence[Person]) -> list[RecommendationAnswer]:
    if not people:
        return []
    asked = shared.asked
    past = read_past(asked, people=people)
    rules = _rules(shared, people=people, past=past)
    evidence = gather_evidence(asked, people=people, past=past, rules=rules)
    found = {number: _find(own, asked.settings) for number, own in evidence.items()}
    if asked.settings.fallback and any(
        len(own.product_ids()) < shared.wanted.count for own in found.values()
    ):
        # Some answer may stay short: the last resort is worth a query.
        limit = CANDIDATES_PER_SOURCE if shared.book.weighing else shared.wanted.count
        evidence = with_newest(evidence, rules=rules, limit=limit)
        found = {number: _find(own, asked.settings) for number, own in evidence.items()}
    shaping = shaping_for(
        rules,
        book=shared.book,
        candidates={number: own.product_ids() for number, own in found.items()},
        promotions=shared.promotions,
        past=past,
    )
    shelf = _shelf(shared, found=found, shaping=shaping)
    choices = {
        number: choose(
            own.pooled, own.fallback, wanted=shared.wanted, kinds=shelf.kinds, shaping=shaping[number]
        )
        for number, own in found.items()
    }
    explained = {n: Explained(found[n].evidence, choices[n], shaping[n]) for n in choices}
    traces = _traces(shared, people=people, past=past, rules=rules, explained=explained)
    return [_answer(shared, found[p.number], choices[p.number], shelf, traces.get(p.number)) for p in people]


def _rules(shared: _Round, *, people: Sequence[Person], past: Past) -> Rules:
    asked, settings = shared.asked, shared.asked.settings
    return Rules(
        workspace=asked.workspace,
        people=tuple(people),
        market=shared.market,
        just_bought=just_bought(past, settings=settings, now=asked.now),
        owned=ever_bought(past),
        only="new" if settings.shows_only_new else "repeat" if settings.shows_only_repeats else "",
        likeness_is_new=settings.new_only and not settings.shows_only_repeats,
        filter=shared.filter,
        extra=shared.book.refusing,
    )


def _find(evidence: Evidence, settings: PlacementSettings) -> _Found:
    return _Found(
        evidence,
        pooled=pooled_candidates(evidence, settings=settings),
        fallback=fallback_candidates(evidence, settings=settings),
    )


def _shelf(shared: _Round, *, found: Mapping[int, _Found], shaping: Mapping[int, Shaping]) -> Shelf:
    """Every product that may be shown, and every one that a reason may name."""
    wanted = {product_id for own in found.values() for product_id in own.product_ids()}
    wanted |= {seed.product_id for own in found.values() for seed in own.evidence.seeds}
    wanted |= {row.seed_id for own in found.values() for row in own.evidence.listed if row.seed_id}
    wanted |= {wish.product_id for own in shaping.values() for wish in own.wishes}
    return shelf_of(shared.asked.workspace, product_ids=wanted, locale=shared.locale)


def _traces(
    shared: _Round,
    *,
    people: Sequence[Person],
    past: Past,
    rules: Rules,
    explained: Mapping[int, Explained],
) -> dict[int, Trace]:
    """For everyone who asks; else for those with nothing, or with less than asked because of a filter."""
    has_filters = bool(shared.book.refusing) or shared.filter != ProductFilter()
    worth = {
        n
        for n, own in explained.items()
        if shared.explain
        or not own.choice.items
        or (has_filters and len(own.choice.items) < shared.wanted.count)
    }
    if not worth:
        return {}
    return traces_for(
        shared.asked,
        people=[person for person in people if person.number in worth],
        past=past,
        rules=rules,
        book=shared.book,
        answers={n: own for n, own in explained.items() if n in worth},
        locale=shared.locale,
    )


def _answer(
    shared: _Round, found: _Found, choice: Choice, shelf: Shelf, trace: Trace | None
) -> RecommendationAnswer:
    count = shared.wanted.count
    general = explain_fallback(choice.items, is_known=found.is_known, count=count)
    shortness = explain_shortness(
        shown=len(choice.items),
        count=count,
        irrelevant=len(choice.irrelevant),
        minimum=shared.asked.settings.minimum_relevance,
        trace=trace,
    )
    return RecommendationAnswer(
        recommendation_id=None,
        placement=shared.placement,
        items=write_items(choice.items, shelf=shelf),
        fallback=Fallback(
            used=bool(general) or not choice.items, why=" ".join(filter(None, [general, shortness]))
        ),
        model_version=str(shared.asked.version.id) if shared.asked.version else "",
        at=shared.asked.now,
        trace=trace if shared.explain else None,
    )
