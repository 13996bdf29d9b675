"""Customers' ids that this process has seen committed: most events need no look-up of their customer.

Safe because the database checks each event's customer: an id that is gone fails the transaction, which then
runs again without this memory.
"""

from collections.abc import Iterable, Mapping
from uuid import UUID

from django.db import connection, transaction

from omotenashi.accounts.models import Workspace
from personalization.services.customers import ensure_customers, ids_of

MOST = 200_000
"""Of a workspace: about 40 MB; then the memory starts anew."""

_ids: dict[UUID, dict[str, UUID]] = {}


def recall(workspace: Workspace, *, external_ids: Iterable[str]) -> dict[str, UUID]:
    """Those of them that are remembered."""
    remembered = _ids.get(workspace.id, {}).get
    return {one: known for one in set(external_ids) if (known := remembered(one))}


def known_customers(workspace: Workspace, *, external_ids: Iterable[str]) -> dict[str, UUID]:
    """As `ensure_customers`, from memory where possible."""
    wanted = set(external_ids)
    found = recall(workspace, external_ids=wanted)
    if missing := wanted - found.keys():
        made = ensure_customers(workspace, external_ids=missing)
        # A row that is rolled back must not be remembered.
        transaction.on_commit(lambda: _remember(workspace.id, made))
        found |= made
    return found


def existing_customers(workspace: Workspace, *, external_ids: Iterable[str]) -> dict[str, UUID]:
    """Makes nobody. Outside of a transaction, where all that is found is committed."""
    wanted = set(external_ids)
    found = recall(workspace, external_ids=wanted)
    if missing := wanted - found.keys():
        there = ids_of(workspace, external_ids=missing)
        _remember(workspace.id, there)
        found |= there
    return found


def may_remember() -> bool:
    """Inside a caller's transaction the check of the ids comes after our last chance to run again."""
    return not connection.in_atomic_block


def forget() -> None:
    _ids.clear()


def _remember(workspace_id: UUID, ids: Mapping[str, UUID]) -> None:
    own = _ids.setdefault(workspace_id, {})
    if len(own) + len(ids) > MOST:
        own.clear()
    own.update(ids)
