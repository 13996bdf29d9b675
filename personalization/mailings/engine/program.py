"""A parsed Liquid template as a Python function: the same text, some hundred times sooner.

Each node becomes a line of Python; conditions, comparisons and filters call the library's own functions, so
that they mean the same. What is the same in all mails is worked out once: known values become text, a known
condition leaves the branch it chooses, and text beside text becomes one piece. What is not known here (a rare
tag, a filter that wants the library's context) gives no program, and the caller renders with the library.
Template text never becomes code: it is passed as values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from liquid import BoundTemplate
from liquid.ast import BlockNode, ConditionalBlockNode, Node
from liquid.builtin.content import ContentNode
from liquid.builtin.expressions import BooleanExpression, FilteredExpression, Path, logical, primitive
from liquid.builtin.output import OutputNode
from liquid.builtin.tags.assign_tag import AssignNode
from liquid.builtin.tags.comment_tag import CommentNode
from liquid.builtin.tags.for_tag import ForNode
from liquid.builtin.tags.if_tag import IfNode
from liquid.builtin.tags.unless_tag import UnlessNode
from liquid.exceptions import LiquidError
from liquid.stringify import to_liquid_string
from markupsafe import Markup

from personalization.mailings.engine import program_values as own
from personalization.mailings.engine.liquid import LOOPS_LIMIT, date_filter, money_filter

Scope = Mapping[str, Any]  # Any: the values of a mail
Put = Callable[[Any], None]
Run = Callable[[Scope, Put, Callable[[Any], Any], Callable[[Any], Any]], None]
KnownValues = Mapping[tuple[str, ...], Any]
"""By path, such as `("shop", "name")`: what is the same in all mails."""
_ASKED_BY_FILTERS = frozenset({"shop", "locale", "now"})
_LITERALS = (
    primitive.Nil,
    primitive.Empty,
    primitive.Blank,
    primitive.TrueLiteral,
    primitive.FalseLiteral,
    primitive.IntegerLiteral,
    primitive.FloatLiteral,
)
_FORLOOP = {
    "index": "(i{n} + 1)", "index0": "i{n}", "first": "(i{n} == 0)", "last": "(i{n} == n{n} - 1)",
    "length": "n{n}", "rindex": "(n{n} - i{n})", "rindex0": "(n{n} - i{n} - 1)",
}  # fmt: skip
"""Counted in plain numbers, where a template asks for no more."""
_UNCERTAIN = object()


@dataclass(frozen=True)
class Program:
    """`run` is called with the values, what takes the pieces of the result, and what makes a piece of a value
    that other mails show too, and of one that is this mail's own. Text of the template is a piece already, as
    `fixed` made it."""

    run: Run
    text: str | None = None
    """All of it, where no mail's own values are in it."""


class _Unknown(Exception):
    """This template needs the library."""


class _Shadowed(Exception):
    """The template gives a known name a value of its own."""


class _WantsForloop(Exception):
    """The template wants `forloop` as an object, not only its numbers."""


def program_of(
    template: BoundTemplate,
    *,
    fixed: Callable[[str], Any],
    autoescape: bool,
    known: KnownValues | None = None,
) -> Program | None:
    """The template's program, or None where the library has to render it.

    `fixed` turns the template's own text into what the caller collects, once and not for each mail.
    """
    values, counts_plainly = dict(known or {}), True
    while True:
        writer = _Writer(
            template, fixed=fixed, autoescape=autoescape, known=values, counts_plainly=counts_plainly
        )
        try:
            writer.block(template.nodes, depth=1, silent=False)
            return writer.finished()
        except _Shadowed as shadowed:
            values = {path: value for path, value in values.items() if path[0] != shadowed.args[0]}
        except _WantsForloop:
            counts_plainly = False
        except _Unknown:
            return None


