"""Addresses of events, recommendations and customers under /v1/."""

from django.urls import path

from personalization.api.customers import BuyAgainView, CustomerView, RecentlyViewedView
from personalization.api.events import BatchView, EventView
from personalization.api.recommendations import (
    BoughtTogetherView,
    ComplementaryView,
    RecommendationsView,
    SimilarView,
    TrendingView,
)
from personalization.api.search import SearchView
from personalization.engine.segment import KINDS

urlpatterns = [
    *(path(kind, EventView.as_view(kind=kind), name=f"event-{kind}") for kind in KINDS),
    path("batch", BatchView.as_view(), name="event-batch"),
    path("recommendations", RecommendationsView.as_view(), name="recommendations"),
    path("search", SearchView.as_view(), name="search"),
    path("complementary", ComplementaryView.as_view(), name="complementary"),
    path("trending", TrendingView.as_view(), name="trending"),
    path("products/<str:product_id>/similar", SimilarView.as_view(), name="product-similar"),
    path(
        "products/<str:product_id>/bought-together",
        BoughtTogetherView.as_view(),
        name="product-bought-together",
    ),
    path("customers/<str:customer_id>", CustomerView.as_view(), name="customer"),
    path("customers/<str:customer_id>/buy-again", BuyAgainView.as_view(), name="customer-buy-again"),
    path(
        "customers/<str:customer_id>/recently-viewed",
        RecentlyViewedView.as_view(),
        name="customer-recently-viewed",
    ),
]
