"""Compiles a filter over customers to a condition on `Customer` rows.

Every value and every trait's name goes in as a parameter. No condition is ever NULL, and no cast can fail:
what a customer lacks compares as false, and `not` is its exact opposite.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import BooleanField, DecimalField, Expression, F, Func, JSONField, Q, TextField, Value
from django.db.models.functions import Cast, Coalesce

from omotenashi.accounts.models import Workspace
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
    Operator,
    Variable,
)  # fmt: skip
from personalization.engine.filters.tree import Value as Literal
from personalization.mailings.people_facts import Facts
from personalization.selectors.filtering import READ

_NUMBER = DecimalField(max_digits=40, decimal_places=15)
_FIELDS: dict[Kind, Any] = {"number": _NUMBER, "text": TextField(), "flag": BooleanField()}
_SIGNS: dict[Operator, str] = {"==": " = ", "<": " < ", "<=": " <= ", ">": " > ", ">=": " >= "}
_WITHIN = """(SELECT CASE jsonb_typeof(j.v) WHEN 'array' THEN j.v @> to_jsonb(j.own) {part}ELSE FALSE END
FROM (SELECT %(expressions)s) AS j(v, own))"""
_PART = "WHEN 'string' THEN strpos(j.v #>> '{{}}', j.own) > 0 "
_MISSING = """(SELECT j.v IS NULL OR j.v IN ('\"\"'::jsonb, '[]'::jsonb)
FROM (SELECT %(expressions)s) AS j(v))"""


def people_filter(node: Node, *, workspace: Workspace, now: datetime) -> Q:
    return _Compiler(Facts(workspace=workspace, now=now)).condition(node)


@dataclass(frozen=True)
class _Compiler:
    facts: Facts

    def condition(self, node: Node) -> Q:
        match node:
            case Comparison("==", left, right):
                return _surely(self._equal(left, right))
            case Comparison(operator, left, right):
                return _surely(
                    _joined(self._as("number", left), self._as("number", right), sign=_SIGNS[operator])
                )
            case Membership(item, collection):
                return self._member(item, collection)
            case Flag(operand):
                return _surely(self._as("flag", operand))
            case Call(name, texts, number):
                return self.facts.answer(name, texts=texts, number=number)
            case Not(condition):
                return ~self.condition(condition)
            case All(conditions):
                return Q(*(self.condition(part) for part in conditions))
            case Either(conditions):
                return Q(*(self.condition(part) for part in conditions), _connector=Q.OR)

    def _equal(self, left: Operand, right: Operand) -> Expression:
        if "null" in {left.kind, right.kind}:
            return self._missing(right if left.kind == "null" else left)
        kind = left.kind if left.kind != "any" else right.kind
        if kind == "any":
            return _joined(_trait(left), _trait(right), sign=" = ")
        return _joined(self._as(kind, left), self._as(kind, right), sign=" = ")

    def _missing(self, operand: Operand) -> Expression:
        match operand:
            case Field(_, "text"):
                return _joined(self._as("text", operand), _given("", "text"), sign=" = ")
            case Field(_, kind):
                return _flag("(%(expressions)s IS NULL)", self._as(kind, operand))
            case Named():
                return _flag(_MISSING, _trait(operand))
            case Literal(value):
                return _given(value is None, "flag")
            case Variable(name):
                raise AssertionError(f"$product.{name} has no place in a filter over customers")

    def _member(self, item: Operand, collection: Operand) -> Q:
        if isinstance(collection, Literal) and isinstance(collection.value, tuple):
            return self._among(item, collection.value)
        if collection.kind == "any":
            return _surely(self._within(item, collection))
        found = Func(self._as("text", collection), self._as("text", item), function="strpos")
        return _surely(_flag("(%(expressions)s > 0)", found))

    def _among(self, item: Operand, values: tuple[Any, ...]) -> Q:
        by_kind: dict[Kind, list[Any]] = {}
        for value in values:
            by_kind.setdefault(kind_of(value), []).append(value)
        parts = [
            _surely(_flag("(%(expressions)s))", self._as(kind, item), _array(own, kind), sign=" = ANY ("))
            for kind, own in by_kind.items()
        ]
        return Q(*parts, _connector=Q.OR) if parts else Q(_given(False, "flag"))

    def _within(self, item: Operand, collection: Operand) -> Expression:
        """A trait that is a list holds the item; one that is a text holds it as a part."""
        kind: Kind = item.kind if item.kind != "any" else "text"
        template = _WITHIN.format(part=_PART.format() if kind == "text" else "")
        return _flag(template, _trait(collection), self._as(kind, item), sign=", ")

    def _as(self, kind: Kind, operand: Operand) -> Any:
        match operand:
            case Literal(value):
                return _given(value, kind)
            case Field(name):
                return self.facts.field(name, output=_FIELDS[kind])
            case Named():
                template = f"(SELECT {READ[kind]} FROM (SELECT %(expressions)s) AS j(v))"  # noqa: S608 - constants
                return Func(_trait(operand), template=template, output_field=_FIELDS[kind])
            case Variable(name):
                raise AssertionError(f"$product.{name} has no place in a filter over customers")


def _trait(operand: Operand) -> Func:
    assert isinstance(operand, Named)  # of kind "any", and nothing else is
    path = _array(list(operand.path), "text")
    return Func(
        F("traits"),
        path,
        template="NULLIF(%(expressions)s, 'null'::jsonb)",
        arg_joiner=" #> ",
        output_field=JSONField(),
    )


def _given(value: Any, kind: Kind) -> Cast:
    return Cast(Value(value, output_field=_FIELDS[kind]), _FIELDS[kind])


def _array(values: list[Any], kind: Kind) -> Cast:
    own: Any = ArrayField(_FIELDS[kind])
    return Cast(Value(values, output_field=own), own)


def _joined(left: Any, right: Any, *, sign: str) -> Func:
    return _flag("(%(expressions)s)", left, right, sign=sign)


def _flag(template: str, *operands: Any, sign: str = ", ") -> Func:
    return Func(*operands, template=template, arg_joiner=sign, output_field=BooleanField())


def _surely(asked: Any) -> Q:
    """Never NULL, so that `not` of it is its opposite."""
    return Q(Coalesce(asked, Value(False), output_field=BooleanField()))
