"""Live progress of jobs as server-sent events, for pages that wait for work to be done.

Each event carries a job's whole state, so a reconnecting browser needs no replay.
"""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse

from omotenashi.accounts.permissions import workspaces_of
from omotenashi.jobs.models import Job

POLL_SECONDS = 0.5
PING_SECONDS = 15.0
FINISHED = ("succeeded", "failed", "canceled")
_COLUMNS = ("id", "state", "done", "total", "message")


def stream(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """`?job=ID&job=ID`. A sync view over an async generator: `admin_view` cannot wrap an async one."""
    wanted = _ids(request.GET.getlist("job")[:50])
    own = workspaces_of(request.user)
    jobs = list(Job.objects.filter(id__in=wanted, workspace__in=own).values_list("id", flat=True))
    if not jobs:
        return HttpResponse("None of these jobs is yours.", status=404, content_type="text/plain")
    response = StreamingHttpResponse(events(jobs), content_type="text/event-stream")
    response["Cache-Control"] = "no-cache, no-transform"
    response["X-Accel-Buffering"] = "no"
    return response


async def events(job_ids: Sequence[uuid.UUID]) -> AsyncIterator[bytes]:
    """`progress` when a job has moved, one `done` when all have ended, a comment now and then as a ping."""
    sent: dict[uuid.UUID, dict[str, Any]] = {}  # Any: a row's columns
    quiet = 0.0
    yield b"retry: 2000\n\n"
    while True:
        moved = [
            row
            async for row in Job.objects.filter(id__in=job_ids).values(*_COLUMNS)
            if sent.get(row["id"]) != row
        ]
        for row in moved:
            sent[row["id"]] = row
            yield _event("progress", row)
        if all(row["state"] in FINISHED for row in sent.values()):
            yield _event("done", {"jobs": len(sent)})
            return
        quiet = 0.0 if moved else quiet + POLL_SECONDS
        if quiet >= PING_SECONDS:
            quiet = 0.0
            yield b": ping\n\n"
        await asyncio.sleep(POLL_SECONDS)


def _event(name: str, data: dict[str, Any]) -> bytes:  # Any: becomes JSON
    return f"event: {name}\ndata: {json.dumps(data, default=str)}\n\n".encode()


def _ids(texts: Sequence[str]) -> list[uuid.UUID]:
    found = []
    for text in texts:
        try:
            found.append(uuid.UUID(text))
        except ValueError:
            continue  # somebody edited the address; the rest may still be jobs
    return found
