"""Reads Segment-shaped events: names, bodies, clocks. Refuses what it cannot read, naming the field."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

import orjson

from personalization.engine.traits import Profile, TraitProblems, read_profile

KINDS = ("identify", "track", "page", "screen", "group", "alias")
MAX_ID_LENGTH = 200
MAX_EVENT_BYTES = 32 * 1024
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
CLOCK_SKEW = timedelta(hours=1)
"""A visitor's clock may be ahead by this much without `sentAt`; the event is then taken as happening now."""

ALIASES = {
    "view_item": "Product Viewed",
    "detail-page-view": "Product Viewed",
    "view_item_list": "Product List Viewed",
    "category-page-view": "Product List Viewed",
    "search": "Products Searched",
    "select_item": "Product Clicked",
    "add_to_cart": "Product Added",
    "add-to-cart": "Product Added",
    "remove_from_cart": "Product Removed",
    "view_cart": "Cart Viewed",
    "shopping-cart-page-view": "Cart Viewed",
    "begin_checkout": "Checkout Started",
    "purchase": "Order Completed",
    "purchase-complete": "Order Completed",
    "refund": "Order Refunded",
}
PROPERTY_KEYS = ("product_id", "item_id", "sku")
ITEM_KEYS = ("product_id", "item_id", "id", "sku")
ORDER_EVENTS = {"Order Completed": "placed", "Order Cancelled": "cancelled", "Order Refunded": "refunded"}


@dataclass(frozen=True)
class Problem:
    code: str
    detail: str
    pointer: str


class InvalidEvent(Exception):
    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(problem.detail for problem in problems))
        self.problems = tuple(problems)


@dataclass(frozen=True)
class IncomingLine:
    product_external_id: str
    title: str
    quantity: int
    unit_price: Decimal


@dataclass(frozen=True)
class IncomingOrder:
    external_id: str
    status: str
    lines: tuple[IncomingLine, ...]
    currency: str
    revenue: Decimal | None


@dataclass(slots=True)
class IncomingEvent:
    """Not frozen: that would cost three times as much for each of a million events. Nothing changes one."""

    kind: str
    message_id: str
    user_id: str
    anonymous_id: str
    previous_id: str
    name: str
    properties: Mapping[str, Any]
    traits: Mapping[str, Any]
    context: Mapping[str, Any]
    happened_at: datetime
    product_external_id: str = ""
    recommendation_id: UUID | None = None
    order: IncomingOrder | None = None
    profile: Profile | None = None
    properties_json: bytes = b""
    context_json: bytes = b""
    """Both as they will be stored, where the reader had to write them anyway."""


@dataclass
class _Reader:
    """One event being read; collects every problem before refusing."""

    body: Mapping[str, Any]
    problems: list[Problem] = field(default_factory=list)

    def refuse(self, pointer: str, code: str, detail: str) -> None:
        self.problems.append(Problem(code, detail, f"#/{pointer}"))

    def text(self, key: str, *, required: bool = False) -> str:
        value = self.body.get(key)
        if type(value) is str and 0 < len(value) <= MAX_ID_LENGTH:  # nearly all; NUL was refused before
            return value
        if value is None or value == "":
            if required:
                self.refuse(key, "required", f"`{key}` is missing: send it as text.")
            return ""
        if isinstance(value, bool) or not isinstance(value, str | int):
            self.refuse(key, "invalid", f"`{key}` must be text.")
            return ""
        return self.clean(key, str(value))

    def clean(self, pointer: str, value: str) -> str:
        if "\x00" in value or len(value) > MAX_ID_LENGTH:
            self.refuse(
                pointer, "invalid", f"`{pointer}` must be at most {MAX_ID_LENGTH} characters, without NUL."
            )
            return ""
        return value

    def mapping(self, key: str) -> Mapping[str, Any]:
        value = self.body.get(key)
        if type(value) is dict:
            return value
        if value is None:
            return {}
        if not isinstance(value, Mapping):
            self.refuse(key, "invalid", f"`{key}` must be an object.")
            return {}
        return value


def read_event(body: Any, *, kind: str, received_at: datetime, sent_at: Any = None) -> IncomingEvent:
    """`sent_at` is the batch's clock, used where the event has none of its own."""
    if not isinstance(body, Mapping):
        raise InvalidEvent([Problem("invalid", "An event must be a JSON object.", "#")])
    reader = _Reader(body)
    _need_storable(body)
    if kind not in KINDS:
        raise InvalidEvent([Problem("unknown_type", f"`type` must be one of: {', '.join(KINDS)}.", "#/type")])
    properties, traits = reader.mapping("properties"), reader.mapping("traits")
    name = _name(reader, kind)
    event = IncomingEvent(
        kind=kind,
        message_id=reader.text("messageId"),
        user_id=reader.text("userId"),
        anonymous_id=reader.text("anonymousId"),
        previous_id=reader.text("previousId", required=kind == "alias"),
        name=name,
        properties=properties,
        traits=traits,
        context=reader.mapping("context"),
        happened_at=_happened_at(reader, received_at=received_at, sent_at=body.get("sentAt", sent_at)),
        product_external_id=_product_id(reader, properties) if kind == "track" else "",
        recommendation_id=_recommendation_id(properties),
        profile=_profile(reader, traits) if kind == "identify" else None,
        order=_order(reader, properties, name) if kind == "track" and name in ORDER_EVENTS else None,
    )
    _need_someone(reader, event)
    if reader.problems:
        raise InvalidEvent(reader.problems)
    return event


