"""Jobs: kept in PostgreSQL, run once at a time, retried, swept, canceled."""

import threading
import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from omotenashi.accounts.models import Workspace
from omotenashi.errors import Conflict, InvalidInput, Unavailable
from omotenashi.jobs import enqueue, registry, services
from omotenashi.jobs.models import Job
from omotenashi.jobs.running import LeaseLost, RunningJob
from omotenashi.jobs.testing import run_queued

NAME = "content.write_draft"


@pytest.fixture
def handle() -> Iterator[Any]:
    """Installs a handler for the length of the test."""
    before = dict(registry._handlers)

    def install(handler: registry.Handler) -> None:
        registry.install({NAME: handler})

    yield install
    registry._handlers.clear()
    registry._handlers.update(before)


def test_it_runs_a_job_once_and_keeps_its_result(workspace: Workspace, handle: Any) -> None:
    seen: list[str] = []

    def write(job: RunningJob, *, draft_id: str) -> dict[str, int]:
        seen.append(draft_id)
        job.report(done=1, total=2, message="half way")
        return {"words": 7}

    handle(write)
    job = enqueue(NAME, workspace=workspace, draft_id="d1")
    services.run(str(job.pk))
    services.run(str(job.pk))  # the bell rang twice
    job.refresh_from_db()
    assert (seen, job.state, job.result, job.message) == (["d1"], "succeeded", {"words": 7}, "half way")


def test_it_refuses_a_name_nobody_knows(workspace: Workspace) -> None:
    with pytest.raises(LookupError, match=r"No job is called 'content\.dance'; known: "):
        enqueue("content.dance", workspace=workspace)


def test_it_returns_the_unfinished_job_of_the_same_key(workspace: Workspace, handle: Any) -> None:
    handle(lambda job: None)
    first = enqueue(NAME, workspace=workspace, unique_key="draft 1")
    assert enqueue(NAME, workspace=workspace, unique_key="draft 1").pk == first.pk
    run_queued(NAME)
    assert enqueue(NAME, workspace=workspace, unique_key="draft 1").pk != first.pk


def test_it_tries_again_what_may_heal_and_gives_up_in_words(workspace: Workspace, handle: Any) -> None:
    def fail(job: RunningJob) -> None:
        raise ZeroDivisionError("model divided by zero")

    handle(fail)
    job = enqueue(NAME, workspace=workspace)
    for _ in range(services.MAX_ATTEMPTS):
        Job.objects.update(run_after=None)
        run_queued(NAME)
    job.refresh_from_db()
    assert (job.state, job.attempts) == ("failed", services.MAX_ATTEMPTS)
    assert "model divided by zero" in job.error


def test_it_waits_before_it_tries_again(workspace: Workspace, handle: Any) -> None:
    def fail(job: RunningJob) -> None:
        raise Unavailable("The model server is starting.")

    handle(fail)
    job = enqueue(NAME, workspace=workspace)
    assert len(run_queued(NAME)) == 1
    job.refresh_from_db()
    assert job.state == "queued"
    assert job.run_after is not None
    assert job.run_after > timezone.now()


def test_it_fails_at_once_what_no_retry_can_heal(workspace: Workspace, handle: Any) -> None:
    def fail(job: RunningJob) -> None:
        raise InvalidInput("The brief names no product.")

    handle(fail)
    enqueue(NAME, workspace=workspace)
    (ended,) = run_queued(NAME)
    assert (ended.state, ended.error) == ("failed", "The brief names no product.")


def test_it_puts_the_job_of_a_dead_worker_back_with_what_it_kept(workspace: Workspace, handle: Any) -> None:
    job = enqueue(NAME, workspace=workspace)
    long_ago = timezone.now() - timedelta(minutes=5)
    Job.objects.filter(pk=job.pk).update(
        state="running", lease_token=uuid.uuid4(), lease_expires_at=long_ago, attempts=1, kept={"sections": 3}
    )
    assert services.sweep()["put_back"] == 1
    resumed: list[Any] = []
    handle(lambda running: resumed.append(running.state["sections"]))
    run_queued(NAME)
    assert resumed == [3]


def test_it_parks_a_job_that_kills_every_worker(workspace: Workspace) -> None:
    job = enqueue(NAME, workspace=workspace)
    Job.objects.filter(pk=job.pk).update(
        state="running",
        lease_expires_at=timezone.now() - timedelta(minutes=1),
        attempts=services.MAX_ATTEMPTS_RETRYABLE,
    )
    assert services.sweep()["parked"] == 1
    job.refresh_from_db()
    assert job.state == "failed"
    assert "worker died" in job.error


def test_it_stops_a_worker_whose_lease_went_to_another(workspace: Workspace, handle: Any) -> None:
    def lose_it(job: RunningJob) -> None:
        Job.objects.filter(pk=job.id).update(lease_token=uuid.uuid4())
        with pytest.raises(LeaseLost):
            job.report(done=1)
        raise LeaseLost("gone")

    handle(lose_it)
    enqueue(NAME, workspace=workspace)
    (ended,) = run_queued(NAME)
    assert ended.state == "running"  # it is the other worker's to end


def test_it_cancels_a_waiting_job_and_refuses_a_finished_one(workspace: Workspace) -> None:
    job = enqueue(NAME, workspace=workspace)
    services.cancel(job)
    assert run_queued(NAME) == []
    with pytest.raises(Conflict):
        services.cancel(job)


def test_it_cancels_a_running_job_at_its_next_report(workspace: Workspace, handle: Any) -> None:
    def write(job: RunningJob) -> None:
        services.cancel(Job.objects.get(pk=job.id))
        job.report(done=1)

    handle(write)
    enqueue(NAME, workspace=workspace)
    assert run_queued(NAME)[0].state == "canceled"


def test_it_rings_again_for_a_job_no_one_came_for(workspace: Workspace) -> None:
    job = enqueue(NAME, workspace=workspace)
    assert services.sweep()["rung"] == 1
    assert services.sweep()["rung"] == 0  # not a second time at once
    Job.objects.filter(pk=job.pk).update(rung_at=timezone.now() - timedelta(minutes=5))
    assert services.sweep()["rung"] == 1


@pytest.mark.django_db(transaction=True)
def test_it_lets_one_of_many_workers_have_the_job(workspace: Workspace, handle: Any) -> None:
    ran: list[int] = []
    handle(lambda job: ran.append(1))
    job = enqueue(NAME, workspace=workspace)
    barrier = threading.Barrier(6)

    def worker() -> None:
        try:
            barrier.wait()
            services.run(str(job.pk))
        finally:
            connection.close()

    threads = [threading.Thread(target=worker) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ran == [1]
