"""Compiles a filter to a SQL condition on a row `product`. Pieces are constants of this file; every value and
every attribute's name goes in as a parameter. No condition is ever NULL, and no cast can fail.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from personalization.engine.filters import Node
from personalization.engine.filters.checks import kind_of
from personalization.engine.filters.tree import (
    All,
    Call,
    Comparison,
    Either,
    Field,
    Flag,
    Kind,
    Membership,
    Named,
    Not,
    Operand,
    Value,
    Variable,
)  # fmt: skip

_COLUMNS = {
    "id": "product.external_id",
    "sku": "product.sku",
    "title": "product.title",
    "brand": "product.brand",
    "price": "product.price",
    "currency": "product.currency",
    "stock": "product.stock",
    "available": "product.available",
    "categories": "product.categories",
    "group_id": "product.group_id",
    "url": "product.url",
}
_TYPES: dict[Kind, str] = {"number": "numeric", "text": "text", "flag": "boolean"}
_NUMBER = r"'^-?[0-9]{1,15}(\.[0-9]{1,15})?$'"
# A jsonb value `j.v` read as one kind; NULL where it is of another.
READ: dict[Kind, str] = {
    "number": f"""CASE WHEN jsonb_typeof(j.v) = 'number' THEN (j.v #>> '{{}}')::numeric
        WHEN jsonb_typeof(j.v) = 'string' AND (j.v #>> '{{}}') ~ {_NUMBER}
        THEN (j.v #>> '{{}}')::numeric END""",
    "text": "CASE WHEN jsonb_typeof(j.v) = 'string' THEN j.v #>> '{}' END",
    "flag": """CASE WHEN jsonb_typeof(j.v) IN ('boolean', 'string')
        AND lower(j.v #>> '{}') IN ('true', 'false') THEN lower(j.v #>> '{}') = 'true' END""",
}


@dataclass(frozen=True)
class Sql:
    """A condition and its parameters."""

    text: str
    parameters: Mapping[str, Any] = field(default_factory=dict)


def compile_filter(node: Node, *, prefix: str, now: datetime) -> Sql:
    """`prefix` keeps the parameters of several filters of one query apart. Variables are bound before."""
    compiler = _Compiler(prefix=prefix, now=now)
    return Sql(compiler.condition(node), compiler.parameters)


class _Compiler:
    def __init__(self, *, prefix: str, now: datetime) -> None:
        self.prefix, self.now = prefix, now
        self.parameters: dict[str, Any] = {}

    def condition(self, node: Node) -> str:
        match node:
            case Comparison("==", left, right):
                return _surely(self._equal(left, right), left, right)
            case Comparison(operator, left, right):
                condition = f"{self._as('number', left)} {operator} {self._as('number', right)}"
                return _surely(condition, left, right)
            case Membership(item, collection):
                return _surely(self._member(item, collection), item, collection)
            case Flag(operand):
                return _surely(self._as("flag", operand), operand)
            case Call(name):
                raise AssertionError(f"{name}(…) asks about customers; products have no functions")
            case Not(condition):
                return f"(NOT {self.condition(condition)})"
            case All(conditions):
                return f"({' AND '.join(self.condition(part) for part in conditions)})"
            case Either(conditions):
                return f"({' OR '.join(self.condition(part) for part in conditions)})"

    def _equal(self, left: Operand, right: Operand) -> str:
        if left.kind == "null" or right.kind == "null":
            return self._missing(right if left.kind == "null" else left)
        kind = left.kind if left.kind != "any" else right.kind
        if kind == "any":
            return f"{self._json(left)} = {self._json(right)}"
        return f"{self._as(kind, left)} = {self._as(kind, right)}"

    def _missing(self, operand: Operand) -> str:
        match operand:
            case Field("categories"):
                return "cardinality(product.categories) = 0"
            case Field(_, "text"):
                return f"{self._as('text', operand)} = ''"
            case Field(_, kind):
                return f"{self._as(kind, operand)} IS NULL"
            case Named():
                return self._of_json("j.v IS NULL OR j.v IN ('\"\"'::jsonb, '[]'::jsonb)", operand)
            case Value(value):
                return "TRUE" if value is None else "FALSE"
            case Variable(name):
                raise AssertionError(f"$product.{name} was not bound before it was compiled")

    def _member(self, item: Operand, collection: Operand) -> str:
        if isinstance(collection, Value) and isinstance(collection.value, tuple):
            return self._among(item, collection.value)
        if isinstance(collection, Field) and collection.kind == "list":
            # The array operator, because an index serves it; NULL in the array is contained in none.
            return f"{_COLUMNS[collection.name]} @> ARRAY[{self._as('text', item)}]::varchar[]"
        if collection.kind == "text":
            return f"strpos({self._as('text', collection)}, {self._as('text', item)}) > 0"
        return self._within(item, collection)

    def _among(self, item: Operand, values: tuple[Any, ...]) -> str:
        by_kind: dict[Kind, list[Any]] = {}
        for value in values:
            by_kind.setdefault(kind_of(value), []).append(value)
        parts = [
            f"{self._as(kind, item)} = ANY({self._given(own)}::{_TYPES[kind]}[])"
            for kind, own in by_kind.items()
        ]
        return " OR ".join(_surely(part, item) for part in parts) or "FALSE"

    def _within(self, item: Operand, collection: Operand) -> str:
        """An attribute that is a list holds the item; one that is a text holds it as a part."""
        own = self._as(item.kind, item)
        part = f"WHEN 'string' THEN strpos(j.v #>> '{{}}', {own}) > 0 " if item.kind == "text" else ""
        found = f"CASE jsonb_typeof(j.v) WHEN 'array' THEN j.v @> to_jsonb({own}) {part}ELSE FALSE END"
        return self._of_json(found, collection)

    def _as(self, kind: Kind, operand: Operand) -> str:
        match operand:
            case Value(value):
                return f"{self._given(value)}::{_TYPES[kind]}"
            case Field("age_days"):
                age = f"{self._given(self.now)}::timestamptz - product.created_at"
                return f"(EXTRACT(EPOCH FROM ({age})) / 86400)"
            case Field(name):
                return _COLUMNS[name]
            case Named():
                return self._of_json(READ[kind], operand)
            case Variable(name):
                raise AssertionError(f"$product.{name} was not bound before it was compiled")

    def _of_json(self, asked: str, operand: Operand) -> str:
        """What is asked of the operand's value, called `j.v`: it is read once, however often it is named."""
        return f"(SELECT {asked} FROM (SELECT {self._json(operand)} AS v) j)"  # noqa: S608 - constants

    def _json(self, operand: Operand) -> str:
        assert isinstance(operand, Named)  # of kind "any", and nothing else is
        attribute = fact = ""
        if operand.origin != "facts":
            attribute = (
                f"NULLIF(product.attributes #> {self._given(list(operand.path))}::text[], 'null'::jsonb)"
            )
        if operand.origin != "attributes":
            fact = _fact(self._given(operand.path[0]))
        return f"COALESCE({attribute}, {fact})" if attribute and fact else attribute or fact

    def _given(self, value: Any) -> str:
        name = f"{self.prefix}_{len(self.parameters)}"
        self.parameters[name] = value
        return f"%({name})s"


def _fact(name: str) -> str:
    """The fact that holds in every language comes before one of a locale."""
    return f"""(SELECT CASE
        WHEN fact.kind = 'number' AND fact.value ~ {_NUMBER} THEN to_jsonb(fact.value::numeric)
        WHEN fact.kind = 'boolean' THEN to_jsonb(fact.value = 'true')
        ELSE to_jsonb(fact.value) END
    FROM catalog_fact fact WHERE fact.product_id = product.id AND fact.name = {name}
    ORDER BY fact.locale LIMIT 1)"""  # noqa: S608 - `name` is a placeholder


def _surely(condition: str, *operands: Operand) -> str:
    """Never NULL. Left bare where it cannot be, so that `id == "x"` is found by its index."""
    if all(_is_always_there(operand) for operand in operands):
        return f"({condition})"
    return f"COALESCE(({condition}), FALSE)"


def _is_always_there(operand: Operand) -> bool:
    match operand:
        case Field(name):
            return name != "stock"
        case Value(value, kind):
            return value is not None or kind == "null"
    return False
