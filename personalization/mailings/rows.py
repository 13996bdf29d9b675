"""What a message row holds beyond its customer; and a row that is not saved, for previews."""

import uuid

from personalization.mailings.engine.addresses import domain_of, normalize_address
from personalization.mailings.engine.states import MessageState
from personalization.mailings.models import Campaign, Message
from personalization.models import Customer

HELD_OUT = "hold-out: gets nothing, to measure what the mailing brings"
NO_CONSENT = "consent: not given, or withdrawn"
INVALID = "invalid: not an address that mail can be sent to"
DECLINED = "preferences: this kind of mail was declined"
TOO_SOON = "preferences: too soon after another mail"


def message_id_header(message_id: uuid.UUID, *, domain: str) -> str:
    return f"{message_id.hex}@{domain}"


def idempotency_key(message_id: uuid.UUID, *, campaign_id: uuid.UUID, step: int) -> str:
    return f"{campaign_id.hex}-{step}-{message_id.hex}"


def arms_salt(campaign: Campaign) -> str:
    """What hold-out and variants are drawn with: another campaign draws anew."""
    return f"{campaign.workspace_id.hex}:{campaign.pk.hex}"


def new_message(
    campaign: Campaign, *, customer: Customer, step: int = 1, locale: str = "", variant: str = ""
) -> Message | None:
    """Unsaved; None where the customer has no address at all. `locale`: the reader's own choice.

    An address that plain SMTP cannot carry still makes a row: skipped, so that the report adds up.
    """
    written = (customer.email or "").strip()
    if not written:
        return None
    address = normalize_address(written)
    message = Message(
        workspace_id=campaign.workspace_id,
        campaign=campaign,
        step=step,
        customer=customer,
        address_normalized=address or written.lower()[:254],
        locale=locale or customer.locale or campaign.workspace.default_locale,
        variant=variant,
    )
    domain = domain_of(campaign.workspace.sender_email)
    message.message_id_header = message_id_header(message.pk, domain=domain)
    message.idempotency_key = idempotency_key(message.pk, campaign_id=campaign.pk, step=step)
    if address is None:
        message.state, message.reason = MessageState.SKIPPED, INVALID
    return message
