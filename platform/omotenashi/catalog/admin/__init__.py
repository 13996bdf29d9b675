"""The catalogue's studio pages."""

from omotenashi.catalog.admin.feeds import FeedAdmin
from omotenashi.catalog.admin.imports import ImportRunAdmin
from omotenashi.catalog.admin.products import ProductAdmin

__all__ = ["FeedAdmin", "ImportRunAdmin", "ProductAdmin"]
