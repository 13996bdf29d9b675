"""Who may not be written to after all: asked for a chunk before its mails are written, and after a mail was
held.
"""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import connection
from django.utils import timezone

from personalization.mailings.engine.states import MessageState
from personalization.mailings.services.ledger import Recipient, Result
from personalization.mailings.services.quiet import asleep
from personalization.mailings.services.wishes import unwished

_WHY = """
SELECT m.id,
       (SELECT s.reason FROM mailings_suppression s WHERE s.workspace_id = m.workspace_id
        AND s.address_normalized = m.address_normalized ORDER BY s.id LIMIT 1),
       coalesce((SELECT t.granted FROM personalization_consent t WHERE t.customer_id = m.customer_id
        AND t.channel = 'email' ORDER BY t.at DESC, t.id DESC LIMIT 1), false),
       c.state = 'sending'
FROM mailings_message m JOIN mailings_campaign c ON c.id = m.campaign_id
WHERE m.id = ANY(%(ids)s) AND m.claim_token = %(token)s AND m.state = 'claimed'
"""
SOLD_OUT_WAIT = timedelta(seconds=20)
"""Until then every worker has read the shelves anew."""
NO_LONGER_SENDS = "The campaign no longer sends."


def forbidden(recipients: Sequence[Recipient], *, token: uuid.UUID) -> list[Result]:
    """Saves a conversation with the relay; the decision that counts is taken just before the final dot."""
    ids = [own.id for own in recipients]
    found = [own for own in (_skip(*row) for row in _why(ids, token=token)) if own is not None]
    known = {own.id for own in found}
    now = timezone.now()
    wishes = {own: why for own, why in unwished(ids, now=now).items() if own not in known}
    later = {own: at for own, at in asleep(ids, now=now).items() if own not in known | wishes.keys()}
    found += [_skipped(own, reason=why) for own, why in wishes.items()]
    return found + [_postponed(own, until=at) for own, at in later.items()]


def why_withheld(ids: Sequence[uuid.UUID], *, token: uuid.UUID) -> tuple[list[Result], str]:
    """Between claim and dot something changed: results, and why to stop. Others' rows are left alone."""
    results, stop_reason = [], ""
    later = timezone.now() + SOLD_OUT_WAIT
    for row in _why(ids, token=token):
        skipped = _skip(*row)
        if skipped is None:
            # The campaign was paused, or a product sold out: the mail is written anew when next claimed.
            not_before = later if row[3] else None
            skipped = Result(
                row[0], MessageState.CLAIMED, MessageState.PENDING, not_before=not_before, is_uncounted=True
            )
            stop_reason = stop_reason or ("" if row[3] else NO_LONGER_SENDS)
        results.append(skipped)
    return results, stop_reason


def _skip(message_id: uuid.UUID, suppressed: str | None, agrees: bool, _sends: bool) -> Result | None:
    reason = f"suppressed: {suppressed}" if suppressed else "" if agrees else "consent: withdrawn"
    return _skipped(message_id, reason=reason) if reason else None


def _postponed(message_id: uuid.UUID, *, until: datetime) -> Result:
    return Result(message_id, MessageState.CLAIMED, MessageState.PENDING, not_before=until, is_uncounted=True)


def _skipped(message_id: uuid.UUID, *, reason: str) -> Result:
    return Result(message_id, MessageState.CLAIMED, MessageState.SKIPPED, reason=reason)


def _why(ids: Sequence[uuid.UUID], *, token: uuid.UUID) -> list[tuple[uuid.UUID, str | None, bool, bool]]:
    with connection.cursor() as cursor:
        cursor.execute(_WHY, {"ids": list(ids), "token": token})
        found: list[tuple[uuid.UUID, str | None, bool, bool]] = cursor.fetchall()
    return found
