"""Tells kept answers that a person did something: every id that the person is known by gets a new mark."""

from collections.abc import Iterable, Mapping, Sequence, Set
from functools import partial
from uuid import UUID

from django.db import DatabaseError, transaction

from omotenashi import marks
from omotenashi.accounts.models import Workspace
from personalization.arrays import NOTHING, text_array, uuid_array
from personalization.selectors.reading import read

# Only the parts that something was given for, and arrays instead of joins. With OR, or with a join whose size
# the planner misjudges, each call reads all customers of its workspace (8 and 2 ms of 20,000 customers).
_NAMED = {
    "customers": "SELECT id FROM personalization_customer"
    " WHERE workspace_id = %(workspace)s AND external_id = ANY(%(customers)s::text[])",
    "ids": "SELECT unnest(%(ids)s::uuid[])",
    "visitors": "SELECT customer_id FROM personalization_customeralias"
    " WHERE workspace_id = %(workspace)s AND anonymous_id = ANY(%(visitors)s::text[])",
    "orders": "SELECT customer_id FROM personalization_order WHERE workspace_id = %(workspace)s"
    " AND external_id = ANY(%(orders)s::text[]) AND customer_id IS NOT NULL",
}
_THEIR_IDS = """
WITH named (id) AS MATERIALIZED ({named})
SELECT external_id, '' FROM personalization_customer WHERE id = ANY(ARRAY(SELECT id FROM named))
UNION ALL
SELECT '', anonymous_id FROM personalization_customeralias
WHERE customer_id = ANY(ARRAY(SELECT id FROM named))
"""
_MORE = {
    "known": "SELECT '', anonymous_id FROM personalization_customeralias"
    " WHERE customer_id = ANY(%(known)s::uuid[])",
    "orders": "SELECT '', anonymous_id FROM personalization_order"
    " WHERE workspace_id = %(workspace)s AND external_id = ANY(%(orders)s::text[])",
}


def touch_people(
    workspace: Workspace,
    *,
    customers: Iterable[str] = (),
    visitors: Iterable[str] = (),
    orders: Iterable[str] = (),
    customer_ids: Iterable[UUID] = (),
    known: Mapping[str, UUID] | None = None,
) -> None:
    """Named by any id, or by an order of theirs. After the commit and before the caller's answer.

    A repetition touches again: the first may have been committed by a process that died before it told.
    `known`: ids of some of the customers; those are not looked up.
    """
    named = {
        name: set(given) - {""}
        for name, given in (("customers", customers), ("visitors", visitors), ("orders", orders))
    }
    transaction.on_commit(partial(_touch, workspace.id, named, ids=list(customer_ids), known=known or {}))


def _touch(
    workspace_id: UUID, named: Mapping[str, Set[str]], *, ids: Sequence[UUID], known: Mapping[str, UUID]
) -> None:
    customers, visitors = set(named["customers"]), set(named["visitors"])
    given = {
        "customers": text_array(customers - known.keys()),
        "known": uuid_array(known.values()),
        "visitors": text_array(visitors),
        "orders": text_array(named["orders"]),
        "ids": uuid_array(ids),
    }
    names: list[str] = []
    try:
        for customer, visitor in _names_of(workspace_id, given):
            customers.add(customer)
            visitors.add(visitor)
    except DatabaseError:
        # What was written is committed: rather everybody's answers anew than one that is out of date.
        names.append(marks.of_workspace(workspace_id))
    names += marks.of_customers(workspace_id, customers - {""})
    marks.replace(names + marks.of_visitors(workspace_id, visitors - {""}))


def _names_of(workspace_id: UUID, given: Mapping[str, str]) -> Sequence[tuple[str, str]]:
    named = [query for name, query in _NAMED.items() if given[name] != NOTHING]
    parts = [_THEIR_IDS.format(named=" UNION ".join(named))] if named else []
    parts += [query for name, query in _MORE.items() if given[name] != NOTHING]
    if not parts:
        return ()
    return read(" UNION ALL ".join(parts), {"workspace": workspace_id, **given})
