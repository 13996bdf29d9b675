"""Messages nobody can be sure of, settled by a person who looked into the relay's log."""

from django.db import transaction
from django.utils import timezone

from omotenashi.errors import Conflict
from personalization.mailings.approvals import refuse_standstill
from personalization.mailings.engine.states import CampaignState, MessageState
from personalization.mailings.models import Campaign, Message


def confirm_delivered(message: Message, *, by: str) -> None:
    """in_doubt → sent: the relay's log shows it."""
    now = timezone.now()
    reason = f"{message.reason}\nConfirmed from the relay's log by {by}."
    _settle(message, state=MessageState.SENT, sent_at=now, reason=reason.strip())


@transaction.atomic
def send_again(message: Message, *, by: str) -> None:
    """in_doubt → pending: the relay's log proves that it never took the mail. A finished campaign reopens.

    Refused where a text it carries was taken back.
    """
    reason = f"{message.reason}\nReleased by {by}: not in the relay's log."
    _settle(
        message,
        state=MessageState.PENDING,
        claim_token=None,
        not_before=timezone.now(),
        reason=reason.strip(),
    )
    sent = Campaign.objects.filter(pk=message.campaign_id, state=CampaignState.SENT)
    if sent.update(state=CampaignState.SENDING, finished_at=None, updated_at=timezone.now()):
        refuse_standstill(message.campaign)


def _settle(message: Message, *, state: MessageState, **fields: object) -> None:
    """Only once the lease is over: until then the reply may still come."""
    now = timezone.now()
    uncertain = Message.objects.filter(pk=message.pk, state=MessageState.IN_DOUBT).exclude(
        lease_expires_at__gt=now
    )
    if not uncertain.update(state=state, lease_expires_at=None, updated_at=now, **fields):
        raise Conflict(
            "This message is not in doubt, or its attempt is still running. Look again in a minute."
        )
