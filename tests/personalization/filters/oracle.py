"""What a filter means, in plain Python over one product: the words that the compiled SQL must agree with."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from personalization.engine.filters import Node
from personalization.engine.filters.checks import kind_of
from personalization.engine.filters.tree import (
    All,
    Comparison,
    Either,
    Field,
    Flag,
    Membership,
    Named,
    Not,
    Operand,
    Value,
)  # fmt: skip


@dataclass(frozen=True)
class Item:
    """A product's columns by field name; attributes as JSON gives them back; facts as (value, kind)."""

    columns: dict[str, Any]
    created_at: datetime
    attributes: dict[str, Any] = field(default_factory=dict)
    facts: dict[str, tuple[str, str]] = field(default_factory=dict)


def passes(node: Node, item: Item, *, now: datetime) -> bool:
    match node:
        case All(conditions):
            return all(passes(part, item, now=now) for part in conditions)
        case Either(conditions):
            return any(passes(part, item, now=now) for part in conditions)
        case Not(condition):
            return not passes(condition, item, now=now)
        case Flag(operand):
            return _read(operand, "flag", item, now) is True
        case Membership(one, collection):
            return _within(one, collection, item, now)
        case Comparison(operator, left, right):
            return _compared(operator, left, right, item, now)


def _compared(operator: str, left: Operand, right: Operand, item: Item, now: datetime) -> bool:
    if operator != "==":
        a, b = _read(left, "number", item, now), _read(right, "number", item, now)
        if a is None or b is None:
            return False
        return bool({"<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b}[operator])
    if "null" in {left.kind, right.kind}:
        other = right if left.kind == "null" else left
        return _raw(other, item, now) in (None, "", [], ())
    if left.kind == right.kind == "any":
        a, b = _raw(left, item, now), _raw(right, item, now)
        return a is not None and b is not None and _json_equal(a, b)
    kind = left.kind if left.kind != "any" else right.kind
    a, b = _read(left, kind, item, now), _read(right, kind, item, now)
    return a is not None and a == b


def _within(one: Operand, collection: Operand, item: Item, now: datetime) -> bool:
    if isinstance(collection, Value) and isinstance(collection.value, tuple):
        return any(_read(one, kind_of(entry), item, now) == entry for entry in collection.value)
    kind = one.kind if one.kind != "any" else "text"
    value, held = _read(one, kind, item, now), _raw(collection, item, now)
    if value is None or held is None:
        return False
    if isinstance(held, str):
        return kind == "text" and value in held
    return isinstance(held, list) and any(
        _typed(entry) == _typed(value) for entry in held if _typed(entry) is not None
    )


def _typed(entry: Any) -> Any:
    if isinstance(entry, bool | str):
        return type(entry), entry
    return ("number", Decimal(str(entry))) if isinstance(entry, int | float | Decimal) else None


def _json_equal(a: Any, b: Any) -> bool:
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(_json_equal(x, y) for x, y in zip(a, b, strict=True))
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(_json_equal(a[key], b[key]) for key in a)
    if a is None or b is None:
        return a is b
    return _typed(a) is not None and _typed(a) == _typed(b)


def _raw(operand: Operand, item: Item, now: datetime) -> Any:
    match operand:
        case Value(value):
            return value
        case Field("age_days"):
            seconds = now - item.created_at
            return Decimal(seconds.days) + Decimal(seconds.seconds) / 86_400
        case Field(name):
            return item.columns[name]
        case Named("facts", path):
            return _fact(item, path[0])
        case Named("attributes", path):
            return _attribute(item, path)
        case Named(_, path):
            own = _attribute(item, path)
            return own if own is not None else _fact(item, path[0])
    raise AssertionError(operand)


def _attribute(item: Item, path: tuple[str, ...]) -> Any:
    value: Any = item.attributes
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _fact(item: Item, name: str) -> Any:
    value, kind = item.facts.get(name, (None, ""))
    if kind == "number" and value is not None:
        return Decimal(value)
    return value == "true" if kind == "boolean" else value


def _read(operand: Operand, kind: str, item: Item, now: datetime) -> Any:
    value = _raw(operand, item, now)
    if kind == "text":
        return value if isinstance(value, str) else None
    if kind == "flag":
        if isinstance(value, bool):
            return value
        return {"true": True, "false": False}.get(value.lower()) if isinstance(value, str) else None
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,15}(\.[0-9]{1,15})?", value):
        return Decimal(value)
    return (
        Decimal(str(value))
        if isinstance(value, int | float | Decimal) and not isinstance(value, bool)
        else None
    )
