"""What a template's program asks while it runs: the library's answers, sooner for what mails hold."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from liquid.builtin.expressions import logical, primitive
from liquid.builtin.tags.for_tag import ForLoop
from liquid.exceptions import LiquidError
from liquid.undefined import Undefined
from markupsafe import Markup

UNDEFINED = Undefined("undefined", token=None)


def truthy(value: Any) -> bool:
    """As the library, which asks five questions first."""
    if value is True or value is False or value is None:
        return value is True
    return True if type(value) in (str, Markup, int, list, dict) else bool(logical.is_truthy(value))


def equal(left: Any, right: Any) -> bool:
    """The same; a text beside `blank`, and two numbers, are what templates compare."""
    kind = type(left)
    if kind is str or kind is Markup:
        if type(right) is primitive.Blank:
            return not left or left.isspace()
    elif kind is int and type(right) is int:
        return bool(left == right)
    return bool(logical._eq(left, right))


def modulo(library: Callable[..., Any], left: Any, right: Any, *more: Any) -> Any:
    """The library first makes numbers of both."""
    if type(left) is int and type(right) is int and right and not more:
        return left % right
    return library(left, right, *more)


def item_of(found: Any, key: str) -> Any:
    """One step of a path, by a key that means nothing but itself."""
    try:
        return found[key]
    except (KeyError, TypeError, IndexError):
        return UNDEFINED


def at(found: Any, *keys: Any) -> Any:
    """Any path."""
    if found is UNDEFINED:
        return UNDEFINED
    try:
        for key in keys:
            found = _step(found, key)
    except (KeyError, TypeError, IndexError):
        return UNDEFINED
    return found


def _step(found: Any, key: Any) -> Any:
    """As the library resolves one step of a path."""
    if isinstance(key, Undefined):
        key = None
    if key in ("size", "first", "last"):
        return _special(found, key)
    if isinstance(key, int) and isinstance(found, str):
        raise TypeError("a string has no items")
    return found[key]


def _special(found: Any, key: str) -> Any:
    try:
        return found[key]
    except (KeyError, IndexError, TypeError):
        pass
    if key == "size":
        return len(found)
    if isinstance(found, Mapping) and found and key == "first":
        return next(iter(found.items()))
    if isinstance(found, str):
        raise TypeError("a string has no first and last")
    return found[0 if key == "first" else -1]


def items_of(value: Any) -> Collection[Any]:
    """What a loop goes through."""
    if isinstance(value, Mapping):
        return list(value.items())
    if isinstance(value, str):
        return [value] if value else []
    return value if isinstance(value, list | tuple | range) else ()


def forloop_of(label: str, items: Collection[Any], parent: Any) -> ForLoop:
    return ForLoop(name=label, it=iter(items), length=len(items), parentloop=parent)


def refuse_more_loops() -> None:
    raise LiquidError("loop iteration limit reached", token=None)
