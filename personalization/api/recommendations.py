"""`POST /v1/recommendations` and the short addresses for what shops ask most."""

import time
from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request

from omotenashi.accounts.models import ApiKey, Workspace
from omotenashi.api.limits import Limited
from omotenashi.api.views import WorkspaceView
from omotenashi.catalog.selectors import access_product
from omotenashi.errors import FieldError, Forbidden, InvalidInput
from personalization.answers.serving import serve
from personalization.api.serializers import AnswerBody, RequestSerializer, request_from

QUERY = [
    OpenApiParameter("count", int),
    OpenApiParameter("locale", str),
    OpenApiParameter("currency", str),
    OpenApiParameter("market", str, description="Country code."),
    OpenApiParameter("filter", str, description="Such as: price < 50"),
]
ASKED = [
    OpenApiParameter("customer_id", str),
    OpenApiParameter("anonymous_id", str),
    OpenApiParameter("placement", str),
    OpenApiParameter("item_id", str, description="The product on the page."),
    *QUERY,
]
_ASKED_NAMES = ("customer_id", "user_id", "anonymous_id", "placement", "scenario", "item_id")
_QUERY_NAMES = ("count", "limit", "locale", "currency", "market", "filter")
CART = OpenApiParameter("cart", str, many=True, required=True, description="A product's id; repeat it.")


class RecommendationsView(Limited, WorkspaceView):
    """`GET` is for what an address can say; the rest needs the body of a `POST`."""

    scopes = {"GET": "recommend", "POST": "recommend"}

    @extend_schema(summary="Recommend products, the short way", parameters=ASKED, responses=AnswerBody)
    def get(self, request: Request) -> HttpResponse:
        return answer(self.workspace, asked_in(request.query_params))

    @extend_schema(summary="Recommend products to a person", request=RequestSerializer, responses=AnswerBody)
    def post(self, request: Request) -> HttpResponse:
        return answer(self.workspace, request.data, may_explain=may_explain(request))


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


class ComplementaryView(Limited, WorkspaceView):
    """The placement `cart` under an address of its own: repeat `cart` for each product of the cart."""

    scopes = {"GET": "recommend", "POST": "recommend"}

    @extend_schema(summary="What goes with a cart", parameters=[CART, *QUERY], responses=AnswerBody)
    def get(self, request: Request) -> HttpResponse:
        cart = request.query_params.getlist("cart")
        return answer(self.workspace, query_of(request, placement="cart", context=_cart(cart)))

    @extend_schema(summary="What goes with a cart", request=RequestSerializer, responses=AnswerBody)
    def post(self, request: Request) -> HttpResponse:
        """`cart` may stand at the top; everything that `POST /v1/recommendations` takes is taken."""
        body = dict(request.data) if isinstance(request.data, Mapping) else {}
        context = body.get("context", {})
        if isinstance(context, Mapping):
            body["context"] = {**context, **_cart(body.pop("cart", None) or context.get("cart"))}
        body |= {"placement": "cart"}
        return answer(self.workspace, body, may_explain=may_explain(request))


def _cart(product_ids: Any) -> dict[str, Any]:
    """No cart is a mistake here: what is popular would look as if it went with something."""
    if not product_ids:
        detail = "Name the cart's products, such as ?cart=teapot-iwa&cart=hashi-walnut."
        raise InvalidInput(detail, errors=[FieldError("required", detail, "#/context/cart")])
    return {"cart": product_ids}


def may_explain(request: Request) -> bool:
    """A trace names what was struck out because the person bought it: not for a key that stands in a page."""
    return not isinstance(request.auth, ApiKey) or request.auth.allows("customers:read")


def answer(workspace: Workspace, data: Any, *, may_explain: bool = False) -> HttpResponse:
    started = time.perf_counter()
    asked = request_from(workspace, data)
    if asked.explain and not may_explain:
        raise Forbidden("`explain` tells what a person bought: ask with a secret key, from your server.")
    return HttpResponse(serve(asked, started=started), content_type="application/json")


def query_of(request: Request, **fixed: Any) -> dict[str, Any]:
    given = {name: request.query_params[name] for name in _QUERY_NAMES if name in request.query_params}
    return {**given, **fixed}


def asked_in(query: Mapping[str, str]) -> dict[str, Any]:
    """Names it does not know are left out, as in every address."""
    return {name: query[name] for name in (*_ASKED_NAMES, *_QUERY_NAMES) if name in query}
