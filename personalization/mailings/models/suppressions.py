"""Addresses that must never be written to. Rows are added and never changed."""

from django.db import models

from omotenashi.records import WorkspaceModel


class Suppression(WorkspaceModel):
    class Reason(models.TextChoices):
        HARD_BOUNCE = "hard_bounce", "Hard bounce"
        COMPLAINT = "complaint", "Complaint"
        UNSUBSCRIBED = "unsubscribed", "Unsubscribed"
        MANUAL = "manual", "Added by hand"
        INVALID = "invalid", "Not a deliverable address"

    address_normalized = models.CharField("address", max_length=254)
    reason = models.CharField(max_length=16, choices=Reason.choices)
    source = models.CharField(max_length=200, help_text="Where we know it from.")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    reason__in=["hard_bounce", "complaint", "unsubscribed", "manual", "invalid"]
                ),
                name="suppression_reason_known",
            ),
        ]
        indexes = [
            # Serves the check before each mail.
            models.Index(fields=["workspace", "address_normalized"], name="suppression_by_address"),
        ]
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.address_normalized} ({self.get_reason_display().lower()})"
