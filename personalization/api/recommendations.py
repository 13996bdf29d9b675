"""`POST /v1/recommendations` and the short addresses for what shops ask most."""

import time
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from omotenashi.accounts.models import Workspace
from omotenashi.api.views import WorkspaceView
from omotenashi.catalog.selectors import access_product
from personalization.api.serializers import AnswerBody, RequestSerializer, answer_body, request_from
from personalization.services.recommending import recommend

QUERY = [
    OpenApiParameter("count", int),
    OpenApiParameter("locale", str),
    OpenApiParameter("currency", str),
    OpenApiParameter("market", str, description="Country code."),
]
_QUERY_NAMES = ("count", "limit", "locale", "currency", "market")


class RecommendationsView(WorkspaceView):
    scopes = {"POST": "recommend"}

    @extend_schema(summary="Recommend products to a person", request=RequestSerializer, responses=AnswerBody)
    def post(self, request: Request) -> Response:
        return answer(self.workspace, request.data)


class SimilarView(WorkspaceView):
    scopes = {"GET": "recommend"}

    @extend_schema(summary="Products like this one", parameters=QUERY, responses=AnswerBody)
    def get(self, request: Request, product_id: str) -> Response:
        access_product(self.workspace, external_id=product_id)
        return answer(self.workspace, query_of(request, placement="similar", item_id=product_id))


class BoughtTogetherView(WorkspaceView):
    scopes = {"GET": "recommend"}

    @extend_schema(summary="What is bought together with this", parameters=QUERY, responses=AnswerBody)
    def get(self, request: Request, product_id: str) -> Response:
        access_product(self.workspace, external_id=product_id)
        return answer(self.workspace, query_of(request, placement="bought-together", item_id=product_id))


class TrendingView(WorkspaceView):
    scopes = {"GET": "recommend"}

    @extend_schema(summary="What many buy now", parameters=QUERY, responses=AnswerBody)
    def get(self, request: Request) -> Response:
        return answer(self.workspace, query_of(request, placement="trending"))


def answer(workspace: Workspace, data: Any) -> Response:
    started = time.perf_counter()
    asked = request_from(workspace, data)
    return Response(answer_body(recommend(asked), explain=asked.explain, started=started))


def query_of(request: Request, **fixed: str) -> dict[str, Any]:
    given = {name: request.query_params[name] for name in _QUERY_NAMES if name in request.query_params}
    return {**given, **fixed}
