"""How many mails a provider may get now: one row for each, shared by all workers."""

from django.db import models

from omotenashi.records import WorkspaceModel


class Pace(WorkspaceModel):
    """A bucket of permits that fills with time; see `engine/pacing.py`."""

    provider = models.CharField(max_length=254)
    permits = models.FloatField(default=0)
    filled_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "provider"], name="pace_once")]

    def __str__(self) -> str:
        return self.provider
