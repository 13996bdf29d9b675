"""What one attempt to hand over a mail came to, read from the server's replies."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

_ENHANCED = re.compile(r"^([245])\.(\d{1,3})\.(\d{1,3})\b")
# 550 no such mailbox, 551 not here, 553 no such name. 552 (full) and 554 (policy) may pass.
_HARD_BOUNCE_CODES = frozenset({550, 551, 553})
_AFTER_COMMIT = frozenset({"dot", "request", "answer"})
"""Stages at which the intent is already written: of SMTP the dot, of an API the request and its answer."""


class Outcome(StrEnum):
    """How one attempt ended."""

    ACCEPTED = "accepted"
    DEFERRED = "deferred"
    REFUSED = "refused"
    SENDER_REFUSED = "sender_refused"
    WITHHELD = "withheld"
    IN_DOUBT = "in_doubt"


@dataclass(frozen=True, slots=True)
class Attempt:
    """What one attempt to hand over a mail came to, and what the server said."""

    outcome: Outcome
    stage: str
    code: int = 0
    text: str = ""
    has_bounced: bool = False
    """A provider says of itself that this address has bounced for good."""
    is_too_fast: bool = False
    """It is not about the mail: the provider wants fewer of them at a time."""
    retry_after_seconds: float = 0.0
    """What the server asks for; 0 where it names no time."""

    @property
    def is_after_commit(self) -> bool:
        return self.stage in _AFTER_COMMIT

    @property
    def is_outage(self) -> bool:
        """A provider gave no clear answer, and not because of this one mail."""
        return self.outcome is Outcome.IN_DOUBT and self.stage == "answer" and self.code // 100 != 4

    @property
    def is_hard_bounce(self) -> bool:
        """The server says this mailbox does not exist; writing again harms our reputation."""
        if self.outcome is not Outcome.REFUSED or self.stage != "rcpt":
            return self.has_bounced
        enhanced = _ENHANCED.match(self.text)
        if enhanced:
            return enhanced.group(2) == "1" or enhanced.groups()[1:] == ("2", "1")
        return self.code in _HARD_BOUNCE_CODES

    def __str__(self) -> str:
        said = f"{self.code} {self.text}".strip() if self.code else self.text
        return f"{self.stage}: {said}"[:500]


def judged(code: int, text: str, *, stage: str) -> Attempt:
    """A reply of the server at a stage of the conversation."""
    if stage == "dot" and code // 100 == 2:
        outcome = Outcome.ACCEPTED
    elif code // 100 == 5:
        outcome = Outcome.SENDER_REFUSED if stage == "mail" else Outcome.REFUSED
    else:
        outcome = Outcome.DEFERRED
    return Attempt(outcome, stage=stage, code=code, text=text)
