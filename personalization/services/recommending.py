"""Answers "what shall we show this person here?", for one visitor or many recipients.

1. Read what each person bought and saw, and what was learned (a fixed number of queries for all of them).
2. Read each source's evidence with the hard rules, the filters and the exclude rules applied in SQL.
3. Choose in the engine: pool, rank, boost and bury, mix, spread, fall back, pin.
4. Where asked, or where nothing came out, find out what each rule refused.
5. Write items with reasons in the reader's language, and keep a record of what was served.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any
from uuid import UUID

from django.utils import timezone

from omotenashi.accounts.models import Workspace
from omotenashi.errors import FieldError, InvalidInput
from personalization.engine.candidates import Candidate
from personalization.engine.choosing import (
    CANDIDATES_PER_SOURCE,
    Choice,
    Order,
    Shaping,
    Wanted,
    choose,
    explain_fallback,
    fallback_candidates,
    is_filled,
    ordered,
    pooled_candidates,
)
from personalization.engine.diversity import per_category_from
from personalization.engine.evidence import Evidence, Relation
from personalization.engine.placements import DEFAULTS, InvalidSettings, PlacementSettings, settings_for
from personalization.engine.ranker import Pooled
from personalization.engine.settling import Shown
from personalization.engine.tracing import Trace, explain_shortness
from personalization.selectors.edition import Edition, edition_of
from personalization.selectors.history import product_ids_of
from personalization.selectors.people import Goal, Known, Person, Reading, read_customers, read_visitor
from personalization.selectors.rules import ProductFilter, Rules
from personalization.services.explaining import Explained, traces_for
from personalization.services.gathering import gather_evidence, with_newest
from personalization.services.past import Asked, Past, ever_bought, just_bought, past_of
from personalization.services.requests import (
    AnswerItem,
    Fallback,
    Promotion,
    RecommendationAnswer,
    RecommendationRequest,
)
from personalization.services.rule_book import RuleBook, rule_book
from personalization.services.serving import Shelf, keep_record, write_items, write_listed
from personalization.services.shaping import shaping_for

PEOPLE_PER_ROUND = 200
"""Recipients answered together: large enough for few queries, small enough for memory."""
BEST_TIMES = 4
"""So many times as wanted are read first: mostly the categories' caps leave enough of them."""


@dataclass(frozen=True)
class Round:
    """What the persons of one round share."""

    asked: Asked
    placement: str
    locale: str
    filter: ProductFilter
    market: str
    book: RuleBook
    promotions: tuple[Promotion, ...] = ()
    explain: bool = False

    @property
    def wanted(self) -> Wanted:
        return self.asked.wanted


@dataclass(frozen=True)
class _Found:
    """One person's evidence and the candidates it gives."""

    evidence: Evidence
    settings: PlacementSettings

    @cached_property
    def pooled(self) -> list[Pooled]:
        return pooled_candidates(self.evidence, settings=self.settings)

    @cached_property
    def fallback(self) -> list[Candidate]:
        """Few answers need them."""
        return fallback_candidates(self.evidence, settings=self.settings)

    def product_ids(self) -> list[UUID]:
        """Each once: candidates before what only fills up."""
        return list(
            dict.fromkeys(
                [*(row.product_id for row in self.pooled), *(row.product_id for row in self.fallback)]
            )
        )

    def has(self, count: int) -> bool:
        return len(self.pooled) >= count or len(self.product_ids()) >= count

    @property
    def is_known(self) -> bool:
        known = self.evidence
        return bool(known.seeds or known.due or known.views or known.listed)


