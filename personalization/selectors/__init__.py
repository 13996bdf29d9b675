"""Reading customers, their history, and the candidates that may be shown to them."""

from personalization.selectors.customers import access_customer, recent_events, recent_orders

__all__ = ["access_customer", "recent_events", "recent_orders"]
