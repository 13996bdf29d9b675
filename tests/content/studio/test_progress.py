"""The stream that keeps a waiting page up to date."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.test import Client

from content.models import Brief
from omotenashi.jobs.models import Job
from omotenashi.studio import progress


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "POLL_SECONDS", 0.01)


async def _read(job_ids: list[Any]) -> list[tuple[str, dict[str, Any]]]:
    async def collect() -> list[tuple[str, dict[str, Any]]]:
        found = []
        async for chunk in progress.events(job_ids):
            lines = dict(line.split(": ", 1) for line in chunk.decode().strip().splitlines())
            if "event" in lines:
                found.append((lines["event"], json.loads(lines["data"])))
        return found

    return await asyncio.wait_for(collect(), 20)


@pytest.mark.django_db(transaction=True)
def test_it_tells_how_far_a_job_is_and_ends_with_it(file_brief: Callable[..., Brief]) -> None:
    job = file_brief().job
    assert job is not None
    Job.objects.filter(pk=job.pk).update(
        state="succeeded", done=2, total=2, message="2 drafts are being written"
    )
    events = async_to_sync(_read)([job.pk])
    assert [name for name, _ in events] == ["progress", "done"]
    assert events[0][1] == {
        "id": str(job.pk), "state": "succeeded", "done": 2, "total": 2,
        "message": "2 drafts are being written",
    }  # fmt: skip


def test_it_streams_to_signed_in_people_of_the_workspace(
    author_client: Client, file_brief: Callable[..., Brief]
) -> None:
    response = author_client.get(f"/studio/progress/?job={file_brief().job_id}")
    assert (response.status_code, response["Content-Type"]) == (200, "text/event-stream")
    assert "no-transform" in response["Cache-Control"]  # a proxy that compresses would hold events back
    response.close()


@pytest.mark.parametrize("query", ["", "job=nonsense", "job=01a20a91-7c7c-7371-8401-e8824cc2ef46"])
def test_it_streams_nothing_without_a_job_of_ones_own(author_client: Client, query: str) -> None:
    assert author_client.get(f"/studio/progress/?{query}").status_code == 404
