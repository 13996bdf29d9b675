"""What visitors did. Append-only and partitioned by month in PostgreSQL (migration 0002)."""

from django.db import models

from omotenashi.records import uuid7
from personalization.models.customers import Customer


class Event(models.Model):
    """One Segment event. The table's real key is (id, happened_at), as its monthly partitions ask."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    workspace = models.ForeignKey("accounts.Workspace", on_delete=models.CASCADE, editable=False)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, null=True, related_name="events")
    anonymous_id = models.CharField(max_length=200, blank=True, default="")
    kind = models.CharField(max_length=16)
    name = models.CharField(max_length=200)
    product_external_id = models.CharField(max_length=200, blank=True, default="")
    recommendation_id = models.UUIDField(null=True)
    properties = models.JSONField(default=dict)
    context = models.JSONField(default=dict)
    happened_at = models.DateTimeField()
    received_at = models.DateTimeField()

    class Meta:
        indexes = [
            # Serves a customer's recent views, read for each recommendation, and the studio's event list.
            models.Index(fields=["customer", "-happened_at"], name="event_by_customer"),
            # Serves the same for a visitor who has not signed in.
            models.Index(
                fields=["workspace", "anonymous_id", "-happened_at"],
                name="event_by_visitor",
                condition=~models.Q(anonymous_id=""),
            ),
            # Serves "what followed from this answer": clicks and orders that carry its id.
            models.Index(
                fields=["recommendation_id"],
                name="event_by_recommendation",
                condition=models.Q(recommendation_id__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.product_external_id}".strip()


class EventKey(models.Model):
    """A message id already taken, kept for ever so that a late repetition changes nothing.

    Only a hash of workspace and message id (`engine/message_keys.py`): the one index that each message pays
    for stays small, and nothing of the message itself is kept.
    """

    id = models.UUIDField(primary_key=True, editable=False)

    def __str__(self) -> str:
        return str(self.id)
