"""`Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header-07) for POSTs that generate or send.

Same key and body: the stored answer. Same key, other body: 422. The first still running: 409.
"""

import functools
import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from omotenashi.accounts.models import Workspace
from omotenashi.api.models import IdempotentAnswer
from omotenashi.api.views import WorkspaceView
from omotenashi.errors import Conflict, InvalidInput, MalformedRequest

Post = Callable[..., Response]
_KEPT_HEADERS = ("Location", "Retry-After", "ETag")
# A server killed mid-request must not lock its key for ever.
_ABANDONED_AFTER = timedelta(minutes=2)
KEPT_FOR = timedelta(hours=48)


def idempotent(post: Post) -> Post:
    """Decorates `post` of a WorkspaceView. The header is optional; with it, a repeat does nothing new."""

    @functools.wraps(post)
    def wrapper(view: WorkspaceView, request: Request, *args: Any, **kwargs: Any) -> Response:
        key = request.headers.get("Idempotency-Key", "").strip('" ')
        if not key:
            return post(view, request, *args, **kwargs)
        if len(key) > 255:
            raise MalformedRequest("The Idempotency-Key is over 255 characters. A UUID does well.")
        row, is_first = _begin(view.workspace, key=key, fingerprint=_fingerprint(request))
        if not is_first:
            return _replay(row, fingerprint=_fingerprint(request))
        try:
            # One transaction: the effect and the stored answer are kept together or not at all.
            with transaction.atomic():
                response = post(view, request, *args, **kwargs)
                _store(row, response)
        except Exception:
            row.delete()
            raise
        return response

    return wrapper


def forget_old_answers() -> int:
    return int(IdempotentAnswer.objects.filter(created_at__lt=timezone.now() - KEPT_FOR).delete()[0])


def _begin(workspace: Workspace, *, key: str, fingerprint: str) -> tuple[IdempotentAnswer, bool]:
    try:
        with transaction.atomic():
            row = IdempotentAnswer.objects.create(workspace=workspace, key=key, fingerprint=fingerprint)
            return row, True
    except IntegrityError:
        existing = IdempotentAnswer.objects.for_workspace(workspace).get(key=key)
        stale = timezone.now() - _ABANDONED_AFTER
        taken_over = IdempotentAnswer.objects.filter(
            pk=existing.pk, status=None, updated_at__lt=stale, fingerprint=fingerprint
        ).update(updated_at=timezone.now())
        return existing, bool(taken_over)


def _replay(row: IdempotentAnswer, *, fingerprint: str) -> Response:
    if row.fingerprint != fingerprint:
        raise InvalidInput(
            "This Idempotency-Key came before with another request. Use a new key for a new request."
        )
    if row.status is None:
        raise Conflict("The first request with this Idempotency-Key is still running. Ask again in a moment.")
    return Response(row.body, status=row.status, headers={**row.headers, "Idempotent-Replayed": "true"})


def _store(row: IdempotentAnswer, response: Response) -> None:
    row.status = response.status_code
    row.body = json.loads(json.dumps(response.data, default=str))
    row.headers = {name: response[name] for name in _KEPT_HEADERS if name in response}
    row.save(update_fields=["status", "body", "headers", "updated_at"])


def _fingerprint(request: Request) -> str:
    body = json.dumps(request.data, sort_keys=True, default=str)
    return hashlib.sha256(f"{request.method} {request.path}\n{body}".encode()).hexdigest()
