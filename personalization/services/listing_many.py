"""Answers for the recipients of a mailing, some hundred at a time, where the night's lists settle them.

The answers are those of `recommend_many`, at less cost. Of a list that settles its answer
(`engine/settling.py`) and of which no other source has anything to say, only the places that are shown are
looked at; and the hard rules are asked once for a product and a market, not for each recipient. Who is not
settled, or where the placement has rules of its own, is missing here and is for `recommend_many`.

What products cost and whether they are to be had is read at most `FRESH_SECONDS` before; a mailing looks at
the stock once more before each mail.
"""

import time
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple
from uuid import UUID

from omotenashi.accounts.models import Workspace
from personalization.engine.diversity import fills
from personalization.engine.evidence import Evidence, Listed, Seed
from personalization.engine.settling import SOURCE, can_settle, settled, shown_of, worth_ranking
from personalization.selectors.candidates import allowed_pairs, similarity_floor_of
from personalization.selectors.edition import MOST_PRODUCTS, Edition, Product
from personalization.selectors.likeness import Texts
from personalization.selectors.people import Person, read_customers
from personalization.selectors.remembering import Remembered
from personalization.selectors.rules import ProductFilter, Rules
from personalization.services.night_lists import Lists, Voices
from personalization.services.past import Past, bought_by, due_now, past_of, seeds_of
from personalization.services.recommending import (
    Round,
    answers_as_listed,
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
Pair = tuple[str, int]
"""A market and a product, by its number in the model version."""


class Shop:
    """What is the same for all recipients, for a moment."""

    def __init__(self, workspace: Workspace) -> None:
        self.until = time.monotonic() + FRESH_SECONDS
        self.edition = Edition(workspace.id)
        self._products: Remembered[int, Product] = Remembered(self._read_products, most=MOST_PRODUCTS)
        self._allowed: Remembered[Pair, bool] = Remembered(self._read_allowed, most=10 * MOST_PRODUCTS)
        self.texts = Texts()
        self._workspace = workspace

    def forget(self) -> None:
        """Who still reads here reads anew."""
        self._products.forget()
        self._allowed.forget()
        self.texts = Texts()
        self.edition.forget()

    def named(self, numbers: Collection[int]) -> Mapping[int, Product | None]:
        return self._products.among(numbers)

    def allowed(self, numbers: Collection[int], *, market: str) -> frozenset[int]:
        known = self._allowed.among([(market, n) for n in numbers])
        return frozenset([n for n in numbers if known[market, n]])

    def _read_products(self, numbers: list[int]) -> dict[int, Product]:
        learned = self.edition.learned
        ids = {n: own.product_id for n, own in learned.numbered.of(numbers).items()} if learned else {}
        named = self.edition.products.of(ids.values())
        return {n: named[own] for n, own in ids.items() if own in named}

    def _read_allowed(self, pairs: Sequence[Pair]) -> dict[Pair, bool]:
        """The hard rules for somebody of that market who never bought anything."""
        products = self._products.of({n for _, n in pairs})
        markets = {market: place for place, market in enumerate(sorted({market for market, _ in pairs}))}
        people = tuple(Person(place, None, (), country=market) for market, place in markets.items())
        asked = [(markets[market], products[n].id, False) for market, n in pairs if n in products]
        found = allowed_pairs(Rules(self._workspace, people), pairs=asked)
        return {
            (market, n): True
            for market, n in pairs
            if n in products and (markets[market], products[n].id) in found
        }


def _shop(workspace: Workspace) -> Shop:
    known = _SHOPS.get(workspace.id)
    if known is None or time.monotonic() > known.until:
        if known is not None:
            known.forget()
        if len(_SHOPS) >= MOST_WORKSPACES:
            _SHOPS.clear()
        known = _SHOPS[workspace.id] = Shop(workspace)
    return known


_SHOPS: dict[UUID, Shop] = {}


def list_many(
    workspace: Workspace,
    *,
    locales: Mapping[UUID, str],
    placement: str,
    count: int,
    dry_run: bool = False,
) -> dict[UUID, RecommendationAnswer]:
    """Answers by customer, in a handful of queries for all; those the list does not settle are missing.

    `locales`: by customer, the language that the reasons are to be in.
    """
    shop = _shop(workspace)
    shared = round_of_many(
        workspace,
        edition=shop.edition,
        placement=placement,
        count=count,
        locale="",
        filter_=ProductFilter(),
        market="",
    )
    if shared.asked.learned is None or not _is_plain(shared):
        return {}
    everybody = read_customers(reading_of(shared.asked), customer_ids=list(locales))
    known = [own for own in everybody if own.ranking.numbers]
    people, past = [own.person for own in known], past_of(known)
    rules = rules_of(shared, people=people, past=past)
    lists = Lists(known, stock=shop, learned=shared.asked.learned, rules=rules)
    alone, contested = _settled(lists, shop=shop, shared=shared, people=people, past=past)
    ranked = _ranked(contested, shared=shared, past=past, rules=rules) if contested else {}
    answers: dict[int, RecommendationAnswer] = {}
    for spoken, some in _by_language(people, locales=locales, shared=shared):
        answers |= _answers_of({p.number: alone[p.number] for p in some if p.number in alone}, shared=spoken)
        own = [person for person in some if person.number in ranked]
        answers |= _chosen({p.number: ranked[p.number] for p in own}, people=own, shared=spoken, past=past)
    known = [own for own in known if own.person.number in answers]
    return by_customer(
        [answers[own.person.number] for own in known], known=known, workspace=workspace, dry_run=dry_run
    )


def _by_language(
    people: Sequence[Person], *, locales: Mapping[UUID, str], shared: Round
) -> Iterator[tuple[Round, list[Person]]]:
    readers: dict[str, list[Person]] = defaultdict(list)
    for person in people:
        locale = locales.get(person.customer_id, "") if person.customer_id else ""
        readers[locale or shared.locale].append(person)
    for locale, own in readers.items():
        yield replace(shared, locale=locale), own


def _ranked(
    contested: Mapping[int, "_Contested"], *, shared: Round, past: Past, rules: Rules
) -> dict[int, Evidence]:
    """With what the other sources say of the list."""
    evidence = evidence_within(
        shared.asked,
        past=past,
        plain={n: own.evidence for n, own in contested.items()},
        news={n: own.news for n, own in contested.items()},
        rules=rules,
    )
    return {n: worth_ranking(own, last=contested[n].last) for n, own in evidence.items()}


def _chosen(
    evidence: Mapping[int, Evidence], *, people: Sequence[Person], shared: Round, past: Past
) -> dict[int, RecommendationAnswer]:
    if not people:
        return {}
    rules = rules_of(shared, people=people, past=past)
    found = answers_from(evidence, shared=shared, people=people, past=past, rules=rules)
    return {
        person.number: answer
        for person, answer in zip(people, found, strict=True)
        if _is_within_caps(answer, shared=shared)
    }


def _is_within_caps(answer: RecommendationAnswer, *, shared: Round) -> bool:
    """Where a product's group and its category both stand in the way, even a settled list may come out short:
    such an answer needs the places that were left out."""
    wanted = shared.wanted
    products = shared.asked.edition.products.of({item.product_uuid for item in answer.items})
    return fills(
        (products[item.product_uuid].kind for item in answer.items),
        count=wanted.count,
        per_category=wanted.per_category,
        per_group=wanted.settings.max_per_group,
    )


def _answers_of(alone: Mapping[int, Evidence], *, shared: Round) -> dict[int, RecommendationAnswer]:
    settings = shared.asked.settings
    shown = {n: shown_of(own.listed, evidence=own, settings=settings) for n, own in alone.items()}
    return answers_as_listed(shown, evidence=alone, shared=shared)


def _is_plain(shared: Round) -> bool:
    settings, book = shared.asked.settings, shared.book
    has_rules = bool(book.refusing or book.weighing or book.pinning)
    return (
        SOURCE in settings.mix and can_settle(settings) and not has_rules and not settings.shows_only_repeats
    )


class _Contested(NamedTuple):
    """A settled list of which other sources speak too."""

    evidence: Evidence
    news: tuple[Seed, ...]
    """What the list does not know yet."""
    last: int
    """The last place that the list alone would show."""


def _settled(
    lists: Lists, *, shop: Shop, shared: Round, people: Sequence[Person], past: Past
) -> tuple[dict[int, Evidence], dict[int, _Contested]]:
    """By person: the places that are shown; and where other sources speak of the list too, all of it."""
    asked, wanted = shared.asked, shared.wanted
    news = seeds_of(asked, people=people, past=past, since=asked.version.as_of if asked.version else None)
    floor = similarity_floor_of(asked.version, default=Evidence.similarity_floor)
    spoken_of = _spoken_of(shared, people=people, past=past)
    seeds = [seed for own in news.values() for seed in own]
    voices = Voices(asked, lists=lists, texts=shop.texts, seeds=seeds, floor=floor)
    alone: dict[int, Evidence] = {}
    contested: dict[int, _Contested] = {}
    for n in (person.number for person in people):
        evidence = Evidence(now=asked.now, bought=bought_by(past, n), similarity_floor=floor)
        is_contested = voices.speak_of(n, seeds=news[n], product_ids=spoken_of[n])
        rows: Iterable[Listed] = tuple(lists.of(n)) if is_contested else lists.of(n)
        shown = settled(
            rows,
            evidence=evidence,
            settings=wanted.settings,
            count=wanted.count,
            per_category=wanted.per_category,
        )
        if len(shown) < wanted.count:
            continue
        if is_contested:
            contested[n] = _Contested(replace(evidence, listed=tuple(rows)), news[n], shown[-1].place)
        else:
            alone[n] = replace(evidence, listed=tuple(shown))
    return alone, contested


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
