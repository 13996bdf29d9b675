"""ETags of drafts (the version's number) and of publications (a hash), and the headers that name them."""

import re
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from content.models import Draft
from content.packages import etag_of
from content.selectors import latest_version
from omotenashi.errors import FieldError, MalformedRequest, PreconditionFailed

_NUMBER = re.compile(r'(?:W/)?"v(\d+)"')


def draft_etag(number: int) -> str:
    return f'"v{number}"'


def version_meant(request: Request, *, draft: Draft, given: int | None) -> int:
    """The version the caller has seen: `If-Match` (412 when it is no longer the newest), else `version`."""
    header = request.headers.get("If-Match", "")
    if not header:
        if given is None:
            detail = (
                "Say which version you have read: send its ETag as `If-Match`, or its number as `version`."
            )
            raise MalformedRequest(detail, errors=[FieldError("required", detail, "#/version")])
        return given
    newest = latest_version(draft).number
    matches = _NUMBER.fullmatch(header.strip())
    if header.strip() != "*" and (matches is None or int(matches.group(1)) != newest):
        raise PreconditionFailed(
            f'The newest version is "v{newest}", you sent {header}. Read it, then try again.'
        )
    return newest


def cached_response(request: Request, data: Any) -> Response:  # Any: JSON
    """304 when the caller has it already."""
    etag = etag_of(data)
    known = [tag.strip().removeprefix("W/") for tag in request.headers.get("If-None-Match", "").split(",")]
    is_known = etag in known or "*" in known
    response = Response(status=304) if is_known else Response(data)
    response["ETag"] = etag
    response["Cache-Control"] = "private, max-age=0, must-revalidate"
    return response
