"""The hard rules, in SQL, as each candidate query applies them at the moment of reading.

Written for a row `product` of the catalogue and a row `person` of the CTE below. Never shown: another
workspace's product, one that is archived, unavailable or sold out; what is in the cart, excluded or on the
page; what was bought a moment ago; what is not for the person's market; what the filter leaves out.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from omotenashi.accounts.models import Workspace
from personalization.selectors.people import Person


@dataclass(frozen=True)
class ProductFilter:
    """What a request wants of each product; empty means anything."""

    categories: tuple[str, ...] = ()
    brands: tuple[str, ...] = ()
    price_min: Decimal | None = None
    price_max: Decimal | None = None
    currency: str = ""


@dataclass(frozen=True)
class Rules:
    workspace: Workspace
    people: tuple[Person, ...]
    market: str = ""
    """Given by the request: stands for everyone's own country."""
    just_bought: Mapping[int, frozenset[str]] = field(default_factory=dict)
    """The shop's ids of what each person bought within the placement's window."""
    owned: Mapping[int, frozenset[str]] = field(default_factory=dict)
    """What each person ever bought, where the placement is for discovery."""
    filter: ProductFilter = ProductFilter()

    def market_of(self, person: Person) -> str:
        return self.market or person.country


# `blocked` and `bought` are objects with the ids as keys: `?` finds a key by binary search.
PERSON = """
person AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset(%(people)s::jsonb)
        AS p(n int, market text, blocked jsonb, bought jsonb, owned jsonb)
)
"""

_CONDITIONS = """
    product.workspace_id = %(workspace)s
    AND product.archived_at IS NULL AND product.available AND (product.stock IS NULL OR product.stock > 0)
    AND NOT person.blocked ? product.external_id
    AND (person.market = '' OR NOT product.attributes ? 'markets'
         OR product.attributes -> 'markets' ? person.market)
"""
NOT_JUST_BOUGHT = "NOT person.bought ? product.external_id"
NOT_OWNED = "NOT person.owned ? product.external_id"


def conditions(wanted: ProductFilter) -> str:
    """The rules without the just-bought one, which a purchase that is due again may pass."""
    extra = {
        "product.categories && %(categories)s::varchar[]": wanted.categories,
        "product.brand = ANY(%(brands)s)": wanted.brands,
        "product.price >= %(price_min)s": wanted.price_min is not None,
        "product.price <= %(price_max)s": wanted.price_max is not None,
        "product.currency = %(currency)s": wanted.currency,
    }
    return " AND ".join([_CONDITIONS, *(clause for clause, is_asked in extra.items() if is_asked)])


def parameters(rules: Rules) -> dict[str, Any]:
    wanted = rules.filter
    return {
        "workspace": rules.workspace.id,
        "people": json.dumps([_as_row(person, rules=rules) for person in rules.people]),
        "categories": list(wanted.categories),
        "brands": list(wanted.brands),
        "price_min": wanted.price_min,
        "price_max": wanted.price_max,
        "currency": wanted.currency,
    }


def _as_row(person: Person, *, rules: Rules) -> dict[str, Any]:
    return {
        "n": person.number,
        "market": rules.market_of(person),
        "blocked": _keys(person.blocked),
        "bought": _keys(rules.just_bought.get(person.number, ())),
        "owned": _keys(rules.owned.get(person.number, ())),
    }


def _keys(names: Sequence[str] | frozenset[str]) -> dict[str, int]:
    return dict.fromkeys(sorted(names), 1)
