"""Reads all evidence for the persons of one round, in a number of queries that does not grow with them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from omotenashi.accounts.models import Workspace
from personalization.engine.due import PublishedDue, Purchased, due_purchases
from personalization.engine.evidence import Bought, DuePurchase, Evidence, Relation, Seed, View
from personalization.engine.placements import PlacementSettings
from personalization.engine.seeds import choose_seeds
from personalization.models import ModelVersion
from personalization.selectors import candidates as read
from personalization.selectors import history
from personalization.selectors.collaborative import also_bought_for
from personalization.selectors.people import Person
from personalization.selectors.rankings import listed_for
from personalization.selectors.rules import Rules
from personalization.selectors.timing import due_of


@dataclass(frozen=True)
class Asked:
    """What is the same for every person of a round."""

    workspace: Workspace
    settings: PlacementSettings
    version: ModelVersion | None
    now: datetime
    context: tuple[tuple[str, Relation], ...] = ()
    """The shop's ids of the page's and the cart's products."""


@dataclass(frozen=True)
class Past:
    purchases: Mapping[int, Sequence[Purchased]]
    views: Mapping[int, Sequence[View]]


def read_past(asked: Asked, *, people: Sequence[Person]) -> Past:
    return Past(
        purchases=history.purchases_of(asked.workspace, people=people),
        views=history.views_of(asked.workspace, people=people, now=asked.now),
    )


def just_bought(past: Past, *, settings: PlacementSettings, now: datetime) -> dict[int, frozenset[str]]:
    since = now - timedelta(days=settings.just_bought_days)
    return {
        number: frozenset(row.product_external_id for row in rows if row.last > since)
        for number, rows in past.purchases.items()
    }


def ever_bought(past: Past) -> dict[int, frozenset[str]]:
    return {
        number: frozenset(row.product_external_id for row in rows) for number, rows in past.purchases.items()
    }


def gather_evidence(
    asked: Asked, *, people: Sequence[Person], past: Past, rules: Rules
) -> dict[int, Evidence]:
    """Only the sources of the placement's mix are read, and popularity for the fallback."""
    seeds = _seeds(asked, people=people, past=past)
    due = _due(asked, people=people, past=past)
    allowed = read.allowed_pairs(rules, pairs=[*_due_pairs(due), *_view_pairs(past)])
    mix = asked.settings.mix
    links = read.links_for(rules, seeds=seeds, version=asked.version) if "copurchase" in mix else {}
    similar = read.similar_for(rules, seeds=seeds) if "text" in mix else {}
    also = (
        also_bought_for(rules, seeds=seeds, version=asked.version, newest=_newest(past))
        if "collaborative" in mix
        else {}
    )
    listed = (
        listed_for(rules, version=asked.version, only_new=asked.settings.shows_only_new)
        if "learned" in mix
        else {}
    )
    popular = read.popular_for(rules, version=asked.version)
    floor = read.similarity_floor_of(asked.version, default=Evidence.similarity_floor)
    return {
        n: Evidence(
            now=asked.now,
            seeds=seeds[n],
            due=tuple(row for row in due.get(n, ()) if (n, row.product_id) in allowed),
            links=tuple(links.get(n, ())),
            similar=tuple(similar.get(n, ())),
            also_bought=tuple(also.get(n, ())),
            listed=tuple(listed.get(n, ())),
            bought=_bought(past, n) if listed else {},
            popular=tuple(popular.get(n, ())),
            views=tuple(row for row in past.views.get(n, ()) if (n, row.product_id) in allowed),
            similarity_floor=floor,
        )
        for n in (person.number for person in people)
    }


def with_newest(evidence: Mapping[int, Evidence], *, rules: Rules, limit: int) -> dict[int, Evidence]:
    newest = read.newest_for(rules, limit=limit)
    return {number: replace(own, newest=tuple(newest.get(number, ()))) for number, own in evidence.items()}


def _seeds(asked: Asked, *, people: Sequence[Person], past: Past) -> dict[int, tuple[Seed, ...]]:
    ids = history.product_ids_of(asked.workspace, external_ids=[name for name, _ in asked.context])
    page = [(ids[name], relation, asked.now) for name, relation in asked.context if name in ids]
    weights = asked.settings.seeds
    return {
        person.number: choose_seeds([*page, *_shown(past, person.number)], weights=weights, now=asked.now)
        for person in people
    }


def _shown(past: Past, number: int) -> Iterable[tuple[UUID, Relation, datetime]]:
    for row in past.purchases.get(number, ()):
        if row.product_id:
            yield row.product_id, "bought", row.last
    for view in past.views.get(number, ()):
        yield view.product_id, "viewed", view.viewed_at


def _due(asked: Asked, *, people: Sequence[Person], past: Past) -> dict[int, tuple[DuePurchase, ...]]:
    if "repeat" not in asked.settings.mix:
        return {}
    bought_once = {row.product_id for rows in past.purchases.values() for row in rows if row.days < 2}
    rhythm = history.rhythms_of(
        asked.version.id if asked.version else None, product_ids=[own for own in bought_once if own]
    )
    foretold = _foretold(asked, people=people)
    return {
        n: due_purchases(
            rows,
            rhythm_days=rhythm,
            due_at=asked.settings.due_at,
            now=asked.now,
            published=foretold.get(n),
        )
        for n, rows in past.purchases.items()
    }


def _foretold(asked: Asked, *, people: Sequence[Person]) -> dict[int, dict[UUID, PublishedDue]]:
    """By person and product; a visitor whom nobody knows has none."""
    numbers = {person.customer_id: person.number for person in people if person.customer_id}
    found: dict[int, dict[UUID, PublishedDue]] = {}
    for (customer, product), due in due_of(asked.version, customer_ids=numbers).items():
        found.setdefault(numbers[customer], {})[product] = due
    return found


def _bought(past: Past, number: int) -> dict[UUID, Bought]:
    rows = past.purchases.get(number, ())
    return {row.product_id: Bought(row.times, row.last) for row in rows if row.product_id}


def _newest(past: Past) -> dict[int, datetime]:
    """When each person bought last."""
    return {n: max(row.last for row in rows) for n, rows in past.purchases.items() if rows}


def _due_pairs(due: Mapping[int, Sequence[DuePurchase]]) -> list[tuple[int, UUID, bool]]:
    return [(n, row.product_id, True) for n, rows in due.items() for row in rows]


def _view_pairs(past: Past) -> list[tuple[int, UUID, bool]]:
    return [(n, view.product_id, False) for n, rows in past.views.items() for view in rows]
