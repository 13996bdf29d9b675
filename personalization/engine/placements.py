"""What each placement wants by default: its mix of sources, its seeds, its rules."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from personalization.engine.sources import SOURCES

RELATIONS = ("context", "cart", "bought", "viewed")
MAX_COUNT = 50


class InvalidSettings(ValueError):
    """A placement's settings say something we cannot follow; the text names the key and what it may be."""


@dataclass(frozen=True)
class PlacementSettings:
    mix: Mapping[str, float]
    """Weight of each candidate source in the blend; a source left out is not asked."""
    seeds: Mapping[str, float] = field(default_factory=lambda: {"cart": 1.0, "viewed": 0.8, "bought": 0.6})
    """Weight of each relation through which a product can stand for the person's interest."""
    count: int = 10
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

    def with_changes(self, changes: Mapping[str, Any]) -> "PlacementSettings":
        known = {entry.name for entry in fields(self)}
        for key in changes:
            if key not in known:
                raise InvalidSettings(f"Unknown setting {key!r}. Known: {', '.join(sorted(known))}.")
        return replace(self, **{key: _checked(key, value) for key, value in changes.items()})


def _checked(key: str, value: Any) -> Any:
    if key in {"mix", "seeds"}:
        return _weights(key, value, known=tuple(SOURCES) if key == "mix" else RELATIONS)
    if key in {"fallback", "new_only"}:
        if not isinstance(value, bool):
            raise InvalidSettings(f"{key!r} must be true or false.")
        return value
    number = value if isinstance(value, int | float) and not isinstance(value, bool) else -1
    if number < 0 or (key == "count" and not 1 <= number <= MAX_COUNT):
        raise InvalidSettings(f"{key!r} must be a number, not below 0 (count: 1 to {MAX_COUNT}).")
    return float(number) if key == "due_at" else int(number)


def _weights(key: str, value: Any, *, known: tuple[str, ...]) -> dict[str, float]:
    if not isinstance(value, Mapping) or not value:
        raise InvalidSettings(f"{key!r} must map names to weights. Names: {', '.join(known)}.")
    for name, weight in value.items():
        if name not in known:
            raise InvalidSettings(f"Unknown name {name!r} in {key!r}. Known: {', '.join(known)}.")
        if not isinstance(weight, int | float) or isinstance(weight, bool) or weight < 0:
            raise InvalidSettings(f"{key!r}: the weight of {name!r} must be a number, not below 0.")
    return {name: float(weight) for name, weight in value.items()}


_PAGE = {"context": 1.0}
DEFAULTS: dict[str, PlacementSettings] = {
    "home": PlacementSettings(
        {
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
    "cart": PlacementSettings(
        {"copurchase": 1.0, "collaborative": 0.6, "text": 0.3, "repeat": 0.4, "popularity": 0.1},
        seeds={"cart": 1.0, "context": 1.0},
    ),
    "email": PlacementSettings(
        {"repeat": 1.0, "collaborative": 1.0, "copurchase": 0.8, "text": 0.7, "popularity": 0.2}
    ),
    "similar": PlacementSettings({"text": 1.0}, seeds=_PAGE, max_per_category=MAX_COUNT),
    "bought-together": PlacementSettings({"copurchase": 1.0}, seeds=_PAGE, max_per_category=MAX_COUNT),
    "trending": PlacementSettings({"popularity": 1.0}),
    "buy-again": PlacementSettings({"repeat": 1.0}, max_per_category=MAX_COUNT, fallback=False),
    "recently-viewed": PlacementSettings({"viewed": 1.0}, max_per_category=MAX_COUNT, fallback=False),
}
ALIASES = {
    "homepage": "home",
    "product-detail": "product",
    "emailing": "email",
    "related-products": "product",
    "looking-similar": "similar",
    "trending-items": "trending",
}


def settings_for(key: str, *, own: Mapping[str, Mapping[str, Any]]) -> PlacementSettings | None:
    """`own`: the workspace's settings by key; a new key builds on `home`. None: no such placement."""
    if key in own:
        return DEFAULTS.get(key, DEFAULTS["home"]).with_changes(own[key])
    return DEFAULTS.get(ALIASES.get(key, key))
