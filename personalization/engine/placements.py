"""What each placement wants by default: its sources, its mix of repeat and new, its seeds, its rules."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from personalization.engine.shop_rules import InvalidSettings, ShopRule, read_filter, read_rules
from personalization.engine.sources import SOURCES

RELATIONS = ("context", "cart", "bought", "viewed")
MAX_COUNT = 50
__all__ = ["ALIASES", "DEFAULTS", "MAX_COUNT", "InvalidSettings", "PlacementSettings", "settings_for"]


@dataclass(frozen=True)
class PlacementSettings:
    mix: Mapping[str, float]
    """Weight of each candidate source in the blend; a source left out is not asked."""
    seeds: Mapping[str, float] = field(default_factory=lambda: {"cart": 1.0, "viewed": 0.8, "bought": 0.6})
    """Weight of each relation through which a product can stand for the person's interest."""
    count: int = 10
    repeat_share: float | None = None
    """Share of the list for what the person bought before. 0: only new, 1: only bought before, strictly;
    between, each fills up where the other has no more. None: as the ranking has it."""
    filter: str = ""
    """Only products of this filter are shown; empty: all."""
    rules: tuple[ShopRule, ...] = ()
    promotion_quota: int | None = None
    """At most so many pinned and promoted items; None: no limit."""
    promotion_spacing: int = 0
    """At least so many other items between two of them."""
    diversity: float | None = None
    """0 (as ranked) to 1 (one product a category); None: as `max_per_category` says."""
    minimum_relevance: float = 0.0
    """Items whose score is below this share of the best one's are not shown: the list may be shorter."""
    max_per_category: int = 4
    max_per_group: int = 1
    """Variants of one product share a group: one of them is enough."""
    just_bought_days: int = 30
    """Nothing bought this lately is shown, unless it is due again."""
    due_at: float = 0.8
    """Share of the usual interval after which a repeat purchase counts as due."""
    new_only: bool = True
    """Discovery by likeness and baskets leaves out all that the person ever bought: that is for `repeat`."""
    fallback: bool = True
    """Fill up with popular, then new products. Off where a shorter answer is the true one."""

    @property
    def shows_only_new(self) -> bool:
        return self.repeat_share == 0

    @property
    def shows_only_repeats(self) -> bool:
        return self.repeat_share == 1

    def with_changes(self, changes: Mapping[str, Any]) -> "PlacementSettings":
        known = {entry.name for entry in fields(self)}
        for key in changes:
            if key not in known:
                raise InvalidSettings(
                    f"Unknown setting {key!r}. Known: {', '.join(sorted(known))}.", field=key
                )
        return replace(self, **{key: _READERS[key](key, value) for key, value in changes.items()})


def _number(least: float, most: float, *, or_none: bool = False) -> Callable[[str, Any], float | None]:
    def read(key: str, value: Any) -> float | None:
        if value is None and or_none:
            return None
        if not isinstance(value, int | float) or isinstance(value, bool) or not least <= value <= most:
            raise InvalidSettings(f"{key!r} must be a number from {least:g} to {most:g}.", field=key)
        return float(value)

    return read


def _whole(least: int, most: int, *, or_none: bool = False) -> Callable[[str, Any], int | None]:
    def read(key: str, value: Any) -> int | None:
        if value is None and or_none:
            return None
        is_whole = isinstance(value, int | float) and not isinstance(value, bool) and value == value // 1
        if not is_whole or not least <= value <= most:
            raise InvalidSettings(f"{key!r} must be a whole number from {least} to {most}.", field=key)
        return int(value)

    return read


