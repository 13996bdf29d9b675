"""The persons one answer or one bulk run is for, as the queries see them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from omotenashi.accounts.models import Workspace
from personalization.models import Customer
from personalization.selectors.customers import visitor_ids
from personalization.selectors.reading import read

# Always one row: the customer named, else the owner of the visitor id, else nobody.
_PERSON = """
SELECT customer.id, customer.country, customer.locale,
       ARRAY(SELECT a.anonymous_id FROM personalization_customeralias a WHERE a.customer_id = customer.id),
       named.owner_id
FROM (SELECT (SELECT a.customer_id FROM personalization_customeralias a
              WHERE a.workspace_id = %(workspace)s AND a.anonymous_id = %(visitor)s AND %(visitor)s <> ''
             ) AS owner_id) named
LEFT JOIN personalization_customer customer ON customer.workspace_id = %(workspace)s
    AND CASE WHEN %(customer)s <> '' THEN customer.external_id = %(customer)s
             ELSE customer.id = named.owner_id END
"""


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
    given = {"workspace": workspace.id, "customer": customer_external_id, "visitor": anonymous_id}
    customer_id, country, locale, own, owner_id = read(_PERSON, given)[0]
    anonymous = set(own)
    # A visitor id that belongs to another customer must not lend its history to this one.
    if anonymous_id and owner_id in (None, customer_id):
        anonymous.add(anonymous_id)
    return Person(
        number=0,
        customer_id=customer_id,
        anonymous_ids=tuple(sorted(anonymous)),
        country=country or "",
        locale=locale or "",
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
