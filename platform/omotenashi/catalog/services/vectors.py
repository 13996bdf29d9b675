"""Vectors of products: what text stands for each, and writing the vectors of those whose text changed."""

import uuid
from collections.abc import Callable, Collection, Sequence

from django.db import transaction
from pgvector import HalfVector

from omotenashi.accounts.models import Workspace
from omotenashi.catalog.engine.fingerprints import text_hash
from omotenashi.catalog.engine.passages import passage
from omotenashi.catalog.models import VECTOR_DIMENSIONS, Product, ProductQuerySet, ProductVector
from omotenashi.catalog.services.details import as_input
from omotenashi.errors import InvalidInput
from omotenashi.inference.protocols import Embedder
from omotenashi.inference.registry import embedder
from omotenashi.jobs import Job, RunningJob, enqueue
from omotenashi.marks import touch_workspace

BATCH = 64


def embedding_text(product: Product) -> str:
    """Title, categories, key facts and description, in the workspace's own language."""
    return passage(
        title=product.title,
        categories=product.categories,
        description=product.description,
        facts=[as_input(fact) for fact in product.facts.all()],
        locale=product.workspace.default_locale,
    )


def request_vectors(workspace: Workspace, *, product_ids: Collection[uuid.UUID]) -> Job:
    ids = [str(product_id) for product_id in product_ids]
    return enqueue("catalog.embed_products", workspace=workspace, product_ids=ids)


def embed_products(job: RunningJob, *, product_ids: list[str] | None = None) -> dict[str, int]:
    """Job `catalog.embed_products`: these products, or all; goes on where a killed run stopped."""

    def keep(after: uuid.UUID, done: int) -> None:
        job.save_state(after=str(after), done=done)
        job.report(done=done, message="Reading the products")

    after = job.state.get("after")
    written = write_vectors(
        job.workspace,
        embedder=embedder(),
        product_ids=product_ids,
        after=uuid.UUID(after) if after else None,
        done=int(job.state.get("done", 0)),
        on_batch=keep,
    )
    return {"written": written}


def write_vectors(
    workspace: Workspace,
    *,
    embedder: Embedder,
    product_ids: Collection[str] | None = None,
    after: uuid.UUID | None = None,
    done: int = 0,
    on_batch: Callable[[uuid.UUID, int], None] | None = None,
) -> int:
    """Embed what has no vector of its present text by this model; the number of vectors written."""
    if embedder.dimensions != VECTOR_DIMENSIONS:
        raise InvalidInput(
            f"{embedder.model_id} makes vectors of {embedder.dimensions} numbers; the catalogue stores "
            f"{VECTOR_DIMENSIONS}. Choose an embedder of that size."
        )
    rows = _products(workspace, product_ids=product_ids)
    written = 0
    while batch := list((rows.filter(id__gt=after) if after else rows)[:BATCH]):
        written += _write_batch(workspace, batch, embedder=embedder)
        after, done = batch[-1].id, done + len(batch)
        if on_batch:
            on_batch(after, done)
    return written


def _products(workspace: Workspace, *, product_ids: Collection[str] | None) -> ProductQuerySet:
    rows: ProductQuerySet = Product.objects.for_workspace(workspace).live()
    if product_ids is not None:
        rows = rows.filter(id__in=product_ids)
    return rows.select_related("workspace").prefetch_related("facts").order_by("id")


def _write_batch(workspace: Workspace, batch: Sequence[Product], *, embedder: Embedder) -> int:
    texts = {product.id: embedding_text(product) for product in batch}
    hashes = {product_id: text_hash(text) for product_id, text in texts.items()}
    vectors = ProductVector.objects.filter(product_id__in=texts, model_id=embedder.model_id)
    done = dict(vectors.values_list("product_id", "text_hash"))
    stale = [product_id for product_id in texts if done.get(product_id) != hashes[product_id]]
    if not stale:
        return 0
    rows = embedder.embed_passages([texts[product_id] for product_id in stale])
    with transaction.atomic():
        current = _still_current(stale, hashes=hashes)
        ProductVector.objects.bulk_create(
            [
                ProductVector(
                    workspace=workspace, product_id=product_id, model_id=embedder.model_id,
                    vector=HalfVector(row), text_hash=hashes[product_id],
                )
                for product_id, row in zip(stale, rows, strict=True)
                if product_id in current
            ],
            update_conflicts=True,
            unique_fields=["product", "model_id"],
            update_fields=["vector", "text_hash", "updated_at"],
        )  # fmt: skip
        touch_workspace(workspace.id)
    return len(current)


def _still_current(product_ids: list[uuid.UUID], *, hashes: dict[uuid.UUID, str]) -> set[uuid.UUID]:
    """Those whose text is still what was embedded; a changed one has a job of its own."""
    locked = Product.objects.filter(id__in=product_ids).order_by("id").select_for_update(of=("self",))
    rows = locked.select_related("workspace").prefetch_related("facts")
    return {row.id for row in rows if text_hash(embedding_text(row)) == hashes[row.id]}
