"""Two configurations side by side, as one customer would see them now; nothing is recorded."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse

from omotenashi.accounts.models import Workspace
from omotenashi.accounts.sessions import may
from omotenashi.errors import OmotenashiError
from personalization.admin.placement_form import SOURCE_WORDS, settings_of
from personalization.engine.placements import ALIASES, DEFAULTS
from personalization.engine.tracing import RuleTrace
from personalization.models import Customer, Placement
from personalization.selectors.customers import find_customer
from personalization.services.recommending import recommend
from personalization.services.requests import AnswerItem, RecommendationAnswer, RecommendationRequest

EDITED = "…edited"
"""The choice of the configuration that is being tried and not saved."""
PEOPLE_OFFERED = 12


Row = dict[str, Any]  # Any: what a template shows


@dataclass(frozen=True)
class Asked:
    """What both lists are made for. `tried` are the settings that are not saved, of the placement `key`."""

    workspace: Workspace
    customer: Customer | None
    page: tuple[str, ...]
    key: str
    tried: Any


@dataclass(frozen=True)
class Side:
    """One of the two lists."""

    name: str
    choice: str
    answer: RecommendationAnswer | None = None
    rows: Sequence[Row] = ()
    refused: Sequence[RuleTrace] = ()
    problem: str = ""


def preview_page(workspace: Workspace, *, request: HttpRequest) -> dict[str, Any]:
    """From the address, or from the form of a placement that is being edited (POST: it may be long)."""
    asked = request.POST if request.method == "POST" else request.GET
    key, tried = _tried(request)
    words = asked.get("customer", "").strip()
    customer = find_customer(workspace, words=words) if words else None
    own = Placement.objects.for_workspace(workspace).values_list("key", flat=True)
    keys = sorted({*DEFAULTS, *own})
    left = asked.get("left") or (key if key in keys else "home")
    right = asked.get("right") or _other(left)
    if tried is not None and left != EDITED:
        right = EDITED
    if tried is None:
        left, right = (choice if choice != EDITED else key for choice in (left, right))
    page = [name.strip() for name in asked.get("page", "").split(",") if name.strip()][:20]
    shared = Asked(workspace, customer, tuple(page), key, tried)
    sides = [_side(shared, choice=choice) for choice in (left, right)]
    return {
        "words": words,
        "customer": customer,
        "is_unknown": bool(words) and customer is None,
        "people": Customer.objects.for_workspace(workspace).order_by("-id")[:PEOPLE_OFFERED],
        "page_products": ", ".join(page),
        "keys": keys,
        "edited": EDITED,
        "key": key,
        "edit_url": _edit_url(workspace, key=key),
        "may_write": may(request, "write"),
        "tried": json.dumps(tried, ensure_ascii=False) if tried is not None else "",
        "tried_shown": json.dumps(tried, ensure_ascii=False, indent=2) if tried is not None else "",
        "sides": _compared(sides),
    }


def _edit_url(workspace: Workspace, *, key: str) -> str:
    own = Placement.objects.for_workspace(workspace).filter(key=key).values_list("pk", flat=True).first()
    if own is None:
        return f"{reverse('admin:personalization_placement_add')}?{urlencode({'key': key})}"
    return reverse("admin:personalization_placement_change", args=[own])


def _tried(request: HttpRequest) -> tuple[str, Any]:
    """(placement, settings) that are tried: the edited form, or JSON from this page's own field."""
    data = request.POST
    key = data.get("key", "") or request.GET.get("left", "") or "home"
    if request.method != "POST":
        return key, None
    if "tried" not in data:
        return key, settings_of(key, data=data)
    text = data["tried"].strip()
    if not text:
        return key, None
    try:
        return key, json.loads(text)
    except (ValueError, RecursionError):
        return key, text


def _other(left: str) -> str:
    return "discovery" if left != "discovery" else "home"


def _side(shared: Asked, *, choice: str) -> Side:
    is_tried = choice == EDITED
    name = f"{shared.key}, as edited" if is_tried else choice
    if is_tried and not isinstance(shared.tried, dict):
        problem = 'The changes are no JSON object. Write one, such as {"count": 6}.'
        return Side(name, choice, problem=problem)
    try:
        answer = recommend(_request(shared, choice=choice))
    except OmotenashiError as error:
        return Side(name, choice, problem=error.detail)
    refused = [rule for rule in answer.trace.rules if rule.removed] if answer.trace else []
    return Side(name, choice, answer, [_row(item) for item in answer.items], refused)


def _request(shared: Asked, *, choice: str) -> RecommendationRequest:
    is_tried = choice == EDITED
    placement = shared.key if is_tried else choice
    is_cart = ALIASES.get(placement, placement) == "cart"
    return RecommendationRequest(
        workspace=shared.workspace,
        placement=placement,
        customer_id=shared.customer.external_id if shared.customer else "",
        context_product_ids=() if is_cart else shared.page,
        cart=shared.page if is_cart else (),
        locale=shared.customer.locale if shared.customer else "",
        settings=shared.tried if is_tried else None,
        explain=True,
        dry_run=True,
    )


def _row(item: AnswerItem) -> Row:
    words = SOURCE_WORDS.get(item.source, (item.source.capitalize(), ""))[0]
    return {
        "item": item,
        "source": "The shop" if item.stage == "promoted" else words,
        "percent": round(100 * item.relevance),
        "weights": [(name, f"{weight:g}") for name, weight in item.weights.items()],
        "move": "",
    }


def _compared(sides: Sequence[Side]) -> Sequence[Side]:
    """Says on each row how the product stands in the other list."""
    left = {row["item"].product_id: row["item"].position for row in sides[0].rows}
    right = {row["item"].product_id for row in sides[1].rows}
    if not left or not right:
        return sides
    for row in sides[1].rows:
        row["move"] = _move(left.get(row["item"].product_id), to=row["item"].position)
    for row in sides[0].rows:
        row["move"] = "" if row["item"].product_id in right else "only here"
    return sides


def _move(before: int | None, *, to: int) -> str:
    if before is None:
        return "new here"
    return "" if before == to else f"▲ {before - to}" if before > to else f"▼ {to - before}"
