"""Plans as a workspace has made them; packaged ones live in content/engine/data/plans.json."""

from django.conf import settings
from django.db import models

from omotenashi.records import WorkspaceModel


class ContentPlan(WorkspaceModel):
    """What a text of one content type holds in this workspace: its fields, limits and sentences, as text."""

    key = models.SlugField(max_length=40, help_text="A short name of letters, such as tea-cards.")
    name = models.CharField(max_length=80)
    content_type = models.CharField(max_length=32)
    text = models.TextField()
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "key"], name="plan_once_per_key")]
        ordering = ["name"]
        verbose_name = "plan"

    def __str__(self) -> str:
        return self.name
