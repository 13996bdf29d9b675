"""What a process remembers of a workspace: as long as its mark in Valkey stays, and for a minute at the most.

Whoever changes products, their titles or vectors, placements or the model version replaces the mark after the
commit and before their answer (`omotenashi/marks.py`). A reader knows the mark from before it read anything.
So what was read under a mark was true when the mark was taken, or is newer. The hard rules are no part of
this: stock, availability, prices in filters and the like are asked of PostgreSQL for each answer.
"""

import time
from collections.abc import Mapping
from decimal import Decimal
from functools import cached_property
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings

from personalization.engine.diversity import Kind
from personalization.selectors.learned import Learned, Vector, active_learned, floats
from personalization.selectors.reading import read
from personalization.selectors.remembering import Remembered

MOST_PRODUCTS = 20_000
"""A card takes some 1 KB, a vector 2 KB."""
MOST_WORKSPACES = 16

_PLACEMENTS = "SELECT key, settings FROM personalization_placement WHERE workspace_id = %(workspace)s"
_CARDS = """
SELECT id, external_id, title, price, currency, url, image_url, brand, categories, group_id,
       (SELECT jsonb_object_agg(t.locale, t.title) FROM catalog_producttitle t WHERE t.product_id = p.id)
FROM catalog_product p WHERE workspace_id = %(workspace)s AND id = ANY(%(ids)s)
"""
_VECTORS = """
SELECT product_id, model_id, halfvec_send(vector) FROM catalog_productvector WHERE product_id = ANY(%(ids)s)
"""


class Card(NamedTuple):
    """What a card is drawn with: as many fields of a product, without the cost of one."""

    id: UUID
    external_id: str
    title: str
    price: Decimal
    currency: str
    url: str
    image_url: str
    brand: str
    categories: list[str]
    group_id: str
    titles: Mapping[str, str] | None
    """In further languages."""
    kind: Kind


class Edition:
    def __init__(self, workspace_id: UUID, *, mark: str = "") -> None:
        self.mark = mark
        self.until = time.monotonic() + settings.RECOMMENDATION_SECONDS
        self._workspace_id = workspace_id
        self.cards = Remembered(self._read_cards, most=MOST_PRODUCTS)
        self.vectors = Remembered(_read_vectors, most=MOST_PRODUCTS)

    @cached_property
    def placements(self) -> dict[str, dict[str, Any]]:
        """The workspace's own settings, by key."""
        return dict(read(_PLACEMENTS, {"workspace": self._workspace_id}))

    @cached_property
    def learned(self) -> Learned | None:
        return active_learned(self._workspace_id)

    def _read_cards(self, product_ids: list[UUID]) -> dict[UUID, Card]:
        rows = read(_CARDS, {"workspace": self._workspace_id, "ids": product_ids})
        return {row[0]: Card(*row, Kind(row[0], row[8][0] if row[8] else "", row[9])) for row in rows}


def edition_of(workspace_id: UUID, *, mark: str) -> Edition:
    """Without a mark nobody could say that it is out of date: then it is the caller's alone."""
    if not mark:
        return Edition(workspace_id)
    known = _EDITIONS.get(workspace_id)
    if known is None or known.mark != mark or time.monotonic() > known.until:
        if len(_EDITIONS) >= MOST_WORKSPACES:
            _EDITIONS.clear()
        known = _EDITIONS[workspace_id] = Edition(workspace_id, mark=mark)
    return known


_EDITIONS: dict[UUID, Edition] = {}


def _read_vectors(product_ids: list[UUID]) -> dict[UUID, dict[str, Vector]]:
    """By product, then by embedder."""
    found: dict[UUID, dict[str, Vector]] = {}
    for product_id, model_id, vector in read(_VECTORS, {"ids": product_ids}):
        found.setdefault(product_id, {})[model_id] = floats(vector)
    return found