def _need_storable(body: Mapping[str, Any]) -> None:
    """Size, and what JSON may say but a database cannot keep: NUL, lone surrogates, infinite numbers."""
    try:
        text = as_json(body)
    except (TypeError, ValueError, RecursionError) as error:  # UnicodeEncodeError is a ValueError
        raise InvalidEvent(
            [Problem("invalid", "The event holds text or numbers that cannot be stored.", "#")]
        ) from error
    if b"\\u0000" in text:
        raise InvalidEvent([Problem("invalid", "The event holds a NUL character. Leave it out.", "#")])
    size = len(text)
    if size > MAX_EVENT_BYTES:
        detail = f"The event has {size} bytes; the limit is {MAX_EVENT_BYTES}. Send less in `properties`."
        raise InvalidEvent([Problem("too_large", detail, "#")])


def as_json(body: Mapping[str, Any]) -> bytes:
    try:
        return orjson.dumps(body)
    except TypeError:  # a whole number over 64 bits, which PostgreSQL can keep; or a real fault
        return json.dumps(body, ensure_ascii=False, allow_nan=False).encode()


def _profile(reader: _Reader, traits: Mapping[str, Any]) -> Profile:
    problems = TraitProblems()
    profile = read_profile(traits, problems=problems)
    for trait, detail in problems.found:
        reader.refuse(f"traits/{trait}", "invalid", detail)
    return profile


def _name(reader: _Reader, kind: str) -> str:
    if kind == "track":
        name = reader.text("event", required=True)
        return ALIASES.get(name, name)
    return reader.text("name") if kind in {"page", "screen"} else ""


def _need_someone(reader: _Reader, event: IncomingEvent) -> None:
    if event.kind == "alias" and not event.user_id:
        reader.refuse(
            "userId",
            "required",
            "`userId` is missing: alias needs the customer the visitor turned out to be.",
        )
    elif not event.user_id and not event.anonymous_id:
        reader.refuse(
            "userId", "required", "Send `userId` or `anonymousId`: one of them says whose event it is."
        )


def _happened_at(reader: _Reader, *, received_at: datetime, sent_at: Any) -> datetime:
    """Segment's correction: what the sender's clock says, minus how far that clock is off."""
    stated = _time(reader, "originalTimestamp") or _time(reader, "timestamp")
    if stated is None:
        return received_at
    sent = parse_time(sent_at) if isinstance(sent_at, str) else None
    if sent_at is not None and sent is None:
        reader.refuse(
            "sentAt", "invalid_time", "`sentAt` must be an RFC 3339 time, such as 2026-03-01T12:00:00Z."
        )
    happened = received_at - (sent - stated) if sent else stated
    if happened > received_at + CLOCK_SKEW:
        reader.refuse(
            "timestamp", "in_the_future", f"`timestamp` lies in the future ({stated.isoformat()}); send UTC."
        )
    elif happened < EARLIEST:
        reader.refuse(
            "timestamp", "too_old", "`timestamp` lies before 2000-01-01; send the year in four digits."
        )
    return min(happened, received_at)


def _time(reader: _Reader, key: str) -> datetime | None:
    value = reader.body.get(key)
    if value is None:
        return None
    parsed = parse_time(value) if isinstance(value, str) else None
    if parsed is None:
        reader.refuse(key, "invalid_time", f"`{key}` must be an RFC 3339 time, such as 2026-03-01T12:00:00Z.")
    return parsed


def parse_time(value: str) -> datetime | None:
    """RFC 3339 with its offset; None when it is not."""
    # Python's reader also takes week dates and times without separators; half the cost of a pattern.
    if len(value) < 16 or not (value[4] == value[7] == "-" and value[10] in "Tt " and value[13] == ":"):
        return None
    try:
        parsed = datetime.fromisoformat(value)
        if parsed.tzinfo is UTC:
            return parsed
        return parsed.astimezone(UTC) if parsed.tzinfo else None
    except (ValueError, OverflowError):
        return None


