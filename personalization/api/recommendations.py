"""`POST /v1/recommendations` and the short addresses for what shops ask most."""

import time
from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request

from omotenashi.accounts.models import Workspace
from omotenashi.api.limits import Limited
from omotenashi.api.views import WorkspaceView
from omotenashi.catalog.selectors import access_product
from personalization.answers.serving import serve
from personalization.api.serializers import AnswerBody, RequestSerializer, request_from

QUERY = [
    OpenApiParameter("count", int),
    OpenApiParameter("locale", str),
    OpenApiParameter("currency", str),
    OpenApiParameter("market", str, description="Country code."),
]
ASKED = [
    OpenApiParameter("customer_id", str),
    OpenApiParameter("anonymous_id", str),
    OpenApiParameter("placement", str),
    OpenApiParameter("item_id", str, description="The product on the page."),
    *QUERY,
]
_ASKED_NAMES = ("customer_id", "user_id", "anonymous_id", "placement", "scenario", "item_id")
_QUERY_NAMES = ("count", "limit", "locale", "currency", "market")


class RecommendationsView(Limited, WorkspaceView):
    """`GET` is for what an address can say; the rest needs the body of a `POST`."""

    scopes = {"GET": "recommend", "POST": "recommend"}

    @extend_schema(summary="Recommend products, the short way", parameters=ASKED, responses=AnswerBody)
    def get(self, request: Request) -> HttpResponse:
        return answer(self.workspace, asked_in(request.query_params))

    @extend_schema(summary="Recommend products to a person", request=RequestSerializer, responses=AnswerBody)
    def post(self, request: Request) -> HttpResponse:
        return answer(self.workspace, request.data)


class SimilarView(Limited, WorkspaceView):
    scopes = {"GET": "recommend"}

    @extend_schema(summary="Products like this one", parameters=QUERY, responses=AnswerBody)
    def get(self, request: Request, product_id: str) -> HttpResponse:
        access_product(self.workspace, external_id=product_id)
        return answer(self.workspace, query_of(request, placement="similar", item_id=product_id))


class BoughtTogetherView(Limited, WorkspaceView):
    scopes = {"GET": "recommend"}

    @extend_schema(summary="What is bought together with this", parameters=QUERY, responses=AnswerBody)
    def get(self, request: Request, product_id: str) -> HttpResponse:
        access_product(self.workspace, external_id=product_id)
        return answer(self.workspace, query_of(request, placement="bought-together", item_id=product_id))


class TrendingView(Limited, WorkspaceView):
    scopes = {"GET": "recommend"}

    @extend_schema(summary="What many buy now", parameters=QUERY, responses=AnswerBody)
    def get(self, request: Request) -> HttpResponse:
        return answer(self.workspace, query_of(request, placement="trending"))


def answer(workspace: Workspace, data: Any) -> HttpResponse:
    started = time.perf_counter()
    body = serve(request_from(workspace, data), started=started)
    return HttpResponse(body, content_type="application/json")


def query_of(request: Request, **fixed: str) -> dict[str, Any]:
    given = {name: request.query_params[name] for name in _QUERY_NAMES if name in request.query_params}
    return {**given, **fixed}


def asked_in(query: Mapping[str, str]) -> dict[str, Any]:
    """Names it does not know are left out, as in every address."""
    return {name: query[name] for name in (*_ASKED_NAMES, *_QUERY_NAMES) if name in query}
