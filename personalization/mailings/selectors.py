"""Reading mailings: who is in an audience, how a campaign is doing, what is suppressed."""

import uuid
from collections.abc import Iterable
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from omotenashi.accounts.models import Workspace
from omotenashi.errors import NotFound
from personalization.mailings.audiences import customers_in
from personalization.mailings.engine.addresses import normalize_address
from personalization.mailings.engine.audience import parse_audience
from personalization.mailings.engine.states import MessageState
from personalization.mailings.models import (
    Campaign,
    MailProvider,
    MailTemplateVersion,
    Message,
    Suppression,
)
from personalization.models import Customer


def campaigns_of(workspace: Workspace) -> QuerySet[Campaign]:
    rows = Campaign.objects.for_workspace(workspace)
    rows = rows.select_related("workspace", "template_version__template", "repeats")
    return rows.prefetch_related("copies", "variants")


def access_campaign(workspace: Workspace, *, campaign_id: str | uuid.UUID) -> Campaign:
    """What belongs to someone else answers like what is not there."""
    found: Campaign | None = _first(campaigns_of(workspace), row_id=campaign_id)
    if found is None:
        raise NotFound(f"There is no campaign {campaign_id}.")
    return found


def access_template_version(workspace: Workspace, *, version_id: str | uuid.UUID) -> MailTemplateVersion:
    found: MailTemplateVersion | None = _first(
        MailTemplateVersion.objects.for_workspace(workspace), row_id=version_id
    )
    if found is None:
        raise NotFound(f"There is no template version {version_id}.")
    return found


def access_mail_provider(provider_id: uuid.UUID) -> MailProvider:
    """Without a workspace: a provider's webhook names none. Its signature is checked next."""
    found: MailProvider | None = (
        MailProvider.objects.filter(pk=provider_id).select_related("workspace").first()
    )
    if found is None:
        raise NotFound("There is no mail provider at this address. Copy it whole from the studio.")
    return found


def audience_of(campaign: Campaign, *, agrees: bool = True) -> QuerySet[Customer]:
    """Customers with an address who agree to mail and match the campaign's filter.

    `agrees=False`: also those who do not, only to count them.
    """
    audience, _ = parse_audience(campaign.audience)
    return customers_in(audience, workspace=campaign.workspace, now=timezone.now(), agrees=agrees)


def suppressed_among(workspace: Workspace, *, addresses: Iterable[str]) -> dict[str, str]:
    """Which of these must not be written to, and why."""
    rows = Suppression.objects.for_workspace(workspace).filter(address_normalized__in=list(addresses))
    return dict(rows.order_by("-id").values_list("address_normalized", "reason"))


def may_be_mailed(customer: Customer) -> bool:
    """Agreed to mail, at an address that is not suppressed."""
    address = normalize_address(customer.email or "")
    if address is None or suppressed_among(customer.workspace, addresses=[address]):
        return False
    return bool(Customer.objects.filter(pk=customer.pk).consented().exists())


def message_counts(campaign: Campaign) -> dict[str, int]:
    """Messages by state; `in_doubt` counts only those whose attempt is over."""
    now = timezone.now()
    states: dict[str, Any] = {state.value: Count("id", filter=Q(state=state)) for state in MessageState}
    is_open = Q(state=MessageState.IN_DOUBT, lease_expires_at__gt=now)
    states["in_flight"] = Count("id", filter=is_open)
    counts = Message.objects.filter(campaign=campaign).aggregate(total=Count("id"), **states)
    counts["in_doubt"] -= counts["in_flight"]
    return dict(counts)


def skip_reasons(campaign: Campaign) -> dict[str, int]:
    """Why messages were skipped or failed, most frequent first."""
    rows = Message.objects.filter(campaign=campaign, state__in=[MessageState.SKIPPED, MessageState.FAILED])
    counted = rows.values("reason").annotate(count=Count("id")).order_by("-count")[:20]
    return {row["reason"]: row["count"] for row in counted}


def uncertain_messages(workspace: Workspace) -> QuerySet[Message]:
    """Those a person has to look into: handed over, and no answer."""
    rows = Message.objects.for_workspace(workspace).filter(state=MessageState.IN_DOUBT)
    return rows.exclude(lease_expires_at__gt=timezone.now())


def _first(rows: QuerySet[Any], *, row_id: str | uuid.UUID) -> Any:  # Any: whichever table it is
    try:
        return rows.filter(pk=uuid.UUID(str(row_id))).first()
    except ValueError:
        return None
