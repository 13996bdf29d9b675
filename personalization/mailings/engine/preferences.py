"""What a reader may choose: which kinds of mail, and how often. Plain values, no Django."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeVar

Key = TypeVar("Key")


class MailKind(StrEnum):
    """What a campaign is. Its reader can leave one kind and keep the others."""

    NEWS = "news"
    OFFERS = "offers"
    PICKS = "picks"
    REMINDERS = "reminders"


class Frequency(StrEnum):
    """At most how often, over all kinds."""

    ANY = "any"
    WEEKLY = "weekly"
    MONTHLY = "monthly"


GAPS = {Frequency.WEEKLY: timedelta(days=7), Frequency.MONTHLY: timedelta(days=28)}
"""From one mail to the next. 28 days, so that a campaign on each month's first Monday is not missed."""
SLACK = timedelta(hours=12)
"""A weekly campaign that is a little quicker this week than last must not be held for a repetition."""


def gap_of(frequency: str) -> timedelta | None:
    """How long ago the last mail must be; None where the reader set no limit."""
    gap = GAPS.get(Frequency(frequency))
    return gap - SLACK if gap else None


def crowded(waiting: Mapping[Key, datetime], *, taken: Iterable[datetime], gap: timedelta) -> list[Key]:
    """Mails that would come too near to one that was sent, or to one that waits for an earlier hour."""
    kept, found = list(taken), []
    for key, at in sorted(waiting.items(), key=lambda item: item[1]):
        if any(abs(at - other) < gap for other in kept):
            found.append(key)
        else:
            kept.append(at)
    return found


def declined(wanted: Iterable[str]) -> list[str]:
    """The kinds that are not among those wanted. What is no kind at all is left out."""
    chosen = set(wanted)
    return [kind.value for kind in MailKind if kind.value not in chosen]
