"""Carrying one message to the relay and writing down what became of it; the claim fences every write."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.utils import timezone

from personalization.mailings.engine.backoff import MAX_ATTEMPTS, wait_after
from personalization.mailings.engine.problems import TemplateRefused
from personalization.mailings.engine.smtp import Attempt, Outcome, SmtpConnection
from personalization.mailings.engine.states import CampaignState, MessageState
from personalization.mailings.letters import PendingLetter
from personalization.mailings.models import Campaign, Message, Suppression
from personalization.mailings.services.suppression import suppress
from personalization.models import Consent

LEASE = timedelta(minutes=2)
_RENEW_BELOW = timedelta(minutes=1)
# One relay that refuses everything must not turn a whole audience into failures.
MAX_REFUSALS_IN_A_ROW = 20
log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Claim:
    """Messages this worker alone may touch, as long as the lease lasts."""

    token: uuid.UUID
    messages: Sequence[Message]


class Courier:
    """Delivers the messages of one claim. `stop_reason` says why it should not go on."""

    def __init__(self, *, claim: Claim, connection: SmtpConnection) -> None:
        self._claim = claim
        self._connection = connection
        self._lease_until = timezone.now() + LEASE
        self._refusals = 0
        self.stop_reason = ""

    def deliver(self, letter: PendingLetter) -> None:
        """Render, hand over, record. A letter that cannot be rendered fails alone."""
        message = letter.message
        self._keep_lease()
        try:
            content = letter.mime(letter.render())
        except (TemplateRefused, ValueError) as error:
            self._close(
                message, source=MessageState.CLAIMED, state=MessageState.FAILED, reason=f"rendering: {error}"
            )
            return
        attempt = self._connection.deliver(
            sender=message.campaign.workspace.sender_email,
            recipient=message.address_normalized,
            content=content,
            before_final_dot=lambda: self._write_intent(letter),
        )
        self._record(message, attempt=attempt)

    def skip(self, message: Message, *, reason: str) -> None:
        """claimed → skipped."""
        self._close(message, source=MessageState.CLAIMED, state=MessageState.SKIPPED, reason=reason)

    def _write_intent(self, letter: PendingLetter) -> bool:
        """claimed → in_doubt, committed before the dot, if at this moment the mail may still go.

        One statement asks everything: is the claim still ours, does the campaign send, does the
        customer agree, is the address free. A withdrawal that commits before it wins; one that
        commits after it came after the mail was on its way.
        """
        message, now = letter.message, timezone.now()
        latest = Consent.objects.filter(customer=OuterRef("customer_id"), channel=Consent.Channel.EMAIL)
        sending = Campaign.objects.filter(pk=message.campaign_id, state=CampaignState.SENDING)
        suppressed = Suppression.objects.filter(
            workspace=message.workspace_id, address_normalized=message.address_normalized
        )
        agrees = Subquery(latest.order_by("-at", "-id").values("granted")[:1])
        ours = self._mine(message, state=MessageState.CLAIMED).filter(lease_expires_at__gt=now)
        changed = ours.alias(agrees=agrees).filter(Exists(sending), ~Exists(suppressed), agrees=True).update(
            state=MessageState.IN_DOUBT, handed_over_at=now, lease_expires_at=now + LEASE, updated_at=now,
            recommendation_id=letter.slots.recommendation_id, reason="Handed over; no answer yet.",
        )  # fmt: skip
        return bool(changed)

    def _record(self, message: Message, *, attempt: Attempt) -> None:
        handlers = {
            Outcome.ACCEPTED: self._accepted,
            Outcome.DEFERRED: self._deferred,
            Outcome.REFUSED: self._refused,
            Outcome.SENDER_REFUSED: self._sender_refused,
            Outcome.WITHHELD: self._withheld,
            Outcome.IN_DOUBT: self._uncertain,
        }
        handlers[attempt.outcome](message, attempt)
        if attempt.outcome != Outcome.ACCEPTED:
            log.info(
                "mail_not_accepted",
                message=str(message.pk),
                outcome=str(attempt.outcome),
                stage=attempt.stage,
            )

    def _accepted(self, message: Message, attempt: Attempt) -> None:
        """in_doubt → sent."""
        self._refusals = 0
        now = timezone.now()
        self._close(
            message, source=MessageState.IN_DOUBT, state=MessageState.SENT, sent_at=now, reason=str(attempt)
        )

    def _deferred(self, message: Message, attempt: Attempt) -> None:
        """Not now: back to pending with a wait, until the attempts are used up."""
        source = MessageState.IN_DOUBT if attempt.stage == "dot" else MessageState.CLAIMED
        if message.attempts >= MAX_ATTEMPTS:
            reason = f"gave up after {message.attempts} attempts; {attempt}"
            self._close(message, source=source, state=MessageState.FAILED, reason=reason)
            return
        not_before = timezone.now() + wait_after(message.attempts)
        self._close(
            message, source=source, state=MessageState.PENDING, not_before=not_before, reason=str(attempt)
        )

    @transaction.atomic
    def _refused(self, message: Message, attempt: Attempt) -> None:
        """→ failed; a mailbox that does not exist is suppressed with the same commit."""
        source = MessageState.IN_DOUBT if attempt.stage == "dot" else MessageState.CLAIMED
        self._close(message, source=source, state=MessageState.FAILED, reason=str(attempt))
        if attempt.is_hard_bounce:
            workspace = message.campaign.workspace
            reason = Suppression.Reason.HARD_BOUNCE
            suppress(workspace, address=message.address_normalized, reason=reason, source=str(attempt))
            return
        self._refusals += 1
        if self._refusals >= MAX_REFUSALS_IN_A_ROW:
            self.stop_reason = f"The mail server refused {self._refusals} mails in a row. It says: {attempt}"

    def _sender_refused(self, message: Message, attempt: Attempt) -> None:
        """It is about us: the message waits, the campaign pauses."""
        sender = message.campaign.workspace.sender_email
        self.stop_reason = f"The mail server does not take mail from {sender}. It says: {attempt}"

    def _withheld(self, message: Message, attempt: Attempt) -> None:
        """Between claim and dot something changed; say what. A claim no longer ours is left alone."""
        suppression = Suppression.objects.filter(
            workspace=message.workspace_id, address_normalized=message.address_normalized
        )
        reason = suppression.values_list("reason", flat=True).first()
        if reason:
            self.skip(message, reason=f"suppressed: {reason}")
        elif Campaign.objects.filter(pk=message.campaign_id, state=CampaignState.SENDING).exists():
            consents = Consent.objects.filter(customer=message.customer_id, channel=Consent.Channel.EMAIL)
            if not consents.order_by("-at", "-id").values_list("granted", flat=True).first():
                self.skip(message, reason="consent: withdrawn")
        else:
            self.stop_reason = self.stop_reason or "The campaign no longer sends."

    def _uncertain(self, message: Message, attempt: Attempt) -> None:
        """Stays in_doubt, now with what is known, and open to a person at once."""
        self._mine(message, state=MessageState.IN_DOUBT).update(
            reason=f"{attempt}. Search the relay's log for <{message.message_id_header}>.",
            lease_expires_at=None, updated_at=timezone.now(),
        )  # fmt: skip

    def _close(self, message: Message, *, source: MessageState, state: MessageState, **fields: Any) -> None:
        """Compare-and-set along one arrow; Any: columns of Message."""
        fields = {"claim_token": None, "lease_expires_at": None, **fields}
        changed = self._mine(message, state=source).update(state=state, updated_at=timezone.now(), **fields)
        if not changed:
            log.warning("message_not_ours", message=str(message.pk), wanted=str(state))

    def _mine(self, message: Message, *, state: MessageState) -> QuerySet[Message]:
        rows: QuerySet[Message] = Message.objects.filter(
            pk=message.pk, state=state, claim_token=self._claim.token
        )
        return rows

    def _keep_lease(self) -> None:
        now = timezone.now()
        if self._lease_until - now > _RENEW_BELOW:
            return
        self._lease_until = now + LEASE
        claimed = Message.objects.filter(claim_token=self._claim.token, state=MessageState.CLAIMED)
        claimed.update(lease_expires_at=self._lease_until)
