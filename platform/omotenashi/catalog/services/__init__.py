"""Everything that changes the catalogue."""

from omotenashi.catalog.engine.rows import FactInput, ProductInput
from omotenashi.catalog.services.imports import (
    accept_upload,
    accept_url,
    import_feed,
    run_import,
    start_run,
)
from omotenashi.catalog.services.products import (
    OfferChanges,
    RowError,
    RowOutcome,
    UpsertResult,
    archive_missing,
    change_offer,
    set_stock,
    upsert_products,
)
from omotenashi.catalog.services.vectors import embed_products, embedding_text, request_vectors, write_vectors

__all__ = [
    "FactInput",
    "OfferChanges",
    "ProductInput",
    "RowError",
    "RowOutcome",
    "UpsertResult",
    "accept_upload",
    "accept_url",
    "archive_missing",
    "change_offer",
    "embed_products",
    "embedding_text",
    "import_feed",
    "request_vectors",
    "run_import",
    "set_stock",
    "start_run",
    "upsert_products",
    "write_vectors",
]
