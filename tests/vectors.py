"""Products with hand-made vectors, so that likeness is known."""

from collections.abc import Sequence

import numpy as np
from pgvector import HalfVector

from omotenashi.catalog.models import Product, ProductVector


def place_on_circle(products: Sequence[Product], *, step: float) -> None:
    """Each is so many degrees from the next."""
    angles = np.radians(step * np.arange(len(products)))
    vectors = np.zeros((len(products), 384), dtype=np.float32)
    vectors[:, 0], vectors[:, 1] = np.cos(angles), np.sin(angles)
    ProductVector.objects.bulk_create(
        [
            ProductVector(
                workspace=product.workspace, product=product, model_id="test-embedder",
                vector=HalfVector(vector), text_hash="",
            )
            for product, vector in zip(products, vectors, strict=True)
        ]
    )  # fmt: skip