def product_id_of(item: Mapping[str, Any], *, keys: Sequence[str] = ITEM_KEYS) -> str:
    """Segment's `product_id`, GA4's `item_id`, or the `sku` where a shop has nothing else."""
    for key in keys:
        value = item.get(key)
        if type(value) is str and value:
            return value
        if isinstance(value, str | int) and not isinstance(value, bool) and str(value):
            return str(value)
    return ""


def _product_id(reader: _Reader, properties: Mapping[str, Any]) -> str:
    found = product_id_of(properties, keys=PROPERTY_KEYS)
    if not found:
        items = _items(properties)
        # GA4 names the one product of view_item and add_to_cart in a list.
        found = product_id_of(items[0]) if len(items) == 1 and isinstance(items[0], Mapping) else ""
    return reader.clean("properties/product_id", found)


def _items(properties: Mapping[str, Any]) -> Sequence[Any]:
    items = properties.get("products", properties.get("items"))
    return items if isinstance(items, list) else []


def _recommendation_id(properties: Mapping[str, Any]) -> UUID | None:
    """An id that is none of ours is no reason to refuse a click. A search's id names the same ledger."""
    stated = properties.get("recommendation_id") or properties.get("search_id")
    if stated is None:
        return None
    try:
        return UUID(str(stated))
    except ValueError:
        return None


def _order(reader: _Reader, properties: Mapping[str, Any], name: str) -> IncomingOrder | None:
    order_id = properties.get("order_id", properties.get("transaction_id"))
    if isinstance(order_id, bool) or not isinstance(order_id, str | int) or order_id == "":
        reader.refuse(
            "properties/order_id", "required", f"`properties.order_id` is missing: `{name}` needs it."
        )
        return None
    status = ORDER_EVENTS[name]
    lines = _lines(reader, properties) if status == "placed" else ()
    return IncomingOrder(
        external_id=reader.clean("properties/order_id", str(order_id)),
        status=status,
        lines=lines,
        currency=_currency(reader, properties),
        revenue=_amount(reader, properties, "total", "revenue", "value"),
    )


def _lines(reader: _Reader, properties: Mapping[str, Any]) -> tuple[IncomingLine, ...]:
    items = _items(properties)
    if not items:
        pointer = "properties/products"
        reader.refuse(
            pointer, "required", "`properties.products` is missing: list the products of the order."
        )
    lines = [_line(reader, item, f"properties/products/{index}") for index, item in enumerate(items)]
    return _merged([line for line in lines if line])


def _line(reader: _Reader, item: Any, pointer: str) -> IncomingLine | None:
    if not isinstance(item, Mapping):
        reader.refuse(pointer, "invalid", "A product of an order must be an object.")
        return None
    product_id = reader.clean(f"{pointer}/product_id", product_id_of(item))
    if not product_id:
        reader.refuse(
            f"{pointer}/product_id", "required", "`product_id` is missing: send the id your catalogue uses."
        )
    quantity = item.get("quantity", 1)
    if isinstance(quantity, bool) or not isinstance(quantity, int) or not 1 <= quantity <= 1_000_000:
        reader.refuse(
            f"{pointer}/quantity", "invalid", "`quantity` must be a whole number from 1 to 1000000."
        )
        quantity = 1
    price = _amount(reader, item, "price", pointer=f"{pointer}/price")
    title = item.get("name") or item.get("item_name") or item.get("title") or ""
    return IncomingLine(product_id, str(title).replace("\x00", "")[:500], quantity, price or Decimal(0))


def _merged(lines: Sequence[IncomingLine]) -> tuple[IncomingLine, ...]:
    """The same product at the same price twice is one line of the sum."""
    merged: dict[tuple[str, Decimal], IncomingLine] = {}
    for line in lines:
        key = (line.product_external_id, line.unit_price)
        before = merged[key].quantity if key in merged else 0
        merged[key] = IncomingLine(
            line.product_external_id, line.title, line.quantity + before, line.unit_price
        )
    return tuple(merged.values())


def _amount(reader: _Reader, item: Mapping[str, Any], *keys: str, pointer: str = "") -> Decimal | None:
    key = next((key for key in keys if item.get(key) is not None), None)
    if key is None:
        return None
    try:
        amount = Decimal(str(item[key])).quantize(Decimal("0.01"))
    except InvalidOperation:
        amount = Decimal(-1)
    if not Decimal(0) <= amount < Decimal(10) ** 10:
        reader.refuse(
            pointer or f"properties/{key}",
            "invalid",
            f"`{key}` must be an amount, such as 12.50, not below 0.",
        )
        return None
    return amount


def _currency(reader: _Reader, properties: Mapping[str, Any]) -> str:
    currency = properties.get("currency")
    if currency in (None, ""):
        return ""
    if not isinstance(currency, str) or not re.fullmatch(r"[A-Za-z]{3}", currency):
        reader.refuse("properties/currency", "invalid", "`currency` must be an ISO 4217 code, such as EUR.")
        return ""
    return currency.upper()
