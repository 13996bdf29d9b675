"""Tables of customers, what they did, what was learned from it, and what was served to them."""

from personalization.models.customers import Consent, Customer, CustomerAlias
from personalization.models.events import Event, EventKey
from personalization.models.learned import (
    CustomerVector,
    ModelVersion,
    ProductNeighbor,
    ProductPopularity,
    ProductRhythm,
)
from personalization.models.orders import Order, OrderLine
from personalization.models.purchase_vectors import PurchaseVectorCustomer, PurchaseVectorItem
from personalization.models.rankings import CustomerRanking
from personalization.models.serving import ExposureBatch, Placement, Recommendation
from personalization.models.timing import CustomerTiming, ProductDue

__all__ = [
    "Consent",
    "Customer",
    "CustomerAlias",
    "CustomerRanking",
    "CustomerTiming",
    "CustomerVector",
    "Event",
    "EventKey",
    "ExposureBatch",
    "ModelVersion",
    "Order",
    "OrderLine",
    "Placement",
    "ProductDue",
    "ProductNeighbor",
    "ProductPopularity",
    "ProductRhythm",
    "PurchaseVectorCustomer",
    "PurchaseVectorItem",
    "Recommendation",
]
