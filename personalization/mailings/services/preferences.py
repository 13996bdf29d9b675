"""What a reader chooses on the preference page, in force from its commit on."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from personalization.mailings.engine.preferences import Frequency, crowded, declined, gap_of
from personalization.mailings.engine.states import CampaignState, MessageState
from personalization.mailings.models import Campaign, MailPreference, Message
from personalization.mailings.rows import DECLINED, TOO_SOON
from personalization.mailings.tokens import Recipient
from personalization.models import Customer

_WAITING = [MessageState.PENDING, MessageState.CLAIMED]
_UNFINISHED = [CampaignState.PREPARING, CampaignState.SENDING, CampaignState.PAUSED]


@dataclass(frozen=True)
class Choice:
    """What the page's form says."""

    wanted_kinds: Sequence[str]
    frequency: str
    locale: str


def choose(recipient: Recipient, choice: Choice) -> MailPreference:
    """
    1. The row, and the language of every customer who has the address.
    2. Mails that wait or are being written, of a kind that is no longer wanted or too near to another, are
       skipped: a lane that holds one finds before the final dot that the message is no longer its own.
    3. The same once more after the commit, for those that were claimed in between.
    """
    with transaction.atomic():
        row, _ = MailPreference.objects.update_or_create(
            workspace=recipient.workspace,
            address_normalized=recipient.address,
            defaults={
                "declined_kinds": declined(choice.wanted_kinds),
                "frequency": Frequency(choice.frequency).value,
                "locale": choice.locale,
            },
        )
        _speak(row)
        withhold(row)
        transaction.on_commit(lambda: withhold(row))
    return row


def preference_of(recipient: Recipient) -> MailPreference | None:
    rows = MailPreference.objects.for_workspace(recipient.workspace)
    found: MailPreference | None = rows.filter(address_normalized=recipient.address).first()
    return found


def withhold(row: MailPreference) -> int:
    """How many mails not yet handed over are skipped."""
    waiting = _unsent(row).filter(state__in=_WAITING)
    changed = _skip(waiting.filter(campaign__kind__in=row.declined_kinds), reason=DECLINED)
    return changed + _skip(waiting.filter(pk__in=_too_near(row)), reason=TOO_SOON)


def _skip(waiting: QuerySet[Message], *, reason: str) -> int:
    return waiting.update(
        state=MessageState.SKIPPED, reason=reason, claim_token=None, lease_expires_at=None,
        updated_at=timezone.now(),
    )  # fmt: skip


def _too_near(row: MailPreference) -> list[UUID]:
    """Mails that were made before the reader asked for fewer."""
    gap, now = gap_of(row.frequency), timezone.now()
    if gap is None:
        return []
    recent = Q(state__in=_UNFINISHED) | Q(finished_at__gt=now - gap)
    campaigns = list(
        Campaign.objects.for_workspace(row.workspace).filter(recent).values_list("pk", flat=True)
    )
    mails = Message.objects.filter(campaign__in=campaigns, address_normalized=row.address_normalized)
    gone = mails.filter(state__in=[MessageState.IN_DOUBT, MessageState.SENT], handed_over_at__isnull=False)
    waiting = mails.filter(state__in=_WAITING).values_list("pk", "not_before")
    return crowded(
        {key: max(at, now) for key, at in waiting},
        taken=[at for at in gone.values_list("handed_over_at", flat=True) if at],
        gap=gap,
    )


def _speak(row: MailPreference) -> None:
    """The next mail is in this language, also where it waits already."""
    if row.locale:
        _unsent(row).filter(state=MessageState.PENDING).update(locale=row.locale)
        customers = Customer.objects.for_workspace(row.workspace)
        customers.filter(email_normalized=row.address_normalized).update(locale=row.locale)


def _unsent(row: MailPreference) -> QuerySet[Message]:
    """By campaign first: messages have no index on the address alone."""
    begun = Campaign.objects.for_workspace(row.workspace).filter(state__in=_UNFINISHED)
    ids = list(begun.values_list("pk", flat=True))
    return Message.objects.filter(campaign__in=ids, address_normalized=row.address_normalized)
