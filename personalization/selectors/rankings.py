"""Each person's learned list, hard rules applied."""

from collections.abc import Collection, Mapping
from uuid import UUID

from personalization.engine.evidence import Listed
from personalization.selectors.candidates import allowed_pairs
from personalization.selectors.edition import Edition
from personalization.selectors.people import Ranking
from personalization.selectors.rules import Rules


def listed_for(
    rules: Rules, *, edition: Edition, rankings: Mapping[int, Ranking], beside: Collection[UUID]
) -> dict[int, list[Listed]]:
    """By person. What was bought since the night is dealt with by the rules.

    `beside`: products that will be asked for next; read in the same query as those listed.
    """
    learned = edition.learned
    entries = [(n, entry) for n, own in rankings.items() for entry in own.entries()]
    if learned is None or not entries:
        return {}
    numbers = {entry.number for _, entry in entries} | {entry.because for _, entry in entries}
    products = {number: own.product_id for number, own in learned.numbered.of(numbers - {-1}).items()}
    known = [(n, products[entry.number], entry) for n, entry in entries if entry.number in products]
    allowed = allowed_pairs(rules, pairs=[(n, product_id, False) for n, product_id, _ in known])
    named = edition.products.of({*products.values(), *beside})
    found: dict[int, list[Listed]] = {}
    for n, product_id, entry in known:
        if (n, product_id) in allowed and product_id in named:
            kind, seed = named[product_id].kind, products.get(entry.because)
            row = Listed(
                product_id, entry.place, seed, entry.buyers, learned.version.as_of,
                kind.category, kind.group, entry.number,
            )  # fmt: skip
            found.setdefault(n, []).append(row)
    return found
