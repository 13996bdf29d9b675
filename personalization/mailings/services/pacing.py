"""Keeps to the limits of mailbox providers, over all workers: what is too much now waits for its turn."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction

from omotenashi.accounts.models import Workspace
from personalization.mailings.engine.pacing import Bucket, limit_of, provider_of, take, wait_for
from personalization.mailings.engine.states import MessageState
from personalization.mailings.models import Pace
from personalization.mailings.services.ledger import Recipient, Result


def hold_back(
    workspace: Workspace, *, recipients: Sequence[Recipient], limits: Mapping[str, float], now: datetime
) -> list[Result]:
    """claimed → pending, with a later hour, for those beyond their provider's limit."""
    if not limits:
        return []
    by_provider: dict[str, list[Recipient]] = defaultdict(list)
    for own in recipients:
        by_provider[provider_of(own.address)].append(own)
    held: list[Result] = []
    for provider, group in sorted(by_provider.items()):  # sorted: two lanes lock the rows in one order
        rate = limit_of(provider, limits=limits)
        if rate is not None:
            granted = _permits(workspace, provider=provider, wanted=len(group), rate=rate, now=now)
            held += _waiting(group[granted:], rate=rate, now=now)
    return held


def _permits(workspace: Workspace, *, provider: str, wanted: int, rate: float, now: datetime) -> int:
    with transaction.atomic():
        Pace.objects.bulk_create(
            [Pace(workspace=workspace, provider=provider, permits=max(1.0, rate), filled_at=now)],
            ignore_conflicts=True,
        )
        row = Pace.objects.select_for_update().get(workspace=workspace, provider=provider)
        granted, bucket = take(Bucket(row.permits, row.filled_at), wanted=wanted, rate=rate, now=now)
        Pace.objects.filter(pk=row.pk).update(permits=bucket.permits, filled_at=bucket.filled_at)
    return granted


def _waiting(group: Sequence[Recipient], *, rate: float, now: datetime) -> list[Result]:
    return [
        Result(
            own.id, MessageState.CLAIMED, MessageState.PENDING, reason="Waits for its provider's limit.",
            not_before=now + wait_for(position, rate=rate), is_uncounted=True,
        )
        for position, own in enumerate(group)
    ]  # fmt: skip
