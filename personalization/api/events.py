"""`POST /v1/{track,identify,page,screen,group,alias,batch}`: Segment's bodies and answers."""

from typing import Any, ClassVar

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request

from omotenashi.accounts.models import ApiKey
from omotenashi.api.views import WorkspaceView
from personalization.api.event_bodies import EventRequest, take
from personalization.api.parsing import EventParser

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
    def post(self, request: Request) -> HttpResponse:
        return self.answer(request)

    def answer(self, request: Request) -> HttpResponse:
        is_public = isinstance(request.auth, ApiKey) and request.auth.kind == ApiKey.Kind.PUBLISHABLE
        body: Any = request.data  # bytes, from our parser; without a body the framework asks no parser
        body = body if isinstance(body, bytes) else b"{}"
        taken = take(self.workspace, request=EventRequest(self.kind, is_public, body, timezone.now()))
        return HttpResponse(taken, content_type="application/json")


class BatchView(EventView):
    """Many events; a bad one never costs the good ones."""

    kind = "batch"

    @extend_schema(summary="Send many events (Segment)", request=OpenApiTypes.OBJECT, responses=BatchAnswer)
    def post(self, request: Request) -> HttpResponse:
        return self.answer(request)
