"""gorse's calls, each answered by one of our services, in gorse's shapes."""

from collections.abc import Sequence
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from omotenashi.api.authentication import ApiKeyAuthentication
from omotenashi.api.views import WorkspaceView
from omotenashi.catalog.models import Product
from omotenashi.catalog.selectors import access_product
from omotenashi.catalog.services import upsert_products
from omotenashi.errors import FieldError, InvalidInput
from personalization.api.gorse import bodies
from personalization.engine.placements import MAX_COUNT
from personalization.selectors.newest import newest_products
from personalization.selectors.rules import ProductFilter
from personalization.services.ingest import ingest
from personalization.services.recommending import recommend
from personalization.services.requests import AnswerItem, RecommendationRequest

COUNT = 10
_KNOWN = ("n", "category")


class GorseKey(ApiKeyAuthentication):
    """`X-API-Key: sk_live_…`: the scopes asked for here are those of secret keys alone."""

    def plain_key(self, request: Request) -> str | None:
        return request.headers.get("X-API-Key") or super().plain_key(request)


class GorseView(WorkspaceView):
    authentication_classes = [GorseKey]

    def asked(self) -> dict[str, Any]:
        """`n` and categories; what we do not do is refused rather than left out in silence."""
        given = self.request.query_params
        for name in given:
            if name not in _KNOWN:
                detail = (
                    f"`{name}` is not supported here. Known: {', '.join(_KNOWN)}; see docs/from-gorse.md."
                )
                raise InvalidInput(detail, errors=[FieldError("unknown_parameter", detail, f"#/{name}")])
        n = given.get("n", str(COUNT))
        if not n.isdecimal() or int(n) < 1:
            detail = f"`n` is a whole number from 1; more than {MAX_COUNT} are never answered."
            raise InvalidInput(detail, errors=[FieldError("invalid", detail, "#/n")])
        return {"count": min(int(n), MAX_COUNT), "categories": tuple(given.getlist("category"))}

    def recommended(self, *, category: str = "", **wanted: Any) -> Sequence[AnswerItem]:
        asked = self.asked()
        categories = (category,) if category else asked["categories"]
        request = RecommendationRequest(
            workspace=self.workspace,
            count=asked["count"],
            filter=ProductFilter(categories=categories),
            **wanted,
        )
        return recommend(request).items


@extend_schema(exclude=True)
class RecommendView(GorseView):
    scopes = {"GET": "customers:read"}

    def get(self, request: Request, user_id: str, category: str = "") -> Response:
        return Response(
            [item.product_id for item in self.recommended(customer_id=user_id, category=category)]
        )


@extend_schema(exclude=True)
class PopularView(GorseView):
    scopes = {"GET": "catalog:read"}

    def get(self, request: Request, category: str = "") -> Response:
        return Response(_scored(self.recommended(placement="trending", category=category)))


@extend_schema(exclude=True)
class NeighborsView(GorseView):
    scopes = {"GET": "catalog:read"}

    def get(self, request: Request, item_id: str, category: str = "") -> Response:
        access_product(self.workspace, external_id=item_id)
        return Response(
            _scored(self.recommended(placement="similar", context_product_ids=(item_id,), category=category))
        )


@extend_schema(exclude=True)
class LatestView(GorseView):
    """The score is the time of arrival, in seconds since 1970, as gorse has it."""

    scopes = {"GET": "catalog:read"}

    def get(self, request: Request, category: str = "") -> Response:
        asked = self.asked()
        rows = newest_products(
            self.workspace,
            categories=(category,) if category else asked["categories"],
            limit=asked["count"],
        )
        return Response([{"Id": row.external_id, "Score": row.created_at.timestamp()} for row in rows])


@extend_schema(exclude=True)
class FeedbackView(GorseView):
    """POST and PUT alike: feedback sent again changes nothing, since events are never rewritten."""

    scopes = {"POST": "customers:write", "PUT": "customers:write"}

    def post(self, request: Request) -> Response:
        now = timezone.now()
        rows = bodies.rows_of(request.data, is_list=True)
        taken = ingest(self.workspace, events=bodies.feedback_events(rows, received_at=now), received_at=now)
        return Response({"RowAffected": taken.accepted})

    put = post


@extend_schema(exclude=True)
class UsersView(GorseView):
    scopes = {"POST": "customers:write"}
    is_list = True

    def post(self, request: Request) -> Response:
        now = timezone.now()
        rows = bodies.rows_of(request.data, is_list=self.is_list)
        ingest(self.workspace, events=bodies.user_events(rows, received_at=now), received_at=now)
        return Response({"RowAffected": len(rows)})


@extend_schema(exclude=True)
class ItemsView(GorseView):
    scopes = {"POST": "catalog:write"}
    is_list = True

    def post(self, request: Request) -> Response:
        rows = bodies.rows_of(request.data, is_list=self.is_list)
        known = Product.objects.for_workspace(self.workspace).filter(external_id__in=bodies.ids_of(rows))
        products = bodies.products(
            rows, known={row.external_id: row for row in known}, currency=self.workspace.currency
        )
        result = upsert_products(self.workspace, products)
        if result.errors:
            error = result.errors[0]
            raise InvalidInput(
                f"Row {error.row}: {error.detail}",
                errors=[FieldError(error.code, error.detail, f"#/{error.row}")],
            )
        return Response({"RowAffected": len(rows)})


def _scored(items: Sequence[AnswerItem]) -> list[dict[str, Any]]:
    return [{"Id": item.product_id, "Score": item.score} for item in items]