def recommend(request: RecommendationRequest, *, mark: str = "") -> RecommendationAnswer:
    """`mark`: the workspace's, from before anything is read. With it the process may remember."""
    workspace = request.workspace
    edition = edition_of(workspace.id, mark=mark)
    wanted = _wanted(edition, placement=request.placement, count=request.count, settings=request.settings)
    now = timezone.now()
    asked = Asked(workspace, _spread(wanted, request.diversity), edition, now, _context(request))
    known = read_visitor(
        reading_of(asked),
        customer_external_id=request.customer_id,
        anonymous_id=request.anonymous_id,
        blocked=frozenset({*request.cart, *request.exclude, *request.context_product_ids}),
    )
    shared = _round(
        asked,
        placement=request.placement,
        locale=request.locale or known.person.locale,
        filter_=request.filter,
        market=request.market,
        page=next(iter(request.context_product_ids), ""),
    )
    shared = replace(shared, promotions=request.promotions, explain=request.explain)
    answers = _answers(shared, known=[known])
    if not request.dry_run:
        answers = keep_record(
            answers, people=[known.person], workspace=workspace, anonymous_id=request.anonymous_id
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
    found: dict[UUID, RecommendationAnswer] = {}
    for start in range(0, len(customer_ids), PEOPLE_PER_ROUND):
        shared = round_of_many(
            workspace,
            edition=Edition(workspace.id),
            placement=placement,
            count=count,
            locale=locale,
            filter_=filter_,
            market=market,
        )
        known = read_customers(
            reading_of(shared.asked), customer_ids=customer_ids[start : start + PEOPLE_PER_ROUND]
        )
        found |= by_customer(_answers(shared, known=known), known=known, workspace=workspace, dry_run=dry_run)
    return found


def by_customer(
    answers: Sequence[RecommendationAnswer], *, known: Sequence[Known], workspace: Workspace, dry_run: bool
) -> dict[UUID, RecommendationAnswer]:
    """And on record, unless it is a dry run."""
    people = [own.person for own in known]
    if answers and not dry_run:
        answers = keep_record(answers, people=people, workspace=workspace)
    return {p.customer_id: answer for p, answer in zip(people, answers, strict=True) if p.customer_id}


def round_of_many(
    workspace: Workspace,
    *,
    edition: Edition,
    placement: str,
    count: int | None,
    locale: str,
    filter_: ProductFilter,
    market: str,
) -> Round:
    wanted = _wanted(edition, placement=placement, count=count, settings=None)
    asked = Asked(workspace, wanted, edition, timezone.now())
    return _round(asked, placement=placement, locale=locale, filter_=filter_, market=market)


def reading_of(asked: Asked) -> Reading:
    goal: Goal = "new" if asked.settings.shows_only_new else "all"
    return Reading(asked.workspace, asked.version, goal, asked.now)


def _round(
    asked: Asked, *, placement: str, locale: str, filter_: ProductFilter, market: str, page: str = ""
) -> Round:
    """`page`: the shop's id of the product that is looked at."""
    book = rule_book(
        asked.workspace, settings=asked.settings, asked=filter_.expression, page=page, now=asked.now
    )
    return Round(
        asked=replace(asked, moves_products=bool(book.weighing or book.pinning)),
        placement=placement,
        locale=locale or asked.workspace.default_locale,
        filter=filter_,
        market=market,
        book=book,
    )


def _wanted(
    edition: Edition, *, placement: str, count: int | None, settings: Mapping[str, Any] | None
) -> Wanted:
    own = edition.placements if settings is None else {**edition.placements, placement: settings}
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


def _context(request: RecommendationRequest) -> tuple[tuple[UUID, Relation], ...]:
    """What the catalogue knows of the page's and the cart's products."""
    names = [*request.context_product_ids, *request.cart]
    ids = product_ids_of(request.workspace, external_ids=names)
    page: list[tuple[str, Relation]] = [(name, "context") for name in request.context_product_ids]
    cart: list[tuple[str, Relation]] = [(name, "cart") for name in request.cart]
    return tuple((ids[name], relation) for name, relation in (*page, *cart) if name in ids)


def _answers(shared: Round, *, known: Sequence[Known]) -> list[RecommendationAnswer]:
    if not known:
        return []
    asked, people, past = shared.asked, [own.person for own in known], past_of(known)
    rules = rules_of(shared, people=people, past=past)
    evidence = gather_evidence(asked, people=people, past=past, rules=rules)
    return answers_from(evidence, shared=shared, people=people, past=past, rules=rules)


def answers_from(
    evidence: Mapping[int, Evidence], *, shared: Round, people: Sequence[Person], past: Past, rules: Rules
) -> list[RecommendationAnswer]:
    asked = shared.asked
    found = {number: _Found(own, asked.settings) for number, own in evidence.items()}
    if asked.settings.fallback and not all(own.has(shared.wanted.count) for own in found.values()):
        # Some answer may stay short: the last resort is worth a query.
        limit = CANDIDATES_PER_SOURCE if shared.book.weighing else shared.wanted.count
        evidence = with_newest(evidence, rules=rules, limit=limit)
        found = {number: _Found(own, asked.settings) for number, own in evidence.items()}
    shaping = _shaping(shared, found=found, rules=rules, past=past)
    orders = {n: ordered(own.pooled, settings=asked.settings, shaping=shaping[n]) for n, own in found.items()}
    shelf = _shelf(shared, found=found, orders=orders, shaping=shaping)
    choices = {
        n: choose(
            orders[n],
            () if is_filled(orders[n], wanted=shared.wanted, kinds=shelf.kinds) else own.fallback,
            wanted=shared.wanted,
            kinds=shelf.kinds,
            shaping=shaping[n],
        )
        for n, own in found.items()
    }
    explained = {n: Explained(found[n].evidence, choices[n], shaping[n]) for n in choices}
    traces = _traces(shared, people=people, past=past, rules=rules, explained=explained)
    return [
        _answer(
            shared, choices[p.number], shelf, is_known=found[p.number].is_known, trace=traces.get(p.number)
        )
        for p in people
    ]


def answers_as_listed(
    shown: Mapping[int, Sequence[Shown]], *, evidence: Mapping[int, Evidence], shared: Round
) -> dict[int, RecommendationAnswer]:
    """Of those whose learned list is the whole answer: in words, with nothing left to choose."""
    shelf = Shelf(shared.asked.edition, locale=shared.locale, zone=shared.asked.workspace.time_zone)
    shelf.take(
        [
            *(item.product_id for items in shown.values() for item in items),
            *(row.seed_id for n in shown for row in evidence[n].listed if row.seed_id),
        ]
    )
    all_personal = Fallback(used=False, why="")
    return {
        n: _answer_of(shared, write_listed(items, shelf=shelf), fallback=all_personal)
        for n, items in shown.items()
    }


def rules_of(shared: Round, *, people: Sequence[Person], past: Past) -> Rules:
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


def _shaping(shared: Round, *, found: Mapping[int, _Found], rules: Rules, past: Past) -> dict[int, Shaping]:
    matters = bool(shared.book.weighing or shared.book.pinning)
    return shaping_for(
        rules,
        book=shared.book,
        candidates={n: own.product_ids() for n, own in found.items()} if matters else {},
        promotions=shared.promotions,
        past=past,
    )


def _shelf(
    shared: Round,
    *,
    found: Mapping[int, _Found],
    orders: Mapping[int, Order],
    shaping: Mapping[int, Shaping],
) -> Shelf:
    """The best of each person, and what reasons may name; everything else where those do not suffice."""
    asked, wanted = shared.asked, shared.wanted
    shelf = Shelf(asked.edition, locale=shared.locale, zone=asked.workspace.time_zone)
    best = {n: order.ranked[: BEST_TIMES * wanted.count] for n, order in orders.items()}
    shelf.take(
        [
            *(item.product_id for items in best.values() for item in items),
            *(wish.product_id for own in shaping.values() for wish in own.wishes),
            *(seed.product_id for own in found.values() for seed in own.evidence.seeds),
            *(row.seed_id for own in found.values() for row in own.evidence.listed if row.seed_id),
        ]
    )
    short = [
        found[n] for n, order in orders.items() if not is_filled(order, wanted=wanted, kinds=shelf.kinds)
    ]
    if not short:
        return shelf
    shelf.take(product_id for own in short for product_id in own.product_ids())
    return shelf


def _traces(
    shared: Round,
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
    shared: Round, choice: Choice, shelf: Shelf, *, is_known: bool, trace: Trace | None = None
) -> RecommendationAnswer:
    count = shared.wanted.count
    general = explain_fallback(choice.items, is_known=is_known, count=count)
    shortness = explain_shortness(
        shown=len(choice.items),
        count=count,
        irrelevant=len(choice.irrelevant),
        minimum=shared.asked.settings.minimum_relevance,
        trace=trace,
    )
    fallback = Fallback(
        used=bool(general) or not choice.items, why=" ".join(filter(None, [general, shortness]))
    )
    items = write_items(choice.items, shelf=shelf)
    return _answer_of(shared, items, fallback=fallback, trace=trace if shared.explain else None)


def _answer_of(
    shared: Round, items: tuple[AnswerItem, ...], *, fallback: Fallback, trace: Trace | None = None
) -> RecommendationAnswer:
    return RecommendationAnswer(
        recommendation_id=None,
        placement=shared.placement,
        items=items,
        fallback=fallback,
        model_version=str(shared.asked.version.id) if shared.asked.version else "",
        at=shared.asked.now,
        trace=trace,
    )
