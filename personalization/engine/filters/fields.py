"""The names a filter knows, with their kinds. Any other name is an attribute or a fact of the product."""

from personalization.engine.filters.tree import Kind

FIELDS: dict[str, Kind] = {
    "id": "text",
    "sku": "text",
    "title": "text",
    "brand": "text",
    "price": "number",
    "currency": "text",
    "stock": "number",
    "available": "flag",
    "categories": "list",
    "group_id": "text",
    "url": "text",
    "age_days": "number",
}
VARIABLES: dict[str, Kind] = {
    "id": "text",
    "title": "text",
    "brand": "text",
    "price": "number",
    "currency": "text",
    "category": "text",
    "categories": "list",
    "group_id": "text",
}
"""Of the page's product: `$product.brand`."""
INSTEAD = {
    "product_id": "id",
    "item_id": "id",
    "external_id": "id",
    "category": '"…" in categories',
    "created_at": "age_days, such as age_days < 30",
    "description": 'title, such as "mug" in title',
    "in_stock": "stock, such as stock > 5 (what is sold out is never shown)",
    "product": "$product, such as $product.brand",
}
"""Names people try, and what to write."""
WORDS = {
    "number": "a number",
    "text": "a text",
    "flag": "yes or no",
    "list": "a list",
    "null": "null",
    "any": "",
}
