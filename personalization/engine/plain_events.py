"""The short way for the events that nearly all are: something looked at, with nothing unusual about it.

Properties and context are checked as JSON and kept as they came, without a Python object for each of their
values. Knows no refusals: whatever it does not recognise at a glance it leaves to `segment.read_event`, which
reads everything that is read here alike, at four times the cost.
"""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Raw, Struct

from personalization.engine.segment import (
    ALIASES,
    CLOCK_SKEW,
    EARLIEST,
    MAX_EVENT_BYTES,
    MAX_ID_LENGTH,
    ORDER_EVENTS,
    IncomingEvent,
    parse_time,
)

_ROOM = MAX_EVENT_BYTES - 6 * MAX_ID_LENGTH * 4
"""What properties and context may take together, whatever the six short fields hold."""
_EMPTY = Raw(b"{}")
_ABSENT = Raw()
_UNREAD: Mapping[str, Any] = MappingProxyType({})
_SHORT = Annotated[str, Meta(max_length=MAX_ID_LENGTH)]
_DIGITS = bytes(
    ord("0") if octet in b"0123456789" else ord("e") if octet in b"eE" else ord(" ") for octet in range(256)
)
_SIGNS = b"+-."
"""Each digit becomes a 0, signs go: `0e0` is an exponent, and a float may not keep sixteen digits."""


class _Body(Struct, forbid_unknown_fields=True, gc=False):
    type: _SHORT = "track"
    event: _SHORT = ""
    name: _SHORT = ""
    userId: _SHORT = ""  # Segment's names
    anonymousId: _SHORT = ""
    messageId: _SHORT = ""
    timestamp: str | None = None
    properties: Raw = _EMPTY
    context: Raw = _EMPTY


class _Properties(Struct, gc=False):
    """What of them counts; the first three as `segment.PROPERTY_KEYS`."""

    product_id: _SHORT | None = None
    item_id: _SHORT | None = None
    sku: _SHORT | None = None
    products: Raw = _ABSENT
    items: Raw = _ABSENT
    recommendation_id: Raw = _ABSENT
    search_id: Raw = _ABSENT


class _Batch(Struct, gc=False):
    batch: list[Raw]
    sentAt: Any = None


_read_batch = msgspec.json.Decoder(_Batch).decode
_read_body = msgspec.json.Decoder(_Body).decode
_read_properties = msgspec.json.Decoder(_Properties).decode


def is_text(body: bytes) -> bool:
    """What the short way must know first: it reads JSON without looking into texts that it keeps."""
    try:
        return body.isascii() or body.decode() != ""
    except UnicodeDecodeError:
        return False


def split_batch(body: bytes) -> tuple[list[Raw], Any] | None:
    """The events of a Segment batch, still as JSON, and its `sentAt`; None for anything else."""
    try:
        batch = _read_batch(body)
    except (msgspec.MsgspecError, RecursionError):
        return None
    return batch.batch, batch.sentAt


def read_plain(
    body: bytes | Raw, *, received_at: datetime, sent_at: Any = None, kind: str = ""
) -> IncomingEvent | None:
    """`body` has passed `is_text`, as part of a whole or by itself. Without a kind it names its own."""
    try:
        given = _read_body(body)
        properties, context = bytes(given.properties), bytes(given.context)
        marked = _read_properties(properties)
    except (msgspec.MsgspecError, RecursionError):
        return None
    kind = kind or given.type
    is_track = kind == "track"
    name = ALIASES.get(given.event, given.event) if is_track else given.name
    happened_at = _happened_at(given.timestamp, received_at=received_at, sent_at=sent_at)
    product_id = _product_id(marked) if is_track else ""
    if (
        happened_at is None
        or product_id is None
        or not (given.userId or given.anonymousId)
        or (not name if is_track else kind not in {"page", "screen"})
        or name in ORDER_EVENTS
        or marked.products is not _ABSENT
        or marked.items is not _ABSENT
        or marked.recommendation_id is not _ABSENT
        or marked.search_id is not _ABSENT
        or not _are_plain(body, properties, context)
    ):
        return None
    return IncomingEvent(
        kind, given.messageId, given.userId, given.anonymousId, "", name, _UNREAD, _UNREAD, _UNREAD,
        happened_at, product_id, None, None, None, properties, context,
    )  # fmt: skip


def _are_plain(body: bytes | Raw, properties: bytes, context: bytes) -> bool:
    """Objects that are stored as the long way would store them: no NUL, no half character, no odd number."""
    if len(properties) + len(context) > _ROOM or context[:1] != b"{":
        return False
    whole = bytes(body)
    if b"\\" in whole and b"\\u0000" in whole:  # one octet is found ten times as fast
        return False
    digits = (properties + context).translate(_DIGITS, _SIGNS)
    return b"0" * 16 not in digits and b"0e0" not in digits


def _product_id(marked: _Properties) -> str | None:
    for value in (marked.product_id, marked.item_id, marked.sku):
        if value is not None:
            return value or None
    return ""


def _happened_at(stated: str | None, *, received_at: datetime, sent_at: Any) -> datetime | None:
    if stated is None:
        return received_at
    happened = parse_time(stated)
    if happened is None:
        return None
    if sent_at is not None:
        sent = parse_time(sent_at) if type(sent_at) is str else None
        if sent is None:
            return None
        happened = received_at - (sent - happened)
    return min(happened, received_at) if EARLIEST <= happened <= received_at + CLOCK_SKEW else None