class _Writer:
    def __init__(
        self,
        template: BoundTemplate,
        *,
        fixed: Callable[[str], Any],
        autoescape: bool,
        known: KnownValues,
        counts_plainly: bool,
    ) -> None:
        self._environment = template.env
        self._fixed, self._autoescape, self._known = fixed, autoescape, known
        self._counts_plainly = counts_plainly
        self._lines: list[str] = []
        self._text: list[str] = []
        """Not yet a line: what follows may be text too."""
        self._text_depth = 1
        self._values: dict[str, Any] = {
            "at": own.at, "item_of": own.item_of, "truthy": own.truthy, "eq": own.equal, "lt": logical._lt,
            "le": logical._le, "contains": logical._contains, "items_of": own.items_of,
            "forloop_of": own.forloop_of, "refuse": own.refuse_more_loops, "MISSING": own.UNDEFINED,
        }  # fmt: skip
        self._names: dict[str, str] = {}
        """Of the template's variables, by the Python name that stands for each."""
        self._loops: list[str] = []
        self._loops_begun = 0

    def finished(self) -> Program:
        text = "".join(self._text) if not self._lines else None
        self._flush()
        head = ["def program(scope, put, piece, own_piece):", "    spent = 0"]
        head += [f"    {local} = scope.get({name!r}, MISSING)" for name, local in self._names.items()]
        source = "\n".join([*head, *self._lines])
        exec(compile(source, "<mail>", "exec"), self._values)  # noqa: S102 - only names of our own making
        return Program(self._values["program"], text)

    def block(self, nodes: Iterable[Node], *, depth: int, silent: bool) -> None:
        for node in nodes:
            self._node(node, depth=depth, silent=silent)

    def _node(self, node: Any, *, depth: int, silent: bool) -> None:
        kind = type(node)
        if kind is ContentNode:
            if not silent:
                self._put_text(depth, node.text)
        elif kind is OutputNode:
            self._output(node.expression, depth=depth)
        elif kind in (IfNode, UnlessNode):
            self._condition(node, depth=depth, negated=kind is UnlessNode, silent=silent)
        elif kind is ForNode:
            self._for(node, depth=depth, silent=silent)
        elif kind is AssignNode:
            self._assign(node, depth=depth)
        elif kind is BlockNode:
            self.block(node.nodes, depth=depth, silent=silent or node.blank)
        elif kind is not CommentNode:
            raise _Unknown

    def _output(self, expression: Any, *, depth: int) -> None:
        value = self._certain(expression)
        if value is _UNCERTAIN:
            make = "piece" if self._loops else "own_piece"
            self._line(depth, f"put({make}({self._expression(expression)}))")
        else:
            self._put_text(depth, str(to_liquid_string(value, self._autoescape)))

    def _assign(self, node: AssignNode, *, depth: int) -> None:
        name = str(node.name)
        if name in self._loops:
            raise _Unknown  # the library keeps the two apart
        local = self._bound(name)
        self._line(depth, f"{local} = {self._expression(node.expression)}")

    def _condition(self, node: Any, *, depth: int, negated: bool, silent: bool) -> None:
        """What is known to be false is left out; what is known to be true ends it."""
        branches = [(node.condition, node.consequence, negated, silent)]
        for alternative in node.alternatives:
            if not isinstance(alternative, ConditionalBlockNode):
                raise _Unknown
            own_silence = silent or alternative.blank
            branches.append((alternative.expression, alternative.block, False, own_silence))
        word = "if"
        for condition, block, is_negated, is_silent in branches:
            truth = self._certain_truth(condition)
            if truth is not _UNCERTAIN:
                if bool(truth) != is_negated:
                    self._else(block, depth=depth, silent=is_silent, word=word)
                    return
                continue
            self._line(depth, f"{word} {'not ' if is_negated else ''}{self._truth(condition)}:")
            self._branch(block, depth=depth, silent=is_silent)
            word = "elif"
        if node.default:
            self._else(node.default, depth=depth, silent=silent, word=word)

    def _else(self, block: Node, *, depth: int, silent: bool, word: str) -> None:
        """The last branch; with no condition before it, it is no branch at all."""
        if word == "if":
            self._node(block, depth=depth, silent=silent)
        else:
            self._line(depth, "else:")
            self._branch(block, depth=depth, silent=silent)

    def _branch(self, block: Node, *, depth: int, silent: bool) -> None:
        self._line(depth + 1, "pass")
        self._node(block, depth=depth + 1, silent=silent)
        self._flush()

    def _for(self, node: ForNode, *, depth: int, silent: bool) -> None:
        asked, name = node.expression, str(node.expression.identifier)
        if asked.limit or asked.offset or asked.reversed or asked.cols or node.default or name == "forloop":
            raise _Unknown
        self._loops_begun += 1
        n = self._loops_begun
        items = self._expression(asked.iterable)
        forloop = self._name("forloop")
        local = self._bound(name)
        self._line(depth, f"items{n} = items_of({items})")
        self._line(depth, f"n{n}, before{n}, outer{n} = len(items{n}), {local}, {forloop}")
        if self._counts_plainly:
            self._line(depth, f"for i{n}, {local} in enumerate(items{n}):")
        else:
            label = self._constant(f"{name}-{asked.iterable}")
            self._line(depth, f"loop{n} = forloop_of({label}, items{n}, outer{n})")
            self._line(depth, f"for {local} in loop{n}:")
            self._line(depth + 1, f"{forloop} = loop{n}")
        self._line(depth + 1, "spent += 1")
        self._line(depth + 1, f"if spent > {LOOPS_LIMIT}: refuse()")
        self._loops += [name, f"forloop {n}"]
        self._branch(node.block, depth=depth, silent=silent)
        del self._loops[-2:]
        self._line(depth, f"{local}, {forloop} = before{n}, outer{n}")

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
        root = path[0]
        if not isinstance(root, str) or (root in ("today", "now") and len(path) > 1):
            raise _Unknown
        if _is_plain(path) and tuple(path) in self._known:
            return self._constant(self._known[tuple(path)])
        if root == "forloop" and self._loops and self._counts_plainly:
            if len(path) != 2 or path[1] not in _FORLOOP:
                raise _WantsForloop
            return _FORLOOP[path[1]].format(n=self._loops[-1].split()[1])
        local = self._name(root)
        if len(path) == 1:
            return local
        if len(path) == 2 and isinstance(path[1], str) and path[1] not in ("size", "first", "last"):
            key = repr(path[1])
            # Most values are of dictionaries, and there are a hundred of them in a mail.
            return f"({local}.get({key}, MISSING) if type({local}) is dict else item_of({local}, {key}))"
        keys = [self._path(key.path) if isinstance(key, Path) else repr(key) for key in path[1:]]
        return f"at({local}, {', '.join(keys)})"

    def _filtered(self, expression: FilteredExpression) -> str:
        written = self._expression(expression.left)
        for asked in expression.filters or ():
            if any(type(argument).__name__ != "PositionalArgument" for argument in asked.args):
                raise _Unknown
            arguments = [written, *(self._expression(argument.value) for argument in asked.args)]
            function, wants_scope = self._filter(asked.name)
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
            return partial(own.modulo, self._environment.filters[name]), False
        function = self._environment.filters.get(name)
        if function is None or getattr(function, "with_context", False):
            raise _Unknown
        if getattr(function, "with_environment", False):
            function = partial(function, environment=self._environment)
        return function, False

    def _certain_truth(self, expression: Any) -> Any:
        if not isinstance(expression, BooleanExpression):
            raise _Unknown
        value = self._certain(expression.expression)
        return value if value is _UNCERTAIN else own.truthy(value)

    def _certain(self, expression: Any) -> Any:
        """The value, where it is the same in all mails."""
        if not self._is_certain(expression):
            return _UNCERTAIN
        written = self._expression(expression)
        try:
            return eval(written, self._values)  # noqa: S307 - only names of our own making
        except (LiquidError, TypeError):
            return _UNCERTAIN  # then each mail finds out

    def _is_certain(self, expression: Any) -> bool:
        kind = type(expression)
        if kind is Path:
            return _is_plain(expression.path) and tuple(expression.path) in self._known
        if kind is logical.LogicalNotExpression:
            return self._is_certain(expression.right)
        if kind is primitive.StringLiteral or kind in _LITERALS:
            return True
        if kind is FilteredExpression:
            return not expression.filters and self._is_certain(expression.left)
        has_sides = hasattr(expression, "left") and hasattr(expression, "right")
        return has_sides and self._is_certain(expression.left) and self._is_certain(expression.right)

    def _bound(self, name: str) -> str:
        """A variable that the template itself gives a value."""
        if name in _ASKED_BY_FILTERS:
            raise _Unknown  # filters look for these among the mail's values
        if any(path[0] == name for path in self._known):
            raise _Shadowed(name)
        return self._name(name)

    def _name(self, name: str) -> str:
        return self._names.setdefault(name, f"v{len(self._names)}")

    def _constant(self, value: Any) -> str:
        name = f"k{len(self._values)}"
        self._values[name] = value
        return name

    def _put_text(self, depth: int, text: str) -> None:
        if depth != self._text_depth:
            self._flush()
        self._text_depth = depth
        if text:
            self._text.append(text)

    def _flush(self) -> None:
        text, self._text = "".join(self._text), []
        if text:
            self._line(self._text_depth, f"put({self._constant(self._fixed(text))})")

    def _line(self, depth: int, text: str) -> None:
        if self._text:
            self._flush()
        self._lines.append("    " * depth + text)


def _is_plain(path: list[Any]) -> bool:
    return all(isinstance(step, str) for step in path)
