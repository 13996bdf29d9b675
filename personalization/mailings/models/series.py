"""A campaign that comes again and again: a pattern, and when it is due next."""

from django.db import models
from django.db.models import Q

from omotenashi.records import WorkspaceModel
from personalization.mailings.models.campaigns import Campaign


class CampaignSeries(WorkspaceModel):
    pattern = models.OneToOneField(Campaign, on_delete=models.CASCADE, related_name="repeats")
    """A draft that is never sent itself: each time a copy of it is."""
    rule = models.CharField(
        max_length=120,
        help_text='Such as "every Monday at 9:00", or cron: "0 9 * * 1". By the workspace\'s clock.',
    )
    next_at = models.DateTimeField(null=True, editable=False)
    """None: stopped."""
    last_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = "repetition"
        indexes = [
            # Serves the tick: what is due.
            models.Index(fields=["next_at"], name="series_due", condition=Q(next_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.pattern}: {self.rule}"
