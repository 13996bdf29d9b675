"""Long work: `enqueue` a name with ids; a worker runs it, tells how far it is, and can be killed at any time.

PostgreSQL holds the truth (table `jobs_job`); the queue is a doorbell that may ring twice or not at all.
"""

from typing import TYPE_CHECKING, Any

from omotenashi.jobs.routes import QUEUES

if TYPE_CHECKING:
    from omotenashi.accounts.models import Workspace
    from omotenashi.jobs.models import Job
    from omotenashi.jobs.running import JobCanceled, RunningJob

__all__ = ["QUEUES", "Job", "JobCanceled", "RunningJob", "enqueue"]


def enqueue(name: str, *, workspace: "Workspace", unique_key: str = "", **args: Any) -> "Job":
    """See `omotenashi.jobs.services.enqueue`."""
    from omotenashi.jobs import services  # models can only be imported once Django's apps are ready

    return services.enqueue(name, workspace=workspace, unique_key=unique_key, args=args)


def __getattr__(name: str) -> Any:
    if name == "Job":
        from omotenashi.jobs.models import Job  # as above

        return Job
    if name in {"RunningJob", "JobCanceled"}:
        from omotenashi.jobs import running  # as above

        return getattr(running, name)
    raise AttributeError(name)
