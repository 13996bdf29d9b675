"""One recipient's copy of a campaign. States: `engine/states.py`; a trigger in the database keeps to them."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from omotenashi.records import WorkspaceModel
from personalization.mailings.engine.assignment import HOLD_OUT
from personalization.mailings.engine.states import MessageState
from personalization.mailings.models.campaigns import Campaign
from personalization.models import Customer

STATES = [(state.value, state.value.replace("_", " ").capitalize()) for state in MessageState]


class Message(WorkspaceModel):
    # Each mail changes its row three times, and each change pays for every index: these two have none of
    # their own. A campaign's rows are found by `message_once_per_address`.
    workspace = models.ForeignKey(
        "accounts.Workspace", on_delete=models.CASCADE, editable=False, db_index=False
    )
    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="messages", db_index=False)
    step = models.PositiveSmallIntegerField(default=1)
    customer = models.ForeignKey(Customer, on_delete=models.SET_NULL, null=True, related_name="messages")
    address_normalized = models.CharField(max_length=254)
    locale = models.CharField(max_length=35)
    state = models.CharField(max_length=16, choices=STATES, default=MessageState.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    deaths = models.PositiveSmallIntegerField(default=0)
    """Workers that died with it in their hands: a mail that kills its writer must not do so for ever."""
    not_before = models.DateTimeField(default=timezone.now)
    """The recipient's hour, the wave's turn, the wait after "not now": no attempt comes sooner."""
    claim_token = models.UUIDField(null=True)
    """Fences off a worker whose lease ran out: only the present holder of the token may write."""
    lease_expires_at = models.DateTimeField(null=True)
    message_id_header = models.CharField(max_length=160)
    """Written before the first attempt and the same for all: the relay's log can be searched for it."""
    idempotency_key = models.CharField(max_length=80)
    """For relays that refuse what they have seen. Neither fresh per attempt nor shared: it holds the row's
    id.
    """
    recommendation_id = models.UUIDField(null=True)
    copy_version_id = models.UUIDField(null=True)
    """The approved version of the copy that it carried."""
    variant = models.CharField(max_length=40, blank=True, default="")
    reason = models.TextField(blank=True, default="")
    """What is known: why it was skipped, what the relay said, where an attempt broke off."""
    handed_over_at = models.DateTimeField(null=True)
    """When the intent was written, just before the final dot."""
    sent_at = models.DateTimeField(null=True)
    bounced_at = models.DateTimeField(null=True)
    """When the mailbox was said not to exist, at once or by a report later."""
    complained_at = models.DateTimeField(null=True)

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
            # Whoever is held out stays so, whatever becomes of the campaign.
            models.CheckConstraint(
                condition=~Q(variant=HOLD_OUT) | Q(state=MessageState.SKIPPED),
                name="message_held_out_is_never_sent",
            ),
        ]
        indexes = [
            # Serves the claim: the next rows that are due, however many are not.
            models.Index(
                fields=["campaign", "not_before", "id"], name="message_due", condition=Q(state="pending")
            ),
            # Serves the search for dead leases and the operator's list of uncertain messages.
            models.Index(
                fields=["state", "lease_expires_at"],
                name="message_in_hand",
                condition=Q(state__in=["claimed", "in_doubt"]),
            ),
            # Serves the stop of a campaign whose mails bounce.
            models.Index(
                fields=["campaign"],
                name="message_unwelcome",
                condition=Q(bounced_at__isnull=False) | Q(complained_at__isnull=False),
            ),
        ]
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.address_normalized} ({self.state})"
