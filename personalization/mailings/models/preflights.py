"""A pre-flight over the whole audience: what one job found, and of which campaign as it then was."""

from django.db import models

from omotenashi.jobs.models import Job
from omotenashi.records import WorkspaceModel
from personalization.mailings.models.campaigns import Campaign


class PreflightRun(WorkspaceModel):
    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="preflight_runs")
    job = models.ForeignKey(Job, null=True, on_delete=models.SET_NULL, related_name="+")
    fingerprint = models.CharField(max_length=64)
    """Of all that was judged: a campaign that was changed since counts as not looked at."""
    report = models.JSONField(default=dict)
    is_blocking = models.BooleanField(default=False)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"Pre-flight of {self.campaign}"
