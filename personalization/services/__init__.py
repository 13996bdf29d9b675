"""Everything that writes customers, events, orders, what is learned, and what was served."""

from personalization.services.changes import learn_changes, refresh_customers
from personalization.services.ingest import Ingested, ingest
from personalization.services.learning import learn
from personalization.services.orders_import import OrdersSummary, import_orders
from personalization.services.recommending import recommend, recommend_many
from personalization.services.requests import (
    AnswerItem,
    AnswerReason,
    Fallback,
    Promotion,
    RecommendationAnswer,
    RecommendationRequest,
)

__all__ = [
    "AnswerItem",
    "AnswerReason",
    "Fallback",
    "Ingested",
    "OrdersSummary",
    "Promotion",
    "RecommendationAnswer",
    "RecommendationRequest",
    "import_orders",
    "ingest",
    "learn",
    "learn_changes",
    "recommend",
    "recommend_many",
    "refresh_customers",
]
