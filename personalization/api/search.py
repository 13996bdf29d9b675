"""`GET /v1/search`: products for what a visitor typed, in any language."""

import time
from collections.abc import Mapping
from typing import Any

from django.http import QueryDict
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from omotenashi.accounts.models import Workspace
from omotenashi.api.views import WorkspaceView
from personalization.api.serializers import ContextSerializer, FilterSerializer
from personalization.selectors.rules import ProductFilter
from personalization.services.searching import SearchAnswer, SearchRequest, search

MAX_QUERY = 500
COUNT = 20
MAX_COUNT = 100
_LISTS = ("categories", "brands")


class SearchSerializer(FilterSerializer):
    q = serializers.CharField(
        max_length=MAX_QUERY,
        help_text="What the visitor typed: words in any language, or an article number.",
        error_messages={
            "required": "Send what the visitor typed as `q`, such as /v1/search?q=teapot.",
            "blank": "`q` is empty. Ask only once the visitor has typed something.",
        },
    )
    count = serializers.IntegerField(min_value=1, max_value=MAX_COUNT, default=COUNT)
    locale = serializers.CharField(max_length=35, default="", help_text="Language of the titles.")
    market = serializers.RegexField(r"^[A-Z]{2}$", default="", help_text="Country code.")
    currency = serializers.RegexField(r"^[A-Z]{3}$", default="")

    def validate_locale(self, value: str) -> str:
        return ContextSerializer().validate_locale(value)

    def validate_q(self, value: str) -> str:
        return " ".join(value.split())


class WhyBody(serializers.Serializer[Any]):
    code = serializers.ChoiceField(["its_number", "matched_words", "similar_spelling", "similar_in_meaning"])
    words = serializers.ListField(child=serializers.CharField(), required=False)
    similarity = serializers.FloatField(required=False)


class FoundBody(serializers.Serializer[Any]):
    product_id = serializers.CharField()
    position = serializers.IntegerField()
    score = serializers.FloatField()
    why = WhyBody(many=True)
    properties = serializers.DictField()


class SearchBody(serializers.Serializer[Any]):
    search_id = serializers.UUIDField(help_text="Send it back as `recommendation_id` with clicks and orders.")
    query = serializers.CharField()
    items = FoundBody(many=True)
    notes = serializers.ListField(
        child=serializers.CharField(), help_text="What to know about this answer, such as why it is empty."
    )
    took_ms = serializers.FloatField()


class SearchView(WorkspaceView):
    scopes = {"GET": "recommend"}

    @extend_schema(
        summary="Search products in any language", parameters=[SearchSerializer], responses=SearchBody
    )
    def get(self, request: Request) -> Response:
        started = time.perf_counter()
        asked = _request_from(self.workspace, request.query_params)
        return Response(_body(search(asked), query=asked.query, started=started))


def _request_from(workspace: Workspace, given: QueryDict) -> SearchRequest:
    serializer = SearchSerializer(data=_plain(given))
    serializer.is_valid(raise_exception=True)
    asked = serializer.validated_data
    return SearchRequest(
        workspace=workspace,
        query=asked["q"],
        count=asked["count"],
        locale=asked["locale"],
        market=asked["market"],
        filter=ProductFilter(
            categories=tuple(asked["categories"]),
            brands=tuple(asked["brands"]),
            price_min=asked["price_min"],
            price_max=asked["price_max"],
            currency=asked["currency"],
        ),
    )


def _plain(given: QueryDict) -> Mapping[str, Any]:
    """`categories=a&categories=b` is a list; all else counts once. `limit` is the other name of count."""
    names = {"limit": "count"}
    return {names.get(name, name): given.getlist(name) if name in _LISTS else given[name] for name in given}


def _body(answer: SearchAnswer, *, query: str, started: float) -> dict[str, Any]:
    return {
        "search_id": str(answer.search_id) if answer.search_id else None,
        "query": query,
        "items": [
            {
                "product_id": item.product_id,
                "position": item.position,
                "score": item.score,
                "why": list(item.why),
                "properties": dict(item.properties),
            }
            for item in answer.items
        ],
        "notes": list(answer.notes),
        "took_ms": round((time.perf_counter() - started) * 1000, 1),
    }
