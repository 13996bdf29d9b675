"""Reads a filter: `or` binds loosest, then `and`, then `not`, then one comparison. No chains, no sums."""

from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache

from personalization.engine.filters.checks import compared, member, standing_alone
from personalization.engine.filters.errors import FilterError
from personalization.engine.filters.fields import FIELDS, INSTEAD, VARIABLES
from personalization.engine.filters.tokens import Token, tokens_of
from personalization.engine.filters.tree import (
    All,
    Either,
    Field,
    Flag,
    Named,
    Node,
    Not,
    Operand,
    Scalar,
    Value,
    Variable,
)  # fmt: skip

MAX_DEPTH = 20
MAX_CONDITIONS = 100
MAX_ITEMS = 100
MAX_PATH = 5
_COMPARISONS = ("==", "!=", "<", "<=", ">", ">=")


@lru_cache(maxsize=2_000)
def parse(source: str) -> Node:
    """Pure, so that a placement's filter is read once and not for each request. Raises FilterError."""
    return _Parser(tokens_of(source)).whole()


class _Parser:
    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.place = 0
        self.depth = 0
        self.count = 0

    def whole(self) -> Node:
        if len(self.tokens) == 1:
            raise FilterError("A filter says something, such as price < 50.", position=1)
        node = self.any_of()
        if self.next.kind != "end":
            raise FilterError(_after_condition(self.next), position=self.next.position)
        return node

    def any_of(self) -> Node:
        return self._joined("or", part=self.all_of, build=Either)

    def all_of(self) -> Node:
        return self._joined("and", part=self.negated, build=All)

    def _joined(
        self, word: str, *, part: Callable[[], Node], build: Callable[[tuple[Node, ...]], Node]
    ) -> Node:
        parts = [part()]
        while self._took(word):
            parts.append(part())
        return build(tuple(parts)) if len(parts) > 1 else parts[0]

    def negated(self) -> Node:
        """`not`, brackets and all that is below them count as one level each."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            detail = f"At most {MAX_DEPTH} levels of brackets and `not`. Write it flatter."
            raise FilterError(detail, position=self.next.position)
        node: Node = Not(self.negated()) if self._took("not") else self.condition()
        self.depth -= 1
        return node

    def condition(self) -> Node:
        if self._took("("):
            node = self.any_of()
            self._want(")", "This bracket is not closed. Write ).")
            return node
        self.count += 1
        if self.count > MAX_CONDITIONS:
            detail = f'At most {MAX_CONDITIONS} conditions in one filter. A list is one: id in ["a", "b"].'
            raise FilterError(detail, position=self.next.position)
        return self._comparison(self.next, left=self.operand())

    def _comparison(self, start: Token, *, left: Operand) -> Node:
        sign = self.next
        if sign.text in _COMPARISONS and sign.kind == "sign":
            self.place += 1
            node = compared(sign.text, left=left, right=self.operand(), position=sign.position)
            self._refuse_chain()
            return node
        if self._took("in"):
            return member(left, collection=self.operand(), position=sign.position)
        if sign.text == "not" and self.tokens[self.place + 1].text == "in":
            self.place += 2
            return Not(member(left, collection=self.operand(), position=sign.position))
        standing_alone(left, position=start.position)
        return Flag(left)

    def _refuse_chain(self) -> None:
        if self.next.kind == "sign" and self.next.text in _COMPARISONS:
            detail = "One comparison at a time. Write price > 10 and price < 50."
            raise FilterError(detail, position=self.next.position)

    def operand(self) -> Operand:
        token = self.next
        self.place += 1
        match token.kind:
            case "number":
                return Value(Decimal(token.text), "number")
            case "text":
                return Value(token.text, "text")
            case "name":
                return self._name(token)
            case "variable":
                return _variable(token)
            case "keyword" if token.text in {"true", "false"}:
                return Value(token.text == "true", "flag")
            case "keyword" if token.text == "null":
                return Value(None, "null")
            case "sign" if token.text == "[":
                return self._list(token)
        raise FilterError(_no_operand(token), position=token.position)

    def _name(self, token: Token) -> Operand:
        """A field; else an attribute or fact by its path, such as `color`, `attributes.size.eu`."""
        path = [token.text]
        while self.next.text in {".", "["} and self.next.kind == "sign" and path[0] not in FIELDS:
            path.append(self._step(path))
        if path[0] in FIELDS:
            return Field(path[0], FIELDS[path[0]])
        if len(path) > MAX_PATH:
            raise FilterError(f"At most {MAX_PATH - 1} names in a row.", position=token.position)
        if path[0] == "attributes" and len(path) > 1:
            return Named("attributes", tuple(path[1:]))
        if path[0] == "facts" and len(path) == 2:
            return Named("facts", (path[1],))
        if path[0] in {"attributes", "facts"}:
            detail = f'Name one of the {path[0]}: {path[0]}.color or {path[0]}["made in"].'
            raise FilterError(detail, position=token.position)
        if path[0] in INSTEAD and len(path) == 1:
            detail = f"There is no field {path[0]}. Write {INSTEAD[path[0]]}; or attributes.{path[0]}."
            raise FilterError(detail, position=token.position)
        return Named("either" if len(path) == 1 else "attributes", tuple(path))

    def _step(self, path: list[str]) -> str:
        is_dot = self.next.text == "."
        self.place += 1
        token = self.next
        self.place += 1
        if is_dot and token.kind in {"name", "keyword"}:
            return token.text
        if not is_dot and token.kind == "text" and token.text:
            self._want("]", "Close the name with ].")
            return token.text
        detail = f'A name follows here, such as {path[0]}.color or {path[0]}["made in"].'
        raise FilterError(detail, position=token.position)

    def _list(self, start: Token) -> Value:
        items: list[Scalar] = []
        while not self._took("]"):
            if items:
                self._want(",", "Put a comma between the items of a list, and ] after the last one.")
            token = self.next
            item = self.operand()
            if not isinstance(item, Value) or item.value is None or isinstance(item.value, tuple):
                detail = 'A list holds texts, numbers, true and false, such as ["a", "b"].'
                raise FilterError(detail, position=token.position)
            items.append(item.value)
        if len(items) > MAX_ITEMS:
            raise FilterError(f"At most {MAX_ITEMS} items in a list.", position=start.position)
        return Value(tuple(items), "list")

    @property
    def next(self) -> Token:
        return self.tokens[min(self.place, len(self.tokens) - 1)]

    def _took(self, word: str) -> bool:
        if self.next.text != word or self.next.kind not in {"keyword", "sign"}:
            return False
        self.place += 1
        return True

    def _want(self, word: str, remedy: str) -> None:
        if not self._took(word):
            raise FilterError(remedy, position=self.next.position)


def _variable(token: Token) -> Variable:
    root, _, name = token.text.partition(".")
    if root != "$product" or name not in VARIABLES:
        known = ", ".join(f"$product.{known}" for known in VARIABLES)
        raise FilterError(f"There is no {token.text}. Known: {known}.", position=token.position)
    return Variable(name, VARIABLES[name])


def _no_operand(token: Token) -> str:
    if token.kind == "end":
        return "The filter ends too early: a value or a field is missing."
    return f"A value or a field belongs here, not {token.text!r}."


def _after_condition(token: Token) -> str:
    if token.text == ")":
        return "This bracket was never opened. Leave it out, or write ( before."
    if token.text == ",":
        return "A comma joins nothing here. Write and or or; decimals have a dot."
    return f"Write and or or before {token.text!r}."
