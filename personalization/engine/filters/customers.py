"""The names a filter over customers knows. Any other name is one of the traits the shop keeps of them."""

from personalization.engine.filters.fields import Function, Vocabulary

MOST_DAYS = 3_650
MOST_ALIKE = 1_000_000
CUSTOMERS = Vocabulary(
    example='country == "DE" and orders >= 2',
    fields={
        "id": "text",
        "email": "text",
        "first_name": "text",
        "last_name": "text",
        "locale": "text",
        "language": "text",
        "country": "text",
        "time_zone": "text",
        "orders": "number",
        "revenue": "number",
        "last_order_days": "number",
        "first_order_days": "number",
        "p7": "number",
        "p14": "number",
        "p30": "number",
        "next_order_days": "number",
        "due_in_days": "number",
        "at_risk": "flag",
    },
    roots=("traits",),
    bare="traits",
    nested="traits",
    instead={
        "customer_id": "id",
        "external_id": "id",
        "lang": "language",
        "order_count": "orders",
        "spent": "revenue",
        "total_spent": "revenue",
        "last_order": "last_order_days, such as last_order_days < 90",
        "days_since_last_order": "last_order_days",
        "consent": "nothing about it: only customers who agreed to mail are ever asked for",
    },
    functions={
        "bought": Function('bought("p-17", 365)', unit="days", most=MOST_DAYS),
        "bought_category": Function(
            'bought_category("Kitchen", 365)', unit="days", most=MOST_DAYS, needs_text=True
        ),
        "viewed": Function('viewed("p-17", 30)', unit="days", most=MOST_DAYS),
        "viewed_category": Function(
            'viewed_category("Kitchen", 30)', unit="days", most=MOST_DAYS, needs_text=True
        ),
        "due": Function('due("p-17", 7)', unit="days", most=365, needs_number=True),
        "likes_like": Function(
            'likes_like("c-1", "c-2", 1000)', unit="customers", most=MOST_ALIKE, needs_text=True
        ),
    },
)
