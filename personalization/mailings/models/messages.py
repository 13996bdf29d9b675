"""One recipient's copy of a campaign. States: `engine/states.py`; a trigger in the database keeps to them."""

from django.db import models
from django.db.models import Q

from omotenashi.records import WorkspaceModel
from personalization.mailings.engine.states import MessageState
from personalization.mailings.models.campaigns import Campaign
from personalization.models import Customer

STATES = [(state.value, state.value.replace("_", " ").capitalize()) for state in MessageState]


class Message(WorkspaceModel):
    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="messages")
    step = models.PositiveSmallIntegerField(default=1)
    customer = models.ForeignKey(Customer, on_delete=models.SET_NULL, null=True, related_name="messages")
    address_normalized = models.CharField(max_length=254)
    locale = models.CharField(max_length=35)
    state = models.CharField(max_length=16, choices=STATES, default=MessageState.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField(null=True)
    """Set after "not now" from the relay; the next attempt waits for it."""
    claim_token = models.UUIDField(null=True)
    """Fences off a worker whose lease ran out: only the present holder of the token may write."""
    lease_expires_at = models.DateTimeField(null=True)
    message_id_header = models.CharField(max_length=160)
    """Written before the first attempt and the same for all: the relay's log can be searched for it."""
    idempotency_key = models.CharField(max_length=80, unique=True)
    """For relays that refuse what they have seen. Neither fresh per attempt nor shared by two messages."""
    recommendation_id = models.UUIDField(null=True)
    variant = models.CharField(max_length=40, blank=True, default="")
    reason = models.TextField(blank=True, default="")
    """What is known: why it was skipped, what the relay said, where an attempt broke off."""
    handed_over_at = models.DateTimeField(null=True)
    """When the intent was written, just before the final dot."""
    sent_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            # The promise itself: whoever prepares twice, and however, an address has one row.
            models.UniqueConstraint(
                fields=["campaign", "step", "address_normalized"], name="message_once_per_address"
            ),
            models.CheckConstraint(
                condition=Q(state__in=[state.value for state in MessageState]), name="message_state_known"
            ),
            models.CheckConstraint(
                condition=~Q(state=MessageState.SENT) | Q(sent_at__isnull=False),
                name="message_sent_has_a_time",
            ),
        ]
        indexes = [
            # Serves the claim: the next pending rows of a campaign.
            models.Index(fields=["campaign", "id"], name="message_pending", condition=Q(state="pending")),
            # Serves the search for dead leases and the operator's list of uncertain messages.
            models.Index(
                fields=["state", "lease_expires_at"],
                name="message_in_hand",
                condition=Q(state__in=["claimed", "in_doubt"]),
            ),
            # Serves "what did we write to this customer" and the counts of a report.
            models.Index(fields=["campaign", "state"], name="message_by_campaign_state"),
        ]
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.address_normalized} ({self.state})"
