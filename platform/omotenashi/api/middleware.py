"""Middleware for every request: its id, its size, and one shape for errors outside the REST framework."""

import re
from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse

from omotenashi.api.problems import problem_response
from omotenashi.errors import OmotenashiError, TooLarge
from omotenashi.records import uuid7

GetResponse = Callable[[HttpRequest], HttpResponse]
_REQUEST_ID = re.compile(r"[A-Za-z0-9_.:-]{8,128}")


def request_id_from(given: str) -> str:
    return given if _REQUEST_ID.fullmatch(given) else str(uuid7())


class RequestIdMiddleware:
    """Echoes a sane `X-Request-ID` or makes one; logs and jobs carry it on."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request_id = request_id_from(request.headers.get("X-Request-ID", ""))
        request.META["HTTP_X_REQUEST_ID"] = request_id  # where django-structlog looks
        request.request_id = request_id  # type: ignore[attr-defined]
        response = self.get_response(request)
        response["X-Request-ID"] = request_id
        return response


class ProblemMiddleware:
    """Refuses bodies over the limit before they are read, and answers our errors from plain views."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        limit: int = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        length = request.META.get("CONTENT_LENGTH") or "0"
        is_upload = request.META.get("CONTENT_TYPE", "").startswith("multipart/form-data")
        if request.path.startswith("/v1/") and not is_upload and length.isdigit() and int(length) > limit:
            return _answer(request, _too_large(limit))
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, RequestDataTooBig):
            return _answer(request, _too_large(settings.DATA_UPLOAD_MAX_MEMORY_SIZE))
        if isinstance(error, OmotenashiError):
            return problem_response(request, error)
        return None


def _too_large(limit: int) -> TooLarge:
    return TooLarge(f"The body is over {limit:,} bytes. Send the rows in several requests.")


def _answer(request: HttpRequest, error: Exception) -> HttpResponse:
    response = problem_response(request, error)
    assert response is not None
    return response
