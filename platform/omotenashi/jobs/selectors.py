"""Reading jobs."""

from omotenashi.accounts.models import Workspace
from omotenashi.errors import NotFound
from omotenashi.jobs.models import Job


def access_job(workspace: Workspace, *, job_id: str) -> Job:
    job: Job | None = Job.objects.for_workspace(workspace).filter(pk=job_id).first()
    if job is None:
        raise NotFound(f"There is no job {job_id}.")
    return job
