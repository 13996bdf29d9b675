"""Which values of a person a template prints without asking whether they are there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from liquid import BoundTemplate
from liquid.ast import ConditionalBlockNode, Node
from liquid.builtin.expressions import FilteredExpression, Path
from liquid.builtin.output import OutputNode
from liquid.builtin.tags.if_tag import IfNode
from liquid.builtin.tags.unless_tag import UnlessNode
from liquid.expression import Expression

from personalization.mailings.engine.render import CompiledTemplate, words_of

_ASKING = (IfNode, UnlessNode, ConditionalBlockNode)
_ROOT = "customer"


def names_printed(template: CompiledTemplate, *, locale: str) -> list[str]:
    """`first_name` for `{{ customer.first_name }}` without `default` or an `if` that asks for it."""
    words = words_of(template, locale=locale)
    phrases = [phrase.html for phrase in words.phrases.values()]
    pages = [template.html, words.subject, words.preheader, *phrases]
    return sorted({name for page in pages for name in bare_names(page)})


def bare_names(template: BoundTemplate) -> set[str]:
    return {name for node in template.nodes for name in _bare(node, asked=frozenset())}


def blank_among(names: Iterable[str], *, customer: Mapping[str, object]) -> tuple[str, ...]:
    """Those that print as nothing for this person."""
    return tuple(name for name in names if not _text(_value(customer, name=name)).strip())


def _bare(node: Node, *, asked: frozenset[str]) -> Iterator[str]:
    if isinstance(node, OutputNode):
        name = _printed(node.expression)
        if name and name not in asked:
            yield name
        return
    if isinstance(node, _ASKING):
        asked |= {name for own in node.expressions() for name in _named(own)}
    for child in node.children(None):  # type: ignore[arg-type]  # only partials read the context
        yield from _bare(child, asked=asked)


def _printed(expression: Expression) -> str:
    if not isinstance(expression, FilteredExpression):
        return ""
    if any(own.name == "default" for own in expression.filters or ()):
        return ""
    return _name_of(expression.left)


def _named(expression: Expression) -> Iterator[str]:
    if name := _name_of(expression):
        yield name
    for child in expression.children():
        yield from _named(child)


def _name_of(expression: Expression) -> str:
    path = expression.path if isinstance(expression, Path) else []
    if len(path) < 2 or path[0] != _ROOT or not all(isinstance(step, str) for step in path):
        return ""
    return ".".join(str(step) for step in path[1:])


def _value(customer: Mapping[str, object], *, name: str) -> object:
    found: object = customer
    for step in name.split("."):
        found = found.get(step) if isinstance(found, Mapping) else None
    return found


def _text(value: object) -> str:
    return "" if value is None else str(value)
