"""What was forecast of a customer, and of many: always by the version that is active now."""

from dataclasses import dataclass
from datetime import datetime

from omotenashi.accounts.models import Workspace
from personalization.models import Customer, CustomerTiming, ModelVersion, ProductDue

DUE_SHOWN = 10


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
