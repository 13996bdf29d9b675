"""Who may not be written to after all: asked for a chunk before its mails are written, and after a mail was
held.
"""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import connection
from django.utils import timezone

from personalization.mailings.engine.preferences import Frequency
from personalization.mailings.engine.states import MessageState
from personalization.mailings.models import Campaign
from personalization.mailings.rows import DECLINED, TOO_SOON
from personalization.mailings.services.ledger import Recipient, Result
from personalization.mailings.services.quiet import asleep
from personalization.mailings.wishes import too_soon

_WHY = """
SELECT m.id, m.address_normalized,
       coalesce((SELECT s.reason FROM mailings_suppression s WHERE s.workspace_id = m.workspace_id
        AND s.address_normalized = m.address_normalized ORDER BY s.id LIMIT 1), ''),
       coalesce((SELECT t.granted FROM personalization_consent t WHERE t.customer_id = m.customer_id
        AND t.channel = 'email' ORDER BY t.at DESC, t.id DESC LIMIT 1), false),
       coalesce(c.kind = ANY(p.declined_kinds), false), coalesce(p.frequency, %(any)s), c.state = 'sending'
FROM mailings_message m JOIN mailings_campaign c ON c.id = m.campaign_id
LEFT JOIN mailings_mailpreference p
  ON p.workspace_id = m.workspace_id AND p.address_normalized = m.address_normalized
WHERE m.id = ANY(%(ids)s) AND m.claim_token = %(token)s AND m.state = 'claimed'
"""
SOLD_OUT_WAIT = timedelta(seconds=20)
"""Until then every worker has read the shelves anew."""
NO_LONGER_SENDS = "The campaign no longer sends."


class Standing(NamedTuple):
    """What the database says of one claimed message at this moment."""

    id: uuid.UUID
    address: str
    suppressed: str
    agrees: bool
    declines: bool
    frequency: str
    sends: bool

    @property
    def reason(self) -> str:
        """Why it is not sent at all; empty when it may be."""
        if self.suppressed:
            return f"suppressed: {self.suppressed}"
        if not self.agrees:
            return "consent: withdrawn"
        return DECLINED if self.declines else ""


def forbidden(campaign: Campaign, *, recipients: Sequence[Recipient], token: uuid.UUID) -> list[Result]:
    """Saves a conversation with the relay; the decision that counts is taken just before the final dot.

    One query; one more where readers asked for less mail, and one where the campaign keeps quiet hours.
    """
    now = timezone.now()
    found = _why([own.id for own in recipients], token=token)
    reasons = {own.id: own.reason for own in found if own.reason}
    rest = [own for own in found if not own.reason]
    early = too_soon(campaign, limited={own.address: own.frequency for own in rest}, now=now)
    reasons |= {own.id: TOO_SOON for own in rest if own.address in early}
    later: dict[uuid.UUID, datetime] = {}
    if campaign.quiet_hours:
        later = asleep([own.id for own in rest if own.id not in reasons], now=now)
    skipped = [_skipped(own, reason=why) for own, why in reasons.items()]
    return skipped + [_again(own, not_before=at) for own, at in later.items()]


def why_withheld(ids: Sequence[uuid.UUID], *, token: uuid.UUID) -> tuple[list[Result], str]:
    """Between claim and dot something changed: results, and why to stop. Others' rows are left alone."""
    results, stop_reason = [], ""
    later = timezone.now() + SOLD_OUT_WAIT
    for own in _why(ids, token=token):
        if own.reason:
            results.append(_skipped(own.id, reason=own.reason))
            continue
        # The campaign was paused, or a product sold out: the mail is written anew when next claimed.
        stop_reason = stop_reason or ("" if own.sends else NO_LONGER_SENDS)
        results.append(_again(own.id, not_before=later if own.sends else None))
    return results, stop_reason


def _again(message_id: uuid.UUID, *, not_before: datetime | None) -> Result:
    return Result(
        message_id, MessageState.CLAIMED, MessageState.PENDING, not_before=not_before, is_uncounted=True
    )


def _skipped(message_id: uuid.UUID, *, reason: str) -> Result:
    return Result(message_id, MessageState.CLAIMED, MessageState.SKIPPED, reason=reason)


def _why(ids: Sequence[uuid.UUID], *, token: uuid.UUID) -> list[Standing]:
    with connection.cursor() as cursor:
        cursor.execute(_WHY, {"ids": list(ids), "token": token, "any": Frequency.ANY.value})
        return [Standing(*row) for row in cursor.fetchall()]
