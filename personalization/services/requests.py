"""What a recommendation is asked with, and what it answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any, NamedTuple
from uuid import UUID

from omotenashi.accounts.models import Workspace
from personalization.engine.choosing import Stage
from personalization.engine.tracing import Trace
from personalization.selectors.rules import ProductFilter


@dataclass(frozen=True)
class Promotion:
    """The shop's own wish: this product at this place, if the rules let it through."""

    product_id: str
    position: int = 1


@dataclass(frozen=True)
class RecommendationRequest:
    """All product and customer ids are the shop's own."""

    workspace: Workspace
    placement: str = "home"
    customer_id: str = ""
    anonymous_id: str = ""
    count: int | None = None
    """None: as the placement says."""
    context_product_ids: tuple[str, ...] = ()
    cart: tuple[str, ...] = ()
    locale: str = ""
    """Empty: the customer's, else the workspace's."""
    market: str = ""
    """Country code; empty: the customer's."""
    filter: ProductFilter = field(default_factory=ProductFilter)
    promotions: tuple[Promotion, ...] = ()
    diversity: float | None = None
    exclude: tuple[str, ...] = ()
    explain: bool = False
    """Adds the trace: two more rounds of queries."""
    settings: Mapping[str, Any] | None = None
    """A configuration to try in place of the placement's own: previews."""
    dry_run: bool = False
    """Answer, but keep no record: previews and tests."""


class AnswerReason(NamedTuple):
    code: str
    text: str
    evidence: Mapping[str, Any]


class AnswerItem(NamedTuple):
    """A tuple: a mailing makes millions of them."""

    product_id: str
    product_uuid: UUID
    position: int
    score: float
    source: str
    reasons: tuple[AnswerReason, ...]
    properties: Mapping[str, Any]
    """title, price, currency, url, image_url, brand, categories: enough to draw a card."""
    contributions: Mapping[str, float]
    stage: Stage = "ranked"
    relevance: float = 0.0
    """The score before boosts, as a share of the best candidate's."""
    weights: Mapping[str, float] = MappingProxyType({})
    """Boost and bury rules that moved it, by name."""
    rule: str = ""
    """The pin rule that put it here."""


@dataclass(frozen=True)
class Fallback:
    used: bool
    why: str


@dataclass(frozen=True)
class RecommendationAnswer:
    recommendation_id: UUID | None
    """None for a dry run: nothing was recorded."""
    placement: str
    items: tuple[AnswerItem, ...]
    fallback: Fallback
    model_version: str
    at: datetime
    experiment: Mapping[str, Any] | None = None
    trace: Trace | None = None
    """Where the request wanted it explained."""
