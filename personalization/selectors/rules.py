"""The hard rules, in SQL, as each candidate query applies them at the moment of reading.

Written for a row `product` of the catalogue and a row `person` of the CTE below. Never shown: another
workspace's product, one that is archived, unavailable or sold out; what is in the cart, excluded or on the
page; what was bought a moment ago; what is not for the person's market; what a filter leaves out. Each rule
is a `Condition` with a name, so that the very same SQL can also say which of them refused a product.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

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
    expression: str = ""
    """A filter such as `price < 50 and "kitchen" in categories`."""


@dataclass(frozen=True)
class Condition:
    """One rule. `code` and `label` are what a trace calls it; `expression` is the filter it came from."""

    code: str
    label: str
    sql: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    expression: str = ""


@dataclass(frozen=True)
class Rules:
    workspace: Workspace
    people: tuple[Person, ...]
    market: str = ""
    """Given by the request: stands for everyone's own country."""
    just_bought: Mapping[int, frozenset[str]] = field(default_factory=dict)
    """The shop's ids of what each person bought within the placement's window."""
    owned: Mapping[int, frozenset[str]] = field(default_factory=dict)
    """What each person ever bought."""
    only: Literal["", "new", "repeat"] = ""
    """Where the placement shows only what the person never bought, or only what they did."""
    likeness_is_new: bool = True
    """Likeness and baskets propose only what the person never bought."""
    filter: ProductFilter = ProductFilter()
    extra: tuple[Condition, ...] = ()
    """Compiled filters and exclude rules."""
    is_open: bool = False
    """Lets everything of the workspace through: to learn what the rules would refuse."""

    def market_of(self, person: Person) -> str:
        return self.market or person.country


# `blocked` and `bought` are objects with the ids as keys: `?` finds a key by binary search.
PERSON = """
person AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset(%(people)s::jsonb)
        AS p(n int, market text, blocked jsonb, bought jsonb, owned jsonb)
)
"""

_OWN = "product.workspace_id = %(workspace)s"
_ALWAYS = (
    Condition("archived", "no longer in the catalogue", "product.archived_at IS NULL"),
    Condition("unavailable", "cannot be bought", "product.available"),
    Condition("sold_out", "sold out", "(product.stock IS NULL OR product.stock > 0)"),
    Condition("blocked", "in the cart, on the page or excluded", "NOT person.blocked ? product.external_id"),
    Condition(
        "market",
        "not for this market",
        "(person.market = '' OR NOT product.attributes ? 'markets'"
        " OR product.attributes -> 'markets' ? person.market)",
    ),
)
_ONLY = {
    "new": Condition("bought_before", "bought before", "NOT person.owned ? product.external_id"),
    "repeat": Condition("never_bought", "never bought before", "person.owned ? product.external_id"),
}
JUST_BOUGHT = Condition("just_bought", "bought a moment ago", "NOT person.bought ? product.external_id")


def hard_rules(rules: Rules) -> list[Condition]:
    """All but the just-bought one, which a purchase that is due again may pass."""
    only = [_ONLY[rules.only]] if rules.only else []
    return [*_ALWAYS, *only, *_asked(rules.filter), *rules.extra]


def conditions(rules: Rules) -> str:
    own = [] if rules.is_open else [rule.sql for rule in hard_rules(rules)]
    return " AND ".join([_OWN, *own])


def not_just_bought(rules: Rules) -> str:
    return "TRUE" if rules.is_open else JUST_BOUGHT.sql


def not_owned(rules: Rules) -> str:
    """Of the sources of likeness and baskets themselves: they do not propose what the person has."""
    return "NOT person.owned ? product.external_id" if rules.likeness_is_new else "TRUE"


def _asked(wanted: ProductFilter) -> list[Condition]:
    """What the request's filter object names."""
    named: dict[str, tuple[str, Any]] = {
        "categories": ("product.categories && %(categories)s::varchar[]", list(wanted.categories)),
        "brands": ("product.brand = ANY(%(brands)s)", list(wanted.brands)),
        "price_min": ("product.price >= %(price_min)s", wanted.price_min),
        "price_max": ("product.price <= %(price_max)s", wanted.price_max),
        "currency": ("product.currency = %(currency)s", wanted.currency),
    }
    return [
        Condition(f"request.{name}", f"not in the request's {name}", sql, {name: value})
        for name, (sql, value) in named.items()
        if value is not None and value not in ("", [])
    ]


def parameters(rules: Rules) -> dict[str, Any]:
    given: dict[str, Any] = {
        "workspace": rules.workspace.id,
        "people": json.dumps([_as_row(person, rules=rules) for person in rules.people]),
    }
    for rule in hard_rules(rules):
        given |= rule.parameters
    return given


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
