"""What was forecast of a customer, and of many: always by the version that is active now."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from omotenashi.accounts.models import Workspace
from personalization.engine.due import PublishedDue
from personalization.models import Customer, CustomerTiming, ModelVersion, ProductDue
from personalization.selectors.reading import read

DUE_SHOWN = 10
_DUE = """
SELECT customer_id, product_id, interval_days, chance FROM personalization_productdue
WHERE model_version_id = %(version)s AND customer_id = ANY(%(ids)s)
"""


@dataclass(frozen=True)
class Timing:
    """One customer's: `as_of` is the moment it was foretold from."""

    as_of: datetime
    row: CustomerTiming
    due: list[ProductDue]
    """Most likely first; with their products."""


def active_version(workspace: Workspace) -> ModelVersion | None:
    rows = ModelVersion.objects.for_workspace(workspace).filter(state=ModelVersion.State.ACTIVE)
    found: ModelVersion | None = rows.first()
    return found


def timing_of(customer: Customer) -> Timing | None:
    """None before the first night after the customer's first order."""
    rows = CustomerTiming.objects.filter(
        customer=customer, model_version__state=ModelVersion.State.ACTIVE
    ).select_related("model_version")
    row = rows.first()
    if row is None:
        return None
    due = ProductDue.objects.filter(customer=customer, model_version=row.model_version_id)
    shown = due.select_related("product").order_by("-chance", "due_at", "id")[:DUE_SHOWN]
    return Timing(as_of=row.model_version.as_of, row=row, due=list(shown))


def due_of(
    version: ModelVersion | None, *, customer_ids: Iterable[UUID]
) -> dict[tuple[UUID, UUID], PublishedDue]:
    """By customer and product, in one query."""
    wanted = list(customer_ids)
    if version is None or not wanted:
        return {}
    rows = read(_DUE, {"version": version.id, "ids": wanted})
    return {
        (customer, product): PublishedDue(interval_days=interval, chance=chance, until=version.as_of)
        for customer, product, interval, chance in rows
    }
