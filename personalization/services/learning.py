"""Learns from the workspace's history: the job that runs at night, and the small one after an order.

1. Link order lines to products the catalogue has learned of since.
2. Read purchases; compute neighbours, popularity, rhythm, tastes, vectors and timing in the engine.
3. Write them under a version that nobody reads yet.
4. Make that version the active one: two rows change, in one transaction.
5. Bring in the customers who bought while it ran.
A run that is killed leaves a version in `building`; the next run removes it.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import polars as pl
from django.db import connection, transaction
from django.utils import timezone

from omotenashi.accounts.models import Workspace
from omotenashi.jobs import RunningJob
from omotenashi.marks import touch_workspace
from personalization.engine.learning.neighbors import learn_neighbors
from personalization.engine.learning.popularity import learn_popularity
from personalization.engine.learning.rhythm import learn_rhythm
from personalization.engine.learning.taste import similarity_floor
from personalization.models import ModelVersion
from personalization.selectors.purchases import Purchases, read_purchases, read_vectors
from personalization.services.changes import LEARNED_UNTIL, bring_in_changes
from personalization.services.copying import copy_frame, uuid_column
from personalization.services.events import ensure_months
from personalization.services.purchase_vectors import write_purchase_vectors
from personalization.services.rankings import write_rankings
from personalization.services.tastes import write_tastes
from personalization.services.timing import TIMING_TABLES, publish_timing
from personalization.services.version_tables import drop_tables

KEPT_VERSIONS = 2
"""The one before stays: an answer begun under it may still be reading."""


def learn(job: RunningJob) -> dict[str, Any]:
    """Job `personalization.learn`."""
    steps = 8

    def tell(done: int, message: str) -> None:
        job.report(done=done, total=steps, message=message)

    tell(0, "Reading purchases")
    version = learn_workspace(job.workspace, now=timezone.now(), tell=tell)
    return {"model_version": str(version.id), **version.statistics}


def learn_workspace(
    workspace: Workspace,
    *,
    now: datetime,
    tell: Callable[[int, str], None] = lambda done, message: None,
    threads: int = 1,
) -> ModelVersion:
    """`tell(step, message)` hears of the progress. Answers the version that is active now."""
    started = timezone.now()
    ensure_months([(now + timedelta(days=31 * ahead)).date() for ahead in range(4)])
    for unfinished in ModelVersion.objects.filter(workspace=workspace, state=ModelVersion.State.BUILDING):
        delete_version(unfinished.id)
    link_lines(workspace)
    purchases = read_purchases(workspace)
    version = ModelVersion.objects.create(workspace=workspace, as_of=_as_of(purchases, now=now))
    tell(1, "Learning what is bought together")
    pairs = _write_neighbors(version, purchases)
    tell(2, "Learning what is popular, and how often it is bought again")
    popular = _write_popularity(version, purchases)
    rhythms = _write_rhythms(version, purchases)
    tell(3, "Learning each customer's taste")
    vectors = read_vectors(workspace)
    tastes = write_tastes(workspace, purchases, vectors)
    tell(4, "Learning vectors from who bought what")
    by_purchase = write_purchase_vectors(
        version, purchases, tell=lambda message: tell(4, message), threads=threads
    )
    tell(5, "Learning the order of each customer's list")
    rankings = write_rankings(
        version, purchases, vectors, tell=lambda message: tell(5, message), threads=threads
    )
    tell(6, "Learning when each customer buys again")
    timing = publish_timing(version)
    version.statistics = {
        "lines": purchases.frame.height,
        "products": len(purchases.products),
        "neighbors": pairs,
        "popular": popular,
        "rhythms": rhythms,
        "customer_vectors": tastes,
        "vector_model": vectors.model_id,
        **timing,
        **rankings,
        **by_purchase,
        LEARNED_UNTIL: started.isoformat(),
    }
    if len(vectors.products) > 1:
        version.statistics["similarity_floor"] = similarity_floor(vectors.rows, seed=0)
    tell(7, "Making it answer")
    activate(version)
    bring_in_changes(version)
    tell(8, "Learned")
    return version


def activate(version: ModelVersion) -> None:
    """building → active, and what was active → retired; readers see the one or the other."""
    states = ModelVersion.State
    with transaction.atomic():
        # The workspace's versions are locked in order of id: two jobs that end together take turns.
        own = ModelVersion.objects.filter(workspace=version.workspace_id)
        list(own.order_by("id").select_for_update().values_list("id", flat=True))
        own.filter(state=states.ACTIVE).update(state=states.RETIRED)
        version.state = states.ACTIVE
        version.save()
        touch_workspace(version.workspace_id)
    retired = own.filter(state=states.RETIRED).order_by("-created_at").values_list("id", flat=True)
    for old in list(retired[KEPT_VERSIONS - 1 :]):
        delete_version(old)


def delete_version(version_id: UUID) -> bool:
    """Table by table in SQL: the ORM would read every row first. False: readers were in the way."""
    if not drop_tables(version_id):
        return False
    with transaction.atomic(), connection.cursor() as cursor:
        for table in ("productneighbor", "productpopularity", "productrhythm", *TIMING_TABLES):
            cursor.execute(f"DELETE FROM personalization_{table} WHERE model_version_id = %s", [version_id])  # noqa: S608
        ModelVersion.objects.filter(id=version_id).delete()
    return True


def link_lines(workspace: Workspace) -> int:
    """Give lines whose product came into the catalogue later their product."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE personalization_orderline line SET product_id = product.id"
            " FROM catalog_product product"
            " WHERE line.workspace_id = %(workspace)s AND line.product_id IS NULL"
            " AND product.workspace_id = %(workspace)s AND product.external_id = line.product_external_id",
            {"workspace": workspace.id},
        )
        return int(cursor.rowcount)


def _as_of(purchases: Purchases, *, now: datetime) -> datetime:
    """The newest order: in a history that ended long ago, "recent" means its last days."""
    newest = purchases.frame["at"].max()
    return min(newest, now) if isinstance(newest, datetime) else now


def _write_neighbors(version: ModelVersion, purchases: Purchases) -> int:
    frame = purchases.frame
    found = learn_neighbors(frame["basket"].to_numpy(), frame["product"].to_numpy())
    rows = pl.DataFrame(
        {
            "product_id": purchases.product_names(found.product),
            "neighbor_id": purchases.product_names(found.neighbor),
            "score": found.score,
            "baskets": found.baskets,
        }
    )
    return _copy(version, "productneighbor", rows)


def _write_popularity(version: ModelVersion, purchases: Purchases) -> int:
    rows = learn_popularity(purchases.frame, as_of=version.as_of)
    rows = rows.with_columns(product_id=purchases.product_names(rows["product"].to_numpy())).drop("product")
    return _copy(version, "productpopularity", rows)


def _write_rhythms(version: ModelVersion, purchases: Purchases) -> int:
    rows = learn_rhythm(purchases.frame.filter(pl.col("customer") >= 0))
    rows = rows.with_columns(product_id=purchases.product_names(rows["product"].to_numpy())).drop("product")
    return _copy(version, "productrhythm", rows)


def _copy(version: ModelVersion, table: str, rows: pl.DataFrame) -> int:
    owned = rows.with_columns(
        id=uuid_column(rows.height),
        workspace_id=pl.lit(str(version.workspace_id)),
        model_version_id=pl.lit(str(version.id)),
    )
    return copy_frame(owned, table=f"personalization_{table}")
