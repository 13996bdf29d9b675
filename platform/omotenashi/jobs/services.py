"""Putting jobs in, claiming, running, retrying and sweeping them. One function per transition."""

import uuid
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import structlog
from django.db import IntegrityError, InterfaceError, OperationalError, transaction
from django.db.models import F, Q
from django.utils import timezone

from omotenashi.accounts.models import Workspace
from omotenashi.errors import Conflict, OmotenashiError
from omotenashi.jobs import doorbell
from omotenashi.jobs.models import Job
from omotenashi.jobs.registry import handler_of
from omotenashi.jobs.routes import QUEUES
from omotenashi.jobs.running import LEASE, JobCanceled, LeaseLost, RunningJob

MAX_ATTEMPTS = 3
MAX_ATTEMPTS_RETRYABLE = 10
_RING_AGAIN_AFTER = timedelta(seconds=15)
log = structlog.get_logger(__name__)


def enqueue(name: str, *, workspace: Workspace, unique_key: str, args: Mapping[str, Any]) -> Job:
    """Accept a job; a worker hears of it once the surrounding transaction has committed.

    With a `unique_key`, an unfinished job of the same name and key is returned instead of a second one.
    """
    if name not in QUEUES:
        raise LookupError(f"No job is called {name!r}; known: {', '.join(sorted(QUEUES))}.")
    request_id = str(structlog.contextvars.get_contextvars().get("request_id", ""))
    try:
        with transaction.atomic():
            job = Job.objects.create(
                workspace=workspace, name=name, args=dict(args), queue=QUEUES[name],
                unique_key=unique_key, request_id=request_id,
            )  # fmt: skip
    except IntegrityError:
        twin = Job.objects.filter(
            workspace=workspace, name=name, unique_key=unique_key, state__in=Job.UNFINISHED
        )
        existing = twin.first()
        if existing is None:  # it finished between our two statements: then this one is due
            return enqueue(name, workspace=workspace, unique_key=unique_key, args=args)
        return existing
    transaction.on_commit(lambda: _ring(job))
    return job


def run(job_id: str) -> None:
    """Claim a job and do it.

    1. Claim: queued → running, with a lease; whoever comes second leaves.
    2. Run the handler while a thread extends the lease.
    3. Record the end, if the lease is still ours.
    A worker killed in 2 or 3 leaves a lease that runs out; `sweep` then puts the job back.
    """
    job = _claim(job_id)
    if job is None:
        return
    assert job.lease_token is not None
    with structlog.contextvars.bound_contextvars(
        job=str(job.id), job_name=job.name, request_id=job.request_id
    ):
        log.info("job_started", attempt=job.attempts)
        try:
            with RunningJob(job, token=job.lease_token) as running:
                result = handler_of(job.name)(running, **job.args)
        except LeaseLost:
            log.warning("job_lease_lost")
        except JobCanceled:
            _finish(job, state=Job.State.CANCELED, message="Canceled")
        except (OperationalError, InterfaceError) as error:
            log.warning("job_interrupted", error=type(error).__name__)
            _retry(job, reason="The database went away.", limit=MAX_ATTEMPTS_RETRYABLE)
        except OmotenashiError as error:
            if error.retryable:
                _retry(job, reason=error.detail, limit=MAX_ATTEMPTS_RETRYABLE)
            else:
                _finish(job, state=Job.State.FAILED, error=error.detail)
        except Exception as error:  # the edge: whatever a handler did, its job must end in words
            log.exception("job_raised")
            _retry(job, reason=f"{type(error).__name__}: {error}", limit=MAX_ATTEMPTS)
        else:
            _finish(job, state=Job.State.SUCCEEDED, result=dict(result) if result is not None else None)


def cancel(job: Job) -> None:
    """A waiting job ends now; a running one at its next report. A finished one cannot be canceled."""
    waiting = Job.objects.filter(pk=job.pk, state=Job.State.QUEUED)
    if waiting.update(state=Job.State.CANCELED, finished_at=timezone.now(), message="Canceled"):
        return
    if not Job.objects.filter(pk=job.pk, state=Job.State.RUNNING).update(is_cancel_requested=True):
        raise Conflict("This job has already finished.")


def retry_failed(job: Job) -> None:
    """Failed → queued, by a person's wish."""
    changed = Job.objects.filter(pk=job.pk, state=Job.State.FAILED).update(
        state=Job.State.QUEUED, attempts=0, error="", finished_at=None, run_after=None, rung_at=None, rings=0
    )
    if not changed:
        raise Conflict("Only a failed job can be tried again.")
    transaction.on_commit(lambda: _ring(job))


def sweep() -> dict[str, int]:
    """Put jobs of dead workers back, and ring again for those that no one came for."""
    now = timezone.now()
    dead = Job.objects.filter(state=Job.State.RUNNING, lease_expires_at__lt=now)
    gone = "The worker died or lost the database, again and again. See the worker's log."
    parked = dead.filter(attempts__gte=MAX_ATTEMPTS_RETRYABLE).update(
        state=Job.State.FAILED, error=gone, finished_at=now, lease_token=None
    )
    back = dead.update(state=Job.State.QUEUED, lease_token=None, rung_at=None, rings=0, run_after=None)
    waiting = Job.objects.filter(Q(run_after=None) | Q(run_after__lte=now), state=Job.State.QUEUED)
    rung = sum(_ring(job) for job in waiting.order_by("created_at")[:500] if _is_ring_due(job))
    if parked or back:
        log.warning("jobs_swept", parked=parked, put_back=back)
    return {"parked": parked, "put_back": back, "rung": rung}


def _is_ring_due(job: Job) -> bool:
    """Twice as long each time: a long queue must not fill with bells."""
    return job.rung_at is None or timezone.now() - job.rung_at > _RING_AGAIN_AFTER * 2 ** min(job.rings, 8)


def _ring(job: Job) -> bool:
    if not doorbell.ring(name=job.name, job_id=str(job.pk), queue=job.queue):
        return False
    Job.objects.filter(pk=job.pk).update(rung_at=timezone.now(), rings=F("rings") + 1)
    return True


def _claim(job_id: str) -> Job | None:
    now = timezone.now()
    ready = Job.objects.filter(Q(run_after=None) | Q(run_after__lte=now), pk=job_id, state=Job.State.QUEUED)
    claimed = ready.update(
        state=Job.State.RUNNING, lease_token=uuid.uuid4(), lease_expires_at=now + LEASE,
        attempts=F("attempts") + 1, started_at=now, error="",
    )  # fmt: skip
    return Job.objects.select_related("workspace").get(pk=job_id) if claimed else None


def _finish(job: Job, *, state: str, **values: Any) -> None:
    mine = Job.objects.filter(pk=job.pk, lease_token=job.lease_token, state=Job.State.RUNNING)
    if mine.update(
        state=state, finished_at=timezone.now(), lease_token=None, lease_expires_at=None, **values
    ):
        log.info("job_ended", state=str(state), error=values.get("error"))


def _retry(job: Job, *, reason: str, limit: int) -> None:
    if job.attempts >= limit:
        _finish(job, state=Job.State.FAILED, error=reason)
        return
    wait = timedelta(seconds=min(300, 2**job.attempts))
    mine = Job.objects.filter(pk=job.pk, lease_token=job.lease_token, state=Job.State.RUNNING)
    mine.update(
        state=Job.State.QUEUED, error=reason, run_after=timezone.now() + wait,
        lease_token=None, lease_expires_at=None, rung_at=None, rings=0,
    )  # fmt: skip
    log.warning("job_will_retry", reason=reason, wait_seconds=wait.total_seconds())
