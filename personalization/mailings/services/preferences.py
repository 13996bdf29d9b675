"""What a reader chooses on the preference page, in force from its commit on."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from personalization.mailings.engine.preferences import Frequency, declined
from personalization.mailings.engine.states import CampaignState, MessageState
from personalization.mailings.models import Campaign, MailPreference, Message
from personalization.mailings.rows import DECLINED
from personalization.mailings.tokens import Recipient
from personalization.models import Customer

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
    2. Mails that wait or are being written, of a kind that is no longer wanted, are skipped: a lane that
       holds one finds before the final dot that the message is no longer its own.
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
    waiting = _unsent(row).filter(state__in=[MessageState.PENDING, MessageState.CLAIMED])
    changed: int = waiting.filter(campaign__kind__in=row.declined_kinds).update(
        state=MessageState.SKIPPED, reason=DECLINED, claim_token=None, lease_expires_at=None,
        updated_at=timezone.now(),
    )  # fmt: skip
    return changed


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
