"""What a filter says, as a tree. `!=` and `not in` are `not` of `==` and `in`: nothing is ever unknown."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

Kind = Literal["number", "text", "flag", "list", "null", "any"]
Scalar = Decimal | str | bool
Operator = Literal["==", "<", "<=", ">", ">="]
Origin = Literal["attributes", "facts", "either", "traits"]


@dataclass(frozen=True)
class Value:
    """A literal, or what a variable stood for. None with a kind of its own equals nothing."""

    value: Scalar | tuple[Scalar, ...] | None
    kind: Kind


@dataclass(frozen=True)
class Field:
    """A column of the closed list in `fields.py`."""

    name: str
    kind: Kind


@dataclass(frozen=True)
class Named:
    """An attribute, fact or trait, named by the shop: its kind is each product's or customer's own."""

    origin: Origin
    path: tuple[str, ...]
    kind: Kind = "any"


@dataclass(frozen=True)
class Variable:
    """Something of the page's product, known when a request is answered."""

    name: str
    kind: Kind


Operand = Value | Field | Named | Variable


@dataclass(frozen=True)
class Comparison:
    operator: Operator
    left: Operand
    right: Operand


@dataclass(frozen=True)
class Membership:
    item: Operand
    collection: Operand


@dataclass(frozen=True)
class Flag:
    """A yes-or-no operand standing alone."""

    operand: Operand


@dataclass(frozen=True)
class Call:
    """A question with a name of the vocabulary's functions, such as `bought("p-17", 365)`."""

    name: str
    texts: tuple[str, ...]
    number: int | None


@dataclass(frozen=True)
class Not:
    condition: "Node"


@dataclass(frozen=True)
class All:
    conditions: tuple["Node", ...]


@dataclass(frozen=True)
class Either:
    conditions: tuple["Node", ...]


Node = Comparison | Membership | Flag | Call | Not | All | Either


def operands(node: Node) -> Iterator[Operand]:
    match node:
        case Comparison(_, left, right):
            yield from (left, right)
        case Membership(item, collection):
            yield from (item, collection)
        case Flag(operand):
            yield operand
        case Not(condition):
            yield from operands(condition)
        case All(conditions) | Either(conditions):
            for condition in conditions:
                yield from operands(condition)
