"""The one family of errors. Each knows its code, HTTP status and whether trying again can help.

`omotenashi.api.problems` turns them into RFC 9457 problem details; jobs read `retryable`.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class FieldError:
    """What is wrong with one field, and where: `pointer` is a JSON Pointer such as `#/products/0/price`."""

    code: str
    detail: str
    pointer: str = "#"


class OmotenashiError(Exception):
    """Base. `detail` is for the person who has to act: it names the remedy."""

    code = "error"
    status = 500
    title = "Something went wrong"
    retryable = False

    def __init__(self, detail: str, *, errors: Sequence[FieldError] = ()) -> None:
        super().__init__(detail)
        self.detail = detail
        self.errors = tuple(errors)


class MalformedRequest(OmotenashiError):
    code, status, title = "malformed_request", 400, "The request cannot be read"


class Unauthenticated(OmotenashiError):
    code, status, title = "unauthenticated", 401, "No valid key"


class Forbidden(OmotenashiError):
    code, status, title = "forbidden", 403, "Not allowed"


class NotFound(OmotenashiError):
    """Also the answer for what belongs to someone else."""

    code, status, title = "not_found", 404, "Not found"


class Conflict(OmotenashiError):
    code, status, title = "conflict", 409, "Another change came first"


class PreconditionFailed(OmotenashiError):
    code, status, title = "precondition_failed", 412, "The resource has changed"


class TooLarge(OmotenashiError):
    code, status, title = "too_large", 413, "Too large"


class InvalidInput(OmotenashiError):
    code, status, title = "invalid_input", 422, "Some fields are not valid"


class Unavailable(OmotenashiError):
    code, status, title = "unavailable", 503, "Not available at the moment"
    retryable = True
