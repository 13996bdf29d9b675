"""What a process remembers of a model version: nothing of it changes once the version answers."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from personalization.models import ModelVersion
from personalization.selectors.reading import read
from personalization.selectors.remembering import Remembered

MOST_PRODUCTS = 40_000
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
_LINKS = """
SELECT product_id, array_agg(neighbor_id), array_agg(score), array_agg(baskets)
FROM personalization_productneighbor WHERE model_version_id = %(version)s AND product_id = ANY(%(ids)s)
GROUP BY product_id
"""
_ITEMS = """
SELECT product_id, number, halfvec_send(vector), pull, linked, buyers
FROM personalization_purchasevectoritem WHERE model_version_id = %(version)s AND product_id = ANY(%(ids)s)
"""
_RHYTHMS = """
SELECT product_id, interval_days FROM personalization_productrhythm
WHERE model_version_id = %(version)s AND product_id = ANY(%(ids)s)
"""


class Numbered(NamedTuple):
    """A product as the lists name it, and its vector of purchases."""

    product_id: UUID
    vector: Vector


class Item(NamedTuple):
    """A product as a seed of purchase vectors."""

    number: int
    inward: Vector
    buyers: Mapping[int, int]
    """Who bought it bought these too: so many people, by the other product's number."""


class Link(NamedTuple):
    score: float
    baskets: int


class Learned:
    def __init__(self, version: ModelVersion) -> None:
        self.version = version
        self.numbered = Remembered(self._read_numbered, most=MOST_PRODUCTS)
        self.items = Remembered(self._read_items, most=MOST_SEEDS)
        self.links = Remembered(self._read_links, most=MOST_SEEDS)
        self.rhythms = Remembered(self._read_rhythms, most=MOST_PRODUCTS)

    def _read_numbered(self, numbers: list[int]) -> dict[int, Numbered]:
        rows = read(_NUMBERED, self._given(numbers))
        return {number: Numbered(product_id, floats(vector)) for number, product_id, vector in rows}

    def _read_items(self, product_ids: list[UUID]) -> dict[UUID, Item]:
        return {
            product_id: Item(
                number, floats(vector) * np.float32(pull), dict(zip(linked, buyers, strict=True))
            )
            for product_id, number, vector, pull, linked, buyers in read(_ITEMS, self._given(product_ids))
        }

    def _read_links(self, product_ids: list[UUID]) -> dict[UUID, dict[UUID, Link]]:
        """By the seed, then by the product bought together with it."""
        return {
            product_id: dict(zip(neighbors, map(Link, scores, baskets), strict=True))
            for product_id, neighbors, scores, baskets in read(_LINKS, self._given(product_ids))
        }

    def _read_rhythms(self, product_ids: list[UUID]) -> dict[UUID, float]:
        return dict(read(_RHYTHMS, self._given(product_ids)))

    def _given(self, ids: list[int] | list[UUID]) -> dict[str, object]:
        return {"version": self.version.id, "ids": ids}


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
    return np.frombuffer(b"".join(vectors), dtype=np.float32).reshape(len(vectors), -1)
