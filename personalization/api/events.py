"""`POST /v1/{track,identify,page,screen,group,alias,batch}`: Segment's bodies and answers."""

from typing import ClassVar

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request

from omotenashi.accounts.models import ApiKey
from omotenashi.api.views import WorkspaceView
from personalization.api.event_bodies import take_batch, take_event
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
        take = take_batch if self.kind == "batch" else take_event
        is_public = isinstance(request.auth, ApiKey) and request.auth.kind == ApiKey.Kind.PUBLISHABLE
        # Without a body the framework asks no parser.
        body = request.data if isinstance(request.data, bytes) else b"{}"
        taken = take(
            self.workspace, kind=self.kind, is_public=is_public, body=body, received_at=timezone.now()
        )
        return HttpResponse(taken, content_type="application/json")


class BatchView(EventView):
    """Many events; a bad one never costs the good ones."""

    kind = "batch"

    @extend_schema(summary="Send many events (Segment)", request=OpenApiTypes.OBJECT, responses=BatchAnswer)
    def post(self, request: Request) -> HttpResponse:
        return self.answer(request)
