"""Writing orders as they happen: placed, cancelled, refunded; each number once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from omotenashi.accounts.models import Workspace
from personalization.engine.segment import IncomingOrder
from personalization.models import Order, OrderLine
from personalization.selectors.history import product_ids_of


@dataclass(frozen=True)
class PlacedBy:
    order: IncomingOrder
    customer_id: UUID | None
    anonymous_id: str
    country: str
    at: datetime


def record_orders(workspace: Workspace, *, placed: Sequence[PlacedBy], source: str) -> None:
    """In the order given. A number that is known keeps what it has: an order does not happen twice.

    A cancellation that overtakes its order leaves an order without lines, which the order then fills.
    """
    for one in sorted(placed, key=lambda one: one.order.external_id):
        _record(workspace, one, source=source)


def _record(workspace: Workspace, one: PlacedBy, *, source: str) -> None:
    incoming = one.order
    order, is_new = Order.objects.select_for_update(no_key=True).get_or_create(
        workspace=workspace,
        external_id=incoming.external_id,
        defaults={
            "customer_id": one.customer_id,
            "anonymous_id": one.anonymous_id,
            "placed_at": one.at,
            "status": incoming.status,
            "status_changed_at": None if incoming.status == Order.Status.PLACED else one.at,
            "currency": incoming.currency or workspace.currency,
            "revenue": _revenue(incoming),
            "country": one.country,
            "source": source,
        },
    )
    if incoming.status == Order.Status.PLACED:
        if is_new or not order.lines.exists():
            _fill(order, one, is_new=is_new)
    elif order.status == Order.Status.PLACED:
        Order.objects.filter(id=order.id, status=Order.Status.PLACED).update(
            status=incoming.status, status_changed_at=one.at
        )


def _fill(order: Order, one: PlacedBy, *, is_new: bool) -> None:
    incoming = one.order
    products = product_ids_of(
        order.workspace, external_ids=[line.product_external_id for line in incoming.lines]
    )
    OrderLine.objects.bulk_create(
        OrderLine(
            workspace_id=order.workspace_id,
            order=order,
            product_id=products.get(line.product_external_id),
            product_external_id=line.product_external_id,
            title=line.title,
            quantity=line.quantity,
            unit_price=line.unit_price,
        )
        for line in incoming.lines
    )
    if not is_new:
        Order.objects.filter(id=order.id).update(
            placed_at=one.at,
            revenue=_revenue(incoming),
            customer_id=order.customer_id or one.customer_id,
            currency=incoming.currency or order.currency,
        )


def _revenue(order: IncomingOrder) -> Decimal:
    if order.revenue is not None:
        return order.revenue
    return sum((line.unit_price * line.quantity for line in order.lines), Decimal(0))
