"""Reads gorse's users, items and feedback as our events and products."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

from omotenashi.catalog.engine.product_json import product_from_json
from omotenashi.catalog.engine.rows import ProductInput
from omotenashi.catalog.models import Product
from omotenashi.errors import FieldError, InvalidInput, MalformedRequest, TooLarge
from personalization.engine.segment import IncomingEvent, InvalidEvent, read_event

MAX_ROWS = 1000
VIEWED, ADDED, WISHED, BOUGHT = (
    "Product Viewed", "Product Added", "Product Added to Wishlist", "Order Completed",
)  # fmt: skip
EVENTS = {
    "read": VIEWED, "view": VIEWED, "click": VIEWED,
    "cart": ADDED, "add_to_cart": ADDED,
    "like": WISHED, "star": WISHED, "favorite": WISHED, "wishlist": WISHED,
    "purchase": BOUGHT, "buy": BOUGHT, "order": BOUGHT,
}  # fmt: skip
"""Feedback types by the event they are. Any other type is kept under its own name; nothing learns from it."""

Row = Mapping[str, Any]


def rows_of(body: Any, *, is_list: bool) -> list[Row]:
    rows = body if is_list else [body]
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        raise MalformedRequest(f"Send {'a list of JSON objects' if is_list else 'one JSON object'}.")
    if len(rows) > MAX_ROWS:
        raise TooLarge(f"{len(rows)} rows at once; {MAX_ROWS} at most. Send the rest in further requests.")
    return rows


def feedback_events(rows: Sequence[Row], *, received_at: datetime) -> list[IncomingEvent]:
    return [
        _event(_feedback(row, number=number), kind="track", number=number, received_at=received_at)
        for number, row in enumerate(rows)
    ]


def user_events(rows: Sequence[Row], *, received_at: datetime) -> list[IncomingEvent]:
    return [
        _event(
            {"userId": _text(row, "UserId", number=number), "traits": _labels(row)},
            kind="identify", number=number, received_at=received_at,
        )
        for number, row in enumerate(rows)
    ]  # fmt: skip


def products(rows: Sequence[Row], *, known: Mapping[str, Product], currency: str) -> list[ProductInput]:
    """Title and price come from `Labels`, which gorse leaves to the shop, else from the product we have."""
    return [_product(row, number=number, known=known, currency=currency) for number, row in enumerate(rows)]


def _feedback(row: Row, *, number: int) -> dict[str, Any]:
    kind = _text(row, "FeedbackType", number=number)
    user, item = _text(row, "UserId", number=number), _text(row, "ItemId", number=number)
    stamp = str(row.get("Timestamp") or "")
    # Sent again it is the same message; another time makes it a new one, such as a second order.
    key = sha256("\n".join((kind, user, item, stamp)).encode("utf-8", "replace")).hexdigest()[:40]
    name = EVENTS.get(kind, kind)
    properties: dict[str, Any] = {"product_id": item}
    if name == BOUGHT:
        properties = {"order_id": f"gorse-{key}", "products": [{"product_id": item, "quantity": 1}]}
    body = {"event": name, "userId": user, "messageId": f"gorse-{key}", "properties": properties}
    return body | ({"timestamp": stamp} if stamp else {})


def _event(body: Row, *, kind: str, number: int, received_at: datetime) -> IncomingEvent:
    try:
        return read_event(body, kind=kind, received_at=received_at)
    except InvalidEvent as error:
        raise _refusal(error.problems[0].detail, number=number) from error


def _product(row: Row, *, number: int, known: Mapping[str, Product], currency: str) -> ProductInput:
    external_id, labels = _text(row, "ItemId", number=number), _labels(row)
    old = known.get(external_id)
    given = _as_given(old) if old else {"external_id": external_id, "attributes": labels}
    given |= {"available": not row.get("IsHidden", False)}
    if row.get("Categories") is not None:
        given["categories"] = row["Categories"]
    if title := labels.get("title") or labels.get("name") or (not old and row.get("Comment")):
        given["title"] = title
    if labels.get("price") is not None:
        given |= {"price": labels["price"], "currency": labels.get("currency") or given.get("currency")}
    product, problems = product_from_json(given, currency=currency)
    if product is None:
        raise _refusal(
            f"{problems[0].detail} A new item needs `Labels` with title and price, or PUT /v1/products.",
            number=number,
        )
    return product


def _as_given(product: Product) -> dict[str, Any]:
    """What is left out of a row of products would be emptied; gorse's items know less than our products."""
    names = (
        "external_id", "sku", "title", "description", "url", "image_url", "brand", "currency", "stock",
        "categories", "attributes", "group_id",
    )  # fmt: skip
    return {name: getattr(product, name) for name in names} | {"price": str(product.price)}


def _labels(row: Row) -> dict[str, Any]:
    """gorse also takes lists as labels: those have no names that we could keep them under."""
    labels = row.get("Labels")
    return dict(labels) if isinstance(labels, Mapping) else {"labels": labels} if labels else {}


def _text(row: Row, name: str, *, number: int) -> str:
    value = row.get(name)
    if not isinstance(value, str) or not value:
        raise _refusal(f"`{name}` is missing: send it as text.", number=number, field=name)
    return value


def _refusal(detail: str, *, number: int, field: str = "") -> InvalidInput:
    pointer = f"#/{number}/{field}".rstrip("/")
    return InvalidInput(f"Row {number}: {detail}", errors=[FieldError("invalid", detail, pointer)])


def ids_of(rows: Iterable[Row]) -> list[str]:
    return [str(row["ItemId"]) for row in rows if row.get("ItemId")]
