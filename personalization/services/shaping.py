"""Reads what boost, bury and pin rules and the request's promotions mean for the persons of a round."""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from omotenashi.accounts.models import Workspace
from personalization.engine.choosing import Shaping
from personalization.engine.promoting import Wish
from personalization.selectors import candidates as read
from personalization.selectors.history import product_ids_of
from personalization.selectors.judging import matching, sellable_matches
from personalization.selectors.rules import Rules
from personalization.services.past import Past
from personalization.services.requests import Promotion
from personalization.services.rule_book import Compiled, RuleBook

PINNED_FROM = 20
"""Of a pin rule's products so many, the newest, are considered besides the person's own candidates."""


def shaping_for(
    rules: Rules,
    *,
    book: RuleBook,
    candidates: Mapping[int, Sequence[UUID]],
    promotions: Sequence[Promotion],
    past: Past,
) -> dict[int, Shaping]:
    """`candidates` by person, in the order in which a pin prefers them.

    No query without rules and promotions; at most four with them, however many the persons.
    """
    weights = _weights(rules.workspace, weighing=book.weighing, candidates=candidates)
    wishes = _wishes(rules, pinning=book.pinning, candidates=candidates, promotions=promotions)
    return {
        person.number: Shaping(
            weights=weights,
            owned=frozenset(
                row.product_id for row in past.purchases.get(person.number, ()) if row.product_id
            ),
            wishes=wishes.get(person.number, ()),
        )
        for person in rules.people
    }


def _weights(
    workspace: Workspace, *, weighing: Sequence[Compiled], candidates: Mapping[int, Sequence[UUID]]
) -> dict[UUID, dict[str, float]]:
    found = matching(
        workspace, product_ids=_all(candidates.values()), conditions=[own.condition for own in weighing]
    )
    weights: dict[UUID, dict[str, float]] = {}
    for own, products in zip(weighing, found, strict=True):
        for product_id in products:
            weights.setdefault(product_id, {})[own.rule.name] = own.rule.weight
    return weights


def _wishes(
    rules: Rules,
    *,
    pinning: Sequence[Compiled],
    candidates: Mapping[int, Sequence[UUID]],
    promotions: Sequence[Promotion],
) -> dict[int, tuple[Wish, ...]]:
    """A promotion and a pin pass the same hard rules as everything else."""
    ids = product_ids_of(rules.workspace, external_ids=[wish.product_id for wish in promotions])
    asked = [Wish(ids[wish.product_id], wish.position) for wish in promotions if wish.product_id in ids]
    options = _pin_options(rules, pinning=pinning, candidates=candidates)
    everything = {wish.product_id for wish in asked} | set(_all(options.values()))
    pairs = [(person.number, product_id, False) for person in rules.people for product_id in everything]
    allowed = read.allowed_pairs(rules, pairs=pairs)
    found: dict[int, tuple[Wish, ...]] = {}
    for person in rules.people:
        own = [wish for wish in asked if (person.number, wish.product_id) in allowed]
        taken = {wish.product_id for wish in own}
        for place, pin in enumerate(pinning):
            best = next(
                (
                    product_id
                    for product_id in options.get((person.number, place), ())
                    if (person.number, product_id) in allowed and product_id not in taken
                ),
                None,
            )
            if best is not None:
                taken.add(best)
                own.append(Wish(best, pin.rule.position, pin.rule.name))
        found[person.number] = tuple(own)
    return found


def _pin_options(
    rules: Rules, *, pinning: Sequence[Compiled], candidates: Mapping[int, Sequence[UUID]]
) -> dict[tuple[int, int], list[UUID]]:
    """By (person, pin): the person's own candidates among its products, then the newest of them."""
    conditions = [own.condition for own in pinning]
    among = matching(rules.workspace, product_ids=_all(candidates.values()), conditions=conditions)
    newest = sellable_matches(rules.workspace, conditions=conditions, limit=PINNED_FROM)
    return {
        (person.number, place): [
            *(own for own in candidates.get(person.number, ()) if own in among[place]),
            *newest[place],
        ]
        for person in rules.people
        for place in range(len(pinning))
    }


def _all(groups: Iterable[Sequence[UUID]]) -> list[UUID]:
    return list({product_id for group in groups for product_id in group})
