"""What a mail provider tells us afterwards, in one vocabulary for all of them."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class ReportKind(StrEnum):
    DELIVERED = "delivered"
    BOUNCED = "bounced"
    """For ever: the mailbox does not exist, or the provider will not write to it."""
    DEFERRED = "deferred"
    """For now: the provider goes on trying."""
    REJECTED = "rejected"
    """The provider gave this mail up; that says nothing about the address."""
    COMPLAINED = "complained"
    UNSUBSCRIBED = "unsubscribed"
    OPENED = "opened"
    CLICKED = "clicked"


@dataclass(frozen=True)
class Report:
    """One thing that happened to one mail. `key` is the same however often the provider repeats it."""

    kind: ReportKind
    key: str
    address: str
    at: datetime
    message_id: uuid.UUID | None = None
    """Of our row, where the provider sends one of our headers back."""
    url: str = ""
    detail: str = ""
    nonce: str = ""
    """A value good for one report, where the signature does not cover the body."""


class BadSignature(Exception):
    """It does not come from the provider, or it is too old."""


class UnreadableReport(Exception):
    """Signed, but not of the shape the provider documents."""


def row_in_header(value: str) -> uuid.UUID | None:
    """The message's own id out of `<0190…@shop.example>`; None for what is not ours."""
    try:
        return uuid.UUID(value.strip().strip("<>").partition("@")[0])
    except ValueError:
        return None
