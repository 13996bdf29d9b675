"""What is known about one person when an answer is made: the only input of the candidate sources.

Rows of `due`, `links`, `similar`, `also_bought`, `listed`, `popular`, `views` and `newest` may be shown: the
hard rules were applied where they were read, in SQL. They are tuples because one answer takes hundreds.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NamedTuple
from uuid import UUID

Relation = Literal["context", "cart", "bought", "viewed"]


class Seed(NamedTuple):
    """A product that stands for the person's interest, and how strongly."""

    product_id: UUID
    relation: Relation
    weight: float


class DuePurchase(NamedTuple):
    """Bought before, and due again. `interval_days`: the person's own, or all buyers' (`times` is 1)."""

    product_id: UUID
    times: int
    last_bought: datetime
    interval_days: float
    days_since: float
    chance: float | None = None
    """To be bought again soon, as the night foretold it."""


class NeighborLink(NamedTuple):
    """`product_id` was in `baskets` orders together with the seed."""

    seed_id: UUID
    product_id: UUID
    score: float
    baskets: int


class SimilarProduct(NamedTuple):
    """Close to the person's taste; `seed_id` is the seed whose text it is closest to."""

    product_id: UUID
    similarity: float
    seed_id: UUID
    seed_similarity: float


class AlsoBought(NamedTuple):
    """What buyers like this person buy: `buyers` people who bought the seed bought `product_id` too."""

    product_id: UUID
    score: float
    seed_id: UUID
    buyers: int


class Listed(NamedTuple):
    """`place` in the customer's learned list, from 1.

    `buyers` people bought both it and `seed_id`; without a seed, so many bought it in the 30 days to `until`.
    """

    product_id: UUID
    place: int
    seed_id: UUID | None
    buyers: int
    until: datetime
    category: str = ""
    group: str = ""
    number: int = -1
    """Names the product in the model version."""


class Bought(NamedTuple):
    """One person's purchases of a product, as of now."""

    times: int
    last: datetime


class PopularProduct(NamedTuple):
    product_id: UUID
    score: float
    buyers: int
    days: int
    market: str
    until: datetime


class View(NamedTuple):
    product_id: UUID
    viewed_at: datetime


class NewProduct(NamedTuple):
    product_id: UUID
    added_at: datetime


@dataclass(frozen=True)
class Evidence:
    now: datetime
    seeds: tuple[Seed, ...] = ()
    due: tuple[DuePurchase, ...] = ()
    links: tuple[NeighborLink, ...] = ()
    similar: tuple[SimilarProduct, ...] = ()
    also_bought: tuple[AlsoBought, ...] = ()
    listed: tuple[Listed, ...] = ()
    bought: Mapping[UUID, Bought] = field(default_factory=dict)
    popular: tuple[PopularProduct, ...] = ()
    views: tuple[View, ...] = ()
    newest: tuple[NewProduct, ...] = ()
    similarity_floor: float = 0.8
    """Cosine above which two products may be called similar; learned per workspace."""