def _flag(key: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise InvalidSettings(f"{key!r} must be true or false.", field=key)
    return value


def _weights(known: tuple[str, ...]) -> Callable[[str, Any], dict[str, float]]:
    def read(key: str, value: Any) -> dict[str, float]:
        if not isinstance(value, Mapping) or not value:
            raise InvalidSettings(f"{key!r} must map names to weights. Names: {', '.join(known)}.", field=key)
        for name, weight in value.items():
            if name not in known:
                detail = f"Unknown name {name!r} in {key!r}. Known: {', '.join(known)}."
                raise InvalidSettings(detail, field=f"{key}/{name}")
            if (
                not isinstance(weight, int | float)
                or isinstance(weight, bool)
                or not 0 <= weight <= MAX_WEIGHT
            ):
                detail = f"{key!r}: the weight of {name!r} must be a number from 0 to {MAX_WEIGHT}."
                raise InvalidSettings(detail, field=f"{key}/{name}")
        return {name: float(weight) for name, weight in value.items()}

    return read


MAX_WEIGHT = 100
_READERS: dict[str, Callable[[str, Any], Any]] = {
    "mix": _weights(tuple(SOURCES)),
    "seeds": _weights(RELATIONS),
    "count": _whole(1, MAX_COUNT),
    "repeat_share": _number(0, 1, or_none=True),
    "filter": lambda key, value: read_filter(value, field=key),
    "rules": lambda key, value: read_rules(value),
    "promotion_quota": _whole(0, MAX_COUNT, or_none=True),
    "promotion_spacing": _whole(0, MAX_COUNT),
    "diversity": _number(0, 1, or_none=True),
    "minimum_relevance": _number(0, 1),
    "max_per_category": _whole(0, MAX_COUNT),
    "max_per_group": _whole(0, MAX_COUNT),
    "just_bought_days": _whole(0, 3_650),
    "due_at": _number(0, 10),
    "new_only": _flag,
    "fallback": _flag,
}


_PAGE = {"context": 1.0}
DEFAULTS: dict[str, PlacementSettings] = {
    "home": PlacementSettings(
        {
            "learned": 16.0,
            "repeat": 0.7,
            "collaborative": 1.0,
            "copurchase": 0.8,
            "text": 0.8,
            "viewed": 0.4,
            "popularity": 0.2,
        }
    ),
    "product": PlacementSettings(
        {"copurchase": 1.0, "collaborative": 0.5, "text": 1.0, "popularity": 0.05}, seeds=_PAGE
    ),
    "discovery": PlacementSettings(
        {
            "learned": 16.0,
            "collaborative": 1.0,
            "copurchase": 0.8,
            "text": 0.8,
            "viewed": 0.4,
            "popularity": 0.2,
        },
        repeat_share=0.0,
    ),
    "cart": PlacementSettings(
        {"copurchase": 1.0, "collaborative": 0.6, "text": 0.3, "repeat": 0.4, "popularity": 0.1},
        seeds={"cart": 1.0, "context": 1.0},
    ),
    "email": PlacementSettings(
        {
            "learned": 16.0,
            "repeat": 1.0,
            "collaborative": 1.0,
            "copurchase": 0.8,
            "text": 0.7,
            "popularity": 0.2,
        }
    ),
    "similar": PlacementSettings({"text": 1.0}, seeds=_PAGE, max_per_category=MAX_COUNT),
    "bought-together": PlacementSettings({"copurchase": 1.0}, seeds=_PAGE, max_per_category=MAX_COUNT),
    "trending": PlacementSettings({"popularity": 1.0}),
    "buy-again": PlacementSettings(
        {"repeat": 1.0}, repeat_share=1.0, max_per_category=MAX_COUNT, fallback=False
    ),
    "recently-viewed": PlacementSettings({"viewed": 1.0}, max_per_category=MAX_COUNT, fallback=False),
}
ALIASES = {
    "homepage": "home",
    "product-detail": "product",
    "emailing": "email",
    "related-products": "product",
    "looking-similar": "similar",
    "trending-items": "trending",
    "complementary": "cart",
}


def settings_for(key: str, *, own: Mapping[str, Mapping[str, Any]]) -> PlacementSettings | None:
    """`own`: the workspace's settings by key; a new key builds on `home`. None: no such placement."""
    if key in own:
        return DEFAULTS.get(key, DEFAULTS["home"]).with_changes(own[key])
    return DEFAULTS.get(ALIASES.get(key, key))
