"""Errors as RFC 9457 problem details: one shape, whatever went wrong and wherever."""

from typing import Any

import structlog
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.defaults import page_not_found as html_not_found
from django.views.defaults import server_error as html_server_error
from redis.exceptions import ConnectionError as RedisConnectionError
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from omotenashi.errors import FieldError, OmotenashiError, Unauthenticated, Unavailable

CONTENT_TYPE = "application/problem+json"
_TITLES = {
    400: "Some fields are not valid",
    404: "Not found",
    405: "Method not allowed",
    415: "Unsupported media type",
}
log = structlog.get_logger(__name__)


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's hook. What is nobody's fault but ours is re-raised, logged, and answered by `server_error`."""
    body = problem_for(error)
    if body is None:
        return None
    set_rollback()
    request = context["request"]
    body |= {"instance": request.path, "request_id": getattr(request, "request_id", None)}
    response = Response(
        body, status=body["status"], content_type=CONTENT_TYPE, headers=_headers(body["status"], error)
    )
    if isinstance(error, Unauthenticated | exceptions.NotAuthenticated):
        response["WWW-Authenticate"] = 'Bearer realm="omotenashi"'
    return response


def problem_for(error: Exception) -> dict[str, Any] | None:
    if isinstance(error, OmotenashiError):
        return problem(
            error.status, code=error.code, title=error.title, detail=error.detail, errors=error.errors
        )
    if isinstance(error, exceptions.ValidationError):
        found = tuple(_field_errors(error.get_full_details(), "#"))
        detail = found[0].detail if len(found) == 1 else f"{len(found)} fields are not valid; see `errors`."
        return problem(
            422, code="invalid_input", title="Some fields are not valid", detail=detail, errors=found
        )
    if isinstance(error, exceptions.APIException):
        code = str(error.default_code)
        title = _TITLES.get(error.status_code, code.replace("_", " ").capitalize())
        return problem(error.status_code, code=code, title=title, detail=str(error.detail))
    if isinstance(error, Http404):
        return problem(404, code="not_found", title="Not found", detail="There is nothing at this address.")
    if isinstance(error, PermissionDenied):
        return problem(
            403, code="forbidden", title="Not allowed", detail=str(error) or "You may not do this."
        )
    if isinstance(error, OperationalError | InterfaceError):
        return _unavailable(
            "The database cannot be reached. Try again shortly; operators: see /readyz.", error
        )
    if isinstance(error, RedisConnectionError):
        return _unavailable("The queue cannot be reached. Try again shortly; operators: see /readyz.", error)
    return None


def problem(
    status: int, *, code: str, title: str, detail: str, errors: tuple[FieldError, ...] = ()
) -> dict[str, Any]:
    body: dict[str, Any] = {"type": f"urn:omotenashi:problem:{code}", "title": title, "status": status}
    body |= {"detail": detail, "code": code}
    if errors:
        body["errors"] = [{"code": e.code, "detail": e.detail, "pointer": e.pointer} for e in errors]
    return body


def problem_response(request: HttpRequest, error: Exception) -> HttpResponse | None:
    """For plain Django views and middleware."""
    body = problem_for(error)
    if body is None:
        return None
    body |= {"instance": request.path, "request_id": getattr(request, "request_id", None)}
    return JsonResponse(
        body, status=body["status"], content_type=CONTENT_TYPE, headers=_headers(body["status"], error)
    )


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if _wants_json(request):
        return problem_response(request, Http404()) or HttpResponse(status=404)
    return html_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    if not _wants_json(request):
        return html_server_error(request)
    detail = "The fault is ours and has been logged. Quote the request_id when you report it."
    body = problem(500, code="internal_error", title="Something went wrong", detail=detail)
    body |= {"instance": request.path, "request_id": getattr(request, "request_id", None)}
    return JsonResponse(body, status=500, content_type=CONTENT_TYPE)


def _wants_json(request: HttpRequest) -> bool:
    return request.path.startswith(("/v1/", "/api/"))


def _unavailable(detail: str, error: DatabaseError | InterfaceError | RedisConnectionError) -> dict[str, Any]:
    log.warning("dependency_unavailable", error=type(error).__name__)  # its text may hold connection details
    return problem(503, code=Unavailable.code, title=Unavailable.title, detail=detail)


def _headers(status: int, error: Exception) -> dict[str, str]:
    if status not in {429, 503}:
        return {}
    return {"Retry-After": str(int(getattr(error, "wait", None) or 5))}


def _field_errors(details: Any, pointer: str) -> list[FieldError]:
    """DRF's nested details, flattened: `{"products": {0: {"price": [...]}}}` → `#/products/0/price`."""
    if isinstance(details, dict) and set(details) == {"message", "code"}:
        return [FieldError(str(details["code"]), str(details["message"]), pointer)]
    if isinstance(details, dict):
        return [
            found
            for key, value in details.items()
            for found in _field_errors(
                value, pointer if key == "non_field_errors" else f"{pointer}/{_escape(key)}"
            )
        ]
    if isinstance(details, list):
        leaves = all(isinstance(item, dict) and set(item) == {"message", "code"} for item in details)
        return [
            found
            for index, item in enumerate(details)
            for found in _field_errors(item, pointer if leaves else f"{pointer}/{index}")
        ]
    return [FieldError("invalid", str(details), pointer)]


def _escape(key: Any) -> str:
    return str(key).replace("~", "~0").replace("/", "~1")
