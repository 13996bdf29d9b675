"""What a recommendation may be asked with, and how the answer looks as JSON."""

import re
from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from omotenashi.accounts.models import Workspace
from omotenashi.catalog.engine.locales import normalize_locale
from personalization.api.traces import TraceBody
from personalization.engine.filters import FilterError, parse
from personalization.engine.placements import MAX_COUNT
from personalization.selectors.rules import ProductFilter
from personalization.services.requests import Promotion, RecommendationRequest

MAX_IDS = 200
_ALIASES = {"user_id": "customer_id", "limit": "count", "scenario": "placement"}


class IdField(serializers.CharField):
    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=200, **options)


class Known(serializers.Serializer[Any]):
    """Refuses fields it does not know: a misspelt filter must not silently let everything through."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            for name in data:
                if name not in self.fields:
                    known = ", ".join(self.fields)
                    raise serializers.ValidationError({str(name): [f"Unknown field. Known: {known}."]})
        return super().to_internal_value(data)


class FilterSerializer(Known):
    categories = serializers.ListField(
        child=serializers.CharField(max_length=300), default=list, max_length=50
    )
    brands = serializers.ListField(child=serializers.CharField(max_length=200), default=list, max_length=50)
    price_min = serializers.DecimalField(max_digits=12, decimal_places=2, default=None, min_value=0)
    price_max = serializers.DecimalField(max_digits=12, decimal_places=2, default=None, min_value=0)

    expression = serializers.CharField(max_length=2_000, default="", allow_blank=True)

    def validate_expression(self, value: str) -> str:
        return checked_expression(value)


def checked_expression(value: str) -> str:
    """The text itself, once it is known to be a filter; blank: everything."""
    if not value.strip():
        return ""
    try:
        parse(value)
    except FilterError as error:
        raise serializers.ValidationError(str(error), code="invalid_filter") from error
    return value


@extend_schema_field(
    {
        "oneOf": [
            {"type": "string", "maxLength": 2_000, "example": 'price < 50 and "Kitchen" in categories'},
            {
                "type": "object",
                "properties": {
                    "categories": {"type": "array", "items": {"type": "string"}},
                    "brands": {"type": "array", "items": {"type": "string"}},
                    "price_min": {"type": "string"},
                    "price_max": {"type": "string"},
                    "expression": {"type": "string", "maxLength": 2_000},
                },
            },
        ]
    }
)
class FilterField(serializers.Field[Any, Any, Any, Any]):
    """An expression, or an object of the common wishes with an `expression` among them."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, str):
            return _expression(data)
        if not isinstance(data, Mapping):
            raise serializers.ValidationError('Write an expression, such as "price < 50", or an object.')
        return FilterSerializer().run_validation(data)

    def to_representation(self, value: Any) -> Any:
        return value


def _expression(text: str) -> Any:
    """Its errors are told of `filter` itself, which is where the text stands."""
    return FilterSerializer().run_validation({}) | {"expression": checked_expression(text)}


class ContextSerializer(Known):
    product_ids = serializers.ListField(child=IdField(), default=list, max_length=MAX_IDS)
    cart = serializers.ListField(child=IdField(), default=list, max_length=MAX_IDS)
    locale = serializers.CharField(max_length=35, default="", allow_blank=True)
    currency = serializers.RegexField(r"^[A-Z]{3}$", default="", allow_blank=True)
    market = serializers.RegexField(r"^[A-Z]{2}$", default="", allow_blank=True)

    def validate_locale(self, value: str) -> str:
        try:
            return normalize_locale(value) if value else ""
        except ValueError as error:
            raise serializers.ValidationError(str(error)) from error


class PromotionSerializer(Known):
    product_id = IdField()
    position = serializers.IntegerField(min_value=1, max_value=MAX_COUNT, default=1)


class RequestSerializer(serializers.Serializer[Any]):
    customer_id = IdField(default="", allow_blank=True)
    anonymous_id = IdField(default="", allow_blank=True)
    placement = serializers.CharField(max_length=60, default="home")
    count = serializers.IntegerField(min_value=1, max_value=MAX_COUNT, default=None, allow_null=True)
    context = ContextSerializer(default=dict)  # type: ignore[assignment]  # DRF has a name of its own so
    filter = FilterField(default=dict)
    promotions = PromotionSerializer(many=True, default=list)
    diversity = serializers.FloatField(min_value=0, max_value=1, default=None, allow_null=True)
    exclude = serializers.ListField(child=IdField(), default=list, max_length=MAX_IDS)
    explain = serializers.BooleanField(default=False)
    dry_run = serializers.BooleanField(default=False)

    def to_internal_value(self, data: Any) -> Any:
        return super().to_internal_value(_with_our_names(data) if isinstance(data, Mapping) else data)


