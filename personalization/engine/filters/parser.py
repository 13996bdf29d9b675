"""Reads a filter: `or` binds loosest, then `and`, then `not`, then one comparison. No chains, no sums."""

from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache

from personalization.engine.filters.checks import compared, member, standing_alone
from personalization.engine.filters.errors import FilterError
from personalization.engine.filters.fields import PRODUCTS, Function, Vocabulary
from personalization.engine.filters.tokens import Token, tokens_of
from personalization.engine.filters.tree import (
    All,
    Call,
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
def parse(source: str, *, vocabulary: Vocabulary = PRODUCTS) -> Node:
    """Pure, so that a placement's filter is read once and not for each request. Raises FilterError."""
    return _Parser(tokens_of(source), vocabulary=vocabulary).whole()


class _Parser:
    def __init__(self, tokens: list[Token], *, vocabulary: Vocabulary) -> None:
        self.tokens = tokens
        self.vocabulary = vocabulary
        self.place = 0
        self.depth = 0
        self.count = 0

    def whole(self) -> Node:
        if len(self.tokens) == 1:
            detail = f"A filter says something, such as {self.vocabulary.example}."
            raise FilterError(detail, position=1)
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
        if self._is_call():
            return self._call()
        return self._comparison(self.next, left=self.operand())

    def _is_call(self) -> bool:
        is_named = bool(self.vocabulary.functions) and self.next.kind == "name"
        return is_named and self._behind.kind == "sign" and self._behind.text == "("

    def _call(self) -> Call:
        name, function = self.next, self.vocabulary.functions.get(self.next.text)
        if function is None:
            known = ", ".join(self.vocabulary.functions)
            raise FilterError(f"There is no {name.text}(…). Known: {known}.", position=name.position)
        self.place += 2
        return _called(name, function=function, given=self._items(")"))

    def _comparison(self, start: Token, *, left: Operand) -> Node:
        sign = self.next
        if sign.text in _COMPARISONS and sign.kind == "sign":
            self.place += 1
            node = compared(sign.text, left=left, right=self.operand(), position=sign.position)
            self._refuse_chain()
            return node
        if self._took("in"):
            return member(left, collection=self._collection(), position=sign.position)
        if sign.text == "not" and self.tokens[self.place + 1].text == "in":
            self.place += 2
            return Not(member(left, collection=self._collection(), position=sign.position))
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
                return self._variable(token)
            case "keyword" if token.text in {"true", "false"}:
                return Value(token.text == "true", "flag")
            case "keyword" if token.text == "null":
                return Value(None, "null")
            case "sign" if token.text == "[":
                return self._list(token)
        raise FilterError(_no_operand(token), position=token.position)

    def _name(self, token: Token) -> Operand:
        """A field; else one of the shop's own names by its path, such as `color`, `attributes.size.eu`."""
        path, words = [token.text], self.vocabulary
        while self.next.text in {".", "["} and self.next.kind == "sign" and path[0] not in words.fields:
            path.append(self._step(path))
        if path[0] in words.fields:
            return Field(path[0], words.fields[path[0]])
        if len(path) > MAX_PATH:
            raise FilterError(f"At most {MAX_PATH - 1} names in a row.", position=token.position)
        for root in words.roots:
            if path[0] == root and (len(path) == 2 or (len(path) > 2 and root not in words.flat)):
                return Named(root, tuple(path[1:]))
        if refusal := _not_a_name(path, words=words):
            raise FilterError(refusal, position=token.position)
        return Named(words.bare if len(path) == 1 else words.nested, tuple(path))

    def _variable(self, token: Token) -> Variable:
        root, _, name = token.text.partition(".")
        kinds = self.vocabulary.variables
        if root == "$product" and name in kinds:
            return Variable(name, kinds[name])
        known = ", ".join(f"$product.{known}" for known in kinds)
        remedy = f"Known: {known}." if known else "Nothing here begins with $; write the value itself."
        raise FilterError(f"There is no {token.text}. {remedy}", position=token.position)

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

    def _collection(self) -> Operand:
        """A list may stand in round brackets too, as it does in SQL."""
        start = self.next
        return self._list(start, closing=")") if self._took("(") else self.operand()

    def _list(self, start: Token, *, closing: str = "]") -> Value:
        items = tuple(value for _, value in self._items(closing))
        if len(items) > MAX_ITEMS:
            detail = f"At most {MAX_ITEMS} items in a list; this one has {len(items)}."
            raise FilterError(detail, position=start.position)
        return Value(items, "list")

    def _items(self, closing: str) -> list[tuple[Token, Scalar]]:
        items: list[tuple[Token, Scalar]] = []
        while not self._took(closing):
            if items:
                self._want(",", f"Put a comma between the items of a list, and {closing} after the last one.")
            token = self.next
            item = self.operand()
            if not isinstance(item, Value) or item.value is None or isinstance(item.value, tuple):
                detail = 'A list holds texts, numbers, true and false, such as ["a", "b"].'
                raise FilterError(detail, position=token.position)
            items.append((token, item.value))
        return items

    @property
    def next(self) -> Token:
        return self.tokens[min(self.place, len(self.tokens) - 1)]

    @property
    def _behind(self) -> Token:
        return self.tokens[min(self.place + 1, len(self.tokens) - 1)]

    def _took(self, word: str) -> bool:
        if self.next.text != word or self.next.kind not in {"keyword", "sign"}:
            return False
        self.place += 1
        return True

    def _want(self, word: str, remedy: str) -> None:
        if not self._took(word):
            raise FilterError(remedy, position=self.next.position)


def _not_a_name(path: list[str], *, words: Vocabulary) -> str:
    """Why this cannot be a name of the shop's own, with what to write; empty where it can."""
    first = path[0]
    if first in words.roots:
        return f'Name one of the {first}: {first}.color or {first}["made in"].'
    if len(path) > 1:
        return ""
    if first in words.instead:
        return f"There is no field {first}. Write {words.instead[first]}; or {words.nested}.{first}."
    if first in words.functions:
        return f"{first} asks something in brackets: {words.functions[first].example}."
    return ""


def _called(name: Token, *, function: Function, given: list[tuple[Token, Scalar]]) -> Call:
    """Texts first, the number last."""
    texts: list[str] = []
    number: int | None = None
    for token, value in given:
        if isinstance(value, str) and number is None:
            texts.append(value)
        elif isinstance(value, Decimal) and number is None:
            number = _whole(value, function=function, position=token.position)
        else:
            detail = f"{name.text} takes texts and then one number of {function.unit}: {function.example}."
            raise FilterError(detail, position=token.position)
    lacks = (function.needs_text and not texts) or (function.needs_number and number is None)
    if lacks or not given:
        raise FilterError(f"Something is missing here. Write {function.example}.", position=name.position)
    if len(texts) > MAX_ITEMS:
        raise FilterError(f"At most {MAX_ITEMS} texts in one {name.text}(…).", position=name.position)
    return Call(name.text, tuple(texts), number)


def _whole(value: Decimal, *, function: Function, position: int) -> int:
    if value == int(value) and 1 <= value <= function.most:
        return int(value)
    detail = f"{value} is no number of {function.unit}. Write a whole number from 1 to {function.most:,}."
    raise FilterError(detail, position=position)


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
