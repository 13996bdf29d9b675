"""A brand and its guideline: the voice copy is written in, and rules that are checked and not only read."""

from django.conf import settings
from django.db import models

from omotenashi.records import WorkspaceModel


class Brand(WorkspaceModel):
    """One voice of a company. Its rules live in the newest guideline."""

    name = models.CharField(max_length=120, help_text="As customers know it, in its exact spelling.")
    story = models.TextField(
        blank=True, default="", help_text="Two or three sentences: who you are, what you stand for."
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "name"], name="brand_once_per_workspace")]
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def guideline(self) -> "Guideline | None":
        """The newest; None while nobody has written one."""
        return self.guidelines.order_by("-version").first()


class Guideline(WorkspaceModel):
    """The rules of a brand at one time. Never changed: a new save makes the next version.

    `rules` holds: voice (text), cased (list of terms), and by locale (a tag, a language, or "*" for all):
    formality (text), banned, required, examples (lists).
    """

    brand = models.ForeignKey(Brand, on_delete=models.CASCADE, related_name="guidelines")
    version = models.PositiveIntegerField()
    rules = models.JSONField(default=dict)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["brand", "version"], name="guideline_version_once_per_brand")
        ]
        ordering = ["-version"]

    def __str__(self) -> str:
        return f"{self.brand} · guideline {self.version}"
