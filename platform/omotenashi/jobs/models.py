"""The table of jobs.

queued ──claim──▶ running ──▶ succeeded
  ▲                  │ ├────▶ failed      (after the last attempt, or at once when trying again cannot help)
  └──retry, lease over──┘ └────▶ canceled
"""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from omotenashi.records import WorkspaceModel


class Job(WorkspaceModel):
    class State(models.TextChoices):
        QUEUED = "queued", "Waiting"
        RUNNING = "running", "Running"
        SUCCEEDED = "succeeded", "Done"
        FAILED = "failed", "Failed"
        CANCELED = "canceled", "Canceled"

    UNFINISHED: ClassVar = (State.QUEUED, State.RUNNING)

    name = models.CharField(max_length=80)
    args = models.JSONField(default=dict)
    queue = models.CharField(max_length=16)
    state = models.CharField(max_length=16, choices=State.choices, default=State.QUEUED)
    unique_key = models.CharField(max_length=200, blank=True, default="")
    attempts = models.PositiveSmallIntegerField(default=0)
    run_after = models.DateTimeField(null=True)
    rung_at = models.DateTimeField(null=True)
    rings = models.PositiveSmallIntegerField(default=0)
    lease_token = models.UUIDField(null=True)
    lease_expires_at = models.DateTimeField(null=True)
    is_cancel_requested = models.BooleanField(default=False)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(null=True)
    message = models.CharField(max_length=300, blank=True, default="")
    kept = models.JSONField(
        default=dict, help_text="What a restarted worker needs to go on where it stopped."
    )
    result = models.JSONField(null=True)
    error = models.TextField(blank=True, default="")
    request_id = models.CharField(max_length=128, blank=True, default="")
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            # The sweeper's two questions, every few seconds.
            models.Index(fields=["state", "lease_expires_at"], name="job_by_state_and_lease"),
            models.Index(fields=["workspace", "-created_at"], name="job_newest_of_workspace"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "name", "unique_key"],
                condition=~Q(unique_key="") & Q(state__in=["queued", "running"]),
                name="job_unfinished_once_per_key",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.get_state_display().lower()})"

    @property
    def is_finished(self) -> bool:
        return self.state not in self.UNFINISHED
