"""What sells, when, to whom and with what: the numbers behind the invented shoppers."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from omotenashi.sample_shop.catalogue import sample_records

Floats = NDArray[np.float64]
INDIFFERENCE = 0.45
"""How much a persona wants of what it does not care for."""


@dataclass(frozen=True, kw_only=True)
class Demand:
    """Products are columns everywhere; `ids` names them."""

    ids: tuple[str, ...]
    prices: tuple[Decimal, ...]
    categories: tuple[tuple[str, ...], ...]
    popularity: Floats
    days_of_use: Floats
    """0 for what is bought once."""
    seasons: Floats
    """Twelve rows, January first."""
    personas: Floats
    """One row each."""
    persona_shares: Floats
    companions: Mapping[int, tuple[tuple[int, float], ...]]
    """Product → (product, probability that it goes into the same basket)."""
    trips_by_month: Floats


def load_demand() -> Demand:
    data: dict[str, Any] = json.loads((Path(__file__).parent / "demand.json").read_text(encoding="utf-8"))
    records = sample_records()
    ids = tuple(record["external_id"] for record in records)
    categories = tuple(tuple(record["categories"]) for record in records)
    return Demand(
        ids=ids,
        prices=tuple(Decimal(record["price"]) for record in records),
        categories=categories,
        popularity=np.array([record["popularity"] for record in records]),
        days_of_use=np.array([record["attributes"].get("days_of_use", 0) for record in records], dtype=float),
        seasons=np.array([_season(names, seasons=data["seasons"]) for names in categories]).T,
        personas=np.array([_likes(persona["likes"], categories=categories) for persona in data["personas"]]),
        persona_shares=np.array([persona["share"] for persona in data["personas"]]),
        companions=_companions(data["baskets"], ids=ids),
        trips_by_month=np.array(data["trips_by_month"]),
    )


def _season(names: Sequence[str], *, seasons: Mapping[str, Sequence[float]]) -> Floats:
    """The room's year times the shelf's."""
    year = np.ones(12)
    for name in names:
        year = year * np.array(seasons.get(name, [1.0] * 12))
    return year


def _likes(likes: Mapping[str, float], *, categories: Sequence[Sequence[str]]) -> list[float]:
    """The narrower category counts where both are named."""
    return [
        next((likes[name] for name in reversed(names) if name in likes), INDIFFERENCE) for names in categories
    ]


def _companions(
    baskets: Sequence[Mapping[str, Any]], *, ids: Sequence[str]
) -> dict[int, tuple[tuple[int, float], ...]]:
    found: dict[int, list[tuple[int, float]]] = {}
    for basket in baskets:
        members = [ids.index(product) for product in basket["products"]]
        for member in members:
            found.setdefault(member, []).extend(
                (other, basket["take"]) for other in members if other != member
            )
    return {product: tuple(others) for product, others in found.items()}
