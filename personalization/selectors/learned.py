"""What a process remembers of a model version: nothing of it changes once the version answers."""

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from personalization.models import ModelVersion
from personalization.models.purchase_vectors import PURCHASE_DIMENSIONS
from personalization.selectors.reading import read
from personalization.selectors.remembering import Remembered

MOST_PRODUCTS = 100_000
"""Each takes some 500 bytes."""
MOST_SEEDS = 5_000
"""Each takes some 5 KB."""
Vector = NDArray[np.float32]

_ACTIVE = (
    "SELECT id FROM personalization_modelversion WHERE workspace_id = %(workspace)s AND state = 'active'"
)
_NUMBERED = """
SELECT number, product_id, halfvec_send(vector)
FROM personalization_purchasevectoritem WHERE model_version_id = %(version)s AND number = ANY(%(ids)s)
"""
# OFFSET 0 keeps each a look-up by its key. The ids come as JSON, of which PostgreSQL never counts the
# elements: with an array it took a plan for their number to be worth making anew each time.
_SEEDS = """
SELECT asked.id, item.number, halfvec_send(item.vector), item.pull, item.linked, item.buyers,
       near.ids, near.scores, near.baskets
FROM (SELECT own::uuid AS id FROM jsonb_array_elements_text(%(ids)s::jsonb) own) asked
LEFT JOIN LATERAL (
    SELECT i.number, i.vector, i.pull, i.linked, i.buyers FROM personalization_purchasevectoritem i
    WHERE i.model_version_id = %(version)s AND i.product_id = asked.id OFFSET 0
) item ON true
CROSS JOIN LATERAL (
    SELECT array_agg(n.neighbor_id) AS ids, array_agg(n.score) AS scores, array_agg(n.baskets) AS baskets
    FROM personalization_productneighbor n
    WHERE n.model_version_id = %(version)s AND n.product_id = asked.id
) near
"""


class Numbered(NamedTuple):
    """A product as the lists name it, and its vector of purchases."""

    product_id: UUID
    vector: Vector


class Item(NamedTuple):
    """A product as a seed: what leads on from it."""

    number: int
    """-1: it has no vector of purchases."""
    inward: Vector
    buyers: Mapping[int, int]
    """Who bought it bought these too: so many people, by the other product's number."""
    links: Mapping[UUID, "Link"]
    """What was in orders together with it."""


class Link(NamedTuple):
    score: float
    baskets: int


class Learned:
    def __init__(self, version: ModelVersion) -> None:
        self.version = version
        self.numbered = Remembered(self._read_numbered, most=MOST_PRODUCTS)
        self.items = Remembered(self._read_items, most=MOST_SEEDS)

    def _read_numbered(self, numbers: list[int]) -> dict[int, Numbered]:
        rows = read(_NUMBERED, {"version": self.version.id, "ids": numbers})
        return {number: Numbered(product_id, floats(vector)) for number, product_id, vector in rows}

    def _read_items(self, product_ids: list[UUID]) -> dict[UUID, Item]:
        rows = read(_SEEDS, {"version": self.version.id, "ids": json.dumps([own.hex for own in product_ids])})
        return {product_id: _item(*columns) for product_id, *columns in rows}


def _item(
    number: int | None,
    vector: bytes,
    pull: float,
    linked: Sequence[int],
    buyers: Sequence[int],
    neighbors: Sequence[UUID] | None,
    scores: Sequence[float],
    baskets: Sequence[int],
) -> Item:
    links = dict(zip(neighbors, map(Link, scores, baskets), strict=True)) if neighbors else {}
    if number is None:
        return Item(-1, np.zeros(PURCHASE_DIMENSIONS, np.float32), {}, links)
    return Item(number, floats(vector) * np.float32(pull), dict(zip(linked, buyers, strict=True)), links)


def active_version(workspace_id: UUID) -> ModelVersion | None:
    learned = active_learned(workspace_id)
    return learned.version if learned else None


def active_learned(workspace_id: UUID) -> Learned | None:
    found = read(_ACTIVE, {"workspace": workspace_id})
    return _learned(found[0][0]) if found else None


@lru_cache(maxsize=8)
def _learned(version_id: UUID) -> Learned:
    return Learned(_version(version_id))


@lru_cache(maxsize=256)
def _version(version_id: UUID) -> ModelVersion:
    version: ModelVersion = ModelVersion.objects.get(id=version_id)
    return version


def floats(sent: bytes) -> Vector:
    """`halfvec_send`: two numbers of two bytes (dimensions, unused), then the halves, big end first."""
    return np.frombuffer(sent, dtype=">f2", offset=4).astype(np.float32)


def joined(vectors: Sequence[Vector]) -> Vector:
    """As rows of one matrix: several times quicker than `np.stack`."""
    return np.frombuffer(b"".join([own.data for own in vectors]), dtype=np.float32).reshape(len(vectors), -1)
