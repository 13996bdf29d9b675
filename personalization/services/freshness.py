"""Tells kept answers that a person did something: every id that the person is known by gets a new mark."""

from collections.abc import Iterable
from functools import partial
from typing import Any
from uuid import UUID

from django.db import DatabaseError, connection, transaction

from omotenashi import marks
from omotenashi.accounts.models import Workspace

_IDS = """
WITH named AS (
    SELECT id FROM personalization_customer
    WHERE workspace_id = %(workspace)s AND (external_id = ANY(%(customers)s) OR id = ANY(%(ids)s))
    UNION
    SELECT customer_id FROM personalization_customeralias
    WHERE workspace_id = %(workspace)s AND anonymous_id = ANY(%(visitors)s)
    UNION
    SELECT customer_id FROM personalization_order
    WHERE workspace_id = %(workspace)s AND external_id = ANY(%(orders)s) AND customer_id IS NOT NULL
)
SELECT external_id, '' FROM personalization_customer JOIN named USING (id)
UNION ALL
SELECT '', anonymous_id FROM personalization_customeralias JOIN named ON named.id = customer_id
UNION ALL
SELECT '', anonymous_id FROM personalization_order
WHERE workspace_id = %(workspace)s AND external_id = ANY(%(orders)s)
"""


def touch_people(
    workspace: Workspace,
    *,
    customers: Iterable[str] = (),
    visitors: Iterable[str] = (),
    orders: Iterable[str] = (),
    customer_ids: Iterable[UUID] = (),
) -> None:
    """Named by any id, or by an order of theirs. After the commit and before the caller's answer.

    A repetition touches again: the first may have been committed by a process that died before it told.
    """
    named = {
        name: sorted(set(given) - {""})
        for name, given in (("customers", customers), ("visitors", visitors), ("orders", orders))
    }
    transaction.on_commit(partial(_touch, workspace.id, ids=list(customer_ids), **named))


def _touch(
    workspace_id: UUID, *, customers: list[str], visitors: list[str], orders: list[str], ids: list[UUID]
) -> None:
    parameters: dict[str, Any] = {"workspace": workspace_id, "customers": customers, "visitors": visitors}
    parameters |= {"orders": orders, "ids": ids}
    names = {marks.of_customer(workspace_id, name) for name in customers}
    names |= {marks.of_visitor(workspace_id, name) for name in visitors}
    try:
        with connection.cursor() as cursor:
            cursor.execute(_IDS, parameters)
            for customer, visitor in cursor.fetchall():
                if customer:
                    names.add(marks.of_customer(workspace_id, customer))
                if visitor:
                    names.add(marks.of_visitor(workspace_id, visitor))
    except DatabaseError:
        # What was written is committed: rather everybody's answers anew than one that is out of date.
        names.add(marks.of_workspace(workspace_id))
    marks.replace(names)
