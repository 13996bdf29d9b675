"""The learned lists of some hundred people, read only as far as somebody looks.

Products go by their number in the model version: a list has fifty of them, and ids of the database take ten
times as long to look up.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Protocol
from uuid import UUID

from personalization.engine.evidence import Listed, Seed
from personalization.selectors.edition import Product
from personalization.selectors.learned import Learned
from personalization.selectors.likeness import Texts
from personalization.selectors.people import Known
from personalization.selectors.rules import Rules
from personalization.services.past import Asked

NOBODYS = -1
"""Stands in a list where no product of the customer's is the reason."""
_ROUNDING = 1e-4
"""Likeness is worked out here in single precision: what is this close to the floor counts as above it."""


class Stock(Protocol):
    """What is the same for everybody, for a moment."""

    def named(self, numbers: Collection[int]) -> Mapping[int, Product | None]: ...
    def allowed(self, numbers: Collection[int], *, market: str) -> frozenset[int]:
        """Those that the hard rules allow somebody of that market who never bought anything."""
        ...


class Lists:
    """With the hard rules applied."""

    def __init__(self, known: Sequence[Known], *, stock: Stock, learned: Learned, rules: Rules) -> None:
        listed: dict[str, set[int]] = defaultdict(set)
        named: set[int] = set()
        for own in known:
            listed[rules.market_of(own.person)].update(own.ranking.numbers)
            named.update(own.ranking.because)
        self.products = stock.named(named.union(*listed.values()) - {NOBODYS})
        self._allowed = {market: stock.allowed(own, market=market) for market, own in listed.items()}
        self._known = {own.person.number: own for own in known}
        self._rules = rules
        self._until = learned.version.as_of

    def of(self, number: int) -> Iterator[Listed]:
        own, rules = self._known[number], self._rules
        products, allowed = self.products, self._allowed[rules.market_of(own.person)]
        never = rules.just_bought[number] | (rules.owned[number] if rules.only == "new" else frozenset())
        for place, (n, because, buyers) in enumerate(zip(*own.ranking, strict=False), start=1):
            product = products[n] if n in allowed else None
            if product and product.external_id not in never:
                kind, seed = product.kind, products.get(because)
                if seed is None and because != NOBODYS:
                    continue  # what the reason would name is gone
                yield Listed(
                    product.id, place, seed.id if seed else None, buyers, self._until, kind.category,
                    kind.group, n,
                )  # fmt: skip

    def numbers(self, number: int) -> Sequence[int]:
        """All that is in the list, whatever the rules say."""
        return self._known[number].ranking.numbers

    @cached_property
    def number_of(self) -> dict[UUID, int]:
        """Of what this round's lists name; numbers stay within a model version."""
        numbers = {n for own in self._known.values() for n in own.ranking.numbers}
        return {product.id: n for n in numbers if (product := self.products.get(n))}


class Voices:
    """Whether other sources have anything to say of a list: mostly they speak of other products.

    At worst it says yes where they have not; then they are asked, and that is known.
    """

    def __init__(
        self, asked: Asked, *, lists: Lists, texts: Texts, seeds: Iterable[Seed], floor: float
    ) -> None:
        ids, mix = {seed.product_id for seed in seeds}, asked.settings.mix
        self._lists = lists
        self._floor = floor - _ROUNDING
        self._likeness = None
        if ids and "text" in mix:
            named = {n: product for n in lists.number_of.values() if (product := lists.products.get(n))}
            self._likeness = texts.of(named | asked.edition.products.of(ids))
        has_baskets = asked.learned is not None and ("copurchase" in mix or "collaborative" in mix)
        self._items = asked.learned.items.of(ids) if asked.learned and has_baskets else {}
        self._leads_to: dict[UUID, frozenset[int]] = {}

    def speak_of(self, number: int, *, seeds: Sequence[Seed], product_ids: Collection[UUID]) -> bool:
        """`product_ids`: of which a source speaks by name. `seeds`: what leads on to others."""
        numbers, number_of = self._lists.numbers(number), self._lists.number_of
        if any(number_of.get(own, NOBODYS) in numbers for own in product_ids):
            return True
        if not all(self._led_to(seed.product_id).isdisjoint(numbers) for seed in seeds):
            return True
        if self._likeness is None or not seeds:
            return False
        return self._likeness.greatest(numbers, others=[own.product_id for own in seeds]) >= self._floor

    def _led_to(self, seed_id: UUID) -> frozenset[int]:
        """Products that share baskets or buyers with the seed."""
        found = self._leads_to.get(seed_id)
        if found is None:
            item, number_of = self._items.get(seed_id), self._lists.number_of
            linked = [number_of[own] for own in item.links if own in number_of] if item else []
            found = self._leads_to[seed_id] = frozenset([*linked, *(item.buyers if item else ())])
        return found
