"""The persons one answer or one bulk run is for, as the queries see them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from omotenashi.accounts.models import Workspace
from personalization.models import Customer, CustomerAlias
from personalization.selectors.customers import visitor_ids


@dataclass(frozen=True)
class Person:
    """`number` joins the rows of a bulk query back to their person."""

    number: int
    customer_id: UUID | None
    anonymous_ids: tuple[str, ...]
    country: str = ""
    locale: str = ""
    blocked: frozenset[str] = field(default_factory=frozenset)
    """The shop's ids of what is in the cart, excluded, or on the page itself."""


def find_person(
    workspace: Workspace, *, customer_external_id: str, anonymous_id: str, blocked: frozenset[str]
) -> Person:
    """A visitor whose id is known to be a customer's is that customer."""
    customer = _customer(workspace, external_id=customer_external_id, anonymous_id=anonymous_id)
    own = [visitor for _, visitor in visitor_ids([customer.id])] if customer else []
    anonymous = set(own)
    if anonymous_id and not _is_another_s_visit(workspace, anonymous_id=anonymous_id, own=own):
        anonymous.add(anonymous_id)
    return Person(
        number=0,
        customer_id=customer.id if customer else None,
        anonymous_ids=tuple(sorted(anonymous)),
        country=customer.country if customer else "",
        locale=customer.locale if customer else "",
        blocked=blocked,
    )


def customers_as_people(workspace: Workspace, *, customer_ids: Sequence[UUID]) -> list[Person]:
    """Two queries, however many customers; those of another workspace are left out."""
    rows = Customer.objects.for_workspace(workspace).filter(id__in=customer_ids)
    customers = {customer.id: customer for customer in rows.only("id", "country", "locale")}
    visitors: dict[UUID, list[str]] = {}
    for customer_id, visitor in visitor_ids(customers):
        visitors.setdefault(customer_id, []).append(visitor)
    known = [
        customers[customer_id] for customer_id in dict.fromkeys(customer_ids) if customer_id in customers
    ]
    return [
        Person(number, customer.id, tuple(visitors.get(customer.id, ())), customer.country, customer.locale)
        for number, customer in enumerate(known)
    ]


def _customer(workspace: Workspace, *, external_id: str, anonymous_id: str) -> Customer | None:
    if external_id:
        found: Customer | None = (
            Customer.objects.for_workspace(workspace).filter(external_id=external_id).first()
        )
        return found
    alias = CustomerAlias.objects.for_workspace(workspace).filter(anonymous_id=anonymous_id)
    row: CustomerAlias | None = alias.select_related("customer").first() if anonymous_id else None
    return row.customer if row else None


def _is_another_s_visit(workspace: Workspace, *, anonymous_id: str, own: Sequence[str]) -> bool:
    """A visitor id that belongs to another customer must not lend its history to this one."""
    if anonymous_id in own:
        return False
    return bool(CustomerAlias.objects.for_workspace(workspace).filter(anonymous_id=anonymous_id).exists())
