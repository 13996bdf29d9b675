"""A shop's own rules of a placement: boost, bury, pin or exclude the products of a filter, with dates."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Literal, cast
from zoneinfo import ZoneInfo

from personalization.engine.filters import FilterError, parse

Action = Literal["boost", "bury", "pin", "exclude"]
ACTIONS: tuple[Action, ...] = ("boost", "bury", "pin", "exclude")
MAX_RULES = 50
MAX_NAME = 80
MAX_POSITION = 50
WEIGHTS: dict[str, tuple[float, float, float]] = {"boost": (1.0, 10.0, 2.0), "bury": (0.0, 1.0, 0.5)}
"""Least, most, and what a rule without a weight has. The score is multiplied by it."""
_KEYS = ("action", "filter", "name", "weight", "position", "from", "until")
Moment = date | datetime


class InvalidSettings(ValueError):
    """A placement's settings say something we cannot follow. `field` is where, such as `rules/0/filter`."""

    def __init__(self, detail: str, *, field: str = "") -> None:
        super().__init__(detail)
        self.field = field


@dataclass(frozen=True)
class ShopRule:
    action: Action
    filter: str
    name: str
    weight: float = 1.0
    """Boost and bury: the score is multiplied by it."""
    position: int = 1
    """Pin: the place in the list, from 1."""
    starts: Moment | None = None
    ends: Moment | None = None
    """A day counts whole; a time is the first moment at which the rule is over."""

    def is_active(self, *, now: datetime, zone: ZoneInfo) -> bool:
        """Days and times without an offset are the workspace's."""
        has_begun = self.starts is None or _moment(self.starts, zone=zone) <= now
        is_over = self.ends is not None and _moment(self.ends, zone=zone, is_end=True) <= now
        return has_begun and not is_over


def read_rules(given: Any) -> tuple[ShopRule, ...]:  # Any: JSON
    if not isinstance(given, list) or len(given) > MAX_RULES:
        raise InvalidSettings(f"'rules' must be a list of at most {MAX_RULES} rules.", field="rules")
    rules = tuple(_rule(entry, path=f"rules/{index}") for index, entry in enumerate(given))
    names = [rule.name for rule in rules]
    for index, name in enumerate(names):
        if name in names[:index]:
            detail = f"Two rules are called {name!r}. Give each a name of its own."
            raise InvalidSettings(detail, field=f"rules/{index}/name")
    return rules


def read_filter(given: Any, *, field: str, is_required: bool = False) -> str:
    """The text as it was written, once it is known to be a filter; empty: everything."""
    if not isinstance(given, str):
        raise InvalidSettings(f'{field!r} must be a text, such as "price < 50".', field=field)
    if not given.strip() and not is_required:
        return ""
    try:
        parse(given)
    except FilterError as error:
        raise InvalidSettings(str(error), field=field) from error
    return given


def _rule(given: Any, *, path: str) -> ShopRule:
    if not isinstance(given, Mapping):
        raise InvalidSettings('A rule is an object, such as {"action": "boost", "filter": "…"}.', field=path)
    for key in given:
        if key not in _KEYS:
            raise InvalidSettings(f"Unknown key {key!r} in a rule. Known: {', '.join(_KEYS)}.", field=path)
    if given.get("action") not in ACTIONS:
        raise InvalidSettings(f"The action of a rule is one of {', '.join(ACTIONS)}.", field=f"{path}/action")
    action = cast(Action, given["action"])
    condition = read_filter(given.get("filter", ""), field=f"{path}/filter", is_required=True)
    starts, ends = (_date(given.get(key), field=f"{path}/{key}") for key in ("from", "until"))
    rule = ShopRule(
        action, condition, _name(given, action, condition, path=path), _weight(given, action, path=path),
        _position(given, action, path=path), starts, ends,
    )  # fmt: skip
    utc = ZoneInfo("UTC")
    if starts and ends and _moment(starts, zone=utc) >= _moment(ends, zone=utc, is_end=True):
        raise InvalidSettings(
            "The rule ends before it begins. Put `until` after `from`.", field=f"{path}/until"
        )
    return rule


def _name(given: Mapping[str, Any], action: Action, condition: str, *, path: str) -> str:
    name = given.get("name") or ""
    if not isinstance(name, str) or len(name) > MAX_NAME:
        raise InvalidSettings(
            f"A rule's name is a text of at most {MAX_NAME} characters.", field=f"{path}/name"
        )
    return name.strip() or f"{action} {condition}"[:MAX_NAME]


def _weight(given: Mapping[str, Any], action: Action, *, path: str) -> float:
    if action not in WEIGHTS:
        if given.get("weight") is not None:
            raise InvalidSettings(
                f"A rule that says {action} has no weight. Leave it out.", field=f"{path}/weight"
            )
        return 1.0
    least, most, usual = WEIGHTS[action]
    weight = usual if given.get("weight") is None else given["weight"]
    if not isinstance(weight, int | float) or isinstance(weight, bool) or not least <= weight <= most:
        detail = f"The weight of {action} is a number from {least:g} to {most:g}; 1 changes nothing."
        raise InvalidSettings(detail, field=f"{path}/weight")
    return float(weight)


def _position(given: Mapping[str, Any], action: Action, *, path: str) -> int:
    if given.get("position") is None:
        return 1
    position = given["position"]
    if action != "pin":
        raise InvalidSettings(
            f"A rule that says {action} has no position. Leave it out.", field=f"{path}/position"
        )
    if not isinstance(position, int) or isinstance(position, bool) or not 1 <= position <= MAX_POSITION:
        raise InvalidSettings(
            f"A position is a whole number from 1 to {MAX_POSITION}.", field=f"{path}/position"
        )
    return position


def _date(given: Any, *, field: str) -> Moment | None:
    if given is None or given == "":
        return None
    try:
        return date.fromisoformat(given) if len(given) == 10 else datetime.fromisoformat(given)
    except (TypeError, ValueError) as error:
        detail = "Write a day or a time, such as 2026-12-24 or 2026-12-24T18:00."
        raise InvalidSettings(detail, field=field) from error


def _moment(given: Moment, *, zone: ZoneInfo, is_end: bool = False) -> datetime:
    if isinstance(given, datetime):
        return given if given.tzinfo else given.replace(tzinfo=zone)
    day = given + timedelta(days=1) if is_end and given < date.max else given
    return datetime.combine(day, time.min, tzinfo=zone)
