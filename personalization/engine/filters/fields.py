"""The names a filter over products knows, with their kinds. Any other name is an attribute or a fact of the
product. `customers.py` has the names of customers.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from personalization.engine.filters.tree import Kind, Origin


@dataclass(frozen=True)
class Function:
    """Texts, and behind them a whole number of `unit` from 1 to `most`."""

    example: str
    unit: str
    most: int
    needs_text: bool = False
    needs_number: bool = False


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """What may be asked of one kind of thing; the grammar is the same for all."""

    example: str
    fields: Mapping[str, Kind]
    roots: tuple[Origin, ...]
    """Where names of the shop's own live, such as `attributes.color`."""
    bare: Origin
    """Where a name alone is looked for."""
    nested: Origin
    """Where a path such as `size.eu` is looked for."""
    flat: frozenset[Origin] = frozenset()
    """Roots whose names have no parts."""
    instead: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, Kind] = field(default_factory=dict)
    functions: Mapping[str, Function] = field(default_factory=dict)


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
PRODUCTS = Vocabulary(
    example="price < 50",
    fields=FIELDS,
    roots=("attributes", "facts"),
    bare="either",
    nested="attributes",
    flat=frozenset({"facts"}),
    instead=INSTEAD,
    variables=VARIABLES,
)
