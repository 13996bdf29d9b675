"""Reads all evidence for the persons of one round, in a number of queries that does not grow with them.

Who has a learned list that settles which products are shown (`engine/settling.py`) is asked for no others:
1. Read the learned lists, with the hard rules of this moment.
2. For those whom it settles: due purchases, views and neighbours within the list, and neighbours only of what
   the list does not know: the page, the cart, what was viewed, what was bought since it was learned.
3. For everyone else: each source of the placement's mix, and popularity for the fallback.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from personalization.engine.evidence import DuePurchase, Evidence, Listed, Seed
from personalization.engine.settling import can_settle, settles
from personalization.selectors import candidates as read
from personalization.selectors.collaborative import also_bought_for
from personalization.selectors.people import Person
from personalization.selectors.rankings import listed_for
from personalization.selectors.rules import Rules
from personalization.services.past import (
    Asked,
    Past,
    bought_by,
    due_now,
    newest_purchases,
    seeds_of,
)
from personalization.services.within_list import evidence_within

Lists = Mapping[int, Sequence[Listed]]


def gather_evidence(
    asked: Asked, *, people: Sequence[Person], past: Past, rules: Rules
) -> dict[int, Evidence]:
    news: Mapping[int, tuple[Seed, ...]] = {}
    lists: Lists = {}
    if "learned" in asked.settings.mix and asked.version is not None:
        news = seeds_of(asked, people=people, past=past, since=asked.version.as_of)
        beside = {seed.product_id for own in news.values() for seed in own}
        lists = listed_for(rules, edition=asked.edition, rankings=past.rankings, beside=beside)
    plain = {
        person.number: Evidence(
            now=asked.now,
            listed=tuple(lists.get(person.number, ())),
            bought=bought_by(past, person.number) if lists else {},
            similarity_floor=read.similarity_floor_of(asked.version, default=Evidence.similarity_floor),
        )
        for person in people
    }
    settled = {} if rules.is_open else {n: own for n, own in plain.items() if _settles(asked, own)}
    others = tuple(person for person in people if person.number not in settled)
    found: dict[int, Evidence] = {}
    if settled:
        found |= evidence_within(asked, past=past, plain=settled, news=news, rules=rules)
    if others:
        found |= _from_everywhere(
            asked, people=others, past=past, plain=plain, rules=replace(rules, people=others)
        )
    return found


def _settles(asked: Asked, evidence: Evidence) -> bool:
    wanted = asked.wanted
    if asked.moves_products or not evidence.listed or not can_settle(wanted.settings):
        return False
    return settles(evidence, settings=wanted.settings, count=wanted.count, per_category=wanted.per_category)


def _from_everywhere(
    asked: Asked, *, people: Sequence[Person], past: Past, plain: Mapping[int, Evidence], rules: Rules
) -> dict[int, Evidence]:
    past = past.of({person.number for person in people})
    seeds = seeds_of(asked, people=people, past=past)
    due = due_now(asked, past=past)
    allowed = read.allowed_pairs(rules, pairs=[*_due_pairs(due), *_view_pairs(past)])
    mix = asked.settings.mix
    links = read.links_for(rules, seeds=seeds, version=asked.version) if "copurchase" in mix else {}
    similar = read.similar_for(rules, edition=asked.edition, seeds=seeds) if "text" in mix else {}
    also = (
        also_bought_for(rules, seeds=seeds, learned=asked.learned, newest=newest_purchases(past))
        if "collaborative" in mix
        else {}
    )
    popular = read.popular_for(rules, version=asked.version)
    return {
        n: replace(
            plain[n],
            seeds=seeds[n],
            due=tuple(row for row in due.get(n, ()) if (n, row.product_id) in allowed),
            links=tuple(links.get(n, ())),
            similar=tuple(similar.get(n, ())),
            also_bought=tuple(also.get(n, ())),
            popular=tuple(popular.get(n, ())),
            views=tuple(row for row in past.views.get(n, ()) if (n, row.product_id) in allowed),
        )
        for n in (person.number for person in people)
    }


def with_newest(evidence: Mapping[int, Evidence], *, rules: Rules, limit: int) -> dict[int, Evidence]:
    newest = read.newest_for(rules, limit=limit)
    return {number: replace(own, newest=tuple(newest.get(number, ()))) for number, own in evidence.items()}


def _due_pairs(due: Mapping[int, Iterable[DuePurchase]]) -> list[tuple[int, UUID, bool]]:
    return [(n, row.product_id, True) for n, rows in due.items() for row in rows]


def _view_pairs(past: Past) -> list[tuple[int, UUID, bool]]:
    return [(n, view.product_id, False) for n, rows in past.views.items() for view in rows]
