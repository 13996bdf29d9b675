"""The short way for the events that nearly all are: something looked at, with nothing unusual about it.

Knows no refusals: whatever it does not recognise at a glance it leaves to `segment.read_event`, which reads
everything that is read here alike, at twice the cost.
"""

from datetime import datetime
from typing import Any

import orjson

from personalization.engine.segment import (
    ALIASES,
    CLOCK_SKEW,
    EARLIEST,
    MAX_EVENT_BYTES,
    MAX_ID_LENGTH,
    ORDER_EVENTS,
    PROPERTY_KEYS,
    IncomingEvent,
    parse_time,
)

_KNOWN = frozenset(
    ("type", "event", "name", "userId", "anonymousId", "messageId", "timestamp", "properties", "context")
)
_ROOM = MAX_EVENT_BYTES - 6 * MAX_ID_LENGTH * 4
"""What properties and context may take together, whatever the six short fields hold."""
_LISTS = frozenset(("products", "items", "recommendation_id", "search_id"))


def read_plain(body: Any, *, kind: str, received_at: datetime, sent_at: Any = None) -> IncomingEvent | None:
    if type(body) is not dict or not body.keys() <= _KNOWN or kind not in {"track", "page", "screen"}:
        return None
    get = body.get
    texts = (
        get("userId", ""),
        get("anonymousId", ""),
        get("messageId", ""),
        get("event" if kind == "track" else "name", ""),
    )
    properties, context = get("properties", {}), get("context", {})
    if type(properties) is not dict or type(context) is not dict or not _are_short(texts):
        return None
    user_id, anonymous_id, message_id, name = texts
    if kind == "track":
        name = ALIASES.get(name, name)
    product_id = _product_id(properties) if kind == "track" else ""
    happened_at = _happened_at(get("timestamp"), received_at=received_at, sent_at=sent_at)
    if (
        not (user_id or anonymous_id)
        or (kind == "track" and not name)
        or name in ORDER_EVENTS
        or product_id is None
        or happened_at is None
        or not _LISTS.isdisjoint(properties)
    ):
        return None
    try:
        written = orjson.dumps(properties), orjson.dumps(context)
    except TypeError:
        return None
    if len(written[0]) + len(written[1]) > _ROOM or b"\\u0000" in written[0] or b"\\u0000" in written[1]:
        return None
    return IncomingEvent(
        kind, message_id, user_id, anonymous_id, "", name, properties, {}, context, happened_at, product_id,
        None, None, None, written[0], written[1],
    )  # fmt: skip


def _are_short(texts: tuple[Any, ...]) -> bool:
    for text in texts:  # noqa: SIM110 - twice as fast as all()
        if type(text) is not str or len(text) > MAX_ID_LENGTH or "\x00" in text:
            return False
    return True


def _product_id(properties: dict[str, Any]) -> str | None:
    for key in PROPERTY_KEYS:
        if key in properties:
            value = properties[key]
            return value if type(value) is str and 0 < len(value) <= MAX_ID_LENGTH else None
    return ""


def _happened_at(stated: Any, *, received_at: datetime, sent_at: Any) -> datetime | None:
    if stated is None:
        return received_at
    happened = parse_time(stated) if type(stated) is str else None
    if happened is None:
        return None
    if sent_at is not None:
        sent = parse_time(sent_at) if type(sent_at) is str else None
        if sent is None:
            return None
        happened = received_at - (sent - happened)
    return min(happened, received_at) if EARLIEST <= happened <= received_at + CLOCK_SKEW else None
