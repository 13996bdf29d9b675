"""The short way of reading events: whatever it reads, the long way reads alike."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from personalization.api.event_bodies import loads
from personalization.engine.plain_events import is_text, read_plain, split_batch
from personalization.engine.segment import IncomingEvent, read_event

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
TEXTS = st.sampled_from(
    ["", "kim", "Zoë", "Product Viewed", "view_item", "purchase", "x" * 200, "ü" * 201, "a\x00b", "\\u0000"]
)
MOMENTS = st.sampled_from(
    ["2026-11-26T11:00:00Z", "2026-11-26T12:30:00+00:00", "2027-01-01T00:00:00Z", "1999-01-01T00:00:00Z",
     "2026-W48-4T11:00:00Z", "yesterday", "2026-11-26t11:00:00-05:00", "", 7, None]
)  # fmt: skip
VALUES = st.one_of(
    TEXTS, st.none(), st.booleans(), st.integers(0, 2**70), st.floats(0, 9), st.just({}), st.just([])
)
PROPERTIES = st.dictionaries(
    st.sampled_from(["product_id", "item_id", "sku", "id", "items", "products", "recommendation_id", "note"]),
    st.one_of(VALUES, st.just([{"item_id": "p1"}]), st.just("0190b6a0-0000-7000-8000-000000000001")),
)
BODIES = st.fixed_dictionaries(
    {},
    optional={
        "userId": VALUES, "anonymousId": VALUES, "messageId": VALUES, "event": VALUES, "name": VALUES,
        "timestamp": MOMENTS, "properties": st.one_of(PROPERTIES, PROPERTIES, VALUES),
        "context": st.one_of(st.just({"ip": "::1"}), VALUES), "traits": VALUES, "sentAt": MOMENTS,
        "integrations": VALUES, "type": VALUES,
    },
)  # fmt: skip


@given(
    body=BODIES, kind=st.sampled_from(["track", "page", "screen", "identify"]), sent_at=MOMENTS,
    is_escaped=st.booleans(), indent=st.sampled_from([None, 1]),
)  # fmt: skip
def test_it_reads_nothing_otherwise_than_the_long_way(
    body: dict[str, Any], kind: str, sent_at: Any, is_escaped: bool, indent: int | None
) -> None:
    text = json.dumps(body, ensure_ascii=is_escaped, indent=indent).encode()
    plain = read_plain(text, kind=kind, received_at=NOW, sent_at=sent_at)
    if plain is not None:
        same_as_the_long_way(plain, text, kind=kind, sent_at=sent_at)


def same_as_the_long_way(plain: IncomingEvent, text: bytes, *, kind: str, sent_at: Any = None) -> None:
    event = read_event(loads(text), kind=kind, received_at=NOW, sent_at=sent_at)
    assert loads(plain.properties_json) == event.properties
    assert loads(plain.context_json) == event.context
    unread: dict[str, Any] = {
        "properties": {},
        "context": {},
        "traits": {},
        "properties_json": b"",
        "context_json": b"",
    }
    assert replace(plain, **unread) == replace(event, **unread)


@pytest.mark.parametrize(
    "value",
    ["1e999", "-1e-999", "12345678901234567890123", "0.1234567890123456789", "NaN",
     "01", '"a\nb"', '"\\ud800"', '"\\u0000"',
     '"\xff"', "[" * 3000 + "]" * 3000, "{}}"],
)  # fmt: skip
@pytest.mark.parametrize("field", ["properties", "context"])
def test_it_leaves_to_the_long_way_what_cannot_be_stored_as_it_came(value: str, field: str) -> None:
    text = f'{{"userId":"kim","name":"Home","{field}":{{"x":{value}}}}}'.encode("latin-1")
    assert not is_text(text) or read_plain(text, kind="page", received_at=NOW) is None


@pytest.mark.parametrize(
    "value", ["20.50", "-0.0", "123456789012345", "true", '"Z\\u00fcrich"', '"Zürich"', '"\\ud83d\\ude00"']
)
def test_it_keeps_plain_values_as_they_came(value: str) -> None:
    text = f'{{"userId":"kim","name":"Home","properties": {{ "x": {value} }} }}'.encode()
    plain = read_plain(text, kind="page", received_at=NOW)
    assert plain is not None
    same_as_the_long_way(plain, text, kind="page")


def test_it_tells_a_batch_s_events_apart() -> None:
    split = split_batch(b'{"batch": [{"type": "page"}, 7, [1]], "sentAt": 3, "integrations": {}}')
    assert split is not None
    assert ([bytes(one) for one in split[0]], split[1]) == ([b'{"type": "page"}', b"7", b"[1]"], 3)


@pytest.mark.parametrize("body", [b"[]", b"{}", b'{"batch": {}}', b'{"batch": [1}', b'{"batch": [NaN]}', b""])
def test_it_splits_nothing_but_a_batch(body: bytes) -> None:
    assert split_batch(body) is None


@pytest.mark.parametrize("kind", ["track", "page"])
def test_it_reads_the_events_that_pages_send(kind: str) -> None:
    body = {
        "type": kind, "event": "Product Viewed", "userId": "kim", "anonymousId": "v", "messageId": "m-1",
        "timestamp": "2026-11-26T11:00:00.123Z", "properties": {"product_id": "p1", "price": 9.9},
        "context": {"page": {"path": "/"}},
    }  # fmt: skip
    assert (
        read_plain(orjson.dumps(body), kind=kind, received_at=NOW, sent_at="2026-11-26T11:59:59Z") is not None
    )
