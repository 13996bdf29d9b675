"""What is asked for and what was answered: placements and the log of served recommendations."""

from django.db import models

from omotenashi.records import UUIDModel, WorkspaceModel
from personalization.models.customers import Customer


class Placement(WorkspaceModel):
    """A spot that shows recommendations. Settings left out take the defaults of `engine/placements.py`."""

    key = models.SlugField(max_length=60)
    settings = models.JSONField(
        default=dict,
        blank=True,
        help_text='Such as {"mix": {"repeat": 1, "text": 2}, "count": 8, "max_per_category": 3}.',
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "key"], name="placement_key_unique")]

    def __str__(self) -> str:
        return self.key


class Recommendation(WorkspaceModel):
    """One answer as it left: which items, why, and by which version."""

    customer = models.ForeignKey(
        Customer, on_delete=models.SET_NULL, null=True, related_name="recommendations", db_index=False
    )
    anonymous_id = models.CharField(max_length=200, blank=True, default="")
    placement = models.CharField(max_length=60)
    items = models.JSONField(default=list)
    fallback = models.JSONField(default=dict)
    model_version = models.CharField(max_length=64, blank=True, default="")
    at = models.DateTimeField()
    exposures = models.PositiveIntegerField(
        default=1, help_text="How often it was served: an unchanged answer is served again."
    )

    class Meta:
        indexes = [
            # Serves "what was shown to this customer" in the studio.
            models.Index(fields=["customer", "-at"], name="recommendation_by_customer"),
        ]

    def __str__(self) -> str:
        return f"{self.placement} at {self.at:%Y-%m-%d %H:%M}"


class ExposureBatch(UUIDModel):
    """A batch of counted exposures that is in `Recommendation.exposures` already: never added twice."""

    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return str(self.id)
