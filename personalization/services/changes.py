"""Brings customers' vectors up to date after orders: of those named, or of all who bought since.

A customer's vectors follow from their own purchases and the products' vectors, so nobody else's need a look.
What is learned of products stays as the last full run found it.
"""

import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone

from omotenashi.accounts.models import Workspace
from omotenashi.jobs import RunningJob
from personalization.models import ModelVersion
from personalization.selectors.learned import active_version
from personalization.selectors.purchase_vectors import changed_customers
from personalization.selectors.purchases import read_purchases, read_vectors
from personalization.services.freshness import touch_people
from personalization.services.purchase_vectors import refresh_purchase_vectors
from personalization.services.tastes import write_tastes

LEARNED_UNTIL = "learned_until"
"""In a version's statistics: orders that came before this moment are in its customers' vectors."""
CUSTOMERS_PER_BLOCK = 20_000
_OVERLAP = timedelta(minutes=10)
"""An order is dated when its transaction begins, and seen when it ends."""


def refresh_customers(job: RunningJob, *, customer_ids: list[str]) -> dict[str, int]:
    """Job `personalization.refresh_customers`: their vectors as of now."""
    ids = [UUID(customer_id) for customer_id in customer_ids]
    version = active_version(job.workspace.id)
    done = refresh_vectors(job.workspace, version=version, customer_ids=ids, with_candidates=False)
    touch_people(job.workspace, customer_ids=ids)
    return done


def learn_changes(job: RunningJob) -> dict[str, Any]:
    """Job `personalization.learn_changes`: all customers who bought since the last run."""
    version = active_version(job.workspace.id)
    if version is None or LEARNED_UNTIL not in version.statistics:
        return {"customers": 0, "skipped": "No purchase vectors yet: personalization.learn comes first."}

    def tell(done: int, total: int) -> None:
        job.report(done=done, total=total, message=f"{done:,} of {total:,} changed customers")

    return {"model_version": str(version.id), "customers": bring_in_changes(version, tell=tell)}


def bring_in_changes(
    version: ModelVersion, *, tell: Callable[[int, int], None] = lambda done, total: None
) -> int:
    """1. Who bought since the mark. 2. Block by block, each whole or not at all. 3. Move the mark.

    Killed anywhere, the next run starts from the old mark and finds the same customers again.
    """
    started = timezone.now()
    since = datetime.fromisoformat(version.statistics[LEARNED_UNTIL]) - _OVERLAP
    changed = changed_customers(version.workspace, since=since)
    tell(0, len(changed))
    for first in range(0, len(changed), CUSTOMERS_PER_BLOCK):
        block = changed[first : first + CUSTOMERS_PER_BLOCK]
        refresh_vectors(version.workspace, version=version, customer_ids=block, with_candidates=True)
        tell(first + len(block), len(changed))
    version.statistics[LEARNED_UNTIL] = started.isoformat()
    _note(version)
    return len(changed)


def _note(version: ModelVersion) -> None:
    """The mark alone: other statistics may have been written since ours were read."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE personalization_modelversion SET statistics = statistics || %s::jsonb WHERE id = %s",
            [json.dumps({LEARNED_UNTIL: version.statistics[LEARNED_UNTIL]}), version.id],
        )


def refresh_vectors(
    workspace: Workspace,
    *,
    version: ModelVersion | None,
    customer_ids: Sequence[UUID],
    with_candidates: bool,
) -> dict[str, int]:
    purchases = read_purchases(workspace, customer_ids=customer_ids)
    vectors = read_vectors(workspace, product_ids=purchases.products)
    counts = {"customer_vectors": write_tastes(workspace, purchases, vectors)}
    if version is not None:
        counts["purchase_customers"] = refresh_purchase_vectors(
            version, purchases, customer_ids=customer_ids, with_candidates=with_candidates
        )
    return counts
