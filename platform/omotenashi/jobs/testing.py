"""For tests: run what is queued, in this process, through the same claim and lease as a worker."""

from django.db.models import Q
from django.utils import timezone

from omotenashi.jobs.models import Job
from omotenashi.jobs.services import run


def run_queued(*names: str, limit: int = 100) -> list[Job]:
    """Run queued jobs (of these names) until none is due; the jobs as they ended."""
    ended = []
    for _ in range(limit):
        due = Job.objects.filter(Q(run_after=None) | Q(run_after__lte=timezone.now()), state=Job.State.QUEUED)
        job = (due.filter(name__in=names) if names else due).order_by("created_at").first()
        if job is None:
            break
        run(str(job.pk))
        job.refresh_from_db()
        ended.append(job)
    return ended
