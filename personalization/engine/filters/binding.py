"""Puts what is known of the page's product in the place of a filter's variables."""

from collections.abc import Mapping

from personalization.engine.filters.tree import (
    All,
    Call,
    Comparison,
    Either,
    Flag,
    Membership,
    Node,
    Not,
    Operand,
    Scalar,
    Value,
    Variable,
    operands,
)  # fmt: skip

Known = Mapping[str, Scalar | tuple[Scalar, ...] | None]


def has_variables(node: Node) -> bool:
    return any(isinstance(operand, Variable) for operand in operands(node))


def bind(node: Node, *, product: Known) -> Node:
    """What the page does not say stays None: it equals nothing, and is in nothing."""
    match node:
        case Comparison(operator, left, right):
            return Comparison(operator, _bound(left, product), _bound(right, product))
        case Membership(item, collection):
            return Membership(_bound(item, product), _bound(collection, product))
        case Flag(operand):
            return Flag(_bound(operand, product))
        case Call():
            return node
        case Not(condition):
            return Not(bind(condition, product=product))
        case All(conditions):
            return All(tuple(bind(condition, product=product) for condition in conditions))
        case Either(conditions):
            return Either(tuple(bind(condition, product=product) for condition in conditions))


def _bound(operand: Operand, product: Known) -> Operand:
    if not isinstance(operand, Variable):
        return operand
    value = product.get(operand.name)
    if operand.kind == "list":
        return Value(value if isinstance(value, tuple) else (), "list")
    return Value(value, operand.kind)
