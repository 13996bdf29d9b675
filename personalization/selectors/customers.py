"""Finding a customer by the shop's id, and what they did lately."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Q, QuerySet

from omotenashi.accounts.models import Workspace
from omotenashi.errors import NotFound
from personalization.models import Customer, CustomerAlias, Event, Order


def access_customer(workspace: Workspace, *, external_id: str) -> Customer:
    customer: Customer | None = (
        Customer.objects.for_workspace(workspace).filter(external_id=external_id).first()
    )
    if customer is None:
        raise NotFound(f"There is no customer {external_id[:128]!r} in this workspace.")
    return customer


def find_customer(workspace: Workspace, *, words: str) -> Customer | None:
    """By the shop's id, the address, or a part of the name; for people who search."""
    customers = Customer.objects.for_workspace(workspace)
    exact = Q(external_id=words) | Q(email_normalized=words.lower())
    found: Customer | None = customers.filter(exact).order_by("id").first()
    if found is None:
        for word in words.split()[:4]:
            customers = customers.filter(Q(first_name__icontains=word) | Q(last_name__icontains=word))
        found = customers.order_by("id").first()
    return found


def recent_orders(customer: Customer) -> QuerySet[Order]:
    orders: QuerySet[Order] = Order.objects.filter(customer=customer)
    return orders.prefetch_related("lines").order_by("-placed_at", "-id")


def recent_events(customer: Customer) -> QuerySet[Event]:
    """Also those from before the visitor was known to be this customer."""
    visitors = CustomerAlias.objects.filter(customer=customer).values_list("anonymous_id", flat=True)
    before = Q(workspace=customer.workspace_id, customer=None, anonymous_id__in=list(visitors))
    return Event.objects.filter(Q(customer=customer) | before).order_by("-happened_at", "-id")


def visitor_ids(customer_ids: Iterable[UUID]) -> list[tuple[UUID, str]]:
    """(customer, anonymous id) of each visitor that turned out to be one of these customers."""
    return list(
        CustomerAlias.objects.filter(customer__in=list(customer_ids)).values_list(
            "customer_id", "anonymous_id"
        )
    )


def has_email_consent(customer: Customer) -> bool:
    return bool(Customer.objects.filter(id=customer.id).consented(channel="email").exists())
