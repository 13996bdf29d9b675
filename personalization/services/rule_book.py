"""The rules that hold for one answer: the placement's and the request's filters and rules, dates checked."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from omotenashi.accounts.models import Workspace
from omotenashi.errors import FieldError, InvalidInput
from personalization.engine.filters import FilterError, Node, bind, has_variables, parse
from personalization.engine.filters.binding import Known
from personalization.engine.placements import PlacementSettings
from personalization.engine.shop_rules import ShopRule
from personalization.selectors.filtering import Sql, compile_filter
from personalization.selectors.judging import page_product
from personalization.selectors.rules import Condition


@dataclass(frozen=True)
class Compiled:
    """A boost, bury or pin rule that is active now."""

    rule: ShopRule
    condition: Sql


@dataclass(frozen=True)
class RuleBook:
    refusing: tuple[Condition, ...] = ()
    """Filters and exclude rules: what they refuse is never read as a candidate."""
    weighing: tuple[Compiled, ...] = ()
    pinning: tuple[Compiled, ...] = ()


def rule_book(
    workspace: Workspace,
    *,
    settings: PlacementSettings,
    asked: str = "",
    page: str = "",
    now: datetime,
) -> RuleBook:
    """`asked` is the request's filter; `page` the shop's id of the product that `$product` means.

    A query only where a filter speaks of `$product`.
    """
    if not (asked or settings.filter or settings.rules):
        return RuleBook()
    zone = ZoneInfo(workspace.time_zone)
    active = [rule for rule in settings.rules if rule.is_active(now=now, zone=zone)]
    nodes = [_read(asked) if asked else None, parse(settings.filter) if settings.filter else None]
    nodes += [parse(rule.filter) for rule in active]
    known: Known = {}
    if any(node is not None and has_variables(node) for node in nodes):
        known = page_product(workspace, external_id=page)
    compiled = [
        compile_filter(bind(node, product=known), prefix=f"filter{place}", now=now) if node else None
        for place, node in enumerate(nodes)
    ]
    rules = [
        Compiled(rule, condition) for rule, condition in zip(active, compiled[2:], strict=True) if condition
    ]
    return RuleBook(
        refusing=(
            *_filter("request.filter", "outside the request's filter", asked, compiled[0]),
            *_filter("placement.filter", "outside the placement's filter", settings.filter, compiled[1]),
            *(
                _exclusion(own, code=f"rule.{place}")
                for place, own in enumerate(rules)
                if own.rule.action == "exclude"
            ),
        ),
        weighing=tuple(own for own in rules if own.rule.action in {"boost", "bury"}),
        pinning=tuple(own for own in rules if own.rule.action == "pin"),
    )


def _read(asked: str) -> Node:
    try:
        return parse(asked)
    except FilterError as error:
        raise InvalidInput(
            str(error), errors=[FieldError("invalid_filter", str(error), "#/filter")]
        ) from error


def _filter(code: str, label: str, expression: str, condition: Sql | None) -> list[Condition]:
    if condition is None:
        return []
    return [Condition(code, label, condition.text, condition.parameters, expression)]


def _exclusion(own: Compiled, *, code: str) -> Condition:
    condition = own.condition
    label = f"excluded by the rule “{own.rule.name}”"
    return Condition(code, label, f"(NOT {condition.text})", condition.parameters, own.rule.filter)
