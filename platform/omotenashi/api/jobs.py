"""Watching jobs: a snapshot, a cancel, and a stream of server-sent events."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

from asgiref.sync import sync_to_async
from django.db import connection
from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from omotenashi.api.paging import CursorPage
from omotenashi.api.views import WorkspaceView
from omotenashi.jobs import services
from omotenashi.jobs.models import Job
from omotenashi.jobs.selectors import access_job
from omotenashi.tokens.models import JobTokens

_POLL_SECONDS = 0.5
_PING_EVERY = 30  # polls


class JobTokensSerializer(serializers.ModelSerializer[JobTokens]):
    class Meta:
        model = JobTokens
        fields = ("limit", "written", "reserved", "read")


class JobSerializer(serializers.ModelSerializer[Job]):
    tokens = serializers.SerializerMethodField()

    class Meta:
        model = Job
        fields = (
            "id", "name", "state", "done", "total", "message", "result", "error",
            "attempts", "tokens", "created_at", "started_at", "finished_at",
        )  # fmt: skip

    @extend_schema_field(JobTokensSerializer(allow_null=True))
    def get_tokens(self, job: Job) -> dict[str, Any] | None:
        """Null for a job that no model has written for."""
        tokens = getattr(job, "tokens", None)
        return JobTokensSerializer(tokens).data if tokens else None


class JobsView(WorkspaceView):
    scopes = {"GET": "jobs:read"}
    pagination_class = CursorPage  # for the schema

    @extend_schema(summary="List jobs, newest first", responses=JobSerializer(many=True))
    def get(self, request: Request) -> Response:
        page = CursorPage()
        rows = page.paginate_queryset(
            Job.objects.for_workspace(self.workspace).select_related("tokens"), request, view=self
        )
        return page.get_paginated_response(JobSerializer(rows, many=True).data)


class JobView(WorkspaceView):
    scopes = {"GET": "jobs:read", "DELETE": "content:write"}

    @extend_schema(summary="One job: state, progress, result", responses=JobSerializer)
    def get(self, request: Request, job_id: str) -> Response:
        return Response(JobSerializer(access_job(self.workspace, job_id=job_id)).data)

    @extend_schema(summary="Cancel a job", responses={202: JobSerializer})
    def delete(self, request: Request, job_id: str) -> Response:
        job = access_job(self.workspace, job_id=job_id)
        services.cancel(job)
        job.refresh_from_db()
        return Response(JobSerializer(job).data, status=202)


class EventStreamRenderer(BaseRenderer):
    media_type = "text/event-stream"
    format = "sse"

    def render(self, data: Any, *args: Any, **kwargs: Any) -> Any:
        return data


class JobEventsView(WorkspaceView):
    """`event: progress` whenever the job moves, then one `event: done` or `event: error`."""

    scopes = {"GET": "jobs:read"}
    # JSON is for problem details: an EventSource that may not listen still gets words.
    renderer_classes = [EventStreamRenderer, JSONRenderer]

    @extend_schema(
        summary="Follow a job (server-sent events)", responses={(200, "text/event-stream"): OpenApiTypes.STR}
    )
    def get(self, request: Request, job_id: str) -> StreamingHttpResponse:
        job = access_job(self.workspace, job_id=job_id)
        return event_stream(job)


def event_stream(job: Job) -> StreamingHttpResponse:
    response = StreamingHttpResponse(_events(job), content_type="text/event-stream")
    response["Cache-Control"] = "no-cache"
    response["X-Accel-Buffering"] = "no"
    return response


async def _events(job: Job) -> AsyncIterator[str]:
    yield "retry: 2000\n\n"
    last, polls = "", 0
    while True:
        data = await sync_to_async(_snapshot)(job)
        text = json.dumps(data)
        if text != last:
            finished = data["state"] not in Job.UNFINISHED
            name = ("done" if data["state"] == Job.State.SUCCEEDED else "error") if finished else "progress"
            yield f"id: {polls}\nevent: {name}\ndata: {text}\n\n"
            if finished:
                return
            last = text
        polls += 1
        if polls % _PING_EVERY == 0:
            yield ": ping\n\n"
        await asyncio.sleep(_POLL_SECONDS)


def _snapshot(job: Job) -> dict[str, Any]:
    try:
        job.refresh_from_db()
        return json.loads(json.dumps(JobSerializer(job).data, default=str))  # type: ignore[no-any-return]
    finally:
        connection.close()  # the stream may last minutes: hold no connection between looks
