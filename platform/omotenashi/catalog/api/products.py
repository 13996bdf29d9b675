"""Products over REST: many at once, one offer at once, and reading them back."""

from collections import defaultdict
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from omotenashi.api.paging import CursorPage
from omotenashi.api.views import WorkspaceView
from omotenashi.catalog.api.serializers import (
    OfferSerializer,
    ProductSerializer,
    UpsertResultSerializer,
    UpsertSerializer,
)
from omotenashi.catalog.engine.product_json import product_from_json
from omotenashi.catalog.engine.rows import ProductInput, RowProblem
from omotenashi.catalog.selectors import access_product, products_of
from omotenashi.catalog.services import RowError, UpsertResult, change_offer, upsert_products
from omotenashi.errors import FieldError, InvalidInput, MalformedRequest, TooLarge

MAX_ROWS = 1000


class ProductsView(WorkspaceView):
    """Live products, newest first; many are sent at once."""

    scopes = {"GET": "catalog:read", "PUT": "catalog:write"}
    pagination_class = CursorPage  # the schema reads it

    @extend_schema(
        summary="List products",
        tags=["catalogue"],
        parameters=[OpenApiParameter("category", str, description="Only products in this category.")],
        responses=ProductSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        products = products_of(self.workspace)
        if category := request.query_params.get("category"):
            products = products.filter(categories__contains=[category])
        page = CursorPage()
        rows = page.paginate_queryset(products, request, view=self)
        return page.get_paginated_response(ProductSerializer(rows, many=True).data)

    @extend_schema(
        summary="Create or change products",
        description="Each row stands for itself: 200 with one result a row, also where some fail.",
        tags=["catalogue"],
        request=UpsertSerializer,
        responses=UpsertResultSerializer,
    )
    def put(self, request: Request) -> Response:
        rows, dry_run = _rows(request.data)
        parsed = [product_from_json(row, currency=self.workspace.currency) for row in rows]
        places = [index for index, (product, _) in enumerate(parsed) if product is not None]
        result = upsert_products(self.workspace, _products(parsed), dry_run=dry_run)
        return Response(_answer(rows, parsed=parsed, places=places, result=result, dry_run=dry_run))


class ProductView(WorkspaceView):
    """One product, by the shop's own id."""

    scopes = {"GET": "catalog:read", "PATCH": "catalog:write"}

    @extend_schema(summary="Read a product", tags=["catalogue"], responses=ProductSerializer)
    def get(self, request: Request, external_id: str) -> Response:
        return Response(ProductSerializer(access_product(self.workspace, external_id=external_id)).data)

    @extend_schema(
        summary="Change stock, price or availability at once",
        tags=["catalogue"],
        request=OfferSerializer,
        responses=ProductSerializer,
    )
    def patch(self, request: Request, external_id: str) -> Response:
        given = OfferSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        unknown = sorted(set(request.data) - set(given.fields))
        if unknown:
            detail = f"{unknown[0]!r} cannot be changed here. Send the whole row with PUT /v1/products."
            raise InvalidInput(detail, errors=[FieldError("unknown_field", detail, f"#/{unknown[0]}")])
        changed = change_offer(self.workspace, external_id=external_id, changes=given.validated_data)
        return Response(ProductSerializer(changed).data)


Parsed = list[tuple[ProductInput | None, list[RowProblem]]]


def _rows(body: Any) -> tuple[list[Any], bool]:
    rows = body.get("products") if isinstance(body, dict) else None
    if not isinstance(rows, list) or not rows:
        detail = 'Send {"products": [{"id": …, "title": …, "price": …}]} with one product at least.'
        raise MalformedRequest(detail, errors=[FieldError("required", detail, "#/products")])
    if len(rows) > MAX_ROWS:
        detail = f"{len(rows)} products at once; {MAX_ROWS} at most. Send the rest in further requests."
        raise TooLarge(detail, errors=[FieldError("too_many", detail, "#/products")])
    dry_run = body.get("dry_run", False)
    if not isinstance(dry_run, bool):
        detail = "Write true or false."
        raise InvalidInput(detail, errors=[FieldError("not_a_boolean", detail, "#/dry_run")])
    return rows, dry_run


def _products(parsed: Parsed) -> list[ProductInput]:
    return [product for product, _ in parsed if product is not None]


def _answer(
    rows: list[Any], *, parsed: Parsed, places: list[int], result: UpsertResult, dry_run: bool
) -> dict[str, Any]:
    problems: dict[int, list[RowError]] = defaultdict(list)
    for index, (_, found) in enumerate(parsed):
        problems[index] += [_error(index, problem) for problem in found]
    for error in (*result.errors, *result.warnings):
        index = places[error.row]
        pointer = error.pointer.replace(f"#/products/{error.row}", f"#/products/{index}", 1)
        problems[index].append(RowError(index, pointer, error.code, error.detail, error.is_warning))
    statuses = {places[outcome.row]: outcome.status for outcome in result.outcomes}
    results = [
        {
            "id": _id_of(row),
            "status": statuses.get(index, "error"),
            "errors": [_shown(error) for error in problems[index] if not error.is_warning],
            "warnings": [_shown(error) for error in problems[index] if error.is_warning],
        }
        for index, row in enumerate(rows)
    ]
    counts = {"created": result.created, "updated": result.updated, "unchanged": result.unchanged}
    return {**counts, "failed": len(rows) - sum(counts.values()), "dry_run": dry_run, "results": results}


def _error(row: int, problem: RowProblem) -> RowError:
    pointer = f"#/products/{row}/{problem.field}".rstrip("/")
    return RowError(row, pointer, problem.code, problem.detail, problem.is_warning)


def _shown(error: RowError) -> dict[str, str]:
    return {"code": error.code, "detail": error.detail, "pointer": error.pointer}


def _id_of(row: Any) -> str:
    found = (row.get("external_id") or row.get("id")) if isinstance(row, dict) else ""
    return str(found or "")[:128]
