"""Answers "what shall we show this person here?", for one visitor or many recipients.

1. Read what each person bought and saw, and what was learned (a fixed number of queries for all of them).
2. Read each source's evidence with the hard rules applied in SQL.
3. Choose in the engine: pool, rank, spread, fall back.
4. Write items with reasons in the reader's language, and keep a record of what was served.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from django.utils import timezone

from omotenashi.accounts.models import Workspace
from omotenashi.errors import FieldError, InvalidInput
from personalization.engine.candidates import Candidate, Reason
from personalization.engine.choosing import (
    Chosen,
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
from personalization.models import Placement
from personalization.selectors import candidates as read
from personalization.selectors.history import product_ids_of
from personalization.selectors.people import Person, customers_as_people, find_person
from personalization.selectors.rules import ProductFilter, Rules
from personalization.services.gathering import (
    Asked,
    ever_bought,
    gather_evidence,
    just_bought,
    read_past,
    with_newest,
)
from personalization.services.requests import Fallback, Promotion, RecommendationAnswer, RecommendationRequest
from personalization.services.serving import Shelf, keep_record, shelf_of, write_items

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
    promotions: tuple[Promotion, ...] = ()


@dataclass(frozen=True)
class _Found:
    """One person's evidence and the candidates it gives."""

    evidence: Evidence
    pooled: list[Pooled]
    fallback: list[Candidate]

    def product_ids(self) -> set[UUID]:
        return {row.product_id for row in self.pooled} | {row.product_id for row in self.fallback}

    @property
    def is_known(self) -> bool:
        return bool(self.evidence.seeds or self.evidence.due or self.evidence.views)


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
    )
    shared = replace(shared, promotions=request.promotions, wanted=_spread(shared.wanted, request.diversity))
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
) -> _Round:
    wanted = _wanted(workspace, placement=placement, count=count)
    return _Round(
        asked=Asked(
            workspace=workspace,
            settings=wanted.settings,
            version=read.active_version(workspace.id),
            now=timezone.now(),
            context=context,
        ),
        wanted=wanted,
        placement=placement,
        locale=locale or workspace.default_locale,
        filter=filter_,
        market=market,
    )


def _wanted(workspace: Workspace, *, placement: str, count: int | None) -> Wanted:
    own = dict(Placement.objects.for_workspace(workspace).values_list("key", "settings"))
    try:
        settings = settings_for(placement, own=own)
    except InvalidSettings as error:
        raise InvalidInput(f"The settings of placement {placement!r} are not valid: {error}") from error
    if settings is None:
        known = ", ".join(sorted({*DEFAULTS, *own}))
        detail = f"There is no placement {placement[:60]!r}. Known: {known}. Add one in the studio."
        raise InvalidInput(detail, errors=[FieldError("unknown_placement", detail, "#/placement")])
    return Wanted(settings, count or settings.count, settings.max_per_category)


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
    rules = Rules(
        workspace=asked.workspace,
        people=tuple(people),
        market=shared.market,
        just_bought=just_bought(past, settings=asked.settings, now=asked.now),
        owned=ever_bought(past) if asked.settings.new_only else {},
        filter=shared.filter,
    )
    evidence = gather_evidence(asked, people=people, past=past, rules=rules)
    found = {number: _find(own, asked.settings) for number, own in evidence.items()}
    if asked.settings.fallback and any(
        len(own.product_ids()) < shared.wanted.count for own in found.values()
    ):
        # Some answer may stay short: the last resort is worth a query.
        evidence = with_newest(evidence, rules=rules, limit=shared.wanted.count)
        found = {number: _find(own, asked.settings) for number, own in evidence.items()}
    promoted = _promoted(shared, rules=rules)
    shelf = _shelf(shared, found=found, promoted=promoted)
    return [_answer(shared, found[p.number], shelf, promoted.get(p.number, [])) for p in people]


def _find(evidence: Evidence, settings: PlacementSettings) -> _Found:
    return _Found(
        evidence,
        pooled=pooled_candidates(evidence, settings=settings),
        fallback=fallback_candidates(evidence, settings=settings),
    )


def _shelf(
    shared: _Round, *, found: Mapping[int, _Found], promoted: Mapping[int, list[tuple[int, UUID]]]
) -> Shelf:
    """Every product that may be shown, and every one that a reason may name."""
    wanted = {product_id for own in found.values() for product_id in own.product_ids()}
    wanted |= {seed.product_id for own in found.values() for seed in own.evidence.seeds}
    wanted |= {product_id for rows in promoted.values() for _, product_id in rows}
    return shelf_of(shared.asked.workspace, product_ids=wanted, locale=shared.locale)


def _answer(
    shared: _Round, found: _Found, shelf: Shelf, promoted: Sequence[tuple[int, UUID]]
) -> RecommendationAnswer:
    chosen = choose(found.pooled, found.fallback, wanted=shared.wanted, kinds=shelf.kinds)
    chosen = _with_promoted(chosen, promoted, count=shared.wanted.count)
    why = explain_fallback(chosen, is_known=found.is_known, count=shared.wanted.count)
    return RecommendationAnswer(
        recommendation_id=None,
        placement=shared.placement,
        items=write_items(chosen, shelf=shelf),
        fallback=Fallback(used=bool(why), why=why),
        model_version=str(shared.asked.version.id) if shared.asked.version else "",
        at=shared.asked.now,
    )


def _promoted(shared: _Round, *, rules: Rules) -> dict[int, list[tuple[int, UUID]]]:
    """(position, product) by person: a promotion passes the same hard rules as everything else."""
    asked = [promotion.product_id for promotion in shared.promotions]
    ids = product_ids_of(shared.asked.workspace, external_ids=asked)
    pairs = [(person.number, product_id, False) for person in rules.people for product_id in ids.values()]
    allowed = read.allowed_pairs(rules, pairs=pairs)
    wishes = [(wish.position, ids[wish.product_id]) for wish in shared.promotions if wish.product_id in ids]
    return {
        person.number: [wish for wish in wishes if (person.number, wish[1]) in allowed]
        for person in rules.people
    }


def _with_promoted(
    chosen: Sequence[Chosen], promoted: Sequence[tuple[int, UUID]], *, count: int
) -> list[Chosen]:
    wished = {product_id for _, product_id in promoted}
    items = [item for item in chosen if item.product_id not in wished]
    for position, product_id in sorted(promoted):
        wish = Chosen(product_id, 0.0, "promotion", (Reason("promoted"),), {}, is_fallback=False)
        items.insert(position - 1, wish)
    return items[:count]
