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
from personalization.selectors.reading import read, uuid_array
from personalization.selectors.remembering import Remembered

MOST_PRODUCTS = 20_000
"""Each takes some 3 KB."""
MOST_WORKSPACES = 16
FEW_VECTORS = 3_000
"""So many are compared one by one in some ten milliseconds."""

_PLACEMENTS = "SELECT key, settings FROM personalization_placement WHERE workspace_id = %(workspace)s"
_VECTORS = """
SELECT count(*) FROM (
    SELECT FROM catalog_productvector WHERE workspace_id = %(workspace)s LIMIT %(limit)s
) first
"""
_PRODUCTS = """
SELECT p.id, p.external_id, p.title, p.price, p.currency, p.url, p.image_url, p.brand, p.categories,
       p.group_id,
       (SELECT jsonb_object_agg(t.locale, t.title) FROM catalog_producttitle t WHERE t.product_id = p.id),
       own.models, own.vectors
FROM catalog_product p
CROSS JOIN LATERAL (
    SELECT array_agg(v.model_id::text) AS models, array_agg(halfvec_send(v.vector)) AS vectors
    FROM catalog_productvector v WHERE v.product_id = p.id
) own
WHERE p.workspace_id = %(workspace)s AND p.id = ANY(%(ids)s::uuid[])
"""


class Product(NamedTuple):
    """What a card is drawn with, and the text's vectors: without the cost of a model's instance."""

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
    vectors: Mapping[str, Vector]
    """By embedder."""
    kind: Kind


class Edition:
    def __init__(self, workspace_id: UUID, *, mark: str = "") -> None:
        self.mark = mark
        self.until = time.monotonic() + settings.RECOMMENDATION_SECONDS
        self._workspace_id = workspace_id
        self.products = Remembered(self._read_products, most=MOST_PRODUCTS)
        self.cards: dict[tuple[UUID, str], Mapping[str, Any]] = {}
        """What is shown of a product in a language: made once, and shared by all answers that show it."""
        self.reasons: dict[tuple[Any, ...], Any] = {}
        """Reasons in words, likewise: many people have the same reason, or get it with the next page."""

    def forget(self) -> None:
        """All that was read of products, for an edition that is replaced while somebody still holds it."""
        self.products.forget()
        self.cards.clear()
        self.reasons.clear()

    @cached_property
    def placements(self) -> dict[str, dict[str, Any]]:
        """The workspace's own settings, by key."""
        return dict(read(_PLACEMENTS, {"workspace": self._workspace_id}))

    @cached_property
    def learned(self) -> Learned | None:
        return active_learned(self._workspace_id)

    @cached_property
    def has_few_vectors(self) -> bool:
        """Whether all of the workspace's can be compared."""
        ((count,),) = read(_VECTORS, {"workspace": self._workspace_id, "limit": FEW_VECTORS + 1})
        return int(count) <= FEW_VECTORS

    def _read_products(self, product_ids: list[UUID]) -> dict[UUID, Product]:
        rows = read(_PRODUCTS, {"workspace": self._workspace_id, "ids": uuid_array(product_ids)})
        return {row[0]: _product(*row) for row in rows}


def _product(*row: Any) -> Product:
    product_id, categories, group_id, models, vectors = row[0], row[8], row[9], *row[11:]
    by_model = {name: floats(vector) for name, vector in zip(models or (), vectors or (), strict=True)}
    kind = Kind(product_id, categories[0] if categories else "", group_id)
    return Product._make([*row[:11], by_model, kind])


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
