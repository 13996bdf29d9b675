"""Learns from the workspace's history: the job that runs at night, and the small one after an order.

1. Link order lines to products the catalogue has learned of since.
2. Read purchases; compute neighbours, popularity, rhythm and tastes in the engine.
3. Write them under a version that nobody reads yet.
4. Make that version the active one: two rows change, in one transaction.
A run that is killed leaves a version in `building`; the next run removes it.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np
import polars as pl
from django.db import connection, transaction
from django.utils import timezone

from omotenashi.accounts.models import Workspace
from omotenashi.jobs import RunningJob
from omotenashi.marks import touch_workspace
from personalization.engine.learning.neighbors import learn_neighbors
from personalization.engine.learning.popularity import learn_popularity
from personalization.engine.learning.rhythm import learn_rhythm
from personalization.engine.learning.taste import learn_tastes, similarity_floor
from personalization.models import ModelVersion
from personalization.selectors.purchases import Purchases, Vectors, read_purchases, read_vectors
from personalization.services.copying import copy_frame, uuid_column
from personalization.services.events import ensure_months
from personalization.services.freshness import touch_people

KEPT_VERSIONS = 2
"""The one before stays: an answer begun under it may still be reading."""


def learn(job: RunningJob) -> dict[str, Any]:
    """Job `personalization.learn`."""
    steps = 5

    def tell(done: int, message: str) -> None:
        job.report(done=done, total=steps, message=message)

    tell(0, "Reading purchases")
    version = learn_workspace(job.workspace, now=timezone.now(), tell=tell)
    return {"model_version": str(version.id), **version.statistics}


def learn_workspace(workspace: Workspace, *, now: datetime, tell: Any = None) -> ModelVersion:
    """`tell(step, message)` hears of the progress. Answers the version that is active now."""
    tell = tell or (lambda *_: None)
    ensure_months([(now + timedelta(days=31 * ahead)).date() for ahead in range(4)])
    ModelVersion.objects.filter(workspace=workspace, state=ModelVersion.State.BUILDING).delete()
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
    tastes = _write_tastes(workspace, purchases, vectors, now=now)
    version.statistics = {
        "lines": purchases.frame.height,
        "products": len(purchases.products),
        "neighbors": pairs,
        "popular": popular,
        "rhythms": rhythms,
        "customer_vectors": tastes,
        "vector_model": vectors.model_id,
    }
    if len(vectors.products) > 1:
        version.statistics["similarity_floor"] = similarity_floor(vectors.rows, seed=0)
    tell(4, "Making it answer")
    activate(version)
    tell(5, "Learned")
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


def delete_version(version_id: UUID) -> None:
    """Table by table in SQL: the ORM would read every row first."""
    with transaction.atomic(), connection.cursor() as cursor:
        for table in ("productneighbor", "productpopularity", "productrhythm"):
            cursor.execute(f"DELETE FROM personalization_{table} WHERE model_version_id = %s", [version_id])  # noqa: S608
        ModelVersion.objects.filter(id=version_id).delete()


def refresh_customers(job: RunningJob, *, customer_ids: list[str]) -> dict[str, int]:
    """Job `personalization.refresh_customers`: their tastes as of now."""
    ids = [UUID(customer_id) for customer_id in customer_ids]
    return {"customer_vectors": refresh_tastes(job.workspace, customer_ids=ids, now=timezone.now())}


def refresh_tastes(workspace: Workspace, *, customer_ids: Sequence[UUID], now: datetime) -> int:
    purchases = read_purchases(workspace, customer_ids=customer_ids)
    vectors = read_vectors(workspace, product_ids=purchases.products)
    written = _write_tastes(workspace, purchases, vectors, now=now)
    touch_people(workspace, customer_ids=customer_ids)
    return written


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


def _write_tastes(workspace: Workspace, purchases: Purchases, vectors: Vectors, *, now: datetime) -> int:
    bought = _of_known(purchases, vectors)
    if bought.is_empty():
        return 0
    days_ago = (pl.lit(now) - pl.col("at")).dt.total_seconds() / 86_400
    tastes = learn_tastes(
        vectors.rows,
        customer=bought["customer"].to_numpy(),
        product=bought["row"].to_numpy(),
        days_ago=bought.select(days_ago.alias("days"))["days"].to_numpy(),
    )
    known: list[int] = np.flatnonzero(tastes.any(axis=1)).tolist()
    rows = pl.DataFrame(
        {
            "id": uuid_column(len(known)),
            "workspace_id": [str(workspace.id)] * len(known),
            "customer_id": [str(purchases.customers[index]) for index in known],
            "model_id": [vectors.model_id] * len(known),
            "vector": [str(tastes[index].astype(np.float16).tolist()) for index in known],
        }
    )
    return _upsert_tastes(rows)


def _of_known(purchases: Purchases, vectors: Vectors) -> pl.DataFrame:
    """Purchases of known customers, with the row of the product's vector."""
    place = {str(product_id): row for row, product_id in enumerate(vectors.products)}
    rows = [place.get(str(product_id), -1) for product_id in purchases.products]
    frame = purchases.frame.filter(pl.col("customer") >= 0)
    if frame.is_empty() or not rows:
        return frame.clear().with_columns(row=pl.lit(0))
    row = np.array(rows, dtype=np.int64)[frame["product"].to_numpy()]
    return frame.with_columns(row=pl.Series(row)).filter(pl.col("row") >= 0)


def _upsert_tastes(rows: pl.DataFrame) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE taste (id uuid, workspace_id uuid, customer_id uuid, model_id text,"
            " vector halfvec(384)) ON COMMIT DROP"
        )
        copy_frame(rows, table="taste")
        # A customer may have been deleted since the purchases were read.
        cursor.execute(
            "INSERT INTO personalization_customervector"
            " (id, workspace_id, customer_id, model_id, vector, created_at, updated_at)"
            " SELECT t.id, t.workspace_id, t.customer_id, t.model_id, t.vector, now(), now() FROM taste t"
            " JOIN personalization_customer customer ON customer.id = t.customer_id ORDER BY t.customer_id"
            " ON CONFLICT (customer_id, model_id)"
            " DO UPDATE SET vector = excluded.vector, updated_at = excluded.updated_at"
        )
        written = int(cursor.rowcount)
        cursor.execute("DROP TABLE taste")  # the caller's transaction may come here again
        return written
