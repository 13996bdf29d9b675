"""Answers that several endpoints give."""

from typing import Any

from rest_framework.response import Response

from omotenashi.jobs.models import Job


def job_accepted(job: Job, **body: Any) -> Response:
    """202: the work is kept; `Location` says where to watch it."""
    url = f"/v1/jobs/{job.id}"
    headers = {"Location": url, "Retry-After": "2"}
    return Response(
        {"job": {"id": str(job.id), "state": job.state, "url": url}, **body}, status=202, headers=headers
    )
