"""The shop that `benchmarks.search` looks through: synthetic, seeded, kept under var/ for the next run.

Vectors are drawn around clusters on a common direction, as those of text models are: mean cosine 0.78, the
ten nearest some five standard deviations above it. Clusters overlap: an index has to work for its recall.
A second workspace shares every table, so that each query has to keep them apart.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parents[1]
DIMENSIONS = 384
CATEGORIES = 100
"""One of them is a filter that lets 1 % through."""
QUERIES = 500
DATA = 2
"""Count up with every change of what is drawn: kept shops are then built anew."""
COLOURS = ("red", "blue", "sage", "ochre", "black", "cream", "indigo", "rust", "grey", "moss")
MATERIALS = (
    "oak",
    "linen",
    "brass",
    "glass",
    "wool",
    "cotton",
    "steel",
    "bamboo",
    "clay",
    "paper",
    "cork",
    "silk",
)
THINGS = (
    "teapot", "mug", "bowl", "lamp", "towel", "board", "basket", "candle", "vase", "tray", "chair", "stool",
    "clock", "mirror", "blanket", "cushion", "notebook", "pencil", "knife", "pan", "kettle", "jar", "bottle",
    "glove", "planter",
    "brush", "soap", "rug", "frame", "hook",
)  # fmt: skip
Floats = NDArray[np.float32]
COMMON, CLUSTERED = 1.9, 0.4
"""How much longer the common direction is than the rest; the part of the rest's variance a cluster shares."""
_VARIANCES = 1 / (np.arange(DIMENSIONS) + 12.0)
SPREAD = np.sqrt(_VARIANCES / _VARIANCES.sum()).astype(np.float32)
"""Along each axis: some 150 count, as with 900 real product names (97 there)."""


@dataclass(frozen=True)
class Shop:
    workspace: Any
    model_id: str
    vectors: Floats
    """As stored: rounded to half precision."""
    product_ids: list[Any]
    queries: Floats


def vectors_of(count: int) -> tuple[Floats, Floats]:
    """The products', rounded as they are stored, and the queries': held out, from the same clusters."""
    rng = np.random.default_rng(1)
    common = rng.normal(size=DIMENSIONS)
    centres = rng.normal(size=(max(10, count // 50), DIMENSIONS)) * SPREAD
    products = _drawn(count, seed=2, centres=centres.astype(np.float32), common=common)
    queries = _drawn(QUERIES, seed=3, centres=centres.astype(np.float32), common=common)
    return products.astype(np.float16).astype(np.float32), queries


def _drawn(count: int, *, seed: int, centres: Floats, common: NDArray[np.float64]) -> Floats:
    rng = np.random.default_rng(seed)
    shared = (COMMON * common / np.linalg.norm(common)).astype(np.float32)
    rows = np.empty((count, DIMENSIONS), np.float32)
    for start in range(0, count, 50_000):
        size = min(50_000, count - start)
        own = rng.standard_normal((size, DIMENSIONS), np.float32) * SPREAD
        part = CLUSTERED**0.5 * centres[rng.integers(0, len(centres), size)] + (1 - CLUSTERED) ** 0.5 * own
        part += shared
        rows[start : start + size] = part / np.linalg.norm(part, axis=1, keepdims=True)
    return rows


def open_servers(products: int) -> Any:
    """Private PostgreSQL and Valkey of this size of shop; Django is set up to use them."""
    var = ROOT / "var" / f"bench-search-{products}"
    os.environ["OMOTENASHI_VAR"] = str(var)
    for name in ("DATABASE_URL", "REDIS_URL"):
        os.environ.pop(name, None)
    os.environ.setdefault("LOG_LEVEL", "ERROR")
    os.environ["SEARCH_INDEX_MB"] = str(max(512, products // 1000))
    from omotenashi.local.servers import LocalServers

    servers = LocalServers(var, durable=False)
    servers.start()
    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "omotenashi.settings"
    django.setup()
    return servers


def open_shop(products: int) -> Shop:
    """Built once, in a minute per 100,000 products; found again by the file that was written last."""
    from django.core.management import call_command

    from omotenashi.accounts.models import Workspace
    from omotenashi.catalog.models import ProductVector
    from omotenashi.inference.registry import embedder

    call_command("migrate", verbosity=0)
    vectors, queries = vectors_of(products)
    built = Path(os.environ["OMOTENASHI_VAR"]) / "built.json"
    made = json.dumps({"products": products, "data": DATA})
    if not built.exists() or built.read_text() != made:
        _build(vectors)
        built.write_text(made)
    workspace = Workspace.objects.get(slug="search-bench")
    rows = ProductVector.objects.filter(workspace=workspace).order_by("product__external_id")
    return Shop(
        workspace, embedder().model_id, vectors, list(rows.values_list("product_id", flat=True)), queries
    )


def _build(vectors: Floats) -> None:
    from django.db import connection

    from omotenashi.accounts.models import Workspace

    started = time.perf_counter()
    Workspace.objects.filter(slug__in=["search-bench", "neighbour"]).delete()
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX IF EXISTS product_vector_hnsw")
        _fill("search-bench", vectors)
        _fill("neighbour", vectors[: len(vectors) // 10][::-1])
        print(f"  {len(vectors):,} products and their words written in {time.perf_counter() - started:.0f} s")
        started = time.perf_counter()
        cursor.execute("SET maintenance_work_mem = '1GB'")
        cursor.execute("SET max_parallel_maintenance_workers = 0")
        cursor.execute(
            "CREATE INDEX product_vector_hnsw ON catalog_productvector USING hnsw (vector halfvec_cosine_ops)"
            " WITH (m = 16, ef_construction = 64)"
        )
        cursor.execute("VACUUM ANALYZE")
    print(f"  pgvector's HNSW (m 16, ef_construction 64) built in {time.perf_counter() - started:.0f} s")


def _fill(slug: str, vectors: Floats) -> None:
    from django.utils import timezone

    from omotenashi.accounts.models import Workspace
    from omotenashi.catalog.models import Product, ProductVector
    from omotenashi.catalog.services.copying import copy_rows
    from omotenashi.inference.registry import embedder
    from omotenashi.records import uuid7

    workspace = Workspace.objects.create(name=slug, slug=slug)
    now, ids = timezone.now(), [uuid7() for _ in vectors]
    common = ("id", "workspace_id", "created_at", "updated_at")
    copy_rows(
        Product,
        columns=(
            *common, "external_id", "sku", "title", "description", "url", "image_url", "brand", "price",
            "currency",
            "stock", "available", "categories", "attributes", "group_id", "row_hash", "text_hash",
        ),
        rows=(
            (own, workspace.id, now, now, f"p{n:07d}", f"SKU-{n}", _title(n), "", "", "", f"Maker {n % 37}",
             10 + n % 90, "EUR", 5, True, [f"Room {n % CATEGORIES}"], "{}", "", "", "")
            for n, own in enumerate(ids)
        ),
    )  # fmt: skip
    copy_rows(
        ProductVector,
        columns=(*common, "product_id", "model_id", "vector", "text_hash"),
        rows=(
            (uuid7(), workspace.id, now, now, own, embedder().model_id, text, "")
            for own, text in zip(ids, _texts(vectors), strict=True)
        ),
    )


def _title(number: int) -> str:
    parts = (COLOURS[number % 10], MATERIALS[number // 10 % 12], THINGS[number // 120 % 30])
    return f"{' '.join(parts)} no {number // 3600}"


def _texts(vectors: Floats) -> Iterator[str]:
    for row in vectors:
        yield "[" + ",".join(map(str, row.astype(np.float16))) + "]"
