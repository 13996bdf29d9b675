"""Addresses of the catalogue under /v1/."""

from django.urls import path

from omotenashi.catalog.api.feeds import FeedImportView, ImportIssuesView, ImportsView, ImportView
from omotenashi.catalog.api.products import ProductsView, ProductView

urlpatterns = [
    path("products", ProductsView.as_view(), name="products"),
    path("products/<str:external_id>", ProductView.as_view(), name="product"),
    path("feeds/import", FeedImportView.as_view(), name="feed-import"),
    path("imports", ImportsView.as_view(), name="imports"),
    path("imports/<uuid:run_id>", ImportView.as_view(), name="import"),
    path("imports/<uuid:run_id>/issues", ImportIssuesView.as_view(), name="import-issues"),
]
