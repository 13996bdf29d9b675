"""What one answer is asked with, and what the persons of a round did until now."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from omotenashi.accounts.models import Workspace
from personalization.engine.choosing import Wanted
from personalization.engine.due import PublishedDue, Purchased, due_purchases
from personalization.engine.evidence import Bought, DuePurchase, Relation, Seed, View
from personalization.engine.placements import PlacementSettings
from personalization.engine.seeds import choose_seeds
from personalization.models import ModelVersion
from personalization.selectors.edition import Edition
from personalization.selectors.learned import Learned
from personalization.selectors.people import Known, Person, Ranking


@dataclass(frozen=True)
class Asked:
    """What is the same for every person of a round."""

    workspace: Workspace
    wanted: Wanted
    edition: Edition
    now: datetime
    context: tuple[tuple[UUID, Relation], ...] = ()
    """The page's and the cart's products."""
    moves_products: bool = False
    """The shop's own rules lift, lower or pin products."""

    @property
    def settings(self) -> PlacementSettings:
        return self.wanted.settings

    @property
    def learned(self) -> Learned | None:
        return self.edition.learned

    @property
    def version(self) -> ModelVersion | None:
        return self.learned.version if self.learned else None


@dataclass(frozen=True)
class Past:
    """By each person's number."""

    purchases: Mapping[int, Sequence[Purchased]]
    views: Mapping[int, Sequence[View]]
    rankings: Mapping[int, Ranking]
    due: Mapping[int, Mapping[UUID, PublishedDue]]

    def of(
        self, numbers: Collection[int], *, products: Mapping[int, Collection[UUID]] | None = None
    ) -> "Past":
        """Of these persons; with `products`, only what each of them did with these."""

        def is_meant(n: int, product_id: UUID | None) -> bool:
            return products is None or product_id in products[n]

        own = [n for n in numbers if n in self.purchases]
        return replace(
            self,
            purchases={n: [row for row in self.purchases[n] if is_meant(n, row.product_id)] for n in own},
            views={n: [row for row in self.views[n] if is_meant(n, row.product_id)] for n in own},
        )


def past_of(known: Sequence[Known]) -> Past:
    return Past(
        purchases={own.person.number: own.purchases for own in known},
        views={own.person.number: own.views for own in known},
        rankings={own.person.number: own.ranking for own in known},
        due={own.person.number: own.due for own in known},
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


def seeds_of(
    asked: Asked, *, people: Sequence[Person], past: Past, since: datetime | None = None
) -> dict[int, tuple[Seed, ...]]:
    """With `since`, of the purchases only those after it."""
    page = [(product_id, relation, asked.now) for product_id, relation in asked.context]
    weights = asked.settings.seeds
    return {
        person.number: choose_seeds(
            [*page, *_shown(past, person.number, since=since)], weights=weights, now=asked.now
        )
        for person in people
    }


def _shown(past: Past, number: int, *, since: datetime | None) -> Iterable[tuple[UUID, Relation, datetime]]:
    for row in past.purchases.get(number, ()):
        if row.product_id and (since is None or row.last > since):
            yield row.product_id, "bought", row.last
    for view in past.views.get(number, ()):
        yield view.product_id, "viewed", view.viewed_at


def due_now(asked: Asked, *, past: Past) -> dict[int, tuple[DuePurchase, ...]]:
    if "repeat" not in asked.settings.mix or not any(past.purchases.values()):
        return {}
    return {
        n: due_purchases(
            rows,
            due_at=asked.settings.due_at,
            now=asked.now,
            published=past.due.get(n),
        )
        for n, rows in past.purchases.items()
    }


def bought_by(past: Past, number: int) -> dict[UUID, Bought]:
    rows = past.purchases.get(number, ())
    return {row.product_id: Bought(row.times, row.last) for row in rows if row.product_id}


def newest_purchases(past: Past) -> dict[int, datetime]:
    """When each person bought last."""
    return {n: max(row.last for row in rows) for n, rows in past.purchases.items() if rows}
