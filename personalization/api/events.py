"""`POST /v1/{track,identify,page,screen,group,alias,batch}`: Segment's bodies and answers."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from omotenashi.accounts.models import ApiKey
from omotenashi.api.views import WorkspaceView
from omotenashi.errors import FieldError, InvalidInput, MalformedRequest
from personalization.api.parsing import EventParser
from personalization.engine.segment import IncomingEvent, InvalidEvent, Problem, read_event
from personalization.services.ingest import ingest

MAX_BATCH_EVENTS = 2_500
# Anyone can read a publishable key in a page: it may add a visitor's order, never undo one by its id.
SERVER_EVENTS = frozenset({"Order Cancelled", "Order Refunded"})

Success = inline_serializer("EventAccepted", {"success": serializers.BooleanField()})
BatchAnswer = inline_serializer(
    "BatchAnswer",
    {
        "success": serializers.BooleanField(help_text="Whether every event was kept."),
        "accepted": serializers.IntegerField(),
        "repeated": serializers.IntegerField(help_text="Came before with the same messageId."),
        "errors": serializers.ListField(
            child=inline_serializer(
                "BatchError",
                {
                    "index": serializers.IntegerField(),
                    "code": serializers.CharField(),
                    "detail": serializers.CharField(),
                    "pointer": serializers.CharField(),
                },
            )
        ),
    },
)


class EventView(WorkspaceView):
    """One event. `kind` is the address's last part."""

    scopes = {"POST": "track"}
    parser_classes = [EventParser]
    kind: ClassVar[str] = "track"

    @extend_schema(summary="Send one event (Segment)", request=OpenApiTypes.OBJECT, responses=Success)
    def post(self, request: Request) -> Response:
        received_at = timezone.now()
        try:
            event = _read(request, request.data, kind=self.kind, received_at=received_at)
        except InvalidEvent as error:
            raise _refusal(error) from error
        ingest(self.workspace, events=[event], received_at=received_at)
        return Response({"success": True})


class BatchView(WorkspaceView):
    """Many events; a bad one never costs the good ones."""

    scopes = {"POST": "track"}
    parser_classes = [EventParser]

    @extend_schema(summary="Send many events (Segment)", request=OpenApiTypes.OBJECT, responses=BatchAnswer)
    def post(self, request: Request) -> Response:
        received_at = timezone.now()
        bodies, sent_at = _batch_of(request.data)
        events: list[IncomingEvent] = []
        errors: list[dict[str, Any]] = []
        for index, body in enumerate(bodies):
            kind = body.get("type") if isinstance(body, dict) else None
            try:
                events.append(
                    _read(request, body, kind=str(kind or "track"), received_at=received_at, sent_at=sent_at)
                )
            except InvalidEvent as error:
                errors += _row_errors(error, index=index)
        taken = ingest(self.workspace, events=events, received_at=received_at)
        answer = {"accepted": taken.accepted, "repeated": taken.repeated, "errors": errors}
        return Response({"success": not errors, **answer})


def _read(
    request: Request, body: Any, *, kind: str, received_at: datetime, sent_at: Any = None
) -> IncomingEvent:
    event = read_event(body, kind=kind, received_at=received_at, sent_at=sent_at)
    is_public = isinstance(request.auth, ApiKey) and request.auth.kind == ApiKey.Kind.PUBLISHABLE
    if is_public and event.name in SERVER_EVENTS:
        detail = f"{event.name} needs a secret key: send it from your server, not from a page."
        raise InvalidEvent([Problem("secret_key_needed", detail, "#/event")])
    return event


def _batch_of(data: Any) -> tuple[Sequence[Any], Any]:
    """A Segment batch object, or a bare list."""
    bodies = data.get("batch") if isinstance(data, dict) else data
    if not isinstance(bodies, list):
        raise MalformedRequest('A batch is {"batch": [event, …]}; each event has a `type`, such as track.')
    if len(bodies) > MAX_BATCH_EVENTS:
        raise MalformedRequest(
            f"A batch holds at most {MAX_BATCH_EVENTS} events; this one has {len(bodies)}."
        )
    return bodies, data.get("sentAt") if isinstance(data, dict) else None


def _refusal(error: InvalidEvent) -> Exception:
    if error.problems[0].code == "too_large":
        return MalformedRequest(error.problems[0].detail)
    errors = [FieldError(problem.code, problem.detail, problem.pointer) for problem in error.problems]
    return InvalidInput(error.problems[0].detail, errors=errors)


def _row_errors(error: InvalidEvent, *, index: int) -> list[dict[str, Any]]:
    return [
        {
            "index": index,
            "code": problem.code,
            "detail": problem.detail,
            "pointer": problem.pointer.replace("#", f"#/batch/{index}", 1),
        }
        for problem in error.problems
    ]
