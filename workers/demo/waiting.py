"""Waiting for jobs as a person would: watching their progress, and stopping when one has failed."""

import time
from collections.abc import Callable, Sequence

from django.core.management.base import CommandError

from omotenashi.jobs.models import Job
from workers.demo.console import Console


def wait_for_jobs(jobs: Sequence[Job], *, console: Console, seconds: float) -> None:
    """Until all have ended. Raises CommandError with the reason of the first that failed."""
    deadline = time.monotonic() + seconds
    shown = ""
    while True:
        for job in jobs:
            job.refresh_from_db()
        failed = next((job for job in jobs if job.state in {Job.State.FAILED, Job.State.CANCELED}), None)
        if failed is not None:
            raise CommandError(f"{failed.name} failed: {failed.error or 'canceled'}")
        if all(job.state == Job.State.SUCCEEDED for job in jobs):
            console.end_progress()
            return
        if time.monotonic() > deadline:
            waiting = ", ".join(str(job) for job in jobs if not job.is_finished)
            raise CommandError(f"Not done after {seconds:.0f} s: {waiting}. See the logs in var/log.")
        shown = _show(jobs, console=console, shown=shown)
        time.sleep(0.5)


def _show(jobs: Sequence[Job], *, console: Console, shown: str) -> str:
    words = " · ".join(job.message for job in jobs if job.state == Job.State.RUNNING and job.message)
    if words and words != shown:
        console.progress(words)
    return words


def wait_until(condition: Callable[[], bool], *, what: str, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise CommandError(f"Not within {seconds:.0f} s: {what}. See the logs in var/log.")
        time.sleep(0.5)
