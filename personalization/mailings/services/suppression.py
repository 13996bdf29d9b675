"""Never again: suppressing addresses, and unsubscribing from a mail."""

from django.db import transaction
from django.utils import timezone

from omotenashi.accounts.models import Workspace
from omotenashi.errors import FieldError, InvalidInput
from personalization.mailings.engine.addresses import normalize_address
from personalization.mailings.models import Suppression
from personalization.mailings.tokens import Recipient
from personalization.models import Consent, Customer


def suppress(workspace: Workspace, *, address: str, reason: str, source: str) -> Suppression:
    """One row per address and reason; saying it again changes nothing."""
    normalized = normalize_address(address)
    if normalized is None:
        detail = f"{address!r} is not a mail address. Write it like name@example.com."
        raise InvalidInput(detail, errors=[FieldError("invalid", detail, "#/address")])
    known = (
        Suppression.objects.for_workspace(workspace)
        .filter(address_normalized=normalized, reason=reason)
        .first()
    )
    if known:
        return known
    return Suppression.objects.create(
        workspace=workspace, address_normalized=normalized, reason=reason, source=source[:200]
    )


@transaction.atomic
def unsubscribe(recipient: Recipient, *, source: str, reason: str = Suppression.Reason.UNSUBSCRIBED) -> None:
    """From this commit on the address gets no mail, and every customer who uses it has withdrawn consent."""
    suppress(recipient.workspace, address=recipient.address, reason=reason, source=source)
    now = timezone.now()
    for customer in _customers_with(recipient):
        Consent.objects.create(
            workspace=recipient.workspace, customer=customer, channel=Consent.Channel.EMAIL,
            granted=False, source=source[:120], at=now,
        )  # fmt: skip


def _customers_with(recipient: Recipient) -> list[Customer]:
    """All who have the address and still agree; a second click withdraws nothing twice."""
    customers = Customer.objects.for_workspace(recipient.workspace).filter(email_normalized=recipient.address)
    found = {customer.pk: customer for customer in customers.consented()}
    message = recipient.message
    if message and message.customer_id and message.customer_id not in found:
        # The address may have been stored in another spelling than the one we write to.
        own = Customer.objects.filter(pk=message.customer_id).consented()
        found |= {
            customer.pk: customer
            for customer in own
            if normalize_address(customer.email or "") == recipient.address
        }
    return list(found.values())
