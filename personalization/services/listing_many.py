"""Product lists for the recipients of a mailing, some hundred at a time, where the night has settled them.

A customer's learned list alone decides which products are shown, unless it is too short, the placement has
rules of its own, or wants a share of repeats (`engine/settling.py`). For everyone whom it settles,
`recommend_many` would show the same products: what a source says of what happened today could change their
order, not the choice. So here the list is read as it lies, the hard rules are applied to it, and its own
reasons are given. Everyone else is missing in the answer and is for `recommend_many`.

What products cost and whether they are to be had is read at most `FRESH_SECONDS` before; a mailing looks at
the stock once more before each mail.
"""

import threading
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson

from omotenashi.accounts.models import Workspace
from omotenashi.catalog.selectors import nearest_title
from omotenashi.records import uuid7
from personalization.engine.candidates import Reason
from personalization.engine.evidence import Bought
from personalization.engine.placements import PlacementSettings
from personalization.engine.reasons import plain_evidence, reason_text
from personalization.engine.settling import SOURCE, can_settle, weights
from personalization.engine.sources.collaborative import MIN_BUYERS
from personalization.engine.sources.learned import LENGTH
from personalization.selectors import history
from personalization.selectors.people import Person, customers_as_people
from personalization.selectors.reading import read, write
from personalization.selectors.rules import ProductFilter
from personalization.services.past import Past, bought_by, just_bought
from personalization.services.recommending import Round, round_of
from personalization.services.serving import RECORD, TITLES

FRESH_SECONDS = 15.0
MOST_KEPT = 10_000
"""Products kept in memory, about a kilobyte each."""

_LISTS = """
SELECT customer_id, listed_{goal}[1:{places}], because_{goal}[1:{places}], buyers_{goal}[1:{places}]
FROM personalization_customerranking WHERE model_version_id = %(version)s AND customer_id = ANY(%(customers)s)
"""
_PRODUCTS = """
SELECT i.number, p.id, p.external_id, p.title, p.price, p.currency, p.url, p.image_url,
       coalesce(p.categories[1], ''), p.group_id,
       p.archived_at IS NULL AND p.available AND (p.stock IS NULL OR p.stock > 0), p.attributes -> 'markets'
FROM personalization_purchasevectoritem i JOIN catalog_product p ON p.id = i.product_id
WHERE i.model_version_id = %(version)s AND i.number = ANY(%(numbers)s)
"""


class Listed(NamedTuple):
    """One product of the catalogue, as the lists name it."""

    number: int
    id: UUID
    external_id: str
    title: str
    price: Decimal
    currency: str
    url: str
    image_url: str
    category: str
    group: str
    is_to_be_had: bool
    markets: Sequence[str] | None


class ListedItem(NamedTuple):
    """One product for one customer, in the reader's language."""

    product: Listed
    title: str
    reason: str


@dataclass(frozen=True)
class ListedAnswer:
    recommendation_id: UUID | None
    items: tuple[ListedItem, ...]


class _Chosen(NamedTuple):
    product: Listed
    place: int
    reason: Reason


@dataclass
class _Shelf:
    """Products of one version, by number, and their titles in further languages; each kept for a while."""

    products: dict[int, Listed] = field(default_factory=dict)
    titles: dict[UUID, dict[str, str]] = field(default_factory=dict)
    since: float = 0.0

    def bring(self, version: UUID, numbers: Iterable[int]) -> None:
        now = time.monotonic()
        if now - self.since > FRESH_SECONDS or len(self.products) > MOST_KEPT:
            self.products, self.titles, self.since = {}, {}, now
        missing = [number for number in numbers if number not in self.products]
        if not missing:
            return
        rows = [Listed(*row) for row in read(_PRODUCTS, {"version": version, "numbers": missing})]
        self.products |= {row.number: row for row in rows}
        for product_id, tag, title in read(TITLES, {"ids": [row.id for row in rows]}):
            self.titles.setdefault(product_id, {})[tag] = title

    def title(self, product: Listed, *, locale: str) -> str:
        others = self.titles.get(product.id)
        return nearest_title(product.title, others, locale=locale) if others else product.title


@lru_cache(maxsize=4)
def _shelf(version: UUID, thread: int) -> _Shelf:
    """One a thread: nothing in it is locked."""
    return _Shelf()


def list_many(
    workspace: Workspace,
    *,
    customer_ids: Sequence[UUID],
    placement: str,
    count: int,
    locale: str,
    dry_run: bool = False,
) -> dict[UUID, ListedAnswer]:
    """Answers by customer, in a handful of queries for all; those the list does not settle are missing."""
    shared = round_of(
        workspace,
        placement=placement,
        count=count,
        locale=locale,
        filter_=ProductFilter(),
        market="",
        context=(),
    )
    settings, version = shared.asked.settings, shared.asked.version
    if version is None or not _is_plain(shared, settings=settings):
        return {}
    goal = "new" if settings.shows_only_new else "all"
    lists = _lists(version.id, goal=goal, customer_ids=customer_ids)
    people = customers_as_people(workspace, customer_ids=list(lists))
    past = Past(purchases=history.purchases_of(workspace, people=people), views={})
    shelf = _shelf(version.id, threading.get_ident())
    shelf.bring(
        version.id, {number for own in lists.values() for row in own[:2] for number in row if number >= 0}
    )
    lately = just_bought(past, settings=settings, now=shared.asked.now)
    chosen = {
        person.customer_id: found
        for person in people
        if person.customer_id
        and (found := _choose(
            lists[person.customer_id], person=person, shared=shared, shelf=shelf,
            bought=bought_by(past, person.number), lately=lately.get(person.number, frozenset()),
        ))
    }  # fmt: skip
    return _answers(shared, chosen=chosen, shelf=shelf, dry_run=dry_run)


