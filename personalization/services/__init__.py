"""Everything that writes customers, events, orders, what is learned, and what was served.

Named here, loaded when asked for: a process that only answers or mails never loads what learns in the night,
which is 150 MB of libraries.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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

_HOMES = {
    "changes": ("learn_changes", "refresh_customers"),
    "ingest": ("Ingested", "ingest"),
    "learning": ("learn",),
    "orders_import": ("OrdersSummary", "import_orders"),
    "recommending": ("recommend", "recommend_many"),
    "requests": (
        "AnswerItem",
        "AnswerReason",
        "Fallback",
        "Promotion",
        "RecommendationAnswer",
        "RecommendationRequest",
    ),
}
_HOME_OF = {name: module for module, names in _HOMES.items() for name in names}

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


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)
