"""The part of an audience that asks when people buy again: conditions on what the night foretold.

An audience is compiled again whenever it is read, so it follows each night's forecast. Who has no forecast
yet — no order before the last night — is in none of these audiences.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from omotenashi.accounts.models import Workspace
from personalization.mailings.engine.audience import Audience, BuysWithin, Due
from personalization.models import CustomerTiming, ProductDue
from personalization.selectors.timing import active_version


def timing_conditions(audience: Audience, *, workspace: Workspace, now: datetime) -> list[Exists]:
    if not (audience.buys_within or audience.expected_within_days or audience.due):
        return []
    version = active_version(workspace)
    version_id = version.id if version else None
    found = []
    if audience.buys_within or audience.expected_within_days:
        found.append(Exists(_timings(audience, version_id=version_id, now=now)))
    if audience.due:
        found.append(Exists(_due(audience.due, workspace=workspace, version_id=version_id, now=now)))
    return found


def _timings(audience: Audience, *, version_id: UUID | None, now: datetime) -> QuerySet[CustomerTiming]:
    rows = CustomerTiming.objects.filter(model_version=version_id, customer=OuterRef("pk"))
    if audience.buys_within:
        rows = rows.filter(_chance(audience.buys_within))
    if audience.expected_within_days:
        rows = rows.filter(expected_at__lte=now + timedelta(days=audience.expected_within_days))
    return rows


def _chance(asked: BuysWithin) -> Q:
    column = f"p{asked.days}"
    return Q(**{f"{column}__gte": asked.at_least, f"{column}__lte": asked.at_most})


def _due(asked: Due, *, workspace: Workspace, version_id: UUID | None, now: datetime) -> QuerySet[ProductDue]:
    until = now + timedelta(days=asked.within_days)
    rows = ProductDue.objects.filter(model_version=version_id, customer=OuterRef("pk"), due_at__lte=until)
    if not asked.product_ids:
        return rows
    return rows.filter(product__workspace=workspace, product__external_id__in=asked.product_ids)