def _is_plain(shared: Round, *, settings: PlacementSettings) -> bool:
    book = shared.book
    has_rules = bool(book.refusing or book.weighing or book.pinning)
    return (
        SOURCE in settings.mix and can_settle(settings) and not has_rules and not settings.shows_only_repeats
    )


def _lists(version: UUID, *, goal: str, customer_ids: Sequence[UUID]) -> dict[UUID, tuple[list[int], ...]]:
    query = _LISTS.replace("{goal}", goal).replace("{places}", str(LENGTH))
    rows = read(query, {"version": version, "customers": list(customer_ids)})
    return {row[0]: (row[1], row[2], row[3]) for row in rows}


def _choose(
    lists: tuple[list[int], ...],
    *,
    person: Person,
    shared: Round,
    shelf: _Shelf,
    bought: Mapping[UUID, Bought],
    lately: frozenset[str],
) -> list[_Chosen] | None:
    """The first of the list within the caps that stay ahead of all others; None where they are too few."""
    settings, wanted = shared.asked.settings, shared.wanted
    own_weight, others = weights(settings)
    taken: list[_Chosen] = []
    categories: Counter[str] = Counter()
    groups: Counter[str] = Counter()
    best = 0.0
    for place, (number, seed, buyers) in enumerate(zip(*lists, strict=True)):
        product = shelf.products.get(number)
        if product is None or not _may_be_shown(product, market=person.country, lately=lately):
            continue
        own = bought.get(product.id)
        reason = _reason(own, seed=shelf.products.get(seed), buyers=buyers, until=_as_of(shared))
        if reason is None or (own is not None and settings.shows_only_new):
            continue
        score = 1.0 - place / LENGTH
        best = best or score
        if own_weight * score / best <= others:
            break
        if (product.category and categories[product.category] >= wanted.per_category) or (
            product.group and groups[product.group] >= settings.max_per_group
        ):
            continue
        categories[product.category] += 1
        groups[product.group] += 1
        taken.append(_Chosen(product, place, reason))
        if len(taken) == wanted.count:
            return taken
    return None


def _may_be_shown(product: Listed, *, market: str, lately: frozenset[str]) -> bool:
    if not product.is_to_be_had or product.external_id in lately:
        return False
    return not market or product.markets is None or market in product.markets


def _reason(own: Bought | None, *, seed: Listed | None, buyers: int, until: datetime) -> Reason | None:
    """As the learned source gives it."""
    if own is not None:
        return Reason("your_purchase", {"times": own.times, "last_bought": own.last})
    if buyers < MIN_BUYERS:
        return None
    if seed is not None:
        return Reason("also_bought", {"product_id": seed.id, "buyers": buyers})
    return Reason("popular_in_market", {"buyers": buyers, "market": "", "days": 30, "until": until})


def _as_of(shared: Round) -> datetime:
    assert shared.asked.version is not None
    return shared.asked.version.as_of


def _answers(
    shared: Round, *, chosen: Mapping[UUID, Sequence[_Chosen]], shelf: _Shelf, dry_run: bool
) -> dict[UUID, ListedAnswer]:
    named = {own.id: own for own in shelf.products.values()}
    zone = shared.asked.workspace.time_zone
    answers, records = {}, []
    for customer_id, products in chosen.items():
        items = tuple(
            _item(own, shelf=shelf, named=named, locale=shared.locale, zone=zone) for own in products
        )
        own_id = None if dry_run else uuid7()
        answers[customer_id] = ListedAnswer(own_id, items)
        if own_id:
            records.append(_record(own_id, customer_id, products, items, named=named, shared=shared))
    if records:
        write(RECORD, {"workspace": shared.asked.workspace.id, "rows": orjson.dumps(records).decode()})
    return answers


def _item(own: _Chosen, *, shelf: _Shelf, named: Mapping[UUID, Listed], locale: str, zone: str) -> ListedItem:
    seed = named.get(own.reason.evidence.get("product_id"))  # type: ignore[arg-type]
    title = shelf.title(seed, locale=locale) if seed else ""
    key = tuple(sorted((name, value) for name, value in own.reason.evidence.items() if name != "product_id"))
    text = _text(own.reason.code, key, locale, title, zone)
    return ListedItem(own.product, shelf.title(own.product, locale=locale), text)


@lru_cache(maxsize=5_000)
def _text(code: str, evidence: tuple[tuple[str, Any], ...], locale: str, title: str, zone: str) -> str:
    return reason_text(Reason(code, dict(evidence)), locale=locale, title=title, zone=ZoneInfo(zone))


def _record(
    own_id: UUID,
    customer_id: UUID,
    products: Sequence[_Chosen],
    items: Sequence[ListedItem],
    *,
    named: Mapping[UUID, Listed],
    shared: Round,
) -> dict[str, Any]:
    external_ids = {
        own: named[own].external_id
        for chosen in products
        if (own := chosen.reason.evidence.get("product_id"))
    }
    return {
        "id": own_id,
        "customer_id": customer_id,
        "anonymous_id": "",
        "placement": shared.placement,
        "items": [
            {
                "product_id": chosen.product.external_id,
                "position": position,
                "score": 1.0 - chosen.place / LENGTH,
                "source": SOURCE,
                "contributions": {SOURCE: 1.0},
                "reasons": [
                    {
                        "code": chosen.reason.code,
                        "text": item.reason,
                        "evidence": plain_evidence(chosen.reason, external_ids=external_ids),
                    }
                ],
            }
            for position, (chosen, item) in enumerate(zip(products, items, strict=True), start=1)
        ],
        "fallback": {"used": False, "why": ""},
        "model_version": str(shared.asked.version.id) if shared.asked.version else "",
        "at": shared.asked.now,
    }
