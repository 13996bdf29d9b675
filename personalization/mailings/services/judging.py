"""What an attempt means for its message, and when a lane should stop: one arrow of the drawing for each
answer.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from personalization.mailings.engine.attempt import Attempt, Outcome
from personalization.mailings.engine.backoff import MAX_ATTEMPTS, wait_after
from personalization.mailings.engine.states import MessageState as M
from personalization.mailings.services.ledger import Recipient, Result

# One relay that refuses everything must not turn a whole audience into failures.
MAX_REFUSALS_IN_A_ROW = 20
# And one provider that fails must not leave a whole audience in doubt.
MAX_DOUBTS_IN_A_ROW = 20
LONGEST_WAIT_SECONDS = 7_200


@dataclass
class Judge:
    """Of one chunk. `stop_reason` says why it should not go on; `bounced` are addresses never to write to
    again.
    """

    sender: str
    first_wait_seconds: int
    stop_reason: str = ""
    bounced: dict[str, str] = field(default_factory=dict)
    doubts: int = 0
    """In a row, of a provider that gives no clear answer; its lane takes them along to the next chunk."""
    _refusals: int = 0
    _unwritable: int = 0

    def result(self, recipient: Recipient, *, attempt: Attempt, now: datetime) -> Result | None:
        """None for what was withheld: why is a question to the database."""
        source = M.IN_DOUBT if attempt.is_after_commit else M.CLAIMED
        if attempt.outcome is Outcome.ACCEPTED:
            self._refusals = self.doubts = 0
            return Result(recipient.id, M.IN_DOUBT, M.SENT, reason=str(attempt), sent_at=now)
        if attempt.outcome is Outcome.DEFERRED:
            return self._deferred(recipient, attempt=attempt, source=source, now=now)
        if attempt.outcome is Outcome.REFUSED:
            return self._refused(recipient, attempt=attempt, source=source, now=now)
        if attempt.outcome is Outcome.SENDER_REFUSED:
            self.stop_reason = self._unwanted(attempt)
            return Result(recipient.id, source, M.PENDING, reason=str(attempt), is_uncounted=True)
        if attempt.outcome is Outcome.IN_DOUBT:
            return self._in_doubt(recipient, attempt=attempt)
        return None

    def unwritable(self, recipient: Recipient, *, error: Exception) -> Result:
        """A mail that cannot be written fails alone; a template that fails for all stops the campaign."""
        self._unwritable += 1
        if self._unwritable >= MAX_REFUSALS_IN_A_ROW:
            self.stop_reason = f"{self._unwritable} mails could not be written. The last: {error}"
        return Result(recipient.id, M.CLAIMED, M.FAILED, reason=f"rendering: {error}")

    def _unwanted(self, attempt: Attempt) -> str:
        if attempt.stage == "answer":
            told = f"Check the key in EMAIL_URL, and that the provider knows the sender {self.sender}."
            return f"The mail provider does not take our mail. {told} It says: {attempt}"
        return f"The mail server does not take mail from {self.sender}. It says: {attempt}"

    def _deferred(self, recipient: Recipient, *, attempt: Attempt, source: M, now: datetime) -> Result:
        """Not now: back to pending with a wait, until the attempts are used up."""
        asked = timedelta(seconds=min(attempt.retry_after_seconds, LONGEST_WAIT_SECONDS))
        if attempt.is_too_fast:
            # It would be said to any mail: this one has not been tried.
            not_before = now + max(asked, timedelta(seconds=1))
            return Result(
                recipient.id, source, M.PENDING, reason=str(attempt), not_before=not_before, is_uncounted=True
            )
        if recipient.attempts >= MAX_ATTEMPTS:
            reason = f"gave up after {recipient.attempts} attempts; {attempt}"
            return Result(recipient.id, source, M.FAILED, reason=reason)
        wait = max(asked, wait_after(recipient.attempts, first_seconds=self.first_wait_seconds))
        return Result(recipient.id, source, M.PENDING, reason=str(attempt), not_before=now + wait)

    def _in_doubt(self, recipient: Recipient, *, attempt: Attempt) -> Result:
        # Of an API, a failure of the provider reads like this for each mail; a relay's hits its connections.
        self.doubts += attempt.is_outage
        if self.doubts >= MAX_DOUBTS_IN_A_ROW:
            said = f"The mail provider gave no clear answer to {self.doubts} mails in a row."
            self.stop_reason = f"{said} The last: {attempt}"
        reason = f"{attempt}. Search the relay's log for <{recipient.message_id_header}>."
        return Result(recipient.id, M.IN_DOUBT, M.IN_DOUBT, reason=reason)

    def _refused(self, recipient: Recipient, *, attempt: Attempt, source: M, now: datetime) -> Result:
        if attempt.is_hard_bounce:
            self.bounced[recipient.address] = str(attempt)
            return Result(recipient.id, source, M.FAILED, reason=str(attempt), bounced_at=now)
        self._refusals += 1
        if self._refusals >= MAX_REFUSALS_IN_A_ROW:
            self.stop_reason = f"The mail server refused {self._refusals} mails in a row. It says: {attempt}"
        return Result(recipient.id, source, M.FAILED, reason=str(attempt))
