"""Filters over products, `price < 50 and "kitchen" in categories`; `selectors/filtering.py` compiles them.
With the words of `customers.py` the same grammar says who gets a mailing: `country == "DE" and orders >= 2`.

A comparison with what a product lacks is false; `!=` and `not in` are the opposite of `==` and `in`, so that
every product either passes or does not. Texts are compared exactly. An attribute whose text reads as a number
or as true or false counts as one where it is compared with one: feeds send texts.
"""

from personalization.engine.filters.binding import bind, has_variables
from personalization.engine.filters.customers import CUSTOMERS
from personalization.engine.filters.errors import FilterError
from personalization.engine.filters.parser import parse
from personalization.engine.filters.tree import Named, Node, operands


def names_in(node: Node) -> set[str]:
    """The attributes and facts a filter asks for, by their first name."""
    return {operand.path[0] for operand in operands(node) if isinstance(operand, Named)}


__all__ = ["CUSTOMERS", "FilterError", "Node", "bind", "has_variables", "names_in", "parse"]
