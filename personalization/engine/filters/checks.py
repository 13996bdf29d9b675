"""Which kinds go together. A filter that can never match by its kinds is refused, with the remedy."""

from personalization.engine.filters.errors import FilterError
from personalization.engine.filters.fields import WORDS
from personalization.engine.filters.tree import (
    Comparison,
    Field,
    Kind,
    Membership,
    Named,
    Node,
    Not,
    Operand,
    Operator,
    Value,
    Variable,
)  # fmt: skip

_OPERATORS: dict[str, Operator] = {"==": "==", "<": "<", "<=": "<=", ">": ">", ">=": ">="}


def compared(sign: str, *, left: Operand, right: Operand, position: int) -> Node:
    if "list" in {left.kind, right.kind}:
        own, other = (left, right) if left.kind == "list" else (right, left)
        asked = f'{spoken(other)} in ["a", "b"]' if isinstance(own, Value) else f'"…" in {spoken(own)}'
        detail = f"A list is asked with `in`, such as {asked}."
        is_null = sign in {"==", "!="} and "null" in {left.kind, right.kind}
        if not is_null:
            raise FilterError(detail, position=position)
    if sign in {"==", "!="}:
        _refuse_mixed(left, right, position=position)
        same = Comparison("==", left, right)
        return Not(same) if sign == "!=" else same
    for side in (left, right):
        if side.kind not in {"number", "any"}:
            detail = f"{spoken(side)} is {WORDS[side.kind]}; only numbers are more or less. Write == or in."
            raise FilterError(detail, position=position)
    return Comparison(_OPERATORS[sign], left, right)


def member(item: Operand, *, collection: Operand, position: int) -> Node:
    if item.kind in {"null", "list"}:
        detail = (
            'A single value stands before `in`, such as "kitchen" in categories. For none, write == null.'
        )
        raise FilterError(detail, position=position)
    if isinstance(collection, Value) and isinstance(collection.value, tuple):
        for entry in collection.value:
            _refuse_mixed(item, Value(entry, kind_of(entry)), position=position)
        return Membership(item, collection)
    if collection.kind == "any" and item.kind != "any":
        return Membership(item, collection)
    if collection.kind in {"list", "text"} and item.kind in {"text", "any"}:
        return Membership(item, collection)
    detail = "After `in` comes a list, a text, or an attribute; before it a text or a number."
    raise FilterError(detail, position=position)


def standing_alone(operand: Operand, *, position: int) -> None:
    if operand.kind not in {"flag", "any"}:
        example = {"number": "> 10", "text": '== "…"'}.get(operand.kind, "")
        name = spoken(operand)
        remedy = f"Compare it, such as {name} {example}." if example else 'Write "…" in it.'
        raise FilterError(f"{name} is {WORDS[operand.kind]}, not yes or no. {remedy}", position=position)


def kind_of(value: object) -> Kind:
    if isinstance(value, bool):
        return "flag"
    return "text" if isinstance(value, str) else "number"


def spoken(operand: Operand) -> str:
    match operand:
        case Field(name):
            return name
        case Variable(name):
            return f"$product.{name}"
        case Named(origin, path):
            return ".".join(path if origin == "either" else (origin, *path))
        case Value(value):
            return repr(value) if isinstance(value, str) else str(value)


def _refuse_mixed(left: Operand, right: Operand, *, position: int) -> None:
    kinds = {left.kind, right.kind} - {"any", "null"}
    if len(kinds) > 1:
        detail = (
            f"{spoken(left)} is {WORDS[left.kind]} and {spoken(right)} is {WORDS[right.kind]}: "
            "they are never equal. Numbers have no quotes, texts have them."
        )
        raise FilterError(detail, position=position)
