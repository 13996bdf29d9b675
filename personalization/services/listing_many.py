"""Answers for the recipients of a mailing, some hundred at a time, where the night's lists settle them.

The answers are those of `recommend_many`, at less cost. Of a list that settles its answer
(`engine/settling.py`) and of which no other source has anything to say, only the places that are shown are
looked at; and the hard rules are asked once for a product and a market, not for each recipient. Who is not
settled, or where the placement has rules of its own, is missing here and is for `recommend_many`.

What products cost and whether they are to be had is read at most `FRESH_SECONDS` before; a mailing looks at
the stock once more before each mail.
"""

import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from omotenashi.accounts.models import Workspace
from personalization.engine.evidence import Evidence, Listed
from personalization.engine.settling import SOURCE, can_settle, settled
from personalization.selectors.candidates import allowed_pairs, similarity_floor_of
from personalization.selectors.edition import MOST_PRODUCTS, Edition, Product
from personalization.selectors.learned import Learned
from personalization.selectors.people import Known, Person, read_customers
from personalization.selectors.remembering import Remembered
from personalization.selectors.rules import ProductFilter, Rules
from personalization.services.past import Past, bought_by, due_now, past_of, seeds_of
from personalization.services.recommending import (
    Round,
    answers_from,
    by_customer,
    reading_of,
    round_of_many,
    rules_of,
)
from personalization.services.requests import RecommendationAnswer
from personalization.services.within_list import evidence_within

FRESH_SECONDS = 15.0
MOST_WORKSPACES = 16
Pair = tuple[str, UUID]
"""A market and a product."""


class Shop:
    """What is the same for all recipients, for a moment."""

    def __init__(self, workspace: Workspace) -> None:
        self.until = time.monotonic() + FRESH_SECONDS
        self.edition = Edition(workspace.id)
        self.allowed: Remembered[Pair, bool] = Remembered(
            lambda pairs: _allowed(pairs, workspace=workspace), most=10 * MOST_PRODUCTS
        )


def _allowed(pairs: Sequence[Pair], *, workspace: Workspace) -> dict[Pair, bool]:
    """The hard rules for somebody of that market who never bought anything."""
    markets = sorted({market for market, _ in pairs})
    people = tuple(Person(n, None, (), country=market) for n, market in enumerate(markets))
    numbers = {market: n for n, market in enumerate(markets)}
    asked = [(numbers[market], product_id, False) for market, product_id in pairs]
    found = allowed_pairs(Rules(workspace, people), pairs=asked)
    return {(markets[n], product_id): True for n, product_id in found}


def _shop(workspace: Workspace) -> Shop:
    known = _SHOPS.get(workspace.id)
    if known is None or time.monotonic() > known.until:
        if len(_SHOPS) >= MOST_WORKSPACES:
            _SHOPS.clear()
        known = _SHOPS[workspace.id] = Shop(workspace)
    return known


_SHOPS: dict[UUID, Shop] = {}


def list_many(
    workspace: Workspace,
    *,
    customer_ids: Sequence[UUID],
    placement: str,
    count: int,
    locale: str,
    dry_run: bool = False,
) -> dict[UUID, RecommendationAnswer]:
    """Answers by customer, in a handful of queries for all; those the list does not settle are missing."""
    shop = _shop(workspace)
    shared = round_of_many(
        workspace,
        edition=shop.edition,
        placement=placement,
        count=count,
        locale=locale,
        filter_=ProductFilter(),
        market="",
    )
    if shared.asked.learned is None or not _is_plain(shared):
        return {}
    known = [
        own for own in read_customers(reading_of(shared.asked), customer_ids=customer_ids) if own.ranking
    ]
    people, past = [own.person for own in known], past_of(known)
    rules = rules_of(shared, people=people, past=past)
    lists = _Lists(known, shop=shop, learned=shared.asked.learned, rules=rules)
    evidence = _settled(lists, shared=shared, people=people, past=past, rules=rules)
    known = [own for own in known if own.person.number in evidence]
    people = [own.person for own in known]
    answers = answers_from(
        evidence, shared=shared, people=people, past=past, rules=rules_of(shared, people=people, past=past)
    )
    return by_customer(answers, known=known, workspace=workspace, dry_run=dry_run)


