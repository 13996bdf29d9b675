"""Answers kept for repeated requests."""

from django.db import models

from omotenashi.records import WorkspaceModel


class IdempotentAnswer(WorkspaceModel):
    """One `Idempotency-Key` of one workspace: which request it came with, and what was answered."""

    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(
        null=True, help_text="Empty while the first request is running."
    )
    body = models.JSONField(null=True)
    headers = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "key"], name="idempotent_once_per_key")]
        indexes = [models.Index(fields=["created_at"], name="idempotent_by_age")]  # serves the daily clean-up

    def __str__(self) -> str:
        return self.key
