"""A job in a worker's hands: its lease, its progress, and what it keeps for a restart."""

import threading
import uuid
from datetime import timedelta
from types import TracebackType
from typing import Any, Self

import structlog
from django.db import DatabaseError, connection
from django.utils import timezone

from omotenashi.accounts.models import Workspace
from omotenashi.errors import OmotenashiError
from omotenashi.jobs.models import Job

LEASE = timedelta(seconds=30)
_HEARTBEAT_SECONDS = 8.0
log = structlog.get_logger(__name__)


class JobCanceled(OmotenashiError):
    code, status, title = "job_canceled", 409, "The job was canceled"


class LeaseLost(OmotenashiError):
    """Another worker has the job now: stop without a trace."""

    code, status, title = "lease_lost", 409, "Another worker took the job over"


class RunningJob:
    """What a handler gets. Used as a context manager it keeps the lease alive from a thread of its own."""

    def __init__(self, job: Job, *, token: uuid.UUID) -> None:
        self._job, self._token = job, token
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._beat, name=f"lease-{job.id}", daemon=True)

    @property
    def id(self) -> uuid.UUID:
        return self._job.id

    @property
    def lease_token(self) -> uuid.UUID:
        """Of this run: what is kept under it belongs to nobody once another worker has the job."""
        return self._token

    @property
    def workspace(self) -> Workspace:
        return self._job.workspace

    @property
    def state(self) -> dict[str, Any]:
        """What earlier runs of this job saved."""
        return dict(self._job.kept)

    def report(
        self, *, done: int | None = None, total: int | None = None, message: str | None = None
    ) -> None:
        """Store progress and extend the lease.

        Raises JobCanceled when someone asked to stop, LeaseLost when another worker has the job.
        """
        given = {"done": done, "total": total, "message": message[:300] if message is not None else None}
        self._update(**{name: value for name, value in given.items() if value is not None})
        if Job.objects.filter(pk=self._job.pk, is_cancel_requested=True).exists():
            raise JobCanceled("Canceled on request.")

    def save_state(self, **values: Any) -> None:
        """Keep JSON values for a run after this one, should this worker die."""
        self._job.kept = {**self._job.kept, **values}
        self._update(kept=self._job.kept)

    def _update(self, **values: Any) -> None:
        now = timezone.now()
        mine = Job.objects.filter(pk=self._job.pk, lease_token=self._token, state=Job.State.RUNNING)
        if mine.update(lease_expires_at=now + LEASE, updated_at=now, **values) != 1:
            raise LeaseLost("The lease is over.")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()

    def _beat(self) -> None:
        while not self._stop.wait(_HEARTBEAT_SECONDS):
            try:
                self._update()
            except LeaseLost:
                return
            except DatabaseError as error:  # the database may be back before the lease is over
                log.warning("lease_not_extended", job=str(self._job.pk), error=type(error).__name__)
            finally:
                connection.close()
