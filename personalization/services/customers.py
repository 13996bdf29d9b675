"""Writing customers: who they are, which visitors they were, what they agreed to."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.utils import timezone

from omotenashi.accounts.models import Workspace
from personalization.arrays import text_array
from personalization.engine.traits import Profile
from personalization.models import Consent, Customer, CustomerAlias, Order
from personalization.models.customers import normalize_email
from personalization.selectors.reading import read

MAX_TRAITS_BYTES = 64 * 1024
"""What a customer may hold in all; further traits are left out, the known fields still change."""

VISITORS_OWNERS = (
    "SELECT anonymous_id, customer_id FROM personalization_customeralias"
    " WHERE workspace_id = %(workspace)s AND anonymous_id = ANY(%(visitors)s::text[])"
)
_IDS = """
SELECT external_id, id FROM personalization_customer
WHERE workspace_id = %(workspace)s AND external_id = ANY(%(names)s::text[])
"""


def ensure_customers(workspace: Workspace, *, external_ids: Iterable[str]) -> dict[str, UUID]:
    """The customers' ids by the shop's; who is not known yet is made. Sorted: two batches never deadlock."""
    wanted = sorted(set(external_ids))
    found = ids_of(workspace, external_ids=wanted)
    missing = [external_id for external_id in wanted if external_id not in found]
    if missing:
        new = [Customer(workspace=workspace, external_id=external_id) for external_id in missing]
        Customer.objects.bulk_create(new, ignore_conflicts=True)
        found = ids_of(workspace, external_ids=wanted)
    return found


def ids_of(workspace: Workspace, *, external_ids: Collection[str]) -> dict[str, UUID]:
    """Those who are known."""
    if not external_ids:
        return {}
    return dict(read(_IDS, {"workspace": workspace.id, "names": text_array(external_ids)}))


def update_profile(customer_id: UUID, *, profile: Profile, at: datetime) -> None:
    # Not FOR UPDATE: that waits for every transaction that has just written an event of this customer.
    customer = Customer.objects.select_for_update(no_key=True).get(id=customer_id)
    for name, value in profile.fields.items():
        setattr(customer, name, value)
    if "email" in profile.fields:
        customer.email = profile.fields["email"] or None
        customer.email_normalized = normalize_email(profile.fields["email"])
    traits = {**customer.traits, **profile.others}
    if len(json.dumps(traits)) <= MAX_TRAITS_BYTES:
        customer.traits = traits
    customer.save()
    if profile.consent is not None:
        note_consent(customer, granted=profile.consent, source="identify", at=at)


def note_consent(
    customer: Customer, *, granted: bool, source: str, at: datetime | None = None, channel: str = "email"
) -> None:
    """Append what the customer said, unless it repeats their latest word."""
    at = at or timezone.now()
    latest = Consent.objects.filter(customer=customer, channel=channel).order_by("-at", "-id").first()
    if latest is not None and latest.granted == granted and latest.at <= at:
        return
    Consent.objects.create(
        workspace_id=customer.workspace_id, customer=customer, channel=channel,
        granted=granted, source=source, at=at,
    )  # fmt: skip


def link_visitors(workspace: Workspace, *, links: Sequence[tuple[str, UUID]]) -> None:
    """Give visitors' histories to the customers they turned out to be.

    The first customer keeps a visitor id: on a shared computer the second must not inherit that past.
    """
    rows = [
        CustomerAlias(workspace=workspace, anonymous_id=anonymous_id, customer_id=customer_id)
        for anonymous_id, customer_id in sorted(dict(reversed(links)).items())
    ]
    CustomerAlias.objects.bulk_create(rows, ignore_conflicts=True)
    owners = visitors_owners(workspace, anonymous_ids=[row.anonymous_id for row in rows])
    for anonymous_id, customer_id in owners.items():
        Order.objects.for_workspace(workspace).filter(anonymous_id=anonymous_id, customer=None).update(
            customer_id=customer_id
        )


def visitors_owners(workspace: Workspace, *, anonymous_ids: Iterable[str]) -> Mapping[str, UUID]:
    wanted = sorted(set(anonymous_ids) - {""})
    if not wanted:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(VISITORS_OWNERS, {"workspace": workspace.id, "visitors": text_array(wanted)})
        return dict(cursor.fetchall())
