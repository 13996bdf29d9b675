"""Sending a campaign's messages, each at most once, over one SMTP connection.

    pending ─claim→ claimed ─[intent, before the final dot]→ in_doubt ─250→ sent

Killed left of the bracket: the lease runs out and the message is sent later. Killed right of it:
the message stays in doubt for a person to settle. Nothing is ever sent twice by itself.
"""

import uuid
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from omotenashi.errors import InvalidInput, Unavailable
from omotenashi.jobs import RunningJob
from personalization.mailings.engine.addresses import domain_of
from personalization.mailings.engine.problems import TemplateRefused
from personalization.mailings.engine.smtp import SmtpConnection, SmtpUnreachable
from personalization.mailings.engine.states import CampaignState, MessageState
from personalization.mailings.letters import PendingLetter, letters_for, stationery_for
from personalization.mailings.models import Campaign, Message
from personalization.mailings.selectors import access_campaign, message_counts, suppressed_among
from personalization.mailings.services.campaigns import finish_if_done
from personalization.mailings.services.courier import LEASE, Claim, Courier
from personalization.mailings.transport import mail_server
from personalization.models import Customer

# Few questions to the recommender, and still fresh: its answer is this many mails old at most.
CHUNK = 200


def send_messages(job: RunningJob, *, campaign_id: str) -> dict[str, Any]:
    """
    1. Claim a few due messages, skipping rows another worker holds.
    2. Leave out whom consent or suppression forbids, ask for their products, render.
    3. Hand each over (see `Courier`), and record what the relay said.
    4. Until none is due, the campaign stops sending, or the relay cannot be reached.
    Run twice at once, two workers share the messages between them.
    """
    campaign = access_campaign(job.workspace, campaign_id=campaign_id)
    name = domain_of(campaign.workspace.sender_email)
    with SmtpConnection(mail_server(), local_hostname=name) as connection:
        while claim := claim_messages(campaign):
            try:
                _send_claimed(campaign, claim=claim, connection=connection)
            finally:
                release(claim)
            _report(job, campaign=campaign)
    finish_if_done(campaign)
    return message_counts(campaign)


def claim_messages(campaign: Campaign, *, size: int = CHUNK) -> Claim | None:
    """pending → claimed for the next due messages; None when nothing is due or the campaign does not send."""
    token, now = uuid.uuid4(), timezone.now()
    with transaction.atomic():
        if not Campaign.objects.filter(pk=campaign.pk, state=CampaignState.SENDING).exists():
            return None
        due = Message.objects.filter(campaign=campaign, state=MessageState.PENDING).exclude(
            not_before__gt=now
        )
        chosen = list(
            due.order_by("id").select_for_update(skip_locked=True).values_list("pk", flat=True)[:size]
        )
        Message.objects.filter(pk__in=chosen).update(
            state=MessageState.CLAIMED, claim_token=token, lease_expires_at=now + LEASE,
            attempts=F("attempts") + 1, updated_at=now,
        )  # fmt: skip
    rows = Message.objects.filter(pk__in=chosen).select_related("campaign__workspace", "customer")
    return Claim(token=token, messages=list(rows.order_by("id"))) if chosen else None


def release(claim: Claim) -> None:
    """claimed → pending for what was not attempted; such a claim does not count as an attempt."""
    mine = Message.objects.filter(
        pk__in=[message.pk for message in claim.messages], claim_token=claim.token, state=MessageState.CLAIMED
    )
    mine.update(
        state=MessageState.PENDING, claim_token=None, lease_expires_at=None,
        attempts=F("attempts") - 1, updated_at=timezone.now(),
    )  # fmt: skip


def _send_claimed(campaign: Campaign, *, claim: Claim, connection: SmtpConnection) -> None:
    courier = Courier(claim=claim, connection=connection)
    allowed = _skip_forbidden(campaign, claim=claim, courier=courier)
    try:
        letters = letters_for(stationery_for(campaign), messages=allowed, now=timezone.now())
    except (TemplateRefused, InvalidInput) as error:
        # The same for every message: a person has to mend the campaign first.
        _pause_quietly(campaign, notice=f"Mails cannot be written: {error}")
        return
    try:
        _deliver_all(letters, courier=courier)
    except SmtpUnreachable as error:
        notice = f"The mail server cannot be reached ({error}). Check EMAIL_URL; sending goes on by itself."
        Campaign.objects.filter(pk=campaign.pk).update(notice=notice)
        raise Unavailable(notice) from error
    if courier.stop_reason:
        _pause_quietly(campaign, notice=courier.stop_reason)


def _deliver_all(letters: Sequence[PendingLetter], *, courier: Courier) -> None:
    for letter in letters:
        courier.deliver(letter)
        if courier.stop_reason:
            return


def _pause_quietly(campaign: Campaign, *, notice: str) -> None:
    """A person may have paused or canceled it a moment before; then there is nothing to stop."""
    Campaign.objects.filter(pk=campaign.pk, state=CampaignState.SENDING).update(
        state=CampaignState.PAUSED, notice=notice, updated_at=timezone.now()
    )


def _skip_forbidden(campaign: Campaign, *, claim: Claim, courier: Courier) -> list[Message]:
    """Saves a conversation with the relay; the decision that counts is taken just before the final dot."""
    addresses = [message.address_normalized for message in claim.messages]
    suppressed = suppressed_among(campaign.workspace, addresses=addresses)
    people = [message.customer_id for message in claim.messages if message.customer_id]
    agreeing = set(Customer.objects.filter(pk__in=people).consented().values_list("pk", flat=True))
    allowed = []
    for message in claim.messages:
        if message.address_normalized in suppressed:
            courier.skip(message, reason=f"suppressed: {suppressed[message.address_normalized]}")
        elif message.customer_id not in agreeing:
            courier.skip(message, reason="consent: withdrawn")
        else:
            allowed.append(message)
    return allowed


def _report(job: RunningJob, *, campaign: Campaign) -> None:
    counts = message_counts(campaign)
    waiting = counts[MessageState.PENDING] + counts[MessageState.CLAIMED]
    job.report(done=counts["total"] - waiting, total=counts["total"], message=f"Sending {campaign.name}")
