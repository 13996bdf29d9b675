"""A parsed Liquid template as a Python function: the same text, some fifty times sooner.

Each node becomes a line of Python; conditions, comparisons and filters call the library's own functions, so
that they mean the same. What is not known here (a rare tag, a filter that wants the library's context) gives
no program, and the caller renders with the library. Template text never becomes code: it is passed as values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from liquid import BoundTemplate
from liquid.ast import BlockNode, ConditionalBlockNode, Node
from liquid.builtin.content import ContentNode
from liquid.builtin.expressions import BooleanExpression, FilteredExpression, Path, logical, primitive
from liquid.builtin.output import OutputNode
from liquid.builtin.tags.assign_tag import AssignNode
from liquid.builtin.tags.comment_tag import CommentNode
from liquid.builtin.tags.for_tag import ForLoop, ForNode
from liquid.builtin.tags.if_tag import IfNode
from liquid.builtin.tags.unless_tag import UnlessNode
from liquid.exceptions import LiquidError
from liquid.undefined import Undefined
from markupsafe import Markup

from personalization.mailings.engine.liquid import LOOPS_LIMIT, date_filter, money_filter

Scope = dict[str, Any]  # Any: the values of a mail
Put = Callable[[Any], None]
Program = Callable[[Scope, Put, Callable[[Any], Any]], None]
"""Called with the values, what takes the pieces of the result, and what makes a piece of a value. Text of the
template is a piece already, as `fixed` made it."""
UNDEFINED = Undefined("undefined", token=None)
_LITERALS = (
    primitive.Nil,
    primitive.Empty,
    primitive.Blank,
    primitive.TrueLiteral,
    primitive.FalseLiteral,
    primitive.IntegerLiteral,
    primitive.FloatLiteral,
)


class _Unknown(Exception):
    """This template needs the library."""


def program_of(template: BoundTemplate, *, fixed: Callable[[str], Any], autoescape: bool) -> Program | None:
    """The template's program, or None where the library has to render it.

    `fixed` turns the template's own text into what the caller collects, once and not for each mail.
    """
    writer = _Writer(template, fixed=fixed, autoescape=autoescape)
    try:
        writer.block(template.nodes, depth=1, silent=False)
    except _Unknown:
        return None
    return writer.finished()


class _Writer:
    def __init__(self, template: BoundTemplate, *, fixed: Callable[[str], Any], autoescape: bool) -> None:
        self._environment = template.env
        self._fixed, self._autoescape = fixed, autoescape
        self._lines: list[str] = []
        self._values: dict[str, Any] = {
            "get": _get, "get2": _get2, "truthy": _truthy, "eq": _eq, "lt": logical._lt,
            "le": logical._le, "contains": logical._contains, "loop": _loop, "MISSING": UNDEFINED,
        }  # fmt: skip
        self._loop_names: list[str] = []

    def finished(self) -> Program:
        source = "def program(scope, put, piece):\n    pass\n" + "\n".join(self._lines)
        exec(compile(source, "<mail>", "exec"), self._values)  # noqa: S102 - only names of our own making
        made: Program = self._values["program"]
        return made

    def block(self, nodes: Iterable[Node], *, depth: int, silent: bool) -> None:
        for node in nodes:
            self._node(node, depth=depth, silent=silent)

    def _node(self, node: Any, *, depth: int, silent: bool) -> None:
        kind = type(node)
        if kind is ContentNode:
            if not silent and node.text:
                self._line(depth, f"put({self._constant(self._fixed(node.text))})")
        elif kind is OutputNode:
            self._line(depth, f"put(piece({self._expression(node.expression)}))")
        elif kind in (IfNode, UnlessNode):
            self._condition(node, depth=depth, negated=kind is UnlessNode, silent=silent)
        elif kind is ForNode:
            self._for(node, depth=depth, silent=silent)
        elif kind is AssignNode:
            name = str(node.name)
            if name in self._loop_names:
                raise _Unknown  # the library keeps the two apart
            self._line(depth, f"scope[{name!r}] = {self._expression(node.expression)}")
        elif kind is BlockNode:
            self.block(node.nodes, depth=depth, silent=silent or node.blank)
        elif kind is not CommentNode:
            raise _Unknown

    def _condition(self, node: Any, *, depth: int, negated: bool, silent: bool) -> None:
        truth = self._truth(node.condition)
        self._line(depth, f"if {'not ' if negated else ''}{truth}:")
        self._branch(node.consequence, depth=depth, silent=silent)
        for alternative in node.alternatives:
            if not isinstance(alternative, ConditionalBlockNode):
                raise _Unknown
            self._line(depth, f"elif {self._truth(alternative.expression)}:")
            self._branch(alternative.block, depth=depth, silent=silent or alternative.blank)
        if node.default:
            self._line(depth, "else:")
            self._branch(node.default, depth=depth, silent=silent)

    def _branch(self, block: Node, *, depth: int, silent: bool) -> None:
        self._line(depth + 1, "pass")
        self._node(block, depth=depth + 1, silent=silent)

    def _for(self, node: ForNode, *, depth: int, silent: bool) -> None:
        asked = node.expression
        if asked.limit or asked.offset or asked.reversed or asked.cols or node.default:
            raise _Unknown
        name = str(asked.identifier)
        if name == "forloop":
            raise _Unknown
        label = self._constant(f"{name}-{asked.iterable}")
        self._loop_names += [name, "forloop"]
        self._line(depth, f"for _ in loop(scope, {name!r}, {label}, {self._expression(asked.iterable)}):")
        self._branch(node.block, depth=depth, silent=silent)
        del self._loop_names[-2:]

    def _truth(self, expression: Any) -> str:
        if not isinstance(expression, BooleanExpression):
            raise _Unknown
        return f"truthy({self._expression(expression.expression)})"

    def _expression(self, expression: Any) -> str:
        kind = type(expression)
        if kind is Path:
            return self._path(expression.path)
        if kind is FilteredExpression:
            return self._filtered(expression)
        if kind is primitive.StringLiteral:
            text = Markup(expression.value) if self._autoescape else expression.value  # noqa: S704
            return self._constant(text)
        if kind in _LITERALS:
            return self._constant(expression.evaluate(None))
        if kind is logical.LogicalNotExpression:
            return f"(not truthy({self._expression(expression.right)}))"
        if hasattr(expression, "left") and hasattr(expression, "right"):
            return self._binary(expression)
        raise _Unknown

    def _binary(self, expression: Any) -> str:
        left, right = self._expression(expression.left), self._expression(expression.right)
        token = self._constant(expression.token)
        written = {
            logical.EqExpression: f"eq({left}, {right})",
            logical.NeExpression: f"(not eq({left}, {right}))",
            logical.LeExpression: f"le({left}, {right})",
            logical.GeExpression: f"le({right}, {left})",
            logical.LtExpression: f"lt({token}, {left}, {right})",
            logical.GtExpression: f"lt({token}, {right}, {left})",
            logical.ContainsExpression: f"contains({token}, {left}, {right})",
            logical.LogicalAndExpression: f"(truthy({left}) and truthy({right}))",
            logical.LogicalOrExpression: f"(truthy({left}) or truthy({right}))",
        }.get(type(expression))
        if written is None:
            raise _Unknown
        return written

    def _path(self, path: list[Any]) -> str:
        if not isinstance(path[0], str) or (path[0] in ("today", "now") and len(path) > 1):
            raise _Unknown
        if len(path) == 1:
            return f"scope.get({path[0]!r}, MISSING)"
        if len(path) == 2 and isinstance(path[1], str) and path[1] not in ("size", "first", "last"):
            root, key = repr(path[0]), repr(path[1])
            # Most values are of dictionaries, and there are a hundred of them in a mail.
            plain = f"own.get({key}, MISSING) if type(own := scope.get({root})) is dict"
            return f"({plain} else get2(scope, {root}, {key}))"
        keys = [self._path(key.path) if isinstance(key, Path) else repr(key) for key in path[1:]]
        return f"get(scope, {path[0]!r}, ({', '.join(keys)},))"

    def _filtered(self, expression: FilteredExpression) -> str:
        written = self._expression(expression.left)
        for own in expression.filters or ():
            if any(type(argument).__name__ != "PositionalArgument" for argument in own.args):
                raise _Unknown
            arguments = [written, *(self._expression(argument.value) for argument in own.args)]
            function, wants_scope = self._filter(own.name)
            if wants_scope:
                arguments.insert(0, "scope")
            written = f"{self._constant(function)}({', '.join(arguments)})"
        return written

    def _filter(self, name: str) -> tuple[Callable[..., Any], bool]:
        if name == "money":
            return money_filter, True
        if name == "date":
            return date_filter, True
        if name == "modulo":
            return partial(_modulo, self._environment.filters[name]), False
        function = self._environment.filters.get(name)
        if function is None or getattr(function, "with_context", False):
            raise _Unknown
        if getattr(function, "with_environment", False):
            function = partial(function, environment=self._environment)
        return function, False

    def _constant(self, value: Any) -> str:
        name = f"k{len(self._values)}"
        self._values[name] = value
        return name

    def _line(self, depth: int, text: str) -> None:
        self._lines.append("    " * depth + text)


def _truthy(value: Any) -> bool:
    """As the library, which asks five questions first."""
    if value is True or value is False or value is None:
        return value is True
    return True if type(value) in (str, Markup, int, list, dict) else bool(logical.is_truthy(value))


def _eq(left: Any, right: Any) -> bool:
    """The same; a text beside `blank`, and two numbers, are what templates compare."""
    kind = type(left)
    if kind is str or kind is Markup:
        if type(right) is primitive.Blank:
            return not left or left.isspace()
    elif kind is int and type(right) is int:
        return bool(left == right)
    return bool(logical._eq(left, right))


def _modulo(library: Callable[..., Any], left: Any, right: Any, *more: Any) -> Any:
    """The library first makes numbers of both."""
    if type(left) is int and type(right) is int and right and not more:
        return left % right
    return library(left, right, *more)


def _get2(scope: Scope, root: str, key: str) -> Any:
    try:
        return scope[root][key]
    except (KeyError, TypeError, IndexError):
        return UNDEFINED


def _get(scope: Scope, root: str, keys: tuple[Any, ...]) -> Any:
    try:
        found = scope[root]
        for key in keys:
            found = _item(found, key)
    except (KeyError, TypeError, IndexError):
        return UNDEFINED
    return found


def _item(found: Any, key: Any) -> Any:
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


def _loop(scope: Scope, name: str, label: str, items: Any) -> Iterable[None]:
    """Each item under its name, with `forloop`; what the names meant before is put back."""
    if isinstance(items, Mapping):
        items = list(items.items())
    elif isinstance(items, str):
        items = [items] if items else []
    elif not isinstance(items, list | tuple | range):
        return
    before = {own: scope[own] for own in (name, "forloop") if own in scope}
    forloop = ForLoop(
        name=label, it=iter(items), length=len(items), parentloop=scope.get("forloop", UNDEFINED)
    )
    scope["forloop"] = forloop
    for item in forloop:
        scope[name] = item
        spent = scope["loops spent"] = scope.get("loops spent", 0) + 1
        if spent > LOOPS_LIMIT:
            raise LiquidError("loop iteration limit reached", token=None)
        yield None
        scope["forloop"] = forloop
    for own in (name, "forloop"):
        scope.pop(own, None)
    scope.update(before)
