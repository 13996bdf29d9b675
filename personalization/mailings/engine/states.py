"""The drawn transition tables of campaigns and messages.

Campaign:

    draft ◀──▶ scheduled ──▶ preparing ──▶ sending ──▶ sent
                                 ▲  │        ▲  │
                                 │  └──┬─────┼──┘
                                 └─────┴ paused
    every unfinished state ──▶ canceled
    sent ──▶ sending   when a person releases a message that was in doubt

Message:

    pending ◀──▶ claimed ──▶ in_doubt ──▶ sent
       │            │           │ └─────▶ failed
       │            ├─▶ failed  └───────▶ pending   the relay said "not now", or a person
       └─▶ skipped ◀┘                               proved from its log that it never took it

`claimed` goes back to `pending` freely, because nothing was handed over. `in_doubt` is written
before the final dot of DATA; only a reply of the relay or a person may move it on.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class CampaignState(StrEnum):
    """Where a campaign stands."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    PREPARING = "preparing"
    SENDING = "sending"
    PAUSED = "paused"
    SENT = "sent"
    CANCELED = "canceled"


class MessageState(StrEnum):
    """Where one recipient's copy stands."""

    PENDING = "pending"
    CLAIMED = "claimed"
    IN_DOUBT = "in_doubt"
    SENT = "sent"
    FAILED = "failed"
    SKIPPED = "skipped"


C, M = CampaignState, MessageState

CAMPAIGN_TRANSITIONS: Mapping[CampaignState, frozenset[CampaignState]] = {
    C.DRAFT: frozenset({C.SCHEDULED, C.CANCELED}),
    C.SCHEDULED: frozenset({C.DRAFT, C.PREPARING, C.CANCELED}),
    C.PREPARING: frozenset({C.SENDING, C.PAUSED, C.CANCELED}),
    C.SENDING: frozenset({C.SENT, C.PAUSED, C.CANCELED}),
    C.PAUSED: frozenset({C.PREPARING, C.SENDING, C.CANCELED}),
    C.SENT: frozenset({C.SENDING}),
    C.CANCELED: frozenset(),
}

MESSAGE_TRANSITIONS: Mapping[MessageState, frozenset[MessageState]] = {
    M.PENDING: frozenset({M.CLAIMED, M.SKIPPED}),
    M.CLAIMED: frozenset({M.PENDING, M.IN_DOUBT, M.FAILED, M.SKIPPED}),
    M.IN_DOUBT: frozenset({M.SENT, M.FAILED, M.PENDING}),
    M.SENT: frozenset(),
    M.FAILED: frozenset(),
    M.SKIPPED: frozenset(),
}


def campaign_may(current: CampaignState, *, become: CampaignState) -> bool:
    """Whether the drawing above has this arrow."""
    return become in CAMPAIGN_TRANSITIONS[current]


def message_may(current: MessageState, *, become: MessageState) -> bool:
    """Whether the drawing above has this arrow."""
    return become in MESSAGE_TRANSITIONS[current]
