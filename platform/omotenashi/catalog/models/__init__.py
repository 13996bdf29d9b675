"""Tables of the catalogue: what a shop sells, and how it was brought in."""

from omotenashi.catalog.models.imports import Feed, FeedKind, ImportRun, ImportUpload, RowIssue
from omotenashi.catalog.models.products import (
    VECTOR_DIMENSIONS,
    Fact,
    Product,
    ProductQuerySet,
    ProductTitle,
    ProductVector,
)
from omotenashi.catalog.models.words import ProductWords

__all__ = [
    "VECTOR_DIMENSIONS",
    "Fact",
    "Feed",
    "FeedKind",
    "ImportRun",
    "ImportUpload",
    "Product",
    "ProductQuerySet",
    "ProductTitle",
    "ProductVector",
    "ProductWords",
    "RowIssue",
]