def _is_plain(shared: Round) -> bool:
    settings, book = shared.asked.settings, shared.book
    has_rules = bool(book.refusing or book.weighing or book.pinning)
    return (
        SOURCE in settings.mix and can_settle(settings) and not has_rules and not settings.shows_only_repeats
    )


class _Lists:
    """The learned lists with the hard rules applied, read as far as somebody looks."""

    def __init__(self, known: Sequence[Known], *, shop: Shop, learned: Learned, rules: Rules) -> None:
        entries = [(own, entry) for own in known for entry in own.ranking]
        numbers = {entry.number for _, entry in entries} | {entry.because for _, entry in entries}
        self._ids = {n: own.product_id for n, own in learned.numbered.of(numbers - {-1}).items()}
        named = shop.edition.products.of(self._ids.values())
        self._products: Mapping[int, Product] = {
            n: named[own] for n, own in self._ids.items() if own in named
        }
        markets = {rules.market_of(own.person) for own in known}
        self._allowed = shop.allowed.of([(market, own) for market in markets for own in named])
        self._known = {own.person.number: own for own in known}
        self._rules = rules
        self._until = learned.version.as_of

    def of(self, number: int) -> Iterator[Listed]:
        own, rules = self._known[number], self._rules
        market = rules.market_of(own.person)
        never = rules.just_bought[number] | (rules.owned[number] if rules.only == "new" else frozenset())
        for entry in own.ranking:
            product = self._products.get(entry.number)
            if product and (market, product.id) in self._allowed and product.external_id not in never:
                kind, seed = product.kind, self._ids.get(entry.because)
                yield Listed(
                    product.id, entry.place, seed, entry.buyers, self._until,
                    kind.category, kind.group, entry.number,
                )  # fmt: skip

    def has_any(self, number: int, product_ids: Collection[UUID]) -> bool:
        return bool(product_ids) and any(
            self._ids.get(entry.number) in product_ids for entry in self._known[number].ranking
        )


def _settled(
    lists: _Lists, *, shared: Round, people: Sequence[Person], past: Past, rules: Rules
) -> dict[int, Evidence]:
    """By person. Where other sources speak of the list too, all of it; else the places that are shown."""
    asked, wanted = shared.asked, shared.wanted
    news = seeds_of(asked, people=people, past=past, since=asked.version.as_of if asked.version else None)
    floor = similarity_floor_of(asked.version, default=Evidence.similarity_floor)
    spoken_of = _spoken_of(shared, people=people, past=past)
    alone: dict[int, Evidence] = {}
    contested: dict[int, Evidence] = {}
    for n in (person.number for person in people):
        evidence = Evidence(now=asked.now, bought=bought_by(past, n), similarity_floor=floor)
        is_contested = bool(news[n]) or lists.has_any(n, spoken_of[n])
        rows: Iterable[Listed] = tuple(lists.of(n)) if is_contested else lists.of(n)
        shown = settled(
            rows,
            evidence=evidence,
            settings=wanted.settings,
            count=wanted.count,
            per_category=wanted.per_category,
        )
        if len(shown) == wanted.count:
            where, kept = (contested, tuple(rows)) if is_contested else (alone, tuple(shown))
            where[n] = replace(evidence, listed=kept)
    return alone | evidence_within(asked, past=past, plain=contested, news=news, rules=rules)


def _spoken_of(shared: Round, *, people: Sequence[Person], past: Past) -> dict[int, set[UUID]]:
    """Products for which another source may speak, in the list or not."""
    due = due_now(shared.asked, past=past)
    views = past.views if "viewed" in shared.asked.settings.mix else {}
    return {
        own.number: {
            *(row.product_id for row in due.get(own.number, ())),
            *(view.product_id for view in views.get(own.number, ())),
        }
        for own in people
    }