def _with_our_names(data: Mapping[str, Any]) -> dict[str, Any]:
    """Names that other recommenders use: user_id, limit, scenario, item_id; locale at the top."""
    body = {_ALIASES.get(name, name): value for name, value in data.items()}
    context = body.get("context", {})
    if not isinstance(context, Mapping):
        return body
    context = dict(context)
    for name in ("locale", "currency", "market"):
        if name in body:
            context.setdefault(name, body.pop(name))
    item = body.pop("item_id", None)
    if item is not None:
        context.setdefault("product_ids", item if isinstance(item, list) else [item])
    return body | {"context": context}


_PLAIN = {
    "customer_id": re.compile(r"[!-~]{1,200}"),
    "anonymous_id": re.compile(r"[!-~]{1,200}"),
    "placement": re.compile(r"[!-~]{1,60}"),
}
"""What most shops' pages ask with; ids of visible ASCII characters are valid and stay as they are."""


def request_from(workspace: Workspace, data: Any) -> RecommendationRequest:
    return plain_request(workspace, data) or checked_request(workspace, data)


def plain_request(workspace: Workspace, data: Any) -> RecommendationRequest | None:
    """None: for the serializer to judge. It takes a millisecond, more than some answers."""
    if not isinstance(data, dict):
        return None
    for name, value in data.items():
        known = _PLAIN.get(name)
        if known is None or not isinstance(value, str) or not known.fullmatch(value):
            return None
    return RecommendationRequest(workspace, **data)


def checked_request(workspace: Workspace, data: Any) -> RecommendationRequest:
    serializer = RequestSerializer(data=data)
    serializer.is_valid(raise_exception=True)
    given = serializer.validated_data
    context = given["context"] or ContextSerializer().to_internal_value({})
    wanted = given["filter"] or FilterSerializer().to_internal_value({})
    return RecommendationRequest(
        workspace=workspace,
        placement=given["placement"],
        customer_id=given["customer_id"],
        anonymous_id=given["anonymous_id"],
        count=given["count"],
        context_product_ids=tuple(context["product_ids"]),
        cart=tuple(context["cart"]),
        locale=context["locale"],
        market=context["market"],
        filter=ProductFilter(
            categories=tuple(wanted["categories"]),
            brands=tuple(wanted["brands"]),
            price_min=wanted["price_min"],
            price_max=wanted["price_max"],
            currency=context["currency"],
            expression=wanted["expression"],
        ),
        promotions=tuple(Promotion(**promotion) for promotion in given["promotions"]),
        diversity=given["diversity"],
        exclude=tuple(given["exclude"]),
        explain=given["explain"],
        dry_run=given["dry_run"],
    )


class ReasonBody(serializers.Serializer[Any]):
    code = serializers.CharField()
    text = serializers.CharField(help_text="In the request's language; filled from the evidence alone.")
    evidence = serializers.DictField()


class ItemBody(serializers.Serializer[Any]):
    product_id = serializers.CharField()
    score = serializers.FloatField()
    position = serializers.IntegerField()
    reasons = ReasonBody(many=True)
    source = serializers.CharField()  # type: ignore[assignment]  # as above
    properties = serializers.DictField()
    contributions = serializers.DictField(required=False, help_text="With `explain`: what each source gave.")
    stage = serializers.ChoiceField(
        ["ranked", "fallback", "promoted"], required=False, help_text="With `explain`."
    )
    relevance = serializers.FloatField(
        required=False, help_text="With `explain`: the score before boosts, as a share of the best one's."
    )
    weights = serializers.DictField(required=False, help_text="With `explain`: boosts by their rule.")
    rule = serializers.CharField(
        required=False, allow_null=True, help_text="With `explain`: the pin rule that put it here."
    )


class FallbackBody(serializers.Serializer[Any]):
    used = serializers.BooleanField()
    why = serializers.CharField(allow_blank=True)


class AnswerBody(serializers.Serializer[Any]):
    recommendation_id = serializers.UUIDField(
        allow_null=True, help_text="Send it back with clicks and orders."
    )
    placement = serializers.CharField()
    items = ItemBody(many=True)
    fallback = FallbackBody()
    model_version = serializers.CharField(allow_null=True)
    experiment = serializers.DictField(allow_null=True)
    took_ms = serializers.FloatField()
    trace = TraceBody(required=False)
