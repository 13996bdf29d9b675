"""The short way of reading events: whatever it reads, the long way reads alike."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personalization.engine.plain_events import read_plain
from personalization.engine.segment import as_json, read_event

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
TEXTS = st.sampled_from(
    ["", "kim", "Product Viewed", "view_item", "purchase", "x" * 200, "x" * 201, "a\x00b"]
)
MOMENTS = st.sampled_from(
    ["2026-11-26T11:00:00Z", "2026-11-26T12:30:00+00:00", "2027-01-01T00:00:00Z", "1999-01-01T00:00:00Z",
     "2026-W48-4T11:00:00Z", "yesterday", "2026-11-26t11:00:00-05:00", 7, None]
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
        "integrations": VALUES,
    },
)  # fmt: skip


@given(body=BODIES, kind=st.sampled_from(["track", "page", "screen", "identify"]), sent_at=MOMENTS)
def test_it_reads_nothing_otherwise_than_the_long_way(body: dict[str, Any], kind: str, sent_at: Any) -> None:
    plain = read_plain(body, kind=kind, received_at=NOW, sent_at=sent_at)
    if plain is None:
        return
    event = read_event(body, kind=kind, received_at=NOW, sent_at=sent_at)
    assert plain.properties_json == as_json(event.properties)
    assert plain.context_json == as_json(event.context)
    event.properties_json, event.context_json = plain.properties_json, plain.context_json
    assert plain == event


@pytest.mark.parametrize("kind", ["track", "page"])
def test_it_reads_the_events_that_pages_send(kind: str) -> None:
    body = {
        "type": kind, "event": "Product Viewed", "userId": "kim", "anonymousId": "v", "messageId": "m-1",
        "timestamp": "2026-11-26T11:00:00.123Z", "properties": {"product_id": "p1", "price": 9.9},
        "context": {"page": {"path": "/"}},
    }  # fmt: skip
    assert read_plain(body, kind=kind, received_at=NOW, sent_at="2026-11-26T11:59:59Z") is not None
