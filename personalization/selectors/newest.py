"""What came last into the catalogue and can be bought now."""

from collections.abc import Sequence

from omotenashi.accounts.models import Workspace
from omotenashi.catalog.models import Product


def newest_products(workspace: Workspace, *, categories: Sequence[str] = (), limit: int) -> list[Product]:
    rows = Product.objects.for_workspace(workspace).sellable().only("external_id", "created_at")
    if categories:
        rows = rows.filter(categories__overlap=list(categories))
    return list(rows.order_by("-created_at", "-id")[:limit])
