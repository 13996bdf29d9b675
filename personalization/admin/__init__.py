"""The studio's pages about customers, orders, placements and what was recommended."""

from personalization.admin.customers import CustomerAdmin
from personalization.admin.orders import OrderAdmin
from personalization.admin.placements import PlacementAdmin
from personalization.admin.serving import RecommendationAdmin

__all__ = ["CustomerAdmin", "OrderAdmin", "PlacementAdmin", "RecommendationAdmin"]
